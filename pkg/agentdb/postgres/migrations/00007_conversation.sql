-- +goose Up
-- Conversations that a person keeps at the top, and those whose deletion can still be taken back.
ALTER TABLE session ADD COLUMN pinned boolean NOT NULL DEFAULT false;
ALTER TABLE session ADD COLUMN deleted_at timestamptz;
-- MessagesSince.
CREATE INDEX message_created ON message (created);

-- The words of what was said: of parts of the type text. Marks of ASCII part words, as in SQLite.
ALTER TABLE part ADD COLUMN words tsvector GENERATED ALWAYS AS (
    CASE WHEN data->>'type' = 'text' THEN
        to_tsvector('simple', translate(left(data->>'text', 100000), '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~', '                                '))
    END) STORED;
CREATE INDEX part_words ON part USING gin (words);

-- +goose Down
DROP INDEX part_words;
ALTER TABLE part DROP COLUMN words;
DROP INDEX message_created;
ALTER TABLE session DROP COLUMN deleted_at;
ALTER TABLE session DROP COLUMN pinned;
