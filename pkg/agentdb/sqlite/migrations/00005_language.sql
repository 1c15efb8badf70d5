-- +goose Up
-- Which languages there are; '' where nobody knows.
CREATE INDEX document_language ON document (language) WHERE deleted_at IS NULL;

-- Terms have any character but blanks and quotation marks. What is in an index tells also which terms begin in a way.
ALTER TABLE chunk_terms RENAME TO chunk_terms_before;
CREATE VIRTUAL TABLE chunk_terms USING fts5 (terms, tokenize = "ascii tokenchars '!#$%&()*+,-./:;<=>?@[\]^_`{|}~'");
INSERT INTO chunk_terms (rowid, terms) SELECT rowid, terms FROM chunk_terms_before;
DROP TABLE chunk_terms_before;
CREATE VIRTUAL TABLE chunk_vocabulary USING fts5vocab (chunk_terms, row);

ALTER TABLE memory_terms RENAME TO memory_terms_before;
CREATE VIRTUAL TABLE memory_terms USING fts5 (terms, tokenize = "ascii tokenchars '!#$%&()*+,-./:;<=>?@[\]^_`{|}~'");
INSERT INTO memory_terms (rowid, terms) SELECT rowid, terms FROM memory_terms_before;
DROP TABLE memory_terms_before;
INSERT INTO memory_terms (memory_terms, rank) VALUES ('secure-delete', 1);

-- +goose Down
DROP TABLE chunk_vocabulary;
DROP INDEX document_language;
