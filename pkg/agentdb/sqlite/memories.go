package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"panther/pkg/agentdb/store"
	"panther/pkg/knowledge"
)

// PutMemory adds an entry.
func (s *Store) PutMemory(ctx context.Context, m knowledge.Memory, terms []string) (*knowledge.Memory, error) {
	m.Created = orNow(m.Created)
	err := s.inTx(ctx, "store memory", func(tx *change) error {
		unit, err := s.insertMemory(ctx, tx, sql.NullInt64{}, m, terms)
		if err != nil || unit == 0 || m.Supersedes == "" {
			return err
		}
		return supersede(ctx, tx, m.Supersedes, m.ID)
	})
	if err != nil {
		return nil, err
	}
	return s.Memory(ctx, m.ID)
}

// insertMemory returns unit 0 where the ID was there already.
func (s *Store) insertMemory(ctx context.Context, tx *change, unit sql.NullInt64, m knowledge.Memory, terms []string) (int64, error) {
	entry := m // what has a column is left out of the JSON
	entry.Useful, entry.SupersededBy, entry.Pinned, entry.Strength = 0, "", false, 0
	var id int64
	err := tx.QueryRowContext(ctx, `INSERT INTO memory (unit, id, kind, text, entry, scope_user, scope_agent, scope_session, superseded_by, useful, pinned, created)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING RETURNING unit`,
		unit, m.ID, m.Kind, m.Text, toJSON(entry), m.Scope.User, m.Scope.Agent, m.Scope.Session, m.SupersededBy, m.Useful, m.Pinned, micros(m.Created)).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	joined := joinTerms(terms)
	tx.onCommit(func() { s.terms[1].add(id, joined) })
	_, err = tx.ExecContext(ctx, "INSERT INTO memory_terms (rowid, terms) VALUES (?, ?)", id, joined)
	return id, err
}

func supersede(ctx context.Context, tx *change, id, by string) error {
	r, err := tx.ExecContext(ctx, "UPDATE memory SET superseded_by = ? WHERE id = ?", by, id)
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, fmt.Errorf("memory %s: %w", id, store.ErrNotFound))
	}
	return nil
}

const memoryColumns = "c.unit, c.entry, c.superseded_by, c.useful, c.pinned FROM memory c "

func scanMemory(rows *sql.Rows) (m store.StoredMemory, err error) {
	var (
		entry, by string
		useful    int
		pinned    bool
	)
	if err := rows.Scan(&m.Unit, &entry, &by, &useful, &pinned); err != nil {
		return m, err
	}
	err = json.Unmarshal([]byte(entry), &m.Memory)
	m.SupersededBy, m.Useful, m.Pinned = by, useful, pinned
	return m, err
}

// Memory returns one entry.
func (s *Store) Memory(ctx context.Context, id string) (*knowledge.Memory, error) {
	ms, err := collect(ctx, s.read, scanMemory, "SELECT "+memoryColumns+"WHERE c.id = ?", id)
	if err == nil && len(ms) == 0 {
		err = store.ErrNotFound
	}
	if err != nil {
		return nil, failed("read memory", err)
	}
	return &ms[0].Memory, nil
}

// MemoriesByUnit returns entries in the order of units.
func (s *Store) MemoriesByUnit(ctx context.Context, units []int64) ([]store.StoredMemory, error) {
	ms, err := collect(ctx, s.read, scanMemory, "SELECT "+memoryColumns+"WHERE c.unit IN (SELECT value FROM json_each(?))", toJSON(units))
	if err != nil {
		return nil, failed("read memories", err)
	}
	return inOrder(units, ms, func(m store.StoredMemory) int64 { return m.Unit }), nil
}

// ListMemories lists entries, newest first.
func (s *Store) ListMemories(ctx context.Context, sel store.ListMemories) ([]knowledge.Memory, error) {
	var w where
	w.memories(sel)
	limit := -1
	if sel.Limit > 0 {
		limit = sel.Limit
	}
	ms, err := collect(ctx, s.read, func(rows *sql.Rows) (knowledge.Memory, error) {
		m, err := scanMemory(rows)
		return m.Memory, err
	}, "SELECT "+memoryColumns+"WHERE "+w.text()+" ORDER BY c.created DESC, c.id LIMIT ?", append(w.args, limit)...)
	return ms, failed("list memories", err)
}

// Supersede marks an entry that has no mark and is not pinned.
func (s *Store) Supersede(ctx context.Context, id, by string) error {
	_, err := s.write.ExecContext(ctx, "UPDATE memory SET superseded_by = ? WHERE id = ? AND superseded_by = '' AND NOT pinned", by, id)
	return failed("supersede memory", err)
}

// Restore takes the mark away and pins the entry.
func (s *Store) Restore(ctx context.Context, id string) error {
	r, err := s.write.ExecContext(ctx, "UPDATE memory SET superseded_by = '', pinned = 1 WHERE id = ?", id)
	if err != nil {
		return failed("restore memory", err)
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, fmt.Errorf("restore memory %s: %w", id, store.ErrNotFound))
	}
	return nil
}

// Feedback counts a value once for each key.
func (s *Store) Feedback(ctx context.Context, id, key string, value int) error {
	return s.inTx(ctx, "store feedback", func(tx *change) error {
		var unit int64
		if err := tx.QueryRowContext(ctx, "SELECT unit FROM memory WHERE id = ?", id).Scan(&unit); err != nil {
			return err
		}
		r, err := tx.ExecContext(ctx, "INSERT INTO feedback (key, memory) VALUES (?, ?) ON CONFLICT DO NOTHING", key, id)
		if err != nil {
			return err
		}
		if n, err := r.RowsAffected(); err != nil || n == 0 {
			return err
		}
		_, err = tx.ExecContext(ctx, "UPDATE memory SET useful = useful + ? WHERE unit = ?", value, unit)
		return err
	})
}

// Forget removes an entry and what it superseded, and empties the log that
// still has their text.
func (s *Store) Forget(ctx context.Context, id string) error {
	err := s.inTx(ctx, "forget memory", func(tx *change) error {
		units, err := collect(ctx, tx, scanOne[int64], `
			WITH RECURSIVE chain (id) AS (SELECT ? UNION SELECT m.id FROM memory m JOIN chain ON m.superseded_by = chain.id)
			SELECT unit FROM memory WHERE id IN (SELECT id FROM chain)`, id)
		if err != nil {
			return err
		}
		if len(units) == 0 {
			return store.ErrNotFound
		}
		return s.deleteUnits(ctx, tx, store.MemoryCorpus, units)
	})
	if err != nil {
		return err
	}
	_, err = s.write.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	return failed("empty the log", err)
}
