package engine

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"strings"
	"testing"

	"panther/pkg/knowledge"
	"panther/pkg/search"
)

// wordPlaces embeds a text as the sum of its words' places. A damaged one embeds every
// text at a place of its own, which says nothing of its words.
type wordPlaces struct {
	id      string
	damaged bool
	away    bool // for queries
}

const wordDimensions = 64

func (p *wordPlaces) Model(context.Context) (Model, error) {
	return Model{ID: p.id, Provider: "p", Dimensions: wordDimensions, FusionWeight: .5}, nil
}

func (p *wordPlaces) Embed(_ context.Context, model string, texts []string, kind string) ([][]float32, error) {
	if model != p.id {
		return nil, fmt.Errorf("the model is %s by now", p.id)
	}
	if p.away && kind == KindQuery {
		return nil, errors.New("away")
	}
	out := make([][]float32, len(texts))
	for i, text := range texts {
		parts := search.Terms(text)
		if p.damaged {
			parts = []string{kind + text}
		}
		v := make([]float32, wordDimensions)
		for _, part := range parts {
			h := fnv.New64a()
			_, _ = h.Write([]byte(part))
			for j, bits := 0, h.Sum64(); j < wordDimensions; j, bits = j+1, bits*6364136223846793005+1442695040888963407 {
				v[j] += float32(int64(bits>>33)%1000-500) / 500
			}
		}
		n := norm(v)
		for j := range v {
			v[j] /= n
		}
		out[i] = v
	}
	return out, nil
}

// library has documents that share most words and have one of their own in the
// heading.
func library(t *testing.T, p Provider) *Engine {
	e := serving(t, p)
	var docs []knowledge.Document
	for i := range 60 {
		docs = append(docs, knowledge.Document{URI: fmt.Sprintf("https://e.org/%d", i), Source: fmt.Sprintf("s%d", i%2), Title: "Manual",
			Markdown: fmt.Sprintf("# Manual\n\nAbout this.\n\n## Setting topic%dx right\n\nThe value is %d.", i, i)})
	}
	if _, err := e.Upsert(t.Context(), docs...); err != nil {
		t.Fatal(err)
	}
	embedAll(t, e)
	return e
}

func measure(t *testing.T, e *Engine) *knowledge.CanaryReport {
	t.Helper()
	r, err := e.MeasureCanaries(asked(t))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestCanariesOfHeadings has one for each of a sample of documents, all of which
// are found, and the same ones the next time.
func TestCanariesOfHeadings(t *testing.T) {
	t.Parallel()
	e := library(t, &wordPlaces{id: "one"})
	r := measure(t, e)
	bySource := map[string]int{}
	for _, c := range r.Canaries {
		bySource[c.Source]++
		if c.Kind != knowledge.CanaryHeading || c.Rank == 0 || c.Dense == 0 || c.Before != (knowledge.Ranks{Rank: c.Rank, Dense: c.Dense}) ||
			!strings.Contains(c.Question, "topic"+strings.TrimPrefix(c.URI, "https://e.org/")+"x") && !strings.HasPrefix(c.Question, "Manual") {
			t.Errorf("canary %+v", c)
		}
	}
	if bySource["s0"] == 0 || bySource["s0"] > perSource || bySource["s1"] == 0 {
		t.Errorf("canaries by source: %v", bySource)
	}
	if again := measure(t, e); len(again.Canaries) != len(r.Canaries) || again.Canaries[0].ID != r.Canaries[0].ID {
		t.Errorf("%d canaries, then %d", len(r.Canaries), len(again.Canaries))
	}
	if st, err := e.Stats(t.Context()); err != nil || st.Canaries != len(r.Canaries) || st.CanariesLost != 0 {
		t.Errorf("stats %+v, %v", st, err)
	}
	// A page that is gone takes its canary along.
	if err := e.Delete(t.Context(), r.Canaries[0].URI); err != nil {
		t.Fatal(err)
	}
	for _, c := range measure(t, e).Canaries {
		if c.URI == r.Canaries[0].URI {
			t.Errorf("canary of a page that is gone: %+v", c)
		}
	}
}

// TestDamagedModelIsRefused switches to another model, to a damaged one, and to
// that once more after a person has accepted it.
func TestDamagedModelIsRefused(t *testing.T) {
	t.Parallel()
	p := &wordPlaces{id: "one"}
	e := library(t, p)
	space := func() string {
		sp, err := e.activeSpace(t.Context(), true)
		if err != nil || sp == nil {
			t.Fatalf("active space %v, %v", sp, err)
		}
		return sp.Model
	}
	p.id, p.away = "two", true
	if err := e.embedPending(t.Context()); err == nil || space() != "one" || e.heldNow().space != "" {
		t.Fatalf("a space whose questions have no vectors was judged: %v, %+v", err, e.heldNow())
	}
	p.away = false
	if embedAll(t, e); space() != "two" {
		t.Fatalf("a sane model was refused: %+v", e.heldNow())
	}
	p.id, p.damaged = "three", true
	if embedAll(t, e); space() != "two" {
		t.Fatal("a damaged model is used")
	}
	if r, err := e.Canaries(asked(t)); err != nil || r.Held != "p/three/64" || !strings.Contains(r.HeldWhy, "vectors alone would find") {
		t.Errorf("report %+v, %v", r, err)
	}
	st, err := e.Stats(t.Context())
	if err != nil || len(st.Spaces) != 2 || st.Spaces[1].Held == "" || st.Spaces[1].Error != "" {
		t.Errorf("stats %+v, %v", st, err)
	}
	// Searches go on in the former space, and the refusal stands until somebody lets it in.
	if r, err := e.Search(t.Context(), knowledge.SearchRequest{Query: "topic7x"}); err != nil || len(r.Hits) == 0 || r.Hits[0].URI != "https://e.org/7" {
		t.Errorf("hits %+v, %v", r, err)
	}
	if embedAll(t, e); space() != "two" {
		t.Error("the second attempt let it in")
	}
	e.askAgain()
	if embedAll(t, e); space() != "two" {
		t.Error("asking again let it in")
	}
	if _, err := e.AcceptCanaries(asked(t)); err != nil {
		t.Fatal(err)
	}
	if embedAll(t, e); space() != "three" {
		t.Error("what was accepted is refused")
	}
}

// TestLostCanary has a person's page that another one hides, because its words
// are gone.
func TestLostCanary(t *testing.T) {
	t.Parallel()
	e := library(t, nil)
	ctx := asked(t)
	add := func(question, uri string) error {
		_, err := e.AddCanary(ctx, knowledge.Canary{Question: question, URI: uri})
		return err
	}
	if err := add("how is topic7x set?", "https://e.org/7#setting"); err != nil {
		t.Fatal(err)
	}
	for _, bad := range [][2]string{{"", "https://e.org/7"}, {"x", "https://e.org/none"}} {
		if err := add(bad[0], bad[1]); err == nil || !strings.Contains(err.Error(), ErrInvalid.Error()) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if err := e.CheckCanaries(ctx); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Upsert(ctx, knowledge.Document{URI: "https://e.org/7", Source: "s1", Title: "Other", Markdown: "Nothing of it."}); err != nil {
		t.Fatal(err)
	}
	e.Refresh() // as after a restore; nothing else tells that something changed
	for range 2 {
		lost := lostOf(measure(t, e).Canaries)
		if len(lost) != 1 || lost[0].Kind != knowledge.CanaryAdded || lost[0].Before.Rank != 1 {
			t.Fatalf("lost %+v", lost)
		}
	}
	if r, err := e.AcceptCanaries(ctx); err != nil || len(lostOf(r.Canaries)) != 0 {
		t.Errorf("after accepting: %+v, %v", r, err)
	}
	if len(lostOf(measure(t, e).Canaries)) != 0 {
		t.Error("lost again")
	}
}

func norm(v []float32) float32 {
	var s float64
	for _, x := range v {
		s += float64(x) * float64(x)
	}
	return float32(math.Sqrt(s))
}
