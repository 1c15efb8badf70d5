-- +goose Up
-- Who made it (package identity); '' for what was made before there were owners, which everyone sees.
ALTER TABLE session ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE event ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE memory ADD COLUMN owner TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE memory DROP COLUMN owner;
ALTER TABLE event DROP COLUMN owner;
ALTER TABLE session DROP COLUMN owner;
