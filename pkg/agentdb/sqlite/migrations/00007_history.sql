-- +goose Up
-- When it was first stored; NULL for what was before this was written down.
ALTER TABLE document ADD COLUMN created_at INTEGER;
CREATE INDEX document_created ON document (created_at) WHERE created_at IS NOT NULL;
CREATE INDEX document_deleted ON document (deleted_at) WHERE deleted_at IS NOT NULL;

-- What a document was until then; store.Pack says what data is.
CREATE TABLE revision (
    n            INTEGER PRIMARY KEY AUTOINCREMENT,
    document     INTEGER NOT NULL REFERENCES document (n) ON DELETE CASCADE,
    until        INTEGER NOT NULL,
    gone_at      INTEGER, -- from then on there was none
    title        TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    data         BLOB NOT NULL
);
CREATE INDEX revision_document ON revision (document, n);
CREATE INDEX revision_until ON revision (until, document);

-- +goose Down
DROP TABLE revision;
DROP INDEX document_deleted;
DROP INDEX document_created;
ALTER TABLE document DROP COLUMN created_at;
