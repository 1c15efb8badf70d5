package agentdb

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"panther/pkg/agentdb/postgres/pgtest"
	"panther/pkg/knowledge"
)

// TestBackupBetweenStores backs up a PostgreSQL database while it serves,
// restores it into SQLite through a live server, and from there into another
// PostgreSQL database: every search has the same answer in all three.
func TestBackupBetweenStores(t *testing.T) {
	t.Parallel()
	model, _ := twoModels(t)
	em := startEmbed(t, model)
	first := startAgentdb(t, pgtest.Database(t), em).client()
	fill(t, first)
	settled(t, first, filepath.Base(model))
	want := answers(t, first)

	serving, stop := context.WithCancel(t.Context())
	var readers sync.WaitGroup
	readers.Go(func() {
		for serving.Err() == nil {
			if _, err := first.Search(serving, knowledge.SearchRequest{Query: "index"}); err != nil && serving.Err() == nil {
				t.Errorf("search during a backup: %v", err)
			}
		}
	})
	from := first
	for _, database := range []string{"sqlite:" + filepath.Join(t.TempDir(), "second.db"), pgtest.Database(t)} {
		var b bytes.Buffer
		if err := from.Backup(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		to := startAgentdb(t, database, em).client()
		eventually(t, time.Minute, func() error { return to.Ready(t.Context()) })
		if err := to.Restore(t.Context(), &b); err != nil {
			t.Fatalf("%s: %v", database, err)
		}
		same(t, database, answers(t, to), want)
		if fs, err := to.Check(t.Context(), false); err != nil || len(fs) > 0 {
			t.Errorf("%s: check: %+v, %v", database, fs, err)
		}
		from = to
	}
	stop()
	readers.Wait()
}

func fill(t *testing.T, c *knowledge.Client) {
	t.Helper()
	var docs []knowledge.Document
	for i := range documents {
		docs = append(docs, knowledge.Document{URI: fmt.Sprintf("https://e.org/%d", i), Source: []string{"a", "b"}[i%2], Title: fmt.Sprint("Document ", i), Markdown: text(i, 1)})
	}
	if _, err := c.Upsert(t.Context(), docs...); err != nil {
		t.Fatal(err)
	}
	if err := c.Delete(t.Context(), "https://e.org/7"); err != nil {
		t.Fatal(err)
	}
	for _, s := range []string{"The index is rebuilt on Mondays.", "Backups lie on the second disk."} {
		if _, err := c.Remember(t.Context(), knowledge.Memory{Kind: knowledge.MemoryFact, Text: s, Provenance: knowledge.Provenance{Origin: "user"}}); err != nil {
			t.Fatal(err)
		}
	}
}

type answer struct {
	question string
	hits     []knowledge.Hit
	memories []knowledge.Recalled
}

// answers asks the same questions in every mode, with filters and without.
func answers(t *testing.T, c *knowledge.Client) []answer {
	t.Helper()
	var out []answer
	for i, w := range words {
		q := strings.Join([]string{w, words[(i*7+3)%len(words)], words[(i*5+1)%len(words)]}, " ")
		for _, m := range []knowledge.Mode{knowledge.ModeLexical, knowledge.ModeDense, knowledge.ModeHybrid} {
			req := knowledge.SearchRequest{Query: q, Mode: m, Limit: 20, Explain: true}
			if i%3 == 0 {
				req.Sources = []string{"b"}
			}
			r, err := c.Search(t.Context(), req)
			if err != nil || r.Mode != m {
				t.Fatalf("%s %s: %v, %v", m, q, r.Warnings, err)
			}
			out = append(out, answer{question: string(m) + " " + q, hits: r.Hits})
		}
	}
	r, err := c.Recall(t.Context(), knowledge.RecallRequest{Query: "backup index"})
	if err != nil || len(r.Memories) != 2 {
		t.Fatalf("recall: %+v, %v", r, err)
	}
	return append(out, answer{question: "recall", memories: r.Memories})
}

// same compares answers: the same hits in the same order, with scores that
// differ at most in what a sum of float32 in another order does.
func same(t *testing.T, what string, got, want []answer) {
	t.Helper()
	for i := range want {
		if g, w := got[i].scores(), want[i].scores(); !slices.EqualFunc(g, w, func(a, b float64) bool { return math.Abs(a-b) < 1e-4 }) {
			t.Fatalf("%s: %s: scores %v, want %v", what, want[i].question, g, w)
		}
		if g, w := fmt.Sprintf("%+v", got[i].bare()), fmt.Sprintf("%+v", want[i].bare()); g != w {
			t.Fatalf("%s: %s\n got %.2000s\nwant %.2000s", what, want[i].question, g, w)
		}
	}
}

func (a answer) scores() []float64 {
	var out []float64
	for _, h := range a.hits {
		out = append(out, h.Score)
		for _, l := range []*knowledge.Leg{h.Lexical, h.Dense} {
			if l != nil {
				out = append(out, l.Score, float64(l.Rank))
			}
		}
	}
	return out
}

// bare is an answer without scores; memories fade while the test runs.
func (a answer) bare() answer {
	a.hits, a.memories = slices.Clone(a.hits), slices.Clone(a.memories)
	for i := range a.hits {
		a.hits[i].Score, a.hits[i].Lexical, a.hits[i].Dense = 0, nil, nil
	}
	for i := range a.memories {
		a.memories[i].Score, a.memories[i].Strength = 0, 0
	}
	return a
}
