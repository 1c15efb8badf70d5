package storetest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"panther/pkg/agentdb/store"
	"panther/pkg/knowledge"
	"panther/pkg/search"
)

func testCrawls(t *testing.T, s store.Store) {
	ctx := everyone(t)
	src := knowledge.Source{Name: "pg", Kind: "web", Location: "http://x/", Schedule: "0 2 * * *", Tags: []string{"db"}, NextRun: &day}
	check(t, s.PutSource(ctx, src))
	src.Location = "http://y/"
	check(t, s.PutSource(ctx, src))
	put(t, s, doc("u:1", "pg", "a", "b"), doc("u:2", "pg", "c"), doc("u:3", "loose", "d"))
	check(t, s.Tombstone(ctx, knowledge.DocumentID("u:2")))
	run := knowledge.Run{ID: "r1", Source: "pg", Started: day, Status: "running"}
	check(t, s.PutRun(ctx, run))
	end := day.Add(time.Minute)
	run.Finished, run.Status, run.Counts, run.Bytes, run.Warnings = &end, "finished", map[string]int{"new": 2}, 99, []string{"w"}
	check(t, s.PutRun(ctx, run))
	check(t, s.PutRun(ctx, knowledge.Run{ID: "r0", Source: "pg", Started: day.Add(-time.Hour), Status: "failed", Error: "e"}))

	src.Documents, src.Chunks, src.LastRun = 1, 2, &run
	got := must(s.Sources(ctx))(t)
	same(t, "sources", asJSON(t, got), asJSON(t, []knowledge.Source{{Name: "loose", Documents: 1, Chunks: 1}, src}))
	rs := must(s.Runs(ctx, "pg", 1))(t)
	same(t, "runs", asJSON(t, rs), asJSON(t, []knowledge.Run{run}))
	same(t, "all runs", len(must(s.Runs(ctx, "", 0))(t)), 2)

	check(t, s.PutPages(ctx, "r1", []knowledge.PageOutcome{{URI: "b", Outcome: "new"}, {URI: "a", Outcome: "failed", Status: 500, Reason: "r", Millis: 3}}))
	check(t, s.PutPages(ctx, "r1", []knowledge.PageOutcome{{URI: "b", Outcome: "changed", Status: 200}}))
	same(t, "pages", must(s.Pages(ctx, "r1", ""))(t), []knowledge.PageOutcome{
		{URI: "a", Outcome: "failed", Status: 500, Reason: "r", Millis: 3}, {URI: "b", Outcome: "changed", Status: 200}})
	same(t, "failed pages", len(must(s.Pages(ctx, "r1", "failed"))(t)), 1)
	if err := s.PutPages(ctx, "none", []knowledge.PageOutcome{{URI: "b", Outcome: "new"}}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("pages of no run gave %v", err)
	}
	check(t, s.DeleteSource(ctx, "pg"))
	same(t, "sources left", len(must(s.Sources(ctx))(t)), 1)
	same(t, "runs left", len(must(s.Runs(ctx, "", 0))(t)), 0)
	if _, err := s.Document(ctx, knowledge.DocumentID("u:2")); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a tombstone of a deleted source: %v", err)
	}
	if err := s.DeleteSource(ctx, "pg"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("deleting nothing gave %v", err)
	}
	check(t, s.DeleteSource(ctx, "loose"))
	same(t, "findings", len(must(s.Check(ctx, false))(t)), 0)
}

func testStats(t *testing.T, s store.Store) {
	ctx := everyone(t)
	put(t, s, doc("u:1", "x", "a", "b"), doc("u:2", "x", "c"))
	check(t, s.Tombstone(ctx, knowledge.DocumentID("u:2")))
	must(s.PutMemory(ctx, knowledge.Memory{ID: "m", Kind: "fact", Text: "x"}, []string{"x"}))(t)
	must(s.Commit(ctx, knowledge.Commit{Key: "1", Sessions: []knowledge.Session{sess("a", "", 1)}}))(t)
	space(t, s, "p/m/4")
	st := must(s.Stats(ctx))(t)
	if st.Store != s.Kind() || st.Documents != 1 || st.Chunks != 2 || st.Memories != 1 || st.Sessions != 1 || st.Bytes <= 0 || !strings.Contains(st.Engine, "SQL") ||
		len(st.Spaces) != 1 || st.Spaces[0].Pending != 3 || st.Spaces[0].ID != "p/m/4" {
		t.Errorf("stats %+v", st)
	}
	check(t, s.Ping(ctx))
}

func testMaintain(t *testing.T, s store.Store) {
	ctx := everyone(t)
	put(t, s, doc("u:1", "x", "a"), doc("u:2", "x", "b"))
	check(t, s.Tombstone(ctx, knowledge.DocumentID("u:2")))
	for i := range 22 {
		id := fmt.Sprintf("r%02d", i)
		check(t, s.PutRun(ctx, knowledge.Run{ID: id, Source: "x", Started: day.Add(time.Duration(i) * time.Hour), Status: "finished"}))
		check(t, s.PutPages(ctx, id, []knowledge.PageOutcome{{URI: "u", Outcome: "new"}}))
	}
	m := must(s.Maintain(ctx, time.Hour))(t)
	same(t, "too early", m.Documents, 0)
	same(t, "pages", m.Pages, 2)
	same(t, "pages of the first run", len(must(s.Pages(ctx, "r00", ""))(t)), 0)
	same(t, "pages of the last run", len(must(s.Pages(ctx, "r21", ""))(t)), 1)
	m = must(s.Maintain(ctx, 0))(t)
	same(t, "purged", m.Documents, 1)
	if _, err := s.Document(ctx, knowledge.DocumentID("u:2")); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a purged tombstone: %v", err)
	}
	same(t, "hits", len(must(s.Lexical(ctx, store.DocumentCorpus, search.Words("a"), store.Filter{}, 9))(t)), 1)
}

func testCheck(t *testing.T, s store.Store) {
	ctx := everyone(t)
	space(t, s, "p/m/4")
	for i := range 5 {
		put(t, s, doc(fmt.Sprint("u:", i), "x", "a b", "c"))
		embedAll(t, s, "p/m/4")
		put(t, s, doc(fmt.Sprint("u:", i), "x", "a b", fmt.Sprint("d", i)))
	}
	check(t, s.Tombstone(ctx, knowledge.DocumentID("u:3")))
	same(t, "findings", must(s.Check(ctx, false))(t), []store.Finding{})
	same(t, "findings with repair", must(s.Check(ctx, true))(t), []store.Finding{})
	same(t, "hits", len(must(s.Lexical(ctx, store.DocumentCorpus, search.Words("a"), store.Filter{}, 9))(t)), 4)
}
