package postgres

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"panther/pkg/agentdb/postgres/postings"

	"github.com/jackc/pgx/v5"
)

// A fold is due when a search would have to read many small blocks: after this
// many writing transactions, or blocks in posting_new.
const (
	foldWrites = 256
	foldBlocks = 200_000
)

// foldLock is the advisory lock of whoever rewrites posting ("panther" and a
// number).
const foldLock = 0x70616e7468657201

// foldDue asks whether posting_new has grown.
func (s *Store) foldDue(ctx context.Context) (bool, error) {
	// upkeep: tally has no more rows than there were writes since the last fold.
	return one[bool](ctx, s.pool, "SELECT count(*) > $1 OR coalesce(sum(blocks), 0) > $2 FROM tally", foldWrites, foldBlocks)
}

// fold merges posting_new into posting and adds up tally. Searches and writers
// go on; a second fold at the same time does nothing.
func (s *Store) fold(ctx context.Context) error {
	opts := pgx.TxOptions{IsoLevel: pgx.RepeatableRead}
	err := pgx.BeginTxFunc(ctx, s.pool, opts, func(tx pgx.Tx) error {
		if err := unlimited(ctx, tx); err != nil {
			return err
		}
		// A fold that ended between this snapshot and the lock makes the deletion below fail, and nothing is lost.
		got, err := one[bool](ctx, tx, "SELECT pg_try_advisory_xact_lock($1)", int64(foldLock))
		if err != nil || !got {
			return err
		}
		return foldAll(ctx, tx)
	})
	return failed("fold the index", err)
}

// entry is a row of posting or posting_new.
type entry struct {
	corpus corpus
	term   string
	postings.Block
}

const entryColumns = "corpus, term, first, last, n, packed"

func scanEntry(row pgx.CollectableRow) (e entry, err error) {
	var n int16
	err = row.Scan(&e.corpus, &e.term, &e.First, &e.Last, &n, &e.Data)
	e.N, e.Gone = int(n), n < 0
	if e.Gone {
		e.N = -e.N
	}
	return e, err
}

// foldAll does the fold in a transaction that sees one moment.
func foldAll(ctx context.Context, tx pgx.Tx) error {
	// fold: all of posting_new in order of terms, by a sort.
	all, err := openCursor(ctx, tx, "fresh", "SELECT "+entryColumns+" FROM posting_new ORDER BY corpus, term", scanEntry)
	if err != nil {
		return err
	}
	var carry []entry // the last term of a batch may go on in the next
	for {
		batch, err := all.fetch()
		if err != nil {
			return err
		}
		fresh := append(carry, batch...)
		if len(fresh) == 0 {
			break
		}
		end := len(fresh)
		if len(batch) > 0 {
			last := fresh[end-1]
			for end > 0 && fresh[end-1].corpus == last.corpus && fresh[end-1].term == last.term {
				end--
			}
		}
		carry = slices.Clone(fresh[end:])
		if err := foldBatch(ctx, tx, fresh[:end]); err != nil {
			return err
		}
	}
	if err := all.close(); err != nil {
		return err
	}
	for _, q := range []string{
		// fold: what this snapshot saw, and no more; no index.
		"DELETE FROM posting_new",
		`WITH old AS (DELETE FROM tally RETURNING *)
		 INSERT INTO tally SELECT corpus, space, sum(units), sum(terms), 0 FROM old GROUP BY corpus, space`,
	} {
		if _, err := tx.Exec(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

// foldBatch merges whole terms, ordered by corpus and term.
func foldBatch(ctx context.Context, tx pgx.Tx, fresh []entry) error {
	for len(fresh) > 0 {
		n := 1
		for n < len(fresh) && fresh[n].corpus == fresh[0].corpus {
			n++
		}
		if err := foldCorpus(ctx, tx, fresh[0].corpus, fresh[:n]); err != nil {
			return err
		}
		fresh = fresh[n:]
	}
	return nil
}

// foldCorpus merges whole terms of one corpus, ordered by term.
func foldCorpus(ctx context.Context, tx pgx.Tx, c corpus, fresh []entry) error {
	old, err := oldBlocks(ctx, tx, c, fresh)
	if err != nil {
		return err
	}
	var dead []string
	var rows [][]any
	for i := 0; i < len(fresh); {
		term := fresh[i].term
		var in []postings.Block
		for ; i < len(fresh) && fresh[i].term == term; i++ {
			in = append(in, fresh[i].Block)
		}
		gone, made, err := rewrite(old[term], in)
		if err != nil {
			return fmt.Errorf("term %q: %w", term, err)
		}
		dead = append(dead, gone...)
		for _, b := range made {
			rows = append(rows, postingRow(c, term, b))
		}
	}
	if len(dead) > 0 {
		// fold: rows by their place, which nobody else changes.
		if _, err := tx.Exec(ctx, "DELETE FROM posting WHERE ctid = ANY($1::text[]::tid[])", dead); err != nil {
			return err
		}
	}
	_, err = tx.CopyFrom(ctx, pgx.Identifier{"posting"}, postingColumns, pgx.CopyFromRows(rows))
	return err
}

// oldBlocks returns by term the blocks of posting that new blocks fall into: for
// new units those from the first such unit on, and the last one, to which units
// are mostly appended; for units that are gone just the blocks that have them.
func oldBlocks(ctx context.Context, tx pgx.Tx, c corpus, fresh []entry) (map[string][]oldBlock, error) {
	var terms, goneTerms []string
	var firsts, goneUnits []int64
	for _, e := range fresh {
		if !e.Gone {
			if n := len(terms); n == 0 || terms[n-1] != e.term {
				terms, firsts = append(terms, e.term), append(firsts, e.First)
			}
			n := len(firsts) - 1
			firsts[n] = min(firsts[n], e.First)
			continue
		}
		ps, err := e.Decode(nil)
		if err != nil {
			return nil, err
		}
		for _, p := range ps {
			goneTerms, goneUnits = append(goneTerms, e.term), append(goneUnits, p.Unit)
		}
	}
	out := map[string][]oldBlock{}
	seen := map[string]bool{}
	for _, q := range []struct {
		sql   string
		terms []string
		units []int64
	}{
		// fold: two ranges of index posting_term for each term.
		{`SELECT q.term, p.* FROM unnest($2::text[], $3::bigint[]) q (term, first), LATERAL (
			(SELECT first, last, n, packed, ctid::text FROM posting WHERE corpus = $1 AND term = q.term AND last >= q.first)
			UNION ALL
			(SELECT first, last, n, packed, ctid::text FROM posting WHERE corpus = $1 AND term = q.term AND last < q.first
				ORDER BY last DESC LIMIT 1)) p`, terms, firsts},
		// fold: one entry of index posting_term for each posting that is gone.
		{`SELECT q.term, p.* FROM unnest($2::text[], $3::bigint[]) q (term, unit), LATERAL (
			SELECT first, last, n, packed, ctid::text FROM posting WHERE corpus = $1 AND term = q.term AND last >= q.unit
			ORDER BY last LIMIT 1) p`, goneTerms, goneUnits},
	} {
		if len(q.terms) == 0 {
			continue
		}
		found, err := collect(ctx, tx, scanOldBlock, q.sql, c, q.terms, q.units)
		if err != nil {
			return nil, err
		}
		for _, o := range found {
			if !seen[o.ctid] {
				seen[o.ctid] = true
				out[o.term] = append(out[o.term], o)
			}
		}
	}
	for _, os := range out {
		slices.SortFunc(os, func(a, b oldBlock) int { return cmp.Compare(a.Last, b.Last) })
	}
	return out, nil
}

// oldBlock is a block of posting with where it is.
type oldBlock struct {
	term string
	postings.Block
	ctid string
}

func scanOldBlock(row pgx.CollectableRow) (o oldBlock, err error) {
	return o, row.Scan(&o.term, &o.First, &o.Last, &o.N, &o.Data, &o.ctid)
}

// rewrite merges new blocks into old ones, which are in order and do not
// overlap. Old blocks that nothing falls into stay; the others are named by
// where they are, and what they become is returned. A unit belongs to the first
// block that does not end before it, or else to the last one.
func rewrite(old []oldBlock, fresh []postings.Block) (dead []string, made []postings.Block, err error) {
	into := make([][]postings.Block, max(1, len(old)))
	for _, b := range fresh {
		ps, err := b.Decode(nil)
		if err != nil {
			return nil, nil, err
		}
		for len(ps) > 0 {
			i, _ := slices.BinarySearchFunc(old, ps[0].Unit, func(o oldBlock, u int64) int { return cmp.Compare(o.Last, u) })
			n := len(ps)
			if i < len(old)-1 {
				n, _ = slices.BinarySearchFunc(ps, old[i].Last+1, func(p postings.Posting, u int64) int { return cmp.Compare(p.Unit, u) })
			}
			i = min(i, len(into)-1)
			part := postings.Encode(ps[:n])
			part.Gone = b.Gone
			into[i] = append(into[i], part)
			ps = ps[n:]
		}
	}
	for i, add := range into {
		if len(add) == 0 {
			continue
		}
		if i < len(old) {
			dead = append(dead, old[i].ctid)
			add = append(add, old[i].Block)
		}
		ps, err := postings.Merge(add)
		if err != nil {
			return nil, nil, err
		}
		made = append(made, postings.Blocks(ps)...)
	}
	return dead, made, nil
}
