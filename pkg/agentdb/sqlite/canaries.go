package sqlite

import (
	"context"

	"panther/pkg/knowledge"
)

// PutCanaries stores canaries.
func (s *Store) PutCanaries(ctx context.Context, cs ...knowledge.Canary) error {
	return s.inTx(ctx, "store canaries", func(tx *change) error {
		for _, c := range cs {
			if err := putCanary(ctx, tx, c); err != nil {
				return err
			}
		}
		return nil
	})
}

func putCanary(ctx context.Context, tx *change, c knowledge.Canary) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO canary (id, source, owner, entry) VALUES (?1, ?2, ?3, ?4)
		ON CONFLICT (id) DO UPDATE SET source = ?2, owner = ?3, entry = ?4`, c.ID, c.Source, c.Owner, toJSON(c))
	return err
}

// Canaries lists canaries.
func (s *Store) Canaries(ctx context.Context) ([]knowledge.Canary, error) {
	var w where
	w.visible(ctx, ownCanary)
	cs, err := canaries(ctx, s.read, w)
	return cs, failed("list canaries", err)
}

const ownCanary = "owner IN ('', ?)"

func canaries(ctx context.Context, q querier, w where) ([]knowledge.Canary, error) {
	return collect(ctx, q, scanJSON[knowledge.Canary], "SELECT entry FROM canary WHERE "+w.text()+" ORDER BY source, id", w.args...)
}

// DeleteCanaries removes canaries.
func (s *Store) DeleteCanaries(ctx context.Context, ids ...string) (n int, err error) {
	err = s.inTx(ctx, "delete canaries", func(tx *change) error {
		var w where
		w.add("id IN (SELECT value FROM json_each(?))", toJSON(ids))
		w.visible(ctx, ownCanary)
		r, err := tx.ExecContext(ctx, "DELETE FROM canary WHERE "+w.text(), w.args...)
		if err != nil {
			return err
		}
		rows, err := r.RowsAffected()
		n = int(rows)
		return err
	})
	return n, err
}
