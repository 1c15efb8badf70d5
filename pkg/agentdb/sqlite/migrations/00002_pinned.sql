-- +goose Up
-- Memories that the nightly upkeep leaves alone.
ALTER TABLE memory ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE memory DROP COLUMN pinned;
