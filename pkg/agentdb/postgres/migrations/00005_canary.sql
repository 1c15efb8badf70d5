-- +goose Up
-- Questions with the page that answers them (knowledge.Canary); owner as of a memory.
CREATE TABLE canary (
    id     text COLLATE "C" PRIMARY KEY,
    source text COLLATE "C" NOT NULL,
    owner  text COLLATE "C" NOT NULL,
    entry  jsonb NOT NULL
);

-- +goose Down
DROP TABLE canary;
