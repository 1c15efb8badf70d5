package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"panther/pkg/agentdb/store"

	"github.com/jackc/pgx/v5"
	"github.com/pgvector/pgvector-go"
)

// providerError keeps an error of the embedding provider from being taken for
// one of the database.
type providerError struct{ error }

func (e providerError) Unwrap() error { return e.error }

// Embed claims units by locking their rows, in a transaction that lasts as long
// as the provider takes: a process that dies gives them back.
func (s *Store) Embed(ctx context.Context, id string, limit int, embed func(context.Context, []store.PendingUnit) ([][]float32, error)) (int, error) {
	defer s.upkeep.call()
	s.forgetSpaces()
	x, err := s.space(ctx, id)
	if err != nil {
		return 0, failed("embed", err)
	}
	stored := 0
	err = pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error {
		units, err := s.claim(ctx, tx, x, limit)
		if err != nil || len(units) == 0 {
			return err
		}
		vectors, err := embed(ctx, units)
		if err != nil {
			return providerError{err}
		}
		if err := checkVectors(x, units, vectors); err != nil {
			return err
		}
		stored = len(units)
		return storeVectors(ctx, tx, x, units, vectors)
	})
	var pe providerError
	if errors.As(err, &pe) {
		return 0, pe.error
	}
	if err != nil {
		return 0, failed("embed", err)
	}
	return stored, nil
}

// claim locks pending units, memories first.
func (s *Store) claim(ctx context.Context, tx pgx.Tx, x space, limit int) ([]store.PendingUnit, error) {
	pending := map[corpus]int{}
	// Embed: tally is small. It says at once that nothing is pending, which is how most calls end.
	rows, err := tx.Query(ctx, `SELECT corpus, sum(CASE space WHEN 0 THEN units ELSE -units END)::bigint FROM tally
		WHERE space IN (0, $1) GROUP BY corpus`, x.n)
	if err != nil {
		return nil, err
	}
	var c corpus
	var n int
	if _, err := pgx.ForEachRow(rows, []any{&c, &n}, func() error { pending[c] = n; return nil }); err != nil {
		return nil, err
	}
	var out []store.PendingUnit
	for _, c := range bothCorpora {
		if pending[c] <= 0 || len(out) >= limit {
			continue
		}
		units, err := s.claimIn(ctx, tx, vectorTable{x.n, c}, limit-len(out))
		if err != nil {
			return nil, err
		}
		out = append(out, units...)
	}
	return out, nil
}

// claimIn looks from where the last search of this process found everything
// embedded, and from the start if that gives nothing: the mark is a hint.
func (s *Store) claimIn(ctx context.Context, tx pgx.Tx, t vectorTable, limit int) ([]store.PendingUnit, error) {
	s.mu.Lock()
	mark := s.mark[t]
	s.mu.Unlock()
	columns := "c.unit, d.title, c.headings, c.text"
	if t.corpus == memories {
		columns = "c.unit, '', '{}'::text[], c.text"
	}
	// Embed: primary keys of the units and of the vectors, both in order, from the mark on.
	q := "SELECT " + columns + " FROM " + t.corpus.from() + ` WHERE c.unit > $1
		AND NOT EXISTS (SELECT FROM ` + t.String() + ` v WHERE v.unit = c.unit) ORDER BY c.unit LIMIT $2 FOR UPDATE OF c SKIP LOCKED`
	for {
		units, err := collect(ctx, tx, func(row pgx.CollectableRow) (u store.PendingUnit, err error) {
			u.Corpus = store.DocumentCorpus
			if t.corpus == memories {
				u.Corpus = store.MemoryCorpus
			}
			err = row.Scan(&u.Unit, &u.Title, &u.Headings, &u.Text)
			u.Headings = none(u.Headings)
			return u, err
		}, q, mark, limit)
		switch {
		case err != nil:
			return nil, err
		case len(units) == 0 && mark == 0:
			return nil, nil
		case len(units) == 0:
			mark = 0
			continue
		}
		s.mu.Lock()
		s.mark[t] = units[0].Unit - 1
		s.mu.Unlock()
		if units, err = stillPending(ctx, tx, t, units); err != nil || len(units) > 0 {
			return units, err
		}
	}
}

// stillPending drops units that got their vectors between the snapshot in which
// they were found and their lock: with the lock held nobody else embeds them.
func stillPending(ctx context.Context, tx pgx.Tx, t vectorTable, units []store.PendingUnit) ([]store.PendingUnit, error) {
	ids := make([]int64, len(units))
	for i, u := range units {
		ids[i] = u.Unit
	}
	// Embed: primary key of the vectors.
	has, err := collect(ctx, tx, pgx.RowTo[int64], "SELECT unit FROM "+t.String()+" WHERE unit = ANY($1)", ids)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(units, func(u store.PendingUnit) bool { return slices.Contains(has, u.Unit) }), nil
}

func checkVectors(x space, units []store.PendingUnit, vectors [][]float32) error {
	if len(vectors) != len(units) {
		return fmt.Errorf("the embedding provider returned %d vectors for %d texts", len(vectors), len(units))
	}
	for _, v := range vectors {
		if len(v) != x.Dimensions {
			return fmt.Errorf("the embedding provider returned %d dimensions for space %s", len(v), x.ID)
		}
	}
	return nil
}

// storeVectors adds the vectors of units that the transaction has locked.
func storeVectors(ctx context.Context, tx pgx.Tx, x space, units []store.PendingUnit, vectors [][]float32) error {
	rows := map[corpus][][]any{}
	for i, u := range units {
		c := corpusOf(u.Corpus)
		rows[c] = append(rows[c], []any{u.Unit, pgvector.NewHalfVector(vectors[i])})
	}
	for c, rs := range rows {
		if err := copyVectors(ctx, tx, vectorTable{x.n, c}, rs); err != nil {
			return err
		}
	}
	return nil
}

func copyVectors(ctx context.Context, tx pgx.Tx, t vectorTable, rows [][]any) error {
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{t.String()}, []string{"unit", "value"}, pgx.CopyFromRows(rows)); err != nil {
		return err
	}
	return count(ctx, tx, t.corpus, int(t.space), len(rows), 0, 0)
}
