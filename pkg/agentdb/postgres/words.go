package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// Languages goes from one entry of an index to the next.
func (s *Store) Languages(ctx context.Context) ([]string, error) {
	// Languages: index document_language, one entry for each.
	langs, err := collect(ctx, s.pool, pgx.RowTo[string], `
		WITH RECURSIVE l (language) AS (
			SELECT min(language COLLATE "C") FROM document WHERE deleted_at IS NULL
			UNION ALL SELECT (SELECT min(d.language COLLATE "C") FROM document d WHERE d.deleted_at IS NULL AND d.language COLLATE "C" > l.language) FROM l WHERE l.language IS NOT NULL)
		SELECT language FROM l WHERE language IS NOT NULL`)
	return langs, failed("list languages", err)
}

// Vocabulary reads the terms of the index, which those that begin alike follow
// each other in.
func (s *Store) Vocabulary(ctx context.Context, terms, prefixes []string, limit int) (map[string]int, error) {
	out := map[string]int{}
	// Vocabulary: a range of posting_term and of posting_new_term for each term and prefix; the highest character ends it.
	rows, err := s.pool.Query(ctx, `
		WITH names (term) AS (SELECT unnest($2::text[]) COLLATE "C" UNION SELECT v.term FROM unnest($3::text[]) p (prefix), LATERAL (
			(SELECT DISTINCT term FROM posting WHERE corpus = $1 AND term >= p.prefix AND term < p.prefix || chr(1114111) ORDER BY term LIMIT $4)
			UNION (SELECT DISTINCT term FROM posting_new WHERE corpus = $1 AND term >= p.prefix AND term < p.prefix || chr(1114111) ORDER BY term LIMIT $4)
			ORDER BY term LIMIT $4) v)
		SELECT term, n FROM names, LATERAL (SELECT (SELECT coalesce(sum(n), 0) FROM posting p WHERE p.corpus = $1 AND p.term = names.term)
			+ (SELECT coalesce(sum(n), 0) FROM posting_new p WHERE p.corpus = $1 AND p.term = names.term) AS n) counted
		WHERE n > 0`, documents, cleanAll(terms), cleanAll(prefixes), limit)
	if err != nil {
		return nil, failed("read the vocabulary", err)
	}
	var term string
	var n int
	_, err = pgx.ForEachRow(rows, []any{&term, &n}, func() error { out[term] = n; return nil })
	return out, failed("read the vocabulary", err)
}
