package storetest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"panther/pkg/agentdb/store"
	"panther/pkg/knowledge"
)

// space creates the space with that ID.
func space(t *testing.T, s store.Store, id string) {
	t.Helper()
	f := strings.Split(id, "/")
	check(t, s.CreateSpace(everyone(t), store.Space{ID: id, Provider: f[0], Model: f[1], Dimensions: 4, Weight: .5}))
}

// embedAll embeds what is pending and returns how much it was.
func embedAll(t *testing.T, s store.Store, id string) int {
	t.Helper()
	total := 0
	for {
		n := must(s.Embed(everyone(t), id, 16, func(_ context.Context, us []store.PendingUnit) ([][]float32, error) {
			var out [][]float32
			for _, u := range us {
				out = append(out, vector(u.Text))
			}
			return out, nil
		}))(t)
		if total += n; n == 0 {
			return total
		}
	}
}

func testSpaces(t *testing.T, s store.Store) {
	ctx := everyone(t)
	put(t, s, doc("a", "x", "one", "two"))
	space(t, s, "p/m/4")
	same(t, "embedded", embedAll(t, s, "p/m/4"), 2)
	if sp := must(s.ActiveSpace(ctx))(t); sp != nil {
		t.Errorf("active before: %+v", sp)
	}
	check(t, s.ActivateSpace(ctx, "p/m/4"))
	if sp := must(s.ActiveSpace(ctx))(t); sp == nil || sp.ID != "p/m/4" || sp.Dimensions != 4 || sp.Weight != .5 || sp.Model != "m" {
		t.Errorf("active: %+v", sp)
	}
	space(t, s, "p/n/4")
	check(t, s.CreateSpace(ctx, store.Space{ID: "p/m/4", Provider: "p", Model: "m", Dimensions: 4, Weight: .25}))
	put(t, s, doc("b", "x", "three"))
	var got []store.Space
	for _, sp := range must(s.Spaces(ctx))(t) {
		if sp.Created.IsZero() {
			t.Errorf("%s has no time", sp.ID)
		}
		sp.Created = day
		got = append(got, sp)
	}
	same(t, "spaces", got, []store.Space{
		{ID: "p/m/4", Provider: "p", Model: "m", Dimensions: 4, Weight: .25, Active: true, Created: day, Embedded: 2, Pending: 1},
		{ID: "p/n/4", Provider: "p", Model: "n", Dimensions: 4, Weight: .5, Created: day, Pending: 3},
	})
	embedAll(t, s, "p/n/4")
	check(t, s.ActivateSpace(ctx, "p/n/4"))
	check(t, s.DropSpace(ctx, "p/m/4"))
	check(t, s.DropSpace(ctx, "p/m/4"))
	sps := must(s.Spaces(ctx))(t)
	if len(sps) != 1 || !sps[0].Active || sps[0].Embedded != 3 {
		t.Errorf("after the switch: %+v", sps)
	}
	if err := s.ActivateSpace(ctx, "p/m/4"); !errors.Is(err, store.ErrUnknownSpace) {
		t.Errorf("activating a dropped space gave %v", err)
	}
}

func testEmbed(t *testing.T, s store.Store) {
	ctx := everyone(t)
	none := func(context.Context, []store.PendingUnit) ([][]float32, error) { return nil, errors.New("called") }
	if _, err := s.Embed(ctx, "p/m/4", 9, none); !errors.Is(err, store.ErrUnknownSpace) {
		t.Errorf("an unknown space gave %v", err)
	}
	space(t, s, "p/m/4")
	same(t, "nothing pending", must(s.Embed(ctx, "p/m/4", 9, none))(t), 0)
	put(t, s, doc("a", "x", "one", "two", "three"))
	must(s.PutMemory(ctx, knowledge.Memory{ID: "m1", Kind: "fact", Text: "remember"}, []string{"remember"}))(t)

	away := errors.New("provider away")
	_, err := s.Embed(ctx, "p/m/4", 9, func(context.Context, []store.PendingUnit) ([][]float32, error) { return nil, away })
	if !errors.Is(err, away) {
		t.Errorf("the provider's error became %v", err)
	}
	var (
		mu   sync.Mutex
		seen []string
		wg   sync.WaitGroup
	)
	for range 3 { // exclusive among concurrent callers
		wg.Go(func() {
			for {
				n, err := s.Embed(ctx, "p/m/4", 1, func(_ context.Context, us []store.PendingUnit) ([][]float32, error) {
					mu.Lock()
					defer mu.Unlock()
					for _, u := range us {
						seen = append(seen, u.Text)
						if u.Corpus == store.DocumentCorpus && (u.Title != "Title of a" || len(u.Headings) != 2) {
							t.Errorf("unit %+v", u)
						}
					}
					return [][]float32{vector(us[0].Text)}, nil
				})
				if err != nil {
					t.Error(err)
				}
				if n == 0 {
					return
				}
			}
		})
	}
	wg.Wait()
	slices.Sort(seen)
	same(t, "each once", seen, []string{"one", "remember", "three", "two"})
	// A unit that vanishes while its vector is made.
	put(t, s, doc("b", "x", "late"))
	_, err = s.Embed(ctx, "p/m/4", 9, func(_ context.Context, us []store.PendingUnit) ([][]float32, error) {
		return [][]float32{vector(us[0].Text)}, nil
	})
	check(t, err)
	put(t, s, doc("b", "x"))
	same(t, "embedded", must(s.Spaces(ctx))(t)[0].Embedded, 4)
	same(t, "findings", len(must(s.Check(ctx, false))(t)), 0)
	// Too few vectors are an error, not a shift.
	put(t, s, doc("c", "x", "five", "six"))
	if _, err := s.Embed(ctx, "p/m/4", 9, func(context.Context, []store.PendingUnit) ([][]float32, error) {
		return [][]float32{vector("five")}, nil
	}); err == nil {
		t.Error("one vector for two units was taken")
	}
	if _, err := s.Embed(ctx, "p/m/4", 1, func(context.Context, []store.PendingUnit) ([][]float32, error) {
		return [][]float32{{1, 0}}, nil
	}); err == nil {
		t.Error("a vector of two dimensions was taken")
	}
}
