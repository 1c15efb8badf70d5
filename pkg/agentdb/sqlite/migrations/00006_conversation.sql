-- +goose Up
-- Conversations that a person keeps at the top, and those whose deletion can still be taken back.
ALTER TABLE session ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;
ALTER TABLE session ADD COLUMN deleted_at INTEGER;
-- MessagesSince.
CREATE INDEX message_created ON message (created);

-- What was said: the text of parts of the type text, and its words.
CREATE TABLE said (
    n    INTEGER PRIMARY KEY,
    part TEXT NOT NULL UNIQUE REFERENCES part (id) ON DELETE CASCADE,
    text TEXT NOT NULL
);
CREATE VIRTUAL TABLE said_words USING fts5 (text, content = 'said', content_rowid = 'n', tokenize = "unicode61 remove_diacritics 0");
-- Deleted means gone from the index too, not only marked.
INSERT INTO said_words (said_words, rank) VALUES ('secure-delete', 1);
-- +goose StatementBegin
CREATE TRIGGER said_new AFTER INSERT ON said BEGIN
    INSERT INTO said_words (rowid, text) VALUES (new.n, new.text);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER said_gone AFTER DELETE ON said BEGIN
    INSERT INTO said_words (said_words, rowid, text) VALUES ('delete', old.n, old.text);
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER part_new AFTER INSERT ON part WHEN json_extract(new.data, '$.type') = 'text' BEGIN
    INSERT INTO said (part, text) VALUES (new.id, coalesce(substr(json_extract(new.data, '$.text'), 1, 100000), ''));
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER part_changed AFTER UPDATE OF data ON part WHEN json_extract(new.data, '$.type') = 'text' BEGIN
    DELETE FROM said WHERE part = new.id;
    INSERT INTO said (part, text) VALUES (new.id, coalesce(substr(json_extract(new.data, '$.text'), 1, 100000), ''));
END;
-- +goose StatementEnd
INSERT INTO said (part, text) SELECT id, coalesce(substr(json_extract(data, '$.text'), 1, 100000), '') FROM part WHERE json_extract(data, '$.type') = 'text';

-- +goose Down
DROP TRIGGER part_changed;
DROP TRIGGER part_new;
DROP TABLE said_words;
DROP TABLE said;
DROP INDEX message_created;
ALTER TABLE session DROP COLUMN deleted_at;
ALTER TABLE session DROP COLUMN pinned;
