package storetest

import (
	"errors"
	"testing"
	"time"

	"panther/pkg/agentdb/store"
	"panther/pkg/knowledge"
	"panther/pkg/search"
)

func testMemories(t *testing.T, s store.Store) {
	ctx, half := everyone(t), .5
	m := knowledge.Memory{ID: "m1", Kind: "episode", Text: "restore a backup", Outcome: "done", Critique: "slow", Reward: &half,
		Scope: knowledge.Scope{User: "u"}, Provenance: knowledge.Provenance{Origin: "agent", Session: "s", Turn: "t", URI: "x:y"}, Created: day}
	got := must(s.PutMemory(ctx, m, []string{"restor", "backup"}))(t)
	same(t, "stored", asJSON(t, got), asJSON(t, m))
	again := m
	again.Text = "rewritten"
	same(t, "again", must(s.PutMemory(ctx, again, []string{"rewritten"}))(t).Text, m.Text)
	same(t, "read", asJSON(t, must(s.Memory(ctx, "m1"))(t)), asJSON(t, m))

	find := func(term string) []store.StoredMemory {
		hits := must(s.Lexical(ctx, store.MemoryCorpus, search.Words(term), store.Filter{}, 9))(t)
		var units []int64
		for _, h := range hits {
			units = append(units, h.Unit)
		}
		return must(s.MemoriesByUnit(ctx, units))(t)
	}
	same(t, "found", len(find("backup")), 1)
	check(t, s.Feedback(ctx, "m1", "k1", 1))
	check(t, s.Feedback(ctx, "m1", "k1", 1))
	check(t, s.Feedback(ctx, "m1", "k2", 1))
	same(t, "feedback", must(s.Memory(ctx, "m1"))(t).Useful, 2)
	if err := s.Feedback(ctx, "none", "k3", 1); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("feedback on nothing gave %v", err)
	}

	must(s.PutMemory(ctx, knowledge.Memory{ID: "m2", Kind: "fact", Text: "new", Supersedes: "m1", Created: day.Add(time.Hour)}, []string{"backup", "new"}))(t)
	same(t, "superseded by", must(s.Memory(ctx, "m1"))(t).SupersededBy, "m2")
	if f := find("backup"); len(f) != 1 || f[0].ID != "m2" {
		t.Errorf("after supersession found %+v", f)
	}
	if _, err := s.PutMemory(ctx, knowledge.Memory{ID: "m3", Kind: "fact", Text: "x", Supersedes: "none"}, nil); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("superseding nothing gave %v", err)
	}
	if _, err := s.Memory(ctx, "m3"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("half a memory was stored: %v", err)
	}
	same(t, "list", len(must(s.ListMemories(ctx, store.ListMemories{}))(t)), 1)
	all := must(s.ListMemories(ctx, store.ListMemories{Superseded: true}))(t)
	if len(all) != 2 || all[0].ID != "m2" {
		t.Errorf("list: %+v", all)
	}
	check(t, s.Restore(ctx, "m1"))
	same(t, "restored", len(find("backup")), 2)
	check(t, s.Supersede(ctx, "m1", "m2"))
	if m := must(s.Memory(ctx, "m1"))(t); m.SupersededBy != "" || !m.Pinned {
		t.Errorf("a pinned entry was superseded: %+v", m)
	}
	if err := s.Restore(ctx, "none"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("restoring nothing gave %v", err)
	}
	must(s.PutMemory(ctx, knowledge.Memory{ID: "m4", Kind: "fact", Text: "x", Supersedes: "m1"}, []string{"backup"}))(t)
	check(t, s.Supersede(ctx, "m4", "m2"))
	check(t, s.Supersede(ctx, "m4", "none"))
	same(t, "superseded once", must(s.Memory(ctx, "m4"))(t).SupersededBy, "m2")
	check(t, s.Forget(ctx, "m2"))
	same(t, "forgotten", len(find("backup")), 0)
	for _, id := range []string{"m1", "m2", "m4"} {
		if _, err := s.Memory(ctx, id); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s after forget: %v", id, err)
		}
	}
	must(s.PutMemory(ctx, knowledge.Memory{ID: "m5", Kind: "fact", Text: "x", SupersededBy: knowledge.Unconfirmed}, []string{"waits"}))(t)
	same(t, "waiting", len(find("waits"))+len(must(s.ListMemories(ctx, store.ListMemories{}))(t)), 0)
	must(s.PutMemory(ctx, knowledge.Memory{ID: "m6", Kind: "fact", Text: "x", Supersedes: "m5"}, []string{"waits"}))(t)
	if f := find("waits"); len(f) != 1 || f[0].ID != "m6" {
		t.Errorf("after it was confirmed found %+v", f)
	}
	check(t, s.Forget(ctx, "m6"))
	if err := s.Forget(ctx, "m2"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("forgetting nothing gave %v", err)
	}
}

func testMemoryScopes(t *testing.T, s store.Store) {
	ctx := everyone(t)
	for id, sc := range map[string]knowledge.Scope{"all": {}, "u": {User: "u"}, "ua": {User: "u", Agent: "a"}, "v": {User: "v"}, "s": {Session: "s"}} {
		kind := "fact"
		if id == "v" {
			kind = "skill"
		}
		must(s.PutMemory(ctx, knowledge.Memory{ID: id, Kind: kind, Text: id, Scope: sc}, []string{"word", id}))(t)
	}
	space(t, s, "p/m/4")
	embedAll(t, s, "p/m/4")
	for _, tc := range []struct {
		f    store.Filter
		want int
	}{
		{store.Filter{}, 5},
		{store.Filter{Scope: &knowledge.Scope{}}, 1},
		{store.Filter{Scope: &knowledge.Scope{User: "u"}}, 2},
		{store.Filter{Scope: &knowledge.Scope{User: "u", Agent: "a", Session: "s"}}, 4},
		{store.Filter{Kinds: []string{"skill"}}, 1},
		{store.Filter{Kinds: []string{"fact"}, Scope: &knowledge.Scope{User: "v"}}, 1},
		{store.Filter{Exclude: []string{"ua"}}, 4},
	} {
		same(t, "lexical", len(must(s.Lexical(ctx, store.MemoryCorpus, search.Words("word"), tc.f, 9))(t)), tc.want)
		same(t, "dense", len(must(s.Nearest(ctx, store.MemoryCorpus, "p/m/4", vector("q"), tc.f, 9))(t)), tc.want)
		if len(tc.f.Exclude) == 0 {
			same(t, "list", len(must(s.ListMemories(ctx, store.ListMemories{Kinds: tc.f.Kinds, Scope: tc.f.Scope}))(t)), tc.want)
		}
	}
	// The corpora do not see each other.
	put(t, s, doc("d", "x", "word"))
	same(t, "documents", len(must(s.Lexical(ctx, store.DocumentCorpus, search.Words("word"), store.Filter{}, 9))(t)), 1)
}
