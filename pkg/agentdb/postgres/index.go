package postgres

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"panther/pkg/agentdb/postgres/postings"
	"panther/pkg/search"

	"github.com/jackc/pgx/v5"
)

// indexed is a unit with what the index holds of it.
type indexed struct {
	unit  int64
	terms []string
}

func byUnit(a, b indexed) int { return cmp.Compare(a.unit, b.unit) }

// joinTerms is a list of terms as the column terms holds it. A term has no
// spaces; were there one, it would be split.
func joinTerms(terms []string) string { return clean(strings.Join(terms, " ")) }

func splitTerms(s string) []string { return strings.Fields(s) }

// postedTerms are the terms of that column that have postings.
func postedTerms(s string) []string { return slices.DeleteFunc(strings.Fields(s), search.Silent) }

// addPostings indexes new units, ordered by unit.
func addPostings(ctx context.Context, tx pgx.Tx, c corpus, units []indexed) error {
	return writePostings(ctx, tx, c, units, 1)
}

// removePostings takes units out of the index that addPostings put into it.
func removePostings(ctx context.Context, tx pgx.Tx, c corpus, units []indexed) error {
	return writePostings(ctx, tx, c, units, -1)
}

func writePostings(ctx context.Context, tx pgx.Tx, c corpus, units []indexed, sign int) error {
	if len(units) == 0 {
		return nil
	}
	byTerm, total := invert(units)
	names := make([]string, 0, len(byTerm))
	for t := range byTerm {
		names = append(names, t)
	}
	slices.Sort(names)
	var rows [][]any
	for _, t := range names {
		for _, b := range postings.Blocks(byTerm[t]) {
			b.Gone = sign < 0
			rows = append(rows, postingRow(c, t, b))
		}
	}
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"posting_new"}, postingColumns, pgx.CopyFromRows(rows))
	if err != nil {
		return err
	}
	return count(ctx, tx, c, 0, sign*len(units), sign*total, len(rows))
}

var postingColumns = []string{"corpus", "term", "first", "last", "n", "packed"}

// postingRow is a row of posting or posting_new.
func postingRow(c corpus, term string, b postings.Block) []any {
	n := b.N
	if b.Gone {
		n = -n
	}
	return []any{int16(c), term, b.First, b.Last, int16(n), b.Data}
}

// invert returns the postings of each term and the length of all units.
func invert(units []indexed) (byTerm map[string][]postings.Posting, total int) {
	byTerm = map[string][]postings.Posting{}
	for _, u := range units {
		total += len(u.terms)
		for _, t := range u.terms {
			ps := byTerm[t]
			if n := len(ps); n > 0 && ps[n-1].Unit == u.unit {
				ps[n-1].Freq = min(ps[n-1].Freq, math.MaxUint32-1) + 1
				continue
			}
			byTerm[t] = append(ps, postings.Posting{Unit: u.unit, Freq: 1, Len: uint32(len(u.terms))})
		}
	}
	return byTerm, total
}

// count adds a difference to the counters.
func count(ctx context.Context, tx pgx.Tx, c corpus, space, units, terms, blocks int) error {
	// Every writer of units and vectors: an insert that nobody waits for.
	_, err := tx.Exec(ctx, "INSERT INTO tally (corpus, space, units, terms, blocks) VALUES ($1, $2, $3, $4, $5)",
		c, space, units, terms, blocks)
	return err
}
