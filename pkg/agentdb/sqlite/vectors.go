package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"panther/pkg/agentdb/store"
)

// spaceRow is what calls need of a space.
type spaceRow struct {
	n    int64
	dims int
}

func (s *Store) space(ctx context.Context, id string) (r spaceRow, err error) {
	err = s.read.QueryRowContext(ctx, "SELECT n, dimensions FROM space WHERE id = ?", id).Scan(&r.n, &r.dims)
	if errors.Is(err, sql.ErrNoRows) {
		return r, fmt.Errorf("space %s: %w", id, store.ErrUnknownSpace)
	}
	return r, failed("read space", err)
}

// Spaces lists the spaces with their progress.
func (s *Store) Spaces(ctx context.Context) ([]store.Space, error) {
	sps, err := collect(ctx, s.read, func(rows *sql.Rows) (sp store.Space, err error) {
		var created sql.NullInt64
		err = rows.Scan(&sp.ID, &sp.Provider, &sp.Model, &sp.Dimensions, &sp.Weight, &sp.Active, &created, &sp.Embedded, &sp.Pending)
		sp.Created, sp.Pending = timeOf(created), sp.Pending-sp.Embedded
		return sp, err
	}, `SELECT id, provider, model, dimensions, weight, active, created,
			(SELECT count(*) FROM vector v WHERE v.space = s.n),
			(SELECT count(*) FROM chunk) + (SELECT count(*) FROM memory)
		FROM space s ORDER BY n`)
	return sps, failed("list spaces", err)
}

// ActiveSpace returns the active space, or nil.
func (s *Store) ActiveSpace(ctx context.Context) (*store.Space, error) {
	var (
		sp      = store.Space{Active: true}
		created sql.NullInt64
	)
	err := s.read.QueryRowContext(ctx, "SELECT id, provider, model, dimensions, weight, created FROM space WHERE active").
		Scan(&sp.ID, &sp.Provider, &sp.Model, &sp.Dimensions, &sp.Weight, &created)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	sp.Created = timeOf(created)
	return &sp, failed("read active space", err)
}

// CreateSpace registers a space.
func (s *Store) CreateSpace(ctx context.Context, sp store.Space) error {
	_, err := s.write.ExecContext(ctx, `INSERT INTO space (id, provider, model, dimensions, weight, active, created) VALUES (?, ?, ?, ?, ?, 0, ?)
		ON CONFLICT (id) DO UPDATE SET weight = excluded.weight`, sp.ID, sp.Provider, sp.Model, sp.Dimensions, sp.Weight, micros(time.Now()))
	return failed("create space "+sp.ID, err)
}

// ActivateSpace makes a space the active one.
func (s *Store) ActivateSpace(ctx context.Context, id string) error {
	return s.inTx(ctx, "activate space "+id, func(tx *change) error {
		if _, err := tx.ExecContext(ctx, "UPDATE space SET active = 0 WHERE active"); err != nil {
			return err
		}
		r, err := tx.ExecContext(ctx, "UPDATE space SET active = 1 WHERE id = ?", id)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, store.ErrUnknownSpace)
		}
		return nil
	})
}

// DropSpace removes a space.
func (s *Store) DropSpace(ctx context.Context, id string) error {
	sp, err := s.space(ctx, id)
	if errors.Is(err, store.ErrUnknownSpace) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.inTx(ctx, "drop space "+id, func(tx *change) error {
		for _, q := range []string{"DELETE FROM vector WHERE space = ?", "DELETE FROM space WHERE n = ?"} {
			if _, err := tx.ExecContext(ctx, q, sp.n); err != nil {
				return err
			}
		}
		tx.onCommit(func() { s.dense.drop(sp.n) })
		return nil
	})
}

// Embed claims pending units within this process, which is the only one.
func (s *Store) Embed(ctx context.Context, space string, limit int, embed func(context.Context, []store.PendingUnit) ([][]float32, error)) (int, error) {
	for {
		sp, err := s.space(ctx, space)
		if err != nil {
			return 0, err
		}
		units, err := s.claim(ctx, sp.n, limit)
		if err != nil || len(units) == 0 {
			return 0, err
		}
		n, err := s.embedClaimed(ctx, sp, units, embed)
		if err != nil || n > 0 {
			return n, err
		}
		// All of them vanished meanwhile: there may be others.
	}
}

func (s *Store) embedClaimed(ctx context.Context, sp spaceRow, units []store.PendingUnit, embed func(context.Context, []store.PendingUnit) ([][]float32, error)) (int, error) {
	defer s.release(sp.n, units)
	vectors, err := embed(ctx, units)
	if err != nil {
		return 0, err
	}
	if len(vectors) != len(units) {
		return 0, fmt.Errorf("embed %d units: got %d vectors", len(units), len(vectors))
	}
	for _, v := range vectors {
		if len(v) != sp.dims {
			return 0, fmt.Errorf("embed %d units: a vector has %d dimensions, want %d", len(units), len(v), sp.dims)
		}
	}
	var stored []bool
	err = s.inTx(ctx, "store vectors", func(tx *change) (err error) {
		stored, err = putVectors(ctx, tx, sp.n, units, vectors)
		tx.onCommit(func() { s.dense.addStored(sp.n, units, vectors, stored) })
		return err
	})
	if err != nil {
		return 0, err
	}
	n := 0
	for _, ok := range stored {
		if ok {
			n++
		}
	}
	return n, nil
}

// putVectors stores vectors of units that are still there and reports which.
func putVectors(ctx context.Context, tx *change, space int64, units []store.PendingUnit, vectors [][]float32) ([]bool, error) {
	stored := make([]bool, len(units))
	for i, u := range units {
		table, _ := unitTable(u.Corpus)
		r, err := tx.ExecContext(ctx, `INSERT INTO vector (space, corpus, unit, value) SELECT n, ?, ?, ? FROM space
			WHERE n = ? AND EXISTS (SELECT 1 FROM `+table+` WHERE unit = ?) ON CONFLICT DO NOTHING`,
			corpusNumber(u.Corpus), u.Unit, halves(vectors[i]), space, u.Unit)
		if err != nil {
			return nil, err
		}
		n, err := r.RowsAffected()
		if err != nil {
			return nil, err
		}
		stored[i] = n == 1
	}
	return stored, nil
}

// claim finds pending units that nobody works on.
func (s *Store) claim(ctx context.Context, space int64, limit int) ([]store.PendingUnit, error) {
	s.claims.mu.Lock()
	defer s.claims.mu.Unlock()
	if s.claims.taken == nil {
		s.claims.taken, s.claims.whole = map[claim]bool{}, map[claim]int64{}
	}
	var out []store.PendingUnit
	for _, c := range []store.Corpus{store.MemoryCorpus, store.DocumentCorpus} {
		mark := claim{space: space, corpus: corpusNumber(c)}
		us, err := s.pending(ctx, space, c, s.claims.whole[mark], limit+len(s.claims.taken))
		if err != nil {
			return nil, err
		}
		if len(us) > 0 {
			s.claims.whole[mark] = us[0].Unit - 1
		}
		for _, u := range us {
			k := claim{space, mark.corpus, u.Unit}
			if len(out) < limit && !s.claims.taken[k] {
				s.claims.taken[k] = true
				out = append(out, u)
			}
		}
	}
	return out, nil
}

func (s *Store) release(space int64, units []store.PendingUnit) {
	s.claims.mu.Lock()
	defer s.claims.mu.Unlock()
	for _, u := range units {
		delete(s.claims.taken, claim{space, corpusNumber(u.Corpus), u.Unit})
	}
}

// pending returns units after a mark that have no vector.
func (s *Store) pending(ctx context.Context, space int64, c store.Corpus, after int64, limit int) ([]store.PendingUnit, error) {
	columns, from := "c.unit, d.title, c.headings, c.text", "chunk c JOIN document d ON d.n = c.document"
	if c == store.MemoryCorpus {
		columns, from = "c.unit, '', 'null', c.text", "memory c"
	}
	us, err := collect(ctx, s.read, func(rows *sql.Rows) (store.PendingUnit, error) {
		u := store.PendingUnit{Corpus: c}
		var headings string
		if err := rows.Scan(&u.Unit, &u.Title, &headings, &u.Text); err != nil {
			return u, err
		}
		return u, json.Unmarshal([]byte(headings), &u.Headings)
	}, "SELECT "+columns+" FROM "+from+` LEFT JOIN vector v ON v.space = ? AND v.corpus = ? AND v.unit = c.unit
		WHERE c.unit > ? AND v.unit IS NULL ORDER BY c.unit LIMIT ?`, space, corpusNumber(c), after, limit)
	return us, failed("find pending units", err)
}
