-- +goose Up
-- Times are microseconds since 1970, UTC; NULL is the zero time.

CREATE TABLE document (
    n             INTEGER PRIMARY KEY,
    id            TEXT NOT NULL UNIQUE,
    uri           TEXT NOT NULL UNIQUE,
    source        TEXT NOT NULL,
    title         TEXT NOT NULL,
    markdown      TEXT NOT NULL,
    content_hash  TEXT NOT NULL,
    fingerprint   TEXT NOT NULL,
    language      TEXT NOT NULL,
    etag          TEXT NOT NULL,
    last_modified TEXT NOT NULL,
    fetched_at    INTEGER,
    published_at  INTEGER,
    tags          TEXT NOT NULL, -- JSON array
    meta          TEXT NOT NULL, -- JSON object
    deleted_at    INTEGER,       -- a tombstone has no passages
    chunks        INTEGER NOT NULL
);
CREATE INDEX document_source ON document (source, uri);

CREATE TABLE chunk (
    unit     INTEGER PRIMARY KEY AUTOINCREMENT, -- never reused
    document INTEGER NOT NULL REFERENCES document (n),
    ordinal  INTEGER NOT NULL,
    hash     TEXT NOT NULL,
    headings TEXT NOT NULL, -- JSON array
    anchor   TEXT NOT NULL,
    text     TEXT NOT NULL,
    tokens   INTEGER NOT NULL
);
CREATE INDEX chunk_document ON chunk (document, ordinal);

-- The ascii tokenizer takes every byte above 127 as part of a token, so with
-- these characters added it splits terms at the spaces between them only.
CREATE VIRTUAL TABLE chunk_terms USING fts5 (terms, tokenize = "ascii tokenchars '-_.'");

CREATE TABLE memory (
    unit          INTEGER PRIMARY KEY AUTOINCREMENT,
    id            TEXT NOT NULL UNIQUE,
    kind          TEXT NOT NULL,
    text          TEXT NOT NULL,
    entry         TEXT NOT NULL, -- knowledge.Memory as JSON, without what has a column
    scope_user    TEXT NOT NULL,
    scope_agent   TEXT NOT NULL,
    scope_session TEXT NOT NULL,
    superseded_by TEXT NOT NULL,
    useful        INTEGER NOT NULL,
    created       INTEGER NOT NULL
);
CREATE INDEX memory_created ON memory (created);
CREATE INDEX memory_superseded ON memory (superseded_by) WHERE superseded_by <> '';
CREATE VIRTUAL TABLE memory_terms USING fts5 (terms, tokenize = "ascii tokenchars '-_.'");
-- Forgotten means gone from the index too, not only marked.
INSERT INTO memory_terms (memory_terms, rank) VALUES ('secure-delete', 1);
CREATE TABLE feedback (
    key    TEXT PRIMARY KEY,
    memory TEXT NOT NULL REFERENCES memory (id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX feedback_memory ON feedback (memory);

CREATE TABLE space (
    n          INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT NOT NULL UNIQUE,
    provider   TEXT NOT NULL,
    model      TEXT NOT NULL,
    dimensions INTEGER NOT NULL,
    weight     REAL NOT NULL,
    active     INTEGER NOT NULL,
    created    INTEGER NOT NULL
);
CREATE UNIQUE INDEX space_active ON space (active) WHERE active;

CREATE TABLE vector (
    space  INTEGER NOT NULL REFERENCES space (n),
    corpus INTEGER NOT NULL, -- 0 documents, 1 memories
    unit   INTEGER NOT NULL,
    value  BLOB NOT NULL     -- little-endian half-precision floats
);
CREATE UNIQUE INDEX vector_unit ON vector (space, corpus, unit);

CREATE TABLE source (
    name  TEXT PRIMARY KEY,
    entry TEXT NOT NULL -- knowledge.Source as JSON, without counters
) WITHOUT ROWID;
CREATE TABLE run (
    id      TEXT PRIMARY KEY,
    source  TEXT NOT NULL,
    started INTEGER NOT NULL,
    entry   TEXT NOT NULL -- knowledge.Run as JSON
) WITHOUT ROWID;
CREATE INDEX run_source ON run (source, started);
CREATE TABLE page (
    run     TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    uri     TEXT NOT NULL,
    outcome TEXT NOT NULL,
    status  INTEGER NOT NULL,
    reason  TEXT NOT NULL,
    millis  INTEGER NOT NULL,
    PRIMARY KEY (run, uri)
) WITHOUT ROWID;

CREATE TABLE session (
    id      TEXT PRIMARY KEY,
    parent  TEXT NOT NULL,
    title   TEXT NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    data    TEXT
) WITHOUT ROWID;
CREATE INDEX session_updated ON session (updated);
CREATE TABLE message (
    id      TEXT PRIMARY KEY,
    session TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE,
    role    TEXT NOT NULL,
    status  TEXT NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    data    TEXT
) WITHOUT ROWID;
CREATE INDEX message_session ON message (session, id);
CREATE INDEX message_unfinished ON message (status) WHERE status <> 'done';
CREATE TABLE part (
    id      TEXT PRIMARY KEY,
    message TEXT NOT NULL REFERENCES message (id) ON DELETE CASCADE,
    data    TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX part_message ON part (message, id);
CREATE TABLE event (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT, -- never reused
    session TEXT NOT NULL,
    type    TEXT NOT NULL,
    data    TEXT NOT NULL,
    created INTEGER NOT NULL
);
CREATE INDEX event_session ON event (session, seq);
CREATE TABLE commit_key (
    key     TEXT PRIMARY KEY,
    seqs    TEXT NOT NULL, -- JSON array
    created INTEGER NOT NULL
) WITHOUT ROWID;
