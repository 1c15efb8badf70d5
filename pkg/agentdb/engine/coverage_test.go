package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

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

// modelless is a provider that has no model yet.
type modelless struct{ stalling }

func (*modelless) Model(context.Context) (Model, error) { return Model{}, ErrNoModel }

// TestNoModel searches by words where no model is installed, and says so.
func TestNoModel(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "a.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	e := New(s, &modelless{}, slog.New(slog.DiscardHandler))
	if _, err := e.Upsert(ctx, knowledge.Document{URI: "https://e.org/1", Source: "s", Title: "Indexes", Markdown: "A partial index covers a subset."}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { e.Embed(ctx); close(done) }()
	defer func() { stop(); <-done }()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for e.progressNow().failure == "" {
		<-tick.C
	}
	st, err := e.Stats(ctx)
	if err != nil || st.Lexical != ErrNoModel.Error() || st.Pending != 0 {
		t.Errorf("stats %+v, %v", st, err)
	}
	res, err := e.Search(ctx, knowledge.SearchRequest{Query: "partial index"})
	if err != nil || res.Mode != knowledge.ModeLexical || len(res.Hits) != 1 || len(res.Warnings) != 1 || res.Warnings[0] != ErrNoModel.Error() {
		t.Errorf("search %+v, %v", res, err)
	}
}
