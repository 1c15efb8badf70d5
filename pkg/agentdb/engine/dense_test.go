package engine

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"

	"panther/pkg/agentdb/sqlite"
	"panther/pkg/knowledge"
)

// placed embeds texts at given places, and all others at one.
type placed struct {
	weight float64
	at     map[string][]float32
}

func (p *placed) Model(context.Context) (Model, error) {
	return Model{ID: "m", Provider: "p", Dimensions: 3, FusionWeight: p.weight}, nil
}

func (p *placed) Embed(_ context.Context, _ string, texts []string, _ string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	for i, s := range texts {
		if out[i] = p.at[s]; out[i] == nil {
			out[i] = []float32{0, 0, 1}
		}
	}
	return out, nil
}

// serving returns an engine that holds a document for each text, all embedded.
func serving(t *testing.T, p Provider, texts ...string) *Engine {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "a.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	e := New(s, p, slog.New(slog.DiscardHandler))
	for i, text := range texts {
		if _, err := e.Upsert(t.Context(), knowledge.Document{URI: fmt.Sprintf("u:%04d", i), Source: "s", Markdown: text}); err != nil {
			t.Fatal(err)
		}
	}
	embedAll(t, e)
	return e
}

func embedAll(t *testing.T, e *Engine) {
	t.Helper()
	if e.provider == nil {
		return
	}
	if err := e.embedPending(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestGuided has a passage near the one that has the words of the query, and
// another near the query's own vector: the lexical leg guides a weak space to
// the first, and a strong one trusts the query.
func TestGuided(t *testing.T) {
	t.Parallel()
	for weight, guided := range map[float64]bool{.3: true, .5: false} {
		e := serving(t, &placed{weight, map[string][]float32{"A partial index.": {1, 0, 0}, "A neighbour of it.": {.96, .28, 0}}},
			"A partial index.", "A neighbour of it.", "Something else.")
		res, err := e.Search(t.Context(), knowledge.SearchRequest{Query: "partial index", Explain: true})
		if err != nil || len(res.Hits) != 3 {
			t.Fatalf("weight %g: %+v, %v", weight, res, err)
		}
		for _, h := range res.Hits {
			if h.Text == "A neighbour of it." && (h.Dense.Score > .5) != guided {
				t.Errorf("weight %g: its neighbour scores %g", weight, h.Dense.Score)
			}
		}
	}
}

// TestManyCopies asks for more passages than are left of the first results of a
// leg when copies are collapsed.
func TestManyCopies(t *testing.T) {
	t.Parallel()
	texts := slices.Repeat([]string{"Partial index, a copy."}, 60)
	texts = append(texts, "Partial index of words and numbers, other text.")
	e := serving(t, &placed{weight: .5}, texts...)
	res, err := e.Search(t.Context(), knowledge.SearchRequest{Query: "partial index", Mode: knowledge.ModeLexical, Limit: 2})
	if err != nil || len(res.Hits) != 2 {
		t.Fatalf("%+v, %v", res, err)
	}
}
