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
	entry.Owner, entry.Useful, entry.SupersededBy, entry.Pinned, entry.Strength = "", 0, "", false, 0
	var id int64
	err := tx.QueryRowContext(ctx, `INSERT INTO memory (unit, id, kind, text, entry, scope_user, scope_agent, scope_session, superseded_by, useful, pinned, created, owner)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING RETURNING unit`,
		unit, m.ID, m.Kind, m.Text, toJSON(entry), m.Scope.User, m.Scope.Agent, m.Scope.Session, m.SupersededBy, m.Useful, m.Pinned, micros(m.Created), m.Owner).Scan(&id)
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
	w := one(ctx, id)
	r, err := tx.ExecContext(ctx, "UPDATE memory AS c SET superseded_by = ? WHERE "+w.text(), append([]any{by}, w.args...)...)
	if err != nil {
		return err
	}
	if n, err := r.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, fmt.Errorf("memory %s: %w", id, store.ErrNotFound))
	}
	return nil
}

// one selects the entry with an ID, if it is shown to the identity of ctx.
func one(ctx context.Context, id string) where {
	w := where{conds: []string{"c.id = ?"}, args: []any{id}}
	w.visible(ctx, ownMemory)
	return w
}

const memoryColumns = "c.unit, c.entry, c.owner, c.superseded_by, c.useful, c.pinned FROM memory c "

func scanStoredMemory(rows *sql.Rows) (store.StoredMemory, error) { return scanMemory(rows) }

func scanMemory(rows *sql.Rows, more ...any) (m store.StoredMemory, err error) {
	var (
		entry, by string
		owner     knowledge.Owner
		useful    int
		pinned    bool
	)
	if err := rows.Scan(append([]any{&m.Unit, &entry, &owner, &by, &useful, &pinned}, more...)...); err != nil {
		return m, err
	}
	err = json.Unmarshal([]byte(entry), &m.Memory)
	m.Owner, m.SupersededBy, m.Useful, m.Pinned = owner, by, useful, pinned
	return m, err
}

// Memory returns one entry.
func (s *Store) Memory(ctx context.Context, id string) (*knowledge.Memory, error) {
	w := one(ctx, id)
	ms, err := collect(ctx, s.read, scanStoredMemory, "SELECT "+memoryColumns+"WHERE "+w.text(), w.args...)
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
	w := where{conds: []string{"c.unit IN (SELECT value FROM json_each(?))"}, args: []any{toJSON(units)}}
	w.visible(ctx, ownMemory)
	ms, err := collect(ctx, s.read, scanStoredMemory, "SELECT "+memoryColumns+"WHERE "+w.text(), w.args...)
	if err != nil {
		return nil, failed("read memories", err)
	}
	return inOrder(units, ms, func(m store.StoredMemory) int64 { return m.Unit }), nil
}

// ListMemories lists entries, newest first.
func (s *Store) ListMemories(ctx context.Context, sel store.ListMemories) ([]knowledge.Memory, error) {
	var w where
	w.memories(ctx, sel)
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
	w := one(ctx, id)
	_, err := s.write.ExecContext(ctx, "UPDATE memory AS c SET superseded_by = ? WHERE superseded_by = '' AND NOT pinned AND "+w.text(), append([]any{by}, w.args...)...)
	return failed("supersede memory", err)
}

// Restore takes the mark away and pins the entry.
func (s *Store) Restore(ctx context.Context, id string) error {
	w := one(ctx, id)
	r, err := s.write.ExecContext(ctx, "UPDATE memory AS c SET superseded_by = '', pinned = 1 WHERE "+w.text(), w.args...)
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
		w := one(ctx, id)
		if err := tx.QueryRowContext(ctx, "SELECT c.unit FROM memory c WHERE "+w.text(), w.args...).Scan(&unit); err != nil {
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
		w := one(ctx, id)
		units, err := collect(ctx, tx, scanOne[int64], `
			WITH RECURSIVE chain (id) AS (SELECT c.id FROM memory c WHERE `+w.text()+` UNION SELECT m.id FROM memory m JOIN chain ON m.superseded_by = chain.id)
			SELECT unit FROM memory WHERE id IN (SELECT id FROM chain)`, w.args...)
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
