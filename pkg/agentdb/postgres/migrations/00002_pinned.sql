-- +goose Up
-- Memories that the nightly upkeep leaves alone.
ALTER TABLE memory ADD COLUMN pinned boolean NOT NULL DEFAULT false;

-- +goose Down
ALTER TABLE memory DROP COLUMN pinned;
