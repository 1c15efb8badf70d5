package postgres

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"panther/pkg/agentdb/store"
	"panther/pkg/knowledge"

	"github.com/jackc/pgx/v5"
)

// PutSource registers a source.
func (s *Store) PutSource(ctx context.Context, src knowledge.Source) error {
	return s.inTx(ctx, "store source", func(tx pgx.Tx) error { return putSource(ctx, tx, src) })
}

func putSource(ctx context.Context, tx pgx.Tx, src knowledge.Source) error {
	src.Documents, src.Chunks, src.LastRun = 0, 0, nil
	_, err := tx.Exec(ctx, "INSERT INTO source (name, entry) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET entry = excluded.entry",
		clean(src.Name), clean(toJSON(src)))
	return err
}

// scanJSON decodes a row of one JSON column.
func scanJSON[T any](row pgx.CollectableRow) (v T, err error) {
	var b json.RawMessage
	if err := row.Scan(&b); err != nil {
		return v, err
	}
	return v, json.Unmarshal(b, &v)
}

// Sources lists sources with counters and last runs.
func (s *Store) Sources(ctx context.Context) (list []knowledge.Source, err error) {
	err = s.snapshot(ctx, "list sources", func(tx pgx.Tx) error {
		list, err = sources(ctx, tx)
		return err
	})
	return list, err
}

func sources(ctx context.Context, tx pgx.Tx) ([]knowledge.Source, error) {
	list, err := collect(ctx, tx, scanJSON[knowledge.Source], "SELECT entry FROM source")
	if err != nil {
		return nil, err
	}
	find := func(name string) *knowledge.Source {
		i := slices.IndexFunc(list, func(x knowledge.Source) bool { return x.Name == name })
		if i < 0 {
			i, list = len(list), append(list, knowledge.Source{Name: name})
		}
		return &list[i]
	}
	// Sources: index document_counts alone.
	rows, err := tx.Query(ctx, "SELECT source, count(*) FILTER (WHERE deleted_at IS NULL), sum(chunks) FROM document GROUP BY source")
	if err != nil {
		return nil, err
	}
	var name string
	var docs, chunks int
	if _, err := pgx.ForEachRow(rows, []any{&name, &docs, &chunks}, func() error {
		x := find(name)
		x.Documents, x.Chunks = docs, chunks
		return nil
	}); err != nil {
		return nil, err
	}
	// Sources: index run_source, which has the order.
	last, err := collect(ctx, tx, scanJSON[knowledge.Run], "SELECT DISTINCT ON (source) entry FROM run ORDER BY source, started DESC, id DESC")
	if err != nil {
		return nil, err
	}
	for _, r := range last {
		find(r.Source).LastRun = &r
	}
	slices.SortFunc(list, func(a, b knowledge.Source) int { return cmp.Compare(a.Name, b.Name) })
	return list, nil
}

// DeleteSource removes a source and everything of it.
func (s *Store) DeleteSource(ctx context.Context, name string) error {
	defer s.upkeep.call()
	return s.inTx(ctx, "delete source", func(tx pgx.Tx) error {
		if err := unlimited(ctx, tx); err != nil {
			return err
		}
		// DeleteSource: index document_source; the lock keeps upserts of these documents out.
		docs, err := collect(ctx, tx, pgx.RowTo[int64], "SELECT n FROM document WHERE source = $1 ORDER BY uri FOR UPDATE", clean(name))
		if err != nil {
			return err
		}
		// DeleteSource: index chunk_document.
		units, err := collect(ctx, tx, pgx.RowTo[int64], "SELECT unit FROM chunk WHERE document = ANY($1)", docs)
		if err != nil {
			return err
		}
		if err := deleteUnits(ctx, tx, documents, units); err != nil {
			return err
		}
		removed := int64(0)
		for _, step := range []struct {
			sql string
			arg any
		}{
			{"DELETE FROM document WHERE n = ANY($1)", docs},
			{"DELETE FROM run WHERE source = $1", clean(name)}, // index run_source; pages go by page_pkey
			{"DELETE FROM source WHERE name = $1", clean(name)},
			{"DELETE FROM canary WHERE source = $1", clean(name)}, // some hundred rows
		} {
			tag, err := tx.Exec(ctx, step.sql, step.arg)
			if err != nil {
				return err
			}
			removed += tag.RowsAffected()
		}
		if removed == 0 {
			return store.ErrNotFound
		}
		return nil
	})
}

// PutRun records a run.
func (s *Store) PutRun(ctx context.Context, r knowledge.Run) error {
	return s.inTx(ctx, "store run", func(tx pgx.Tx) error { return putRun(ctx, tx, r) })
}

func putRun(ctx context.Context, tx pgx.Tx, r knowledge.Run) error {
	_, err := tx.Exec(ctx, `INSERT INTO run (id, source, started, entry) VALUES ($1, $2, $3, $4)
		ON CONFLICT (id) DO UPDATE SET source = excluded.source, started = excluded.started, entry = excluded.entry`,
		clean(r.ID), clean(r.Source), orNow(r.Started), clean(toJSON(r)))
	return err
}

// Runs lists runs, newest first.
func (s *Store) Runs(ctx context.Context, source string, limit int) ([]knowledge.Run, error) {
	if limit <= 0 {
		limit = 100
	}
	var w where
	if source != "" {
		w.add("source = ?", clean(source))
	}
	// Runs: index run_source, or run_started for all.
	rs, err := collect(ctx, s.pool, scanJSON[knowledge.Run],
		"SELECT entry FROM run WHERE "+w.text()+" ORDER BY started DESC, id DESC LIMIT "+w.arg(limit), w.args...)
	return rs, failed("list runs", err)
}

// PutPages records pages of a run.
func (s *Store) PutPages(ctx context.Context, run string, pages []knowledge.PageOutcome) error {
	return s.inTx(ctx, "store pages", func(tx pgx.Tx) error { return putPages(ctx, tx, run, pages) })
}

func putPages(ctx context.Context, tx pgx.Tx, run string, pages []knowledge.PageOutcome) error {
	// PutPages: primary keys. The lock keeps the run until the pages are there.
	if _, err := one[string](ctx, tx, "SELECT id FROM run WHERE id = $1 FOR KEY SHARE", clean(run)); err != nil {
		return fmt.Errorf("run %s: %w", run, err)
	}
	var b pgx.Batch
	for _, p := range pages {
		b.Queue(`INSERT INTO page (run, id, uri, outcome, status, reason, millis) VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (run, id) DO UPDATE SET outcome = excluded.outcome, status = excluded.status, reason = excluded.reason, millis = excluded.millis`,
			clean(run), knowledge.DocumentID(p.URI), clean(p.URI), clean(p.Outcome), p.Status, clean(p.Reason), p.Millis)
	}
	return tx.SendBatch(ctx, &b).Close()
}

// Pages lists pages of a run.
func (s *Store) Pages(ctx context.Context, run, outcome string) ([]knowledge.PageOutcome, error) {
	ps, err := pages(ctx, s.pool, run, outcome)
	return ps, failed("list pages", err)
}

func pages(ctx context.Context, q querier, run, outcome string) ([]knowledge.PageOutcome, error) {
	// Pages, Export: index page_pkey.
	return collect(ctx, q, func(row pgx.CollectableRow) (p knowledge.PageOutcome, err error) {
		return p, row.Scan(&p.URI, &p.Outcome, &p.Status, &p.Reason, &p.Millis)
	}, "SELECT uri, outcome, status, reason, millis FROM page WHERE run = $1 AND (outcome = $2 OR $2 = '') ORDER BY uri", clean(run), clean(outcome))
}
