package postgres

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"

	"panther/pkg/agentdb/store"
)

// TestEmbedRace lets many callers embed at once: whoever finds a unit in a
// snapshot from before another's commit must not embed it again.
func TestEmbedRace(t *testing.T) {
	t.Parallel()
	s := openTest(t).(*Store)
	ctx := t.Context()
	r := rand.New(rand.NewPCG(1, 1))
	want := 0
	for i := range 10 {
		rs, err := s.Upsert(ctx, []store.DocumentWrite{document(r, i, 100)})
		if err != nil {
			t.Fatal(err)
		}
		want += rs[0].Chunks
	}
	if err := s.CreateSpace(ctx, store.Space{ID: "p/m/4", Dimensions: 4}); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	seen := map[int64]int{}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for {
				n, err := s.Embed(ctx, "p/m/4", 8, func(_ context.Context, us []store.PendingUnit) ([][]float32, error) {
					mu.Lock()
					defer mu.Unlock()
					out := make([][]float32, len(us))
					for i, u := range us {
						seen[u.Unit]++
						out[i] = []float32{1, 0, 0, 0}
					}
					return out, nil
				})
				if err != nil {
					t.Errorf("embed: %v", err)
				}
				if n == 0 || err != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	for u, n := range seen {
		if n > 1 {
			t.Errorf("unit %d was embedded %d times", u, n)
		}
	}
	if len(seen) != want {
		t.Errorf("%d of %d units were embedded", len(seen), want)
	}
}
