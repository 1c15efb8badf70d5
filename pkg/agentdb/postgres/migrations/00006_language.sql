-- +goose Up
-- Which languages there are; '' where nobody knows.
CREATE INDEX document_language ON document (language COLLATE "C") WHERE deleted_at IS NULL;

-- +goose Down
DROP INDEX document_language;
