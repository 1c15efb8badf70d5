package main

import (
	"context"
	"strings"
	"time"

	"panther/pkg/gate"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/grounding"
)

// longAnswer is what models write at length: 32 KB of prose, lists, code and a
// table, with citations.
var longAnswer = strings.Repeat("## Partial indexes\n\nA **partial index** covers the rows that satisfy its predicate [1], so it is *smaller* than `CREATE INDEX` on the whole table.\n\n"+
	"1. Write the query that is slow.\n   - Look at its `WHERE` clause, and at `EXPLAIN (ANALYZE)`.\n2. Put the same clause into the index:\n\n   ```sql\n   CREATE INDEX i ON t (a) WHERE NOT done;\n   ```\n\n"+
	"| index | rows | size |\n|---|--:|--:|\n| whole | 1,000,000 | 21 MB |\n| partial | 12,000 | 0.3 MB |\n\nSee [1, 1] for more, or <https://docs.test.io/partial>.\n\n", 60)

// gated measures what the gate takes of an answer that comes by the word: for
// the first, and for all, of a turn that takes as long as the runtime has to.
func (b *bench) gated(ctx context.Context, c *api.Client) error {
	words := strings.SplitAfter(longAnswer, " ")
	var first, all []time.Duration
	for range 20 {
		g := gate.New(grounding.NewSources())
		began := time.Now()
		shown := 0
		for _, w := range words {
			if n := len(g.Write(w)); shown == 0 && n > 0 {
				first = append(first, time.Since(began))
				shown = n
			}
		}
		g.Close()
		all = append(all, time.Since(began))
	}
	s, err := c.CreateSession(ctx, api.CreateSession{})
	if err != nil {
		return err
	}
	began := time.Now()
	if _, err := c.Prompt(ctx, s.ID, api.Ask("at length")); err != nil {
		return err
	}
	turn := time.Since(began)
	line("the gate: first word, 32 KB by the word, of that turn", "%s  %s  %.1f %%", at(first, 50).Round(time.Microsecond), round(at(all, 50)), 100*float64(at(all, 50))/float64(turn))
	return nil
}
