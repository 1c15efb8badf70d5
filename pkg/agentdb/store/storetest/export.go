package storetest

import (
	"encoding/json"
	"errors"
	"io"
	"testing"

	"panther/pkg/agentdb/store"
	"panther/pkg/knowledge"
	"panther/pkg/search"
)

// testExport moves a filled store into itself's kind by way of JSON, and finds
// everything as it was.
func testExport(t *testing.T, s store.Store) {
	fill(t, s)
	records := Records(t, s)
	if err := s.Import(everyone(t), reader(records)); !errors.Is(err, store.ErrNotEmpty) {
		t.Errorf("importing into a full store gave %v", err)
	}
	if len(records) < 9 {
		t.Errorf("only %d records", len(records))
	}
}

// Transfer fills one store, moves its content into another, empty one, and
// compares what both answer.
func Transfer(t *testing.T, from, to store.Store) {
	ctx := everyone(t)
	fill(t, from)
	space(t, to, "p/m/4") // the embedding begins before anybody restores
	space(t, to, "p/other/4")
	check(t, to.Import(ctx, reader(Records(t, from))))
	for name, ask := range map[string]func(store.Store) any{
		"lexical": func(s store.Store) any {
			return must(s.Lexical(ctx, store.DocumentCorpus, search.Words("alpha", "beta"), store.Filter{}, 99))(t)
		},
		"memories": func(s store.Store) any {
			return must(s.Lexical(ctx, store.MemoryCorpus, search.Words("backup"), store.Filter{}, 99))(t)
		},
		"canaries": func(s store.Store) any { return must(s.Canaries(ctx))(t) },
		"document": func(s store.Store) any { return must(s.Document(ctx, knowledge.DocumentID("u:1")))(t) },
		"history": func(s store.Store) any {
			_, rs, err := s.Revisions(ctx, knowledge.DocumentID("u:0"))
			return must(rs, err)(t)
		},
		"changed":   func(s store.Store) any { return must(s.Changed(ctx, store.ListChanged{Limit: 9}))(t) },
		"tombstone": func(s store.Store) any { return must(s.Document(ctx, knowledge.DocumentID("u:2")))(t) },
		"memory":    func(s store.Store) any { return must(s.Memory(ctx, "m1"))(t) },
		"sources":   func(s store.Store) any { return must(s.Sources(ctx))(t) },
		"pages":     func(s store.Store) any { return must(s.Pages(ctx, "r", ""))(t) },
		"session":   func(s store.Store) any { return must(s.Session(ctx, "a"))(t) },
		"messages":  func(s store.Store) any { return must(s.Messages(ctx, store.ListMessages{Session: "a"}))(t) },
		"events":    func(s store.Store) any { return must(s.Events(ctx, knowledge.ListEvents{}))(t) },
		"again": func(s store.Store) any {
			return must(s.Commit(ctx, knowledge.Commit{Key: "1"}))(t)
		},
	} {
		same(t, name, asJSON(t, ask(to)), asJSON(t, ask(from)))
	}
	same(t, "former texts", former(t, to, "u:0"), []string{"to be changed"})
	near := func(s store.Store) []string {
		return texts(t, s, must(s.Nearest(ctx, store.DocumentCorpus, "p/m/4", vector("q"), store.Filter{}, 5))(t))
	}
	same(t, "nearest", near(to), near(from))
	spaces := must(to.Spaces(ctx))(t)
	if len(spaces) != 1 || spaces[0].ID != "p/m/4" || spaces[0].Pending != 0 {
		t.Errorf("spaces: %+v", spaces)
	}
	same(t, "findings", len(must(to.Check(ctx, false))(t)), 0)
	same(t, "unchanged", put(t, to, doc("u:1", "x", "alpha", "alpha beta")), []knowledge.Outcome{"unchanged"})
	// Numbers go on where they were.
	seq := must(to.Commit(ctx, knowledge.Commit{Key: "2", Events: []knowledge.Event{{Type: "t", Data: json.RawMessage(`1`)}}}))(t).Seqs[0]
	last := must(from.Events(ctx, knowledge.ListEvents{}))(t)
	if seq <= last[len(last)-1].Seq {
		t.Errorf("event %d after %d", seq, last[len(last)-1].Seq)
	}
	put(t, to, doc("u:9", "x", "new"))
}

func fill(t *testing.T, s store.Store) {
	t.Helper()
	ctx := everyone(t)
	put(t, s, doc("u:0", "x", "to be changed"), doc("u:1", "x", "alpha", "alpha beta"), doc("u:2", "x", "beta"), doc("u:3", "y", "gamma alpha"))
	put(t, s, doc("u:0", "x", "beta beta"))
	check(t, s.Tombstone(ctx, knowledge.DocumentID("u:2")))
	must(s.PutMemory(ctx, knowledge.Memory{ID: "m1", Kind: "fact", Text: "x", Owner: alice, Created: day}, []string{"backup"}))(t)
	must(s.PutMemory(ctx, knowledge.Memory{ID: "m2", Kind: "fact", Text: "y", Supersedes: "m1", Created: day}, []string{"backup"}))(t)
	check(t, s.Feedback(ctx, "m1", "k", 1))
	space(t, s, "p/m/4")
	embedAll(t, s, "p/m/4")
	check(t, s.ActivateSpace(ctx, "p/m/4"))
	check(t, s.PutSource(ctx, knowledge.Source{Name: "x", Kind: "web", Location: "l"}))
	check(t, s.PutCanaries(ctx, knowledge.Canary{ID: "c", Question: "which alpha?", URI: "u:1", Source: "x", Owner: alice, Measured: day, Before: knowledge.Ranks{Rank: 1}}))
	check(t, s.PutRun(ctx, knowledge.Run{ID: "r", Source: "x", Started: day, Status: "running"}))
	check(t, s.PutPages(ctx, "r", []knowledge.PageOutcome{{URI: "u", Outcome: "new"}}))
	must(s.Commit(ctx, knowledge.Commit{Key: "1", Sessions: []knowledge.Session{owned(sess("a", "", 1), alice)}, Messages: []knowledge.Message{msg("m", "a", "done")},
		Parts:  []knowledge.Part{{ID: "p", MessageID: "m", SessionID: "a", Data: json.RawMessage(`1`)}},
		Events: []knowledge.Event{{Type: "t", Owner: alice, Data: json.RawMessage(`1`), Created: day}}}))(t)
}

// Records exports a store by way of JSON.
func Records(t *testing.T, s store.Store) []store.Record {
	t.Helper()
	var out []store.Record
	check(t, s.Export(everyone(t), func(r store.Record) error {
		var back store.Record
		check(t, json.Unmarshal([]byte(asJSON(t, r)), &back))
		out = append(out, back)
		return nil
	}))
	return out
}

func reader(rs []store.Record) func() (store.Record, error) {
	return func() (store.Record, error) {
		if len(rs) == 0 {
			return store.Record{}, io.EOF
		}
		r := rs[0]
		rs = rs[1:]
		return r, nil
	}
}
