package postgres

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"panther/pkg/agentdb/postgres/postings"
	"panther/pkg/agentdb/store"
	"panther/pkg/search"

	"github.com/jackc/pgx/v5"
)

// invariant is something that is never so, with a query that lists what breaks
// it and what is done about that.
type invariant struct {
	name, detail string
	find         string // numbers
	repair       func(ctx context.Context, tx pgx.Tx, found []int64) error
}

// recut makes documents be cut again when they are stored the next time.
func recut(ctx context.Context, tx pgx.Tx, docs []int64) error {
	_, err := tx.Exec(ctx, "UPDATE document SET fingerprint = '' WHERE n = ANY($1)", docs)
	return err
}

// invariants hold between the tables; PostgreSQL itself keeps references and
// types.
var invariants = []invariant{
	{"passage_of_tombstone", "passages belong to deleted documents",
		"SELECT unit FROM chunk c JOIN document d ON d.n = c.document WHERE d.deleted_at IS NOT NULL",
		func(ctx context.Context, tx pgx.Tx, units []int64) error {
			return deleteUnits(ctx, tx, documents, units)
		}},
	{"torn_document", "documents have gaps between their passages",
		"SELECT document FROM chunk GROUP BY document HAVING max(ordinal) + 1 <> count(DISTINCT ordinal) OR count(*) <> count(DISTINCT ordinal)",
		recut},
	{"wrong_chunk_count", "documents do not have the passages that they count",
		"SELECT n FROM document d LEFT JOIN (SELECT document, count(*) AS has FROM chunk GROUP BY document) c ON c.document = d.n WHERE chunks <> coalesce(has, 0)",
		func(ctx context.Context, tx pgx.Tx, docs []int64) error {
			_, err := tx.Exec(ctx, "UPDATE document SET chunks = (SELECT count(*) FROM chunk WHERE document = n) WHERE n = ANY($1)", docs)
			return err
		}},
	{"event_counter", "event numbers lie ahead of their counter",
		"SELECT seq FROM event WHERE seq > (SELECT seq FROM event_counter)",
		func(ctx context.Context, tx pgx.Tx, _ []int64) error {
			_, err := tx.Exec(ctx, "UPDATE event_counter SET seq = greatest(seq, (SELECT max(seq) FROM event))")
			return err
		}},
}

// vectorInvariants are those of a table of vectors.
func vectorInvariants(x space, t vectorTable) []invariant {
	recount := func(ctx context.Context, tx pgx.Tx, _ []int64) error {
		for _, q := range []string{
			fmt.Sprintf("LOCK TABLE %s IN SHARE MODE", t), // writers add to the table before they count
			fmt.Sprintf("DELETE FROM tally WHERE space = %d AND corpus = %d", t.space, t.corpus),
			fmt.Sprintf("INSERT INTO tally SELECT %d, %d, count(*), 0, 0 FROM %s", t.corpus, t.space, t),
		} {
			if _, err := tx.Exec(ctx, q); err != nil {
				return err
			}
		}
		return nil
	}
	return []invariant{
		{"vector_without_unit", "vectors of space " + x.ID + " belong to nothing",
			fmt.Sprintf("SELECT v.unit FROM %s v WHERE NOT EXISTS (SELECT FROM %s u WHERE u.unit = v.unit)", t, t.corpus.units()),
			func(ctx context.Context, tx pgx.Tx, units []int64) error {
				return deleteVectors(ctx, tx, t.corpus, units)
			}},
		{"vector_count", "vectors of space " + x.ID + " are not counted",
			fmt.Sprintf("SELECT n FROM (SELECT abs((SELECT count(*) FROM %s) - (SELECT coalesce(sum(units), 0) FROM tally WHERE space = %d AND corpus = %d))::bigint AS n) d WHERE n > 0",
				t, t.space, t.corpus),
			recount},
	}
}

// Check verifies what the tables promise each other as of one moment, and
// repairs in a second transaction.
func (s *Store) Check(ctx context.Context, repair bool) ([]store.Finding, error) {
	type broken struct {
		invariant
		found []int64
	}
	var all []broken
	err := s.snapshot(ctx, "check", func(tx pgx.Tx) error {
		list := invariants
		spaces, err := readSpaces(ctx, tx)
		if err != nil {
			return err
		}
		for _, x := range spaces {
			for _, c := range bothCorpora {
				list = append(list[:len(list):len(list)], vectorInvariants(x, vectorTable{x.n, c})...)
			}
		}
		for _, inv := range list {
			// Check: scans of whole tables.
			found, err := collect(ctx, tx, pgx.RowTo[int64], inv.find)
			if err != nil {
				return fmt.Errorf("%s: %w", inv.name, err)
			}
			if len(found) > 0 {
				inv.detail = fmt.Sprintf("%d %s", len(found), inv.detail)
				all = append(all, broken{inv, found})
			}
		}
		for _, c := range bothCorpora {
			bad, err := verifyIndex(ctx, tx, c)
			if err != nil {
				return fmt.Errorf("index of %s: %w", c.units(), err)
			}
			if len(bad) > 0 {
				inv := invariant{name: "index", detail: fmt.Sprintf("the index of %s differs from its texts: %s", c.units(), strings.Join(bad[:min(3, len(bad))], "; ")),
					repair: func(ctx context.Context, tx pgx.Tx, _ []int64) error { return rebuildIndex(ctx, tx, c) }}
				all = append(all, broken{inv, make([]int64, len(bad))})
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	out := []store.Finding{}
	for _, b := range all {
		f := store.Finding{Check: b.name, Detail: b.detail, Count: len(b.found)}
		if repair {
			err := s.inTx(ctx, "repair "+b.name, func(tx pgx.Tx) error {
				if err := unlimited(ctx, tx); err != nil {
					return err
				}
				return b.repair(ctx, tx, b.found)
			})
			if err != nil {
				return out, err
			}
			f.Repaired = true
		}
		out = append(out, f)
	}
	return out, nil
}

// checksum is what is compared of a term: sums that change when any posting
// does.
type checksum struct{ n, units, freqs, lens, mixed int64 }

func (c *checksum) add(p postings.Posting, sign int64) {
	c.n += sign
	c.units += sign * p.Unit
	c.freqs += sign * int64(p.Freq)
	c.lens += sign * int64(p.Len)
	c.mixed += sign * p.Unit * (int64(p.Freq)*1000 + int64(p.Len))
}

// verifyIndex compares the postings of all terms with the texts, and returns
// what differs.
func verifyIndex(ctx context.Context, tx pgx.Tx, c corpus) (bad []string, err error) {
	posted := "(SELECT unit, btrim(regexp_replace(' ' || terms, ' " + search.Mark + "[^ ]*', '', 'g')) AS terms FROM " + c.units() + ")" // without silent terms
	var units, terms, countedUnits, countedTerms int64
	// Check: scans of whole tables.
	err = tx.QueryRow(ctx, `SELECT count(*), coalesce(sum(cardinality(string_to_array(terms, ' '))), 0)::bigint,
		(SELECT coalesce(sum(units), 0)::bigint FROM tally WHERE corpus = $1 AND space = 0),
		(SELECT coalesce(sum(t.terms), 0)::bigint FROM tally t WHERE corpus = $1 AND space = 0) FROM `+posted+` u`, c).
		Scan(&units, &terms, &countedUnits, &countedTerms)
	if err != nil {
		return nil, err
	}
	if units != countedUnits || terms != countedTerms {
		bad = append(bad, fmt.Sprintf("%d units of %d terms are counted as %d of %d", units, terms, countedUnits, countedTerms))
	}
	// Check: all terms of all units by a sort; the sums are those of checksum.
	want, err := openCursor(ctx, tx, "want", `SELECT term, count(*), sum(unit)::bigint, sum(f)::bigint, sum(len)::bigint, sum(unit::numeric * (f * 1000 + len))::bigint FROM (
			SELECT t.term COLLATE "C" AS term, u.unit, count(*) AS f, cardinality(string_to_array(u.terms, ' ')) AS len
			FROM `+posted+` u, unnest(string_to_array(u.terms, ' ')) t (term) GROUP BY 1, 2, u.terms) p
		GROUP BY term ORDER BY term`, func(row pgx.CollectableRow) (w wanted, err error) {
		return w, row.Scan(&w.term, &w.sum.n, &w.sum.units, &w.sum.freqs, &w.sum.lens, &w.sum.mixed)
	})
	if err != nil {
		return nil, err
	}
	// Check: all blocks by a sort.
	have, err := openCursor(ctx, tx, "have", fmt.Sprintf(`SELECT %[1]s FROM posting WHERE corpus = %[2]d
		UNION ALL SELECT %[1]s FROM posting_new WHERE corpus = %[2]d ORDER BY term`, entryColumns, c), scanEntry)
	if err != nil {
		return nil, err
	}
	differ, err := compareIndex(want, have)
	if err := errors.Join(err, want.close(), have.close()); err != nil {
		return nil, err
	}
	return append(bad, differ...), nil
}

type wanted struct {
	term string
	sum  checksum
}

// compareIndex walks over both sides in order of terms.
func compareIndex(want *cursor[wanted], have *cursor[entry]) (bad []string, err error) {
	w, wok, err := want.next()
	if err != nil {
		return nil, err
	}
	e, eok, err := have.next()
	for err == nil && (wok || eok) {
		switch {
		case !eok || wok && w.term < e.term:
			bad = append(bad, fmt.Sprintf("term %q is missing", w.term))
			w, wok, err = want.next()
			continue
		}
		term := e.term
		var sum checksum
		for err == nil && eok && e.term == term {
			ps, derr := e.Decode(nil)
			if derr != nil {
				bad = append(bad, fmt.Sprintf("term %q: %v", term, derr))
			} else if !bytes.Equal(e.Data, postings.Encode(ps).Data) {
				bad = append(bad, fmt.Sprintf("term %q: the block of units %d to %d is not as it was written", term, e.First, e.Last))
			}
			sign := int64(1)
			if e.Gone {
				sign = -1
			}
			for _, p := range ps {
				sum.add(p, sign)
			}
			e, eok, err = have.next()
		}
		switch {
		case err != nil:
		case wok && w.term == term:
			if w.sum != sum {
				bad = append(bad, fmt.Sprintf("term %q has %d postings instead of %d, or others", term, sum.n, w.sum.n))
			}
			w, wok, err = want.next()
		case sum != (checksum{}):
			bad = append(bad, fmt.Sprintf("term %q occurs nowhere", term))
		}
	}
	return bad, err
}

// rebuildIndex writes the postings of a corpus anew while writers wait.
func rebuildIndex(ctx context.Context, tx pgx.Tx, c corpus) error {
	for _, q := range []string{
		fmt.Sprintf("SELECT pg_advisory_xact_lock(%d)", int64(foldLock)),
		fmt.Sprintf("LOCK TABLE %s, posting_new IN SHARE ROW EXCLUSIVE MODE", c.units()),
		fmt.Sprintf("DELETE FROM posting WHERE corpus = %d", c),
		fmt.Sprintf("DELETE FROM posting_new WHERE corpus = %d", c),
		fmt.Sprintf("DELETE FROM tally WHERE corpus = %d AND space = 0", c),
	} {
		if _, err := tx.Exec(ctx, q); err != nil {
			return err
		}
	}
	all, err := openCursor(ctx, tx, "texts", "SELECT unit, terms FROM "+c.units()+" ORDER BY unit", func(row pgx.CollectableRow) (x indexed, err error) {
		var terms string
		err = row.Scan(&x.unit, &terms)
		x.terms = postedTerms(terms)
		return x, err
	})
	if err != nil {
		return err
	}
	for {
		part, err := all.fetch()
		if err != nil {
			return err
		}
		if len(part) == 0 {
			return all.close()
		}
		if err := addPostings(ctx, tx, c, part); err != nil {
			return err
		}
	}
}
