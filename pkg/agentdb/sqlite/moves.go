package sqlite

import (
	"context"
	"database/sql"

	"panther/pkg/agentdb/store"
	"panther/pkg/knowledge"
)

// moveUnit takes a unit whose terms are others now to a new number, with its
// vectors.
func (s *Store) moveUnit(ctx context.Context, tx *change, c store.Corpus, unit int64, was, terms string) error {
	table, index := unitTable(c)
	n := corpusNumber(c)
	var to int64
	// What AUTOINCREMENT gave last: no number is used twice.
	if err := tx.QueryRowContext(ctx, "UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = ? RETURNING seq", table).Scan(&to); err != nil {
		return err
	}
	for _, q := range []struct {
		sql  string
		args []any
	}{
		{"UPDATE " + table + " SET unit = ? WHERE unit = ?", []any{to, unit}},
		{"DELETE FROM " + index + " WHERE rowid = ?", []any{unit}},
		{"INSERT INTO " + index + " (rowid, terms) VALUES (?, ?)", []any{to, terms}},
		{"UPDATE vector SET unit = ? WHERE space IN (SELECT n FROM space) AND corpus = ? AND unit = ?", []any{to, n, unit}},
	} {
		if _, err := tx.ExecContext(ctx, q.sql, q.args...); err != nil {
			return err
		}
	}
	tx.onCommit(func() {
		s.terms[n].remove(unit, was)
		s.terms[n].add(to, terms)
		s.dense.move(n, unit, to)
	})
	return nil
}

// move gives the vectors of a unit to another.
func (x *denseIndex) move(corpus int, from, to int64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for key, set := range x.sets {
		if i, ok := set.at[from]; ok && key.corpus == corpus {
			delete(set.at, from)
			set.at[to], set.units[i] = i, to
		}
	}
}

// reindexBatch is how many memories are looked at in one transaction.
const reindexBatch = 200

// Reindex gives memories the terms that they have now.
func (s *Store) Reindex(ctx context.Context, terms func(knowledge.Memory) []string) (moved int, err error) {
	// Units that are moved are behind this one, and are not looked at again.
	var last, after int64
	if err := s.read.QueryRowContext(ctx, "SELECT coalesce(max(unit), 0) FROM memory").Scan(&last); err != nil {
		return 0, failed("index memories again", err)
	}
	for after < last {
		done := 0
		err := s.inTx(ctx, "index memories again", func(tx *change) error {
			var was []string
			ms, err := collect(ctx, tx, func(rows *sql.Rows) (store.StoredMemory, error) {
				was = append(was, "")
				return scanMemory(rows, &was[len(was)-1])
			}, "SELECT c.unit, c.entry, c.owner, c.superseded_by, c.useful, c.pinned, coalesce(t.terms, '') FROM memory c LEFT JOIN memory_terms t ON t.rowid = c.unit WHERE c.unit > ? AND c.unit <= ? ORDER BY c.unit LIMIT ?", after, last, reindexBatch)
			if err != nil || len(ms) == 0 {
				after = last
				return err
			}
			for i, m := range ms {
				now := joinTerms(terms(m.Memory))
				if now == was[i] {
					continue
				}
				if err := s.moveUnit(ctx, tx, store.MemoryCorpus, m.Unit, was[i], now); err != nil {
					return err
				}
				done++
			}
			after = ms[len(ms)-1].Unit
			return nil
		})
		if err != nil {
			return moved, err
		}
		moved += done
	}
	return moved, nil
}
