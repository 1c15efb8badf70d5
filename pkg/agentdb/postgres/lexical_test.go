package postgres

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"

	"panther/pkg/agentdb/store"
	"panther/pkg/search"
)

// TestQueriesTakeTurns fails searches at each stage, more of them than may run
// at a time, and then lets one wait for a place that it does not get.
func TestQueriesTakeTurns(t *testing.T) {
	t.Parallel()
	s := openTest(t).(*Store)
	if _, err := s.Upsert(t.Context(), []store.DocumentWrite{document(rand.New(rand.NewPCG(5, 6)), 1, 30)}); err != nil {
		t.Fatal(err)
	}
	search := func(ctx context.Context) error {
		hits, err := s.Lexical(ctx, store.DocumentCorpus, search.Words("w0"), store.Filter{Phrases: []search.Phrase{{{"w0"}}}}, 9)
		if err == nil && len(hits) == 0 {
			return errors.New("nothing was found")
		}
		return err
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for range 2 * cap(s.queries) {
		if err := search(gone); !errors.Is(err, context.Canceled) {
			t.Fatalf("a search that was cancelled: %v", err)
		}
	}
	if err := search(t.Context()); err != nil || len(s.queries) > 0 {
		t.Fatalf("%v, and %d places are taken", err, len(s.queries))
	}
	for range cap(s.queries) {
		s.queries <- struct{}{}
	}
	if err := search(gone); !errors.Is(err, context.Canceled) {
		t.Errorf("a search that waits: %v", err)
	}
	<-s.queries
	if err := search(t.Context()); err != nil {
		t.Errorf("a search with the last place: %v", err)
	}
}
