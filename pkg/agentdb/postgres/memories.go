package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"panther/pkg/agentdb/store"
	"panther/pkg/knowledge"

	"github.com/jackc/pgx/v5"
)

// PutMemory adds an entry.
func (s *Store) PutMemory(ctx context.Context, m knowledge.Memory, terms []string) (*knowledge.Memory, error) {
	m.Created = orNow(m.Created)
	err := s.inTx(ctx, "store memory", func(tx pgx.Tx) error {
		unit, err := one[int64](ctx, tx, "SELECT nextval('memory_unit')")
		if err != nil {
			return err
		}
		added, err := insertMemory(ctx, tx, unit, m, terms)
		if err != nil || !added || m.Supersedes == "" {
			return err
		}
		return supersede(ctx, tx, m.Supersedes, m.ID)
	})
	if err != nil {
		return nil, err
	}
	s.upkeep.call()
	return s.Memory(ctx, m.ID)
}

// insertMemory reports false where the ID was there already.
func insertMemory(ctx context.Context, tx pgx.Tx, unit int64, m knowledge.Memory, terms []string) (bool, error) {
	entry := m // what has a column is left out of the JSON
	entry.Owner, entry.Useful, entry.SupersededBy, entry.Pinned, entry.Strength = "", 0, "", false, 0
	joined := joinTerms(terms)
	// PutMemory: index memory_id_key.
	tag, err := tx.Exec(ctx, `INSERT INTO memory (unit, id, kind, text, entry, scope_user, scope_agent, scope_session, superseded_by, useful, created, terms, pinned, owner)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT (id) DO NOTHING`,
		unit, clean(m.ID), clean(m.Kind), clean(m.Text), clean(toJSON(entry)), clean(m.Scope.User), clean(m.Scope.Agent), clean(m.Scope.Session),
		clean(m.SupersededBy), m.Useful, m.Created, joined, m.Pinned, clean(string(m.Owner)))
	if err != nil || tag.RowsAffected() == 0 {
		return false, err
	}
	return true, addPostings(ctx, tx, memories, []indexed{{unit: unit, terms: postedTerms(joined)}})
}

func supersede(ctx context.Context, tx pgx.Tx, id, by string) error {
	// PutMemory, Supersede: index memory_id_key.
	w := withID(ctx, id)
	tag, err := tx.Exec(ctx, "UPDATE memory c SET superseded_by = "+w.arg(clean(by))+" WHERE "+w.text(), w.args...)
	if err == nil && tag.RowsAffected() == 0 {
		err = fmt.Errorf("memory %s: %w", id, store.ErrNotFound)
	}
	return err
}

// withID selects the entry with an ID, if it is shown to the identity of ctx.
func withID(ctx context.Context, id string) (w where) {
	w.add("c.id = ?", clean(id))
	w.visible(ctx, ownMemory)
	return w
}

const memoryColumns = "c.unit, c.entry, c.owner, c.superseded_by, c.useful, c.pinned FROM memory c "

func scanMemory(row pgx.CollectableRow, more ...any) (m store.StoredMemory, err error) {
	var (
		entry  json.RawMessage
		owner  knowledge.Owner
		by     string
		useful int
		pinned bool
	)
	if err := row.Scan(append([]any{&m.Unit, &entry, &owner, &by, &useful, &pinned}, more...)...); err != nil {
		return m, err
	}
	err = json.Unmarshal(entry, &m.Memory)
	m.Owner, m.SupersededBy, m.Useful, m.Pinned = owner, by, useful, pinned
	return m, err
}

func scanStoredMemory(row pgx.CollectableRow) (store.StoredMemory, error) { return scanMemory(row) }

// Memory returns one entry.
func (s *Store) Memory(ctx context.Context, id string) (*knowledge.Memory, error) {
	// Memory: index memory_id_key.
	w := withID(ctx, id)
	ms, err := collect(ctx, s.pool, scanStoredMemory, "SELECT "+memoryColumns+"WHERE "+w.text(), w.args...)
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
	var w where
	w.add("c.unit = ANY(?)", units)
	w.visible(ctx, ownMemory)
	// MemoriesByUnit: primary key.
	ms, err := collect(ctx, s.pool, scanStoredMemory, "SELECT "+memoryColumns+"WHERE "+w.text(), w.args...)
	if err != nil {
		return nil, failed("read memories", err)
	}
	return inOrder(units, ms, func(m store.StoredMemory) int64 { return m.Unit }), nil
}

// ListMemories lists entries, newest first.
func (s *Store) ListMemories(ctx context.Context, sel store.ListMemories) ([]knowledge.Memory, error) {
	var w where
	w.memories(ctx, sel)
	var limit *int // NULL is no limit
	if sel.Limit > 0 {
		limit = &sel.Limit
	}
	// ListMemories: index memory_created.
	ms, err := collect(ctx, s.pool, func(row pgx.CollectableRow) (knowledge.Memory, error) {
		m, err := scanMemory(row)
		return m.Memory, err
	}, "SELECT "+memoryColumns+"WHERE "+w.text()+" ORDER BY c.created DESC, c.id LIMIT "+w.arg(limit), w.args...)
	return ms, failed("list memories", err)
}

// Supersede marks an entry that has no mark and is not pinned.
func (s *Store) Supersede(ctx context.Context, id, by string) error {
	w := withID(ctx, id)
	// Supersede: index memory_id_key.
	_, err := s.pool.Exec(ctx, "UPDATE memory c SET superseded_by = "+w.arg(clean(by))+" WHERE superseded_by = '' AND NOT pinned AND "+w.text(), w.args...)
	return failed("supersede memory", err)
}

// Restore takes the mark away and pins the entry.
func (s *Store) Restore(ctx context.Context, id string) error {
	w := withID(ctx, id)
	// Restore: index memory_id_key.
	tag, err := s.pool.Exec(ctx, "UPDATE memory c SET superseded_by = '', pinned = true WHERE "+w.text(), w.args...)
	if err == nil && tag.RowsAffected() == 0 {
		err = fmt.Errorf("memory %s: %w", id, store.ErrNotFound)
	}
	return failed("restore memory", err)
}

// Feedback counts a value once for each key.
func (s *Store) Feedback(ctx context.Context, id, key string, value int) error {
	return s.inTx(ctx, "store feedback", func(tx pgx.Tx) error {
		var unit int64
		w := withID(ctx, id)
		// Feedback: indexes memory_id_key and feedback_pkey.
		if err := tx.QueryRow(ctx, "SELECT c.unit FROM memory c WHERE "+w.text()+" FOR UPDATE", w.args...).Scan(&unit); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, "INSERT INTO feedback (key, memory) VALUES ($1, $2) ON CONFLICT DO NOTHING", clean(key), clean(id))
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		_, err = tx.Exec(ctx, "UPDATE memory SET useful = useful + $2 WHERE unit = $1", unit, value)
		return err
	})
}

// Forget removes an entry and what it superseded, and folds the index, so that
// no block mentions them any more.
func (s *Store) Forget(ctx context.Context, id string) error {
	err := s.inTx(ctx, "forget memory", func(tx pgx.Tx) error {
		w := withID(ctx, id)
		// Forget: indexes memory_id_key and memory_superseded.
		units, err := collect(ctx, tx, pgx.RowTo[int64], `
			WITH RECURSIVE chain (id) AS (SELECT c.id FROM memory c WHERE `+w.text()+` UNION
				SELECT m.id FROM memory m JOIN chain ON m.superseded_by = chain.id AND m.superseded_by <> '')
			SELECT unit FROM memory WHERE id IN (SELECT id FROM chain)`, w.args...)
		if err == nil && len(units) == 0 {
			err = store.ErrNotFound
		}
		if err != nil {
			return err
		}
		return deleteUnits(ctx, tx, memories, units)
	})
	if err != nil {
		return err
	}
	if err := s.fold(ctx); err != nil && !errors.Is(err, store.ErrUnavailable) { // lost to another fold: the next one does it
		return err
	}
	return nil
}
