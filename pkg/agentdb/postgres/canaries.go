package postgres

import (
	"context"

	"panther/pkg/knowledge"

	"github.com/jackc/pgx/v5"
)

// PutCanaries stores canaries.
func (s *Store) PutCanaries(ctx context.Context, cs ...knowledge.Canary) error {
	return s.inTx(ctx, "store canaries", func(tx pgx.Tx) error {
		var b pgx.Batch
		for _, c := range cs {
			queueCanary(&b, c)
		}
		return tx.SendBatch(ctx, &b).Close()
	})
}

func queueCanary(b *pgx.Batch, c knowledge.Canary) {
	// PutCanaries, Import: canary_pkey.
	b.Queue(`INSERT INTO canary (id, source, owner, entry) VALUES ($1, $2, $3, $4)
		ON CONFLICT (id) DO UPDATE SET source = excluded.source, owner = excluded.owner, entry = excluded.entry`,
		clean(c.ID), clean(c.Source), clean(string(c.Owner)), clean(toJSON(c)))
}

// Canaries lists canaries.
func (s *Store) Canaries(ctx context.Context) ([]knowledge.Canary, error) {
	var w where
	w.visible(ctx, ownCanary)
	cs, err := canaries(ctx, s.pool, w)
	return cs, failed("list canaries", err)
}

const ownCanary = "owner IN ('', ?)"

func canaries(ctx context.Context, q querier, w where) ([]knowledge.Canary, error) {
	// Canaries, Export: some hundred rows.
	return collect(ctx, q, scanJSON[knowledge.Canary], "SELECT entry FROM canary WHERE "+w.text()+" ORDER BY source, id", w.args...)
}

// DeleteCanaries removes canaries.
func (s *Store) DeleteCanaries(ctx context.Context, ids ...string) (n int, err error) {
	var w where
	w.add("id = ANY(?)", cleanAll(ids))
	w.visible(ctx, ownCanary)
	err = s.inTx(ctx, "delete canaries", func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, "DELETE FROM canary WHERE "+w.text(), w.args...) // canary_pkey
		n = int(tag.RowsAffected())
		return err
	})
	return n, err
}
