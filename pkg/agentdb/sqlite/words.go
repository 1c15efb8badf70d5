package sqlite

import (
	"context"
	"database/sql"

	"panther/pkg/search"
)

// Languages goes from one entry of the index document_language to the next.
func (s *Store) Languages(ctx context.Context) ([]string, error) {
	langs, err := collect(ctx, s.read, scanOne[string], `
		WITH RECURSIVE l (language) AS (
			SELECT min(language) FROM document WHERE deleted_at IS NULL
			UNION ALL SELECT (SELECT min(d.language) FROM document d WHERE d.deleted_at IS NULL AND d.language > l.language) FROM l WHERE l.language IS NOT NULL)
		SELECT language FROM l WHERE language IS NOT NULL`)
	return langs, failed("list languages", err)
}

// Vocabulary reads the terms of the index.
func (s *Store) Vocabulary(ctx context.Context, terms, prefixes []string, limit int) (map[string]int, error) {
	out := map[string]int{}
	put := func(rows *sql.Rows) (none struct{}, err error) {
		var term string
		var n int
		if err = rows.Scan(&term, &n); err == nil && !search.Silent(term) {
			out[term] = n
		}
		return none, err
	}
	_, err := collect(ctx, s.read, put, "SELECT term, doc FROM chunk_vocabulary WHERE term IN (SELECT value FROM json_each(?))", toJSON(terms))
	for _, p := range prefixes {
		if err == nil {
			_, err = collect(ctx, s.read, put, "SELECT term, doc FROM chunk_vocabulary WHERE term >= ?1 AND term < ?1 || char(0x10FFFF) ORDER BY term LIMIT ?2", p, limit)
		}
	}
	return out, failed("read the vocabulary", err)
}
