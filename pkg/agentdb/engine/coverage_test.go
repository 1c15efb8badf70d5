package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"

	"panther/pkg/agentdb/sqlite"
	"panther/pkg/knowledge"
)

// stalling embeds every text alike, and passages only until it stalls.
type stalling struct{ stalled bool }

func (*stalling) Model(context.Context) (Model, error) {
	return Model{ID: "m", Provider: "p", Dimensions: 2, FusionWeight: .6}, nil
}

func (p *stalling) Embed(_ context.Context, _ string, texts []string, kind string) ([][]float32, error) {
	if p.stalled && kind == KindPassage {
		return nil, errors.New("stalled")
	}
	out := make([][]float32, len(texts))
	for i := range out {
		out[i] = []float32{1, 0}
	}
	return out, nil
}

func (*stalling) Train(context.Context, func() (string, error)) error { return ErrNoTraining }

// TestPartialSpace has one passage with a vector among ten: it may not displace
// the one that holds the words.
func TestPartialSpace(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "a.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	p := &stalling{}
	e := New(s, p, slog.New(slog.DiscardHandler))
	add := func(name, text string) {
		t.Helper()
		d := knowledge.Document{URI: "https://e.org/" + name, Source: "s", Title: name, Markdown: text}
		if _, err := e.Upsert(ctx, d); err != nil {
			t.Fatal(err)
		}
	}
	add("cats", "Cats are animals.")
	if err := e.embedPending(ctx); err != nil {
		t.Fatal(err)
	}
	p.stalled = true
	add("indexes", "A partial index covers a subset of a table.")
	for i := range 8 {
		add(fmt.Sprint("filler", i), fmt.Sprintf("Text number %d about the weather.", i))
	}
	res, err := e.Search(ctx, knowledge.SearchRequest{Query: "partial index", Explain: true})
	if err != nil {
		t.Fatal(err)
	}
	if res.Mode != knowledge.ModeHybrid || len(res.Hits) == 0 || res.Hits[0].Title != "indexes" {
		t.Errorf("mode %s, hits %+v", res.Mode, res.Hits)
	}
	if got := e.covered(ctx, "p/m/2"); got < .09 || got > .11 {
		t.Errorf("%.2f of the passages count as covered, want a tenth", got)
	}
}
