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
