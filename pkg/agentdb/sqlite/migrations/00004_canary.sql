-- +goose Up
-- Questions with the page that answers them (knowledge.Canary); owner as of a memory.
CREATE TABLE canary (
    id     TEXT PRIMARY KEY,
    source TEXT NOT NULL,
    owner  TEXT NOT NULL,
    entry  TEXT NOT NULL
) WITHOUT ROWID;

-- +goose Down
DROP TABLE canary;
