package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"panther/pkg/agentdb/store"
	"panther/pkg/knowledge"
)

// PutSource registers a source.
func (s *Store) PutSource(ctx context.Context, src knowledge.Source) error {
	return s.inTx(ctx, "store source", func(tx *change) error { return putSource(ctx, tx, src) })
}

func putSource(ctx context.Context, tx *change, src knowledge.Source) error {
	src.Documents, src.Chunks, src.LastRun = 0, 0, nil
	_, err := tx.ExecContext(ctx, "INSERT INTO source (name, entry) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET entry = ?2", src.Name, toJSON(src))
	return err
}

// Sources lists sources with counters and last runs.
func (s *Store) Sources(ctx context.Context) ([]knowledge.Source, error) {
	list, err := collect(ctx, s.read, scanJSON[knowledge.Source], "SELECT entry FROM source")
	if err != nil {
		return nil, failed("list sources", err)
	}
	find := func(name string) *knowledge.Source {
		i := slices.IndexFunc(list, func(x knowledge.Source) bool { return x.Name == name })
		if i < 0 {
			i, list = len(list), append(list, knowledge.Source{Name: name})
		}
		return &list[i]
	}
	_, err = collect(ctx, s.read, func(rows *sql.Rows) (none struct{}, err error) {
		var name string
		var docs, chunks int
		if err := rows.Scan(&name, &docs, &chunks); err != nil {
			return none, err
		}
		x := find(name)
		x.Documents, x.Chunks = docs, chunks
		return none, nil
	}, "SELECT source, count(*) FILTER (WHERE deleted_at IS NULL), sum(chunks) FROM document GROUP BY source")
	if err != nil {
		return nil, failed("count documents", err)
	}
	last, err := collect(ctx, s.read, scanJSON[knowledge.Run],
		"SELECT entry FROM (SELECT entry, source, row_number() OVER (PARTITION BY source ORDER BY started DESC, id DESC) AS nr FROM run) WHERE nr = 1")
	if err != nil {
		return nil, failed("list last runs", err)
	}
	for _, r := range last {
		find(r.Source).LastRun = &r
	}
	slices.SortFunc(list, func(a, b knowledge.Source) int { return cmp.Compare(a.Name, b.Name) })
	return list, nil
}

// scanJSON decodes a row of one JSON column.
func scanJSON[T any](rows *sql.Rows) (v T, err error) {
	var s string
	if err := rows.Scan(&s); err != nil {
		return v, err
	}
	return v, json.Unmarshal([]byte(s), &v)
}

// DeleteSource removes a source and everything of it.
func (s *Store) DeleteSource(ctx context.Context, name string) error {
	return s.inTx(ctx, "delete source", func(tx *change) error {
		units, err := collect(ctx, tx, scanOne[int64], "SELECT unit FROM chunk WHERE document IN (SELECT n FROM document WHERE source = ?)", name)
		if err != nil {
			return err
		}
		if err := s.deleteChunks(ctx, tx, units); err != nil {
			return err
		}
		var removed int64
		for _, q := range []string{"DELETE FROM document WHERE source = ?", "DELETE FROM run WHERE source = ?", "DELETE FROM source WHERE name = ?",
			"DELETE FROM canary WHERE source = ?"} {
			r, err := tx.ExecContext(ctx, q, name)
			if err != nil {
				return err
			}
			n, err := r.RowsAffected()
			if err != nil {
				return err
			}
			removed += n
		}
		if removed == 0 {
			return store.ErrNotFound
		}
		return nil
	})
}

// PutRun records a run.
func (s *Store) PutRun(ctx context.Context, r knowledge.Run) error {
	return s.inTx(ctx, "store run", func(tx *change) error { return putRun(ctx, tx, r) })
}

func putRun(ctx context.Context, tx *change, r knowledge.Run) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO run (id, source, started, entry) VALUES (?1, ?2, ?3, ?4)
		ON CONFLICT (id) DO UPDATE SET source = ?2, started = ?3, entry = ?4`, r.ID, r.Source, micros(orNow(r.Started)), toJSON(r))
	return err
}

// Runs lists runs, newest first.
func (s *Store) Runs(ctx context.Context, source string, limit int) ([]knowledge.Run, error) {
	if limit <= 0 {
		limit = 100
	}
	rs, err := collect(ctx, s.read, scanJSON[knowledge.Run],
		"SELECT entry FROM run WHERE source = ?1 OR ?1 = '' ORDER BY started DESC, id DESC LIMIT ?2", source, limit)
	return rs, failed("list runs", err)
}

// PutPages records pages of a run.
func (s *Store) PutPages(ctx context.Context, run string, pages []knowledge.PageOutcome) error {
	return s.inTx(ctx, "store pages", func(tx *change) error { return putPages(ctx, tx, run, pages) })
}

func putPages(ctx context.Context, tx *change, run string, pages []knowledge.PageOutcome) error {
	var id string
	if err := tx.QueryRowContext(ctx, "SELECT id FROM run WHERE id = ?", run).Scan(&id); err != nil {
		return fmt.Errorf("run %s: %w", run, err)
	}
	for _, p := range pages {
		_, err := tx.ExecContext(ctx, `INSERT INTO page (run, uri, outcome, status, reason, millis) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
			ON CONFLICT (run, uri) DO UPDATE SET outcome = ?3, status = ?4, reason = ?5, millis = ?6`,
			run, p.URI, p.Outcome, p.Status, p.Reason, p.Millis)
		if err != nil {
			return err
		}
	}
	return nil
}

// Pages lists pages of a run.
func (s *Store) Pages(ctx context.Context, run, outcome string) ([]knowledge.PageOutcome, error) {
	return pages(ctx, s.read, run, outcome)
}

func pages(ctx context.Context, q querier, run, outcome string) ([]knowledge.PageOutcome, error) {
	ps, err := collect(ctx, q, func(rows *sql.Rows) (p knowledge.PageOutcome, err error) {
		return p, rows.Scan(&p.URI, &p.Outcome, &p.Status, &p.Reason, &p.Millis)
	}, "SELECT uri, outcome, status, reason, millis FROM page WHERE run = ?1 AND (outcome = ?2 OR ?2 = '') ORDER BY uri", run, outcome)
	return ps, failed("list pages", err)
}
