package postgres

import (
	"context"
	"fmt"
	"slices"

	"panther/pkg/agentdb/store"
	"panther/pkg/knowledge"

	"github.com/jackc/pgx/v5"
)

// move takes a unit whose terms are others now to a new number, since the
// postings of a number are written once.
type move struct {
	unit       int64
	was, terms string
}

// newUnits takes numbers for units, which grow.
func newUnits(ctx context.Context, tx pgx.Tx, c corpus, n int) ([]int64, error) {
	// upsert, Reindex: as many numbers as there are new units.
	return collect(ctx, tx, pgx.RowTo[int64], "SELECT nextval('"+c.units()+"_unit') FROM generate_series(1, $1)", n)
}

// moveUnits moves units with their vectors.
func moveUnits(ctx context.Context, tx pgx.Tx, c corpus, moves []move) error {
	if len(moves) == 0 {
		return nil
	}
	to, err := newUnits(ctx, tx, c, len(moves))
	if err != nil {
		return err
	}
	var gone, made []indexed
	var from []int64
	var terms []string
	for i, m := range moves {
		from, terms = append(from, m.unit), append(terms, m.terms)
		gone, made = append(gone, indexed{m.unit, postedTerms(m.was)}), append(made, indexed{to[i], postedTerms(m.terms)})
	}
	if err := lockUnits(ctx, tx, c, from); err != nil {
		return err
	}
	// upsert, Reindex: primary key.
	_, err = tx.Exec(ctx, "UPDATE "+c.units()+" c SET unit = m.made, terms = m.terms FROM unnest($1::bigint[], $2::bigint[], $3::text[]) m (was, made, terms) WHERE c.unit = m.was",
		from, to, terms)
	if err != nil {
		return err
	}
	// Spaces are read after the units are locked, as deleteUnits does.
	all, err := readSpaces(ctx, tx)
	if err != nil {
		return err
	}
	for _, x := range all {
		// upsert, Reindex: primary key of the vectors.
		_, err := tx.Exec(ctx, fmt.Sprintf("UPDATE %s v SET unit = m.made FROM unnest($1::bigint[], $2::bigint[]) m (was, made) WHERE v.unit = m.was", vectorTable{x.n, c}), from, to)
		if err != nil {
			return err
		}
	}
	slices.SortFunc(gone, byUnit)
	if err := removePostings(ctx, tx, c, gone); err != nil {
		return err
	}
	return addPostings(ctx, tx, c, made)
}

// lockUnits locks units in an order that all transactions lock in. It waits for
// an embedder that works on one.
func lockUnits(ctx context.Context, tx pgx.Tx, c corpus, units []int64) error {
	// upsert, Reindex: primary key.
	_, err := tx.Exec(ctx, "SELECT FROM "+c.units()+" WHERE unit = ANY($1) ORDER BY unit FOR UPDATE", units)
	return err
}

// reindexBatch is how many memories are looked at in one transaction.
const reindexBatch = 1000

// Reindex gives memories the terms that they have now.
func (s *Store) Reindex(ctx context.Context, terms func(knowledge.Memory) []string) (moved int, err error) {
	// Units that are moved are behind this one, and are not looked at again.
	last, err := one[int64](ctx, s.pool, "SELECT coalesce(max(unit), 0) FROM memory")
	if err != nil {
		return 0, failed("index memories again", err)
	}
	for after := int64(0); after < last; {
		var moves []move
		err := s.inTx(ctx, "index memories again", func(tx pgx.Tx) error {
			moves = nil
			// Reindex: primary key.
			ms, err := collect(ctx, tx, func(row pgx.CollectableRow) (m storedTerms, err error) {
				m.StoredMemory, err = scanMemory(row, &m.terms)
				return m, err
			}, "SELECT c.unit, c.entry, c.owner, c.superseded_by, c.useful, c.pinned, c.terms FROM memory c WHERE c.unit > $1 AND c.unit <= $2 ORDER BY c.unit LIMIT $3 FOR UPDATE", after, last, reindexBatch)
			if err != nil {
				return err
			}
			if len(ms) == 0 {
				after = last
				return nil
			}
			for _, m := range ms {
				if now := joinTerms(terms(m.Memory)); now != m.terms {
					moves = append(moves, move{unit: m.Unit, was: m.terms, terms: now})
				}
			}
			if err := moveUnits(ctx, tx, memories, moves); err != nil {
				return err
			}
			after = ms[len(ms)-1].Unit
			return nil
		})
		if err != nil {
			return moved, err
		}
		moved += len(moves)
	}
	if moved > 0 {
		s.upkeep.call()
	}
	return moved, nil
}

// storedTerms is a memory with its terms.
type storedTerms struct {
	store.StoredMemory
	terms string
}
