package postgres

import (
	"context"
	"fmt"
	"math"
	"net/url"
	"testing"

	"panther/pkg/agentdb/postgres/pgtest"
	"panther/pkg/agentdb/store"
	"panther/pkg/knowledge"
)

// TestFilteredFarAway filters for passages that are all far from the query: the
// index scan gives up before it reaches one, and they are found nevertheless.
func TestFilteredFarAway(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	u, err := url.Parse(pgtest.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("enable_seqscan", "off") // so that the index is used for as few as these
	q.Set("enable_sort", "off")
	u.RawQuery = q.Encode()
	s, err := Open(ctx, u.String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	s.few, s.scanTuples = 5, 50
	var docs []store.DocumentWrite
	for i := range 1000 {
		source := "near"
		if i%20 == 0 {
			source = "far"
		}
		docs = append(docs, store.DocumentWrite{Document: knowledge.Document{URI: fmt.Sprintf("u:%04d", i), Source: source}, Fingerprint: "1",
			Passages: func() []store.Passage {
				return []store.Passage{{Hash: fmt.Sprint(i), Text: source, Terms: []string{"word"}}}
			}})
	}
	if _, err := s.Upsert(ctx, docs); err != nil {
		t.Fatal(err)
	}
	if err := s.CreateSpace(ctx, store.Space{ID: "p/m/2", Dimensions: 2}); err != nil {
		t.Fatal(err)
	}
	at := func(angle float64) []float32 { return []float32{float32(math.Cos(angle)), float32(math.Sin(angle))} }
	for {
		n, err := s.Embed(ctx, "p/m/2", 500, func(_ context.Context, us []store.PendingUnit) ([][]float32, error) {
			var out [][]float32
			for _, u := range us {
				angle := float64(u.Unit) / 2000
				if u.Text == "far" {
					angle += 2
				}
				out = append(out, at(angle))
			}
			return out, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			break
		}
	}
	x, err := s.space(ctx, "p/m/2")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.buildIndex(ctx, vectorTable{x.n, documents}, 1000, 2); err != nil {
		t.Fatal(err)
	}
	hits, err := s.Nearest(ctx, store.DocumentCorpus, "p/m/2", at(0), store.Filter{Sources: []string{"far"}}, 10)
	if err != nil || len(hits) != 10 {
		t.Fatalf("%d hits, %v", len(hits), err)
	}
	for i, h := range hits {
		if i > 0 && h.Unit != hits[i-1].Unit+20 {
			t.Errorf("hit %d is unit %d after %d", i, h.Unit, hits[i-1].Unit)
		}
	}
}
