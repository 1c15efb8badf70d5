package storetest

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"panther/pkg/agentdb/store"
	"panther/pkg/identity"
	"panther/pkg/knowledge"
)

func said(t *testing.T, id, message, session, text string) knowledge.Part {
	t.Helper()
	return knowledge.Part{ID: id, MessageID: message, SessionID: session, Data: must(json.Marshal(map[string]string{"type": "text", "text": text}))(t)}
}

// foundIn returns the sessions that a search finds, each with the message.
func foundIn(t *testing.T, s store.Store, query string) string {
	t.Helper()
	var out []string
	for _, f := range must(s.SearchSessions(everyone(t), knowledge.SearchSessions{Words: store.SaidWords(query)}))(t) {
		out = append(out, f.ID+":"+f.MessageID)
	}
	return strings.Join(out, " ")
}

func testSaid(t *testing.T, s store.Store) {
	ctx := everyone(t)
	titled := sess("s3", "", 3)
	titled.Title = "Über Größen"
	answer := said(t, "p2", "m2", "s1", "Use pg_dump: see docs.example.org/backup-restore. Привет, мир! 日本語の文書")
	other := knowledge.Part{ID: "p4", MessageID: "m1", SessionID: "s1", Data: json.RawMessage(`{"type":"tool","text":"hidden"}`)}
	last := msg("m4", "s2", "done")
	last.Created = day.Add(time.Hour)
	must(s.Commit(ctx, knowledge.Commit{Key: "k", Sessions: []knowledge.Session{sess("s1", "", 1), sess("s2", "", 2), titled, sess("s4", "s1", 4)},
		Messages: []knowledge.Message{msg("m1", "s1", "done"), msg("m2", "s1", "done"), msg("m3", "s2", "done"), last, msg("m5", "s4", "done")},
		Parts: []knowledge.Part{said(t, "p1", "m1", "s1", "How do I back up a database?"), answer, other,
			said(t, "p3", "m3", "s2", "The database's vacuum"), said(t, "p5", "m4", "s2", "Vacuuming recovers space"), said(t, "p6", "m5", "s4", "a sub-agent's vacuum")}}))(t)
	for query, want := range map[string]string{
		"database": "s2:m3 s1:m1", "DATABASE up": "s1:m1", "vacuum": "s2:m4", "dump": "s1:m2", "pg_dump": "s1:m2", "example restore": "s1:m2",
		"привет": "s1:m2", "本語": "s1:m2", "hidden": "", "up vacuum": "", "über": "s3:", "größen": "s3:", "session s": "s2: s1:",
		"' OR 1=1 --": "", "": "", "\"": "", "*": "", "a:* & !b": "s1:m1", "nothing": "",
	} {
		same(t, "search "+query, foundIn(t, s, query), want)
	}
	f := must(s.SearchSessions(ctx, knowledge.SearchSessions{Words: []string{"dump"}}))(t)
	if !strings.Contains(f[0].Excerpt, "pg_dump") || f[0].Title != "Session s1" {
		t.Errorf("found %+v", f[0])
	}
	must(s.Commit(ctx, knowledge.Commit{Key: "k2", Parts: []knowledge.Part{said(t, "p2", "m2", "s1", "Use COPY.")}}))(t)
	same(t, "the former text", foundIn(t, s, "dump"), "")
	same(t, "the new text", foundIn(t, s, "copy"), "s1:m2")
	must(s.Commit(ctx, knowledge.Commit{Key: "k3", DeleteMessages: []string{"m2"}}))(t)
	same(t, "a deleted message", foundIn(t, s, "copy"), "")
	must(s.Commit(ctx, knowledge.Commit{Key: "k4", DeleteSessions: []string{"s2"}}))(t)
	same(t, "a deleted session", foundIn(t, s, "vacuum"), "")
	if fs := must(s.Check(ctx, false))(t); len(fs) != 0 {
		t.Errorf("findings %+v", fs)
	}
	same(t, "messages since", len(must(s.Messages(ctx, store.ListMessages{Since: day, Bare: true}))(t)), 2)
	same(t, "messages since later", len(must(s.Messages(ctx, store.ListMessages{Since: day.Add(time.Minute), Bare: true}))(t)), 0)
}

func testKept(t *testing.T, s store.Store) {
	ctx := everyone(t)
	yes, no := true, false
	pinned, gone, old := sess("s1", "", 1), sess("s2", "", 2), sess("s3", "", 2)
	recently, long := time.Now().UTC().Truncate(time.Second), time.Now().UTC().Truncate(time.Second).Add(-knowledge.UndeleteFor-time.Hour)
	pinned.Pinned, gone.Deleted, old.Deleted = true, &recently, &long
	must(s.Commit(ctx, knowledge.Commit{Key: "k", Sessions: []knowledge.Session{pinned, gone, old, sess("s4", "", 4), sess("s5", "", 4), sess("s6", "", 4)},
		Messages: []knowledge.Message{msg("m2", "s2", "done")}, Parts: []knowledge.Part{said(t, "p2", "m2", "s2", "vacuum")}}))(t)
	list := func(sel knowledge.ListSessions) string {
		t.Helper()
		var out []string
		for _, x := range must(s.ListSessions(ctx, sel))(t) {
			out = append(out, x.ID)
		}
		return strings.Join(out, " ")
	}
	same(t, "all", list(knowledge.ListSessions{}), "s4 s5 s6 s1")
	same(t, "pinned", list(knowledge.ListSessions{Pinned: &yes}), "s1")
	same(t, "others", list(knowledge.ListSessions{Pinned: &no}), "s4 s5 s6")
	same(t, "deleted", list(knowledge.ListSessions{Deleted: true}), "s2 s3")
	same(t, "behind the first", list(knowledge.ListSessions{Before: day.Add(4 * time.Hour), BeforeID: "s4"}), "s5 s6 s1")
	same(t, "a deleted one's text", foundIn(t, s, "vacuum"), "")
	if x := must(s.Session(ctx, "s2"))(t); x.Deleted == nil || !x.Deleted.Equal(recently) {
		t.Errorf("deleted at %v", x.Deleted)
	}
	must(s.Maintain(ctx, time.Hour))(t)
	same(t, "deleted, after the upkeep", list(knowledge.ListSessions{Deleted: true}), "s2")
	gone.Deleted = nil
	must(s.Commit(ctx, knowledge.Commit{Key: "k2", Sessions: []knowledge.Session{gone}}))(t)
	same(t, "restored", list(knowledge.ListSessions{}), "s4 s5 s6 s2 s1")
	same(t, "a restored one's text", foundIn(t, s, "vacuum"), "s2:m2")
}

func testSaidOwners(t *testing.T, s store.Store) {

	x := sess("s1", "", 1)
	x.Owner = alice
	must(s.Commit(everyone(t), knowledge.Commit{Key: "k", Sessions: []knowledge.Session{x}, Messages: []knowledge.Message{msg("m1", "s1", "done")},
		Parts: []knowledge.Part{said(t, "p1", "m1", "s1", "a secret vacuum 秘密")}}))(t)
	for id, want := range map[identity.Identity]int{alice: 1, bob: 0, identity.Nobody: 0, "": 0, identity.Everyone: 1} {
		for _, query := range []string{"vacuum", "秘密", "session"} {
			got := must(s.SearchSessions(identity.With(t.Context(), id), knowledge.SearchSessions{Words: []string{query}}))(t)
			same(t, "search "+query+" by "+string(id), len(got), want)
		}
		same(t, "messages of "+string(id), len(must(s.Messages(identity.With(t.Context(), id), store.ListMessages{Since: day, Bare: true}))(t)), want)
	}
	if w := store.SaidWords("The pg_dump " + strings.Repeat("ä", 100)); !slices.Equal(w, []string{"the", "pg", "dump", strings.Repeat("ä", 32)}) {
		t.Errorf("words %q", w)
	}
}
