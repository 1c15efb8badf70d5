package storetest

import (
	"testing"

	"panther/pkg/agentdb/store"
	"panther/pkg/knowledge"
	"panther/pkg/search"
)

// testReindex has passages and memories whose terms are others than before: they
// are found by those, and keep their vectors.
func testReindex(t *testing.T, s store.Store) {
	ctx := everyone(t)
	space(t, s, "p/m/4")
	put(t, s, doc("u:1", "x", "alpha", "beta", "alpha"), doc("u:2", "x", "beta"))
	for _, id := range []string{"m1", "m2"} {
		must(s.PutMemory(ctx, knowledge.Memory{ID: id, Kind: "fact", Text: id}, []string{"former", id}))(t)
	}
	same(t, "embedded", embedAll(t, s, "p/m/4"), 6)
	find := func(c store.Corpus, term string) []store.Scored {
		return must(s.Lexical(ctx, c, search.Words(term), store.Filter{}, 9))(t)
	}
	nearest := func(c store.Corpus, text string) store.Scored {
		return must(s.Nearest(ctx, c, "p/m/4", vector(text), store.Filter{}, 1))(t)[0]
	}
	beta, m1 := nearest(store.DocumentCorpus, "beta"), nearest(store.MemoryCorpus, "m1")

	d := doc("u:1", "x", "alpha", "beta", "alpha")
	d.Fingerprint += "again"
	cut := d.Passages
	d.Passages = func() []store.Passage {
		ps := cut()
		for i := range ps {
			ps[i].Terms = append(ps[i].Terms, "more")
		}
		return ps
	}
	before := must(s.Around(ctx, knowledge.DocumentID("u:1"), 0, 9))(t)
	same(t, "changed", put(t, s, d), []knowledge.Outcome{"changed"})
	after := must(s.Around(ctx, knowledge.DocumentID("u:1"), 0, 9))(t)
	same(t, "passages", len(after), 3)
	for i, p := range after {
		if p.Text != before[i].Text || p.Unit <= before[2].Unit || i > 0 && p.Unit <= after[i-1].Unit {
			t.Errorf("passage %d was %+v, is %+v", i, before[i], p)
		}
	}
	same(t, "by the new term", store.Units(find(store.DocumentCorpus, "more")), []int64{after[0].Unit, after[1].Unit, after[2].Unit})
	same(t, "by the old term", len(find(store.DocumentCorpus, "alpha")), 2)

	terms := func(m knowledge.Memory) []string {
		if m.ID == "m2" {
			return []string{"former", "m2"}
		}
		return []string{"now", m.ID}
	}
	same(t, "memories", must(s.Reindex(ctx, terms))(t), 1)
	same(t, "memories again", must(s.Reindex(ctx, terms))(t), 0)
	same(t, "memories by terms", []int{len(find(store.MemoryCorpus, "former")), len(find(store.MemoryCorpus, "now")), len(find(store.MemoryCorpus, "m1"))}, []int{1, 1, 1})

	same(t, "embedded again", embedAll(t, s, "p/m/4"), 0)
	if n := nearest(store.DocumentCorpus, "beta"); n.Score != beta.Score || n.Unit == beta.Unit {
		t.Errorf("nearest passage was %+v, is %+v", beta, n)
	}
	if n := nearest(store.MemoryCorpus, "m1"); n.Score != m1.Score || n.Unit == m1.Unit {
		t.Errorf("nearest memory was %+v, is %+v", m1, n)
	}
	put(t, s, doc("u:3", "x", "gamma"))
	if p := must(s.Around(ctx, knowledge.DocumentID("u:3"), 0, 0))(t)[0]; p.Unit <= after[2].Unit {
		t.Errorf("unit %d was used before", p.Unit)
	}
	same(t, "findings", must(s.Check(ctx, false))(t), []store.Finding{})
}
