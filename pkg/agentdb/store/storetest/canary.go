package storetest

import (
	"testing"

	"panther/pkg/agentdb/store"
	"panther/pkg/identity"
	"panther/pkg/knowledge"
)

func testCanaries(t *testing.T, s store.Store) {
	ctx := everyone(t)
	put(t, s, doc("u:1", "x", "a"), doc("u:2", "y", "b"))
	check(t, s.PutCanaries(ctx))
	check(t, s.PutCanaries(ctx,
		knowledge.Canary{ID: "alice", Question: "q", URI: "u:1", Source: "x", Owner: alice, Kind: knowledge.CanaryAdded, Created: day},
		knowledge.Canary{ID: "bob", Question: "q", URI: "u:1", Source: "x", Owner: bob},
		knowledge.Canary{ID: "former", Question: "q", URI: "u:2", Source: "y", Kind: knowledge.CanaryHeading}))
	again := knowledge.Canary{ID: "alice", Question: "q", URI: "u:1", Source: "x", Owner: alice, Kind: knowledge.CanaryAdded, Created: day,
		Measured: day, Rank: 3, Dense: 4, Before: knowledge.Ranks{Rank: 1, Dense: 2}, State: "s"}
	check(t, s.PutCanaries(ctx, again))
	for _, v := range views {
		ids := map[string]bool{}
		for _, c := range must(s.Canaries(identity.With(t.Context(), v.id)))(t) {
			ids[c.ID] = true
		}
		same(t, "canaries of "+string(v.id), words(ids), v.sees)
	}
	got := must(s.Canaries(ctx))(t)
	same(t, "replaced", asJSON(t, got[0]), asJSON(t, again))
	same(t, "last by source", got[2].ID, "former")

	same(t, "another's deleted", must(s.DeleteCanaries(identity.With(ctx, bob), "alice", "bob", "none"))(t), 1)
	same(t, "deleted", must(s.DeleteCanaries(ctx))(t), 0)
	check(t, s.DeleteSource(ctx, "y"))
	got = must(s.Canaries(ctx))(t)
	same(t, "left", len(got), 1)
	same(t, "left", got[0].ID, "alice")
}
