package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"panther/pkg/agentdb/store"
	"panther/pkg/identity"
	"panther/pkg/knowledge"
	"panther/pkg/search"
)

// Two people who use the same store.
var (
	alice = identity.UID(1000)
	bob   = identity.Login("bob@example.org")
)

// views are what each identity sees of an entry of each owner, whose identifiers
// are "alice", "bob" and, of nobody, "former".
var views = []struct {
	id   identity.Identity
	sees string
}{
	{alice, "alice former"}, {bob, "bob former"}, {identity.Nobody, "former"}, {identity.Login("eve@example.org"), "former"},
	{identity.Everyone, "alice bob former"}, {"", ""},
	// What would be found by a comparison that is too loose.
	{identity.UID(100), "former"}, {identity.UID(10000), "former"}, {"UID:1000", "former"}, {"uid:1000 ", "former"}, {"%", "former"},
	{"' OR '1'='1", "former"},
}

func owned(s knowledge.Session, by identity.Identity) knowledge.Session {
	s.Owner = by
	return s
}

// words joins identifiers in the order of the alphabet.
func words(ids map[string]bool) string {
	var out []string
	for _, id := range []string{"alice", "bob", "former"} {
		if ids[id] {
			out = append(out, id)
		}
	}
	return strings.Join(out, " ")
}

// found checks that get has an answer for what an identity sees, and does not
// find the rest.
func found(t *testing.T, who identity.Identity, sees, what string, get func(id string) error) {
	t.Helper()
	for _, id := range []string{"alice", "bob", "former"} {
		err := get(id)
		if seen := strings.Contains(sees, id); seen && err != nil || !seen && !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%q: %s of %s: %v", who, what, id, err)
		}
	}
}

func testMemoryOwners(t *testing.T, s store.Store) {
	for id, by := range map[string]identity.Identity{"alice": alice, "bob": bob, "former": ""} {
		must(s.PutMemory(everyone(t), knowledge.Memory{ID: id, Kind: "fact", Text: id, Owner: by}, []string{"word", id}))(t)
	}
	space(t, s, "p/m/4")
	embedAll(t, s, "p/m/4")
	var units []int64
	for _, h := range must(s.Lexical(everyone(t), store.MemoryCorpus, search.Words("word"), store.Filter{}, 9))(t) {
		units = append(units, h.Unit)
	}
	for _, v := range views {
		ctx := identity.With(t.Context(), v.id)
		seen := func(what string, ms []store.StoredMemory) {
			ids := map[string]bool{}
			for _, m := range ms {
				ids[m.ID] = true
			}
			same(t, fmt.Sprintf("%q: %s", v.id, what), words(ids), v.sees)
		}
		byUnit := func(hits []store.Scored) []store.StoredMemory {
			return must(s.MemoriesByUnit(everyone(t), store.Units(hits)))(t)
		}
		seen("lexical", byUnit(must(s.Lexical(ctx, store.MemoryCorpus, search.Words("word"), store.Filter{}, 9))(t)))
		seen("dense", byUnit(must(s.Nearest(ctx, store.MemoryCorpus, "p/m/4", vector("q"), store.Filter{}, 9))(t)))
		seen("by unit", must(s.MemoriesByUnit(ctx, units))(t))
		var listed []store.StoredMemory
		for _, m := range must(s.ListMemories(ctx, store.ListMemories{Superseded: true}))(t) {
			listed = append(listed, store.StoredMemory{Memory: m})
		}
		seen("list", listed)
		found(t, v.id, v.sees, "reading", func(id string) error { _, err := s.Memory(ctx, id); return err })
		found(t, v.id, v.sees, "feedback", func(id string) error { return s.Feedback(ctx, id, "f"+id, 1) })
		found(t, v.id, v.sees, "restoring", func(id string) error { return s.Restore(ctx, id) })
		found(t, v.id, v.sees, "an equal id", func(id string) error {
			_, err := s.PutMemory(ctx, knowledge.Memory{ID: id, Kind: "fact", Text: "stolen", Owner: v.id}, nil)
			return err
		})
	}
	same(t, "feedback of strangers", must(s.Memory(everyone(t), "alice"))(t).Useful, 1)
	same(t, "text", must(s.Memory(everyone(t), "alice"))(t).Text, "alice")
	same(t, "owner", must(s.Memory(everyone(t), "alice"))(t).Owner, alice)

	bobs := identity.With(t.Context(), bob)
	if _, err := s.PutMemory(bobs, knowledge.Memory{ID: "x", Kind: "fact", Text: "x", Owner: bob, Supersedes: "alice"}, []string{"x"}); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("superseding another's memory: %v", err)
	}
	check(t, s.Supersede(bobs, "alice", "bob"))
	if err := s.Forget(bobs, "alice"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("forgetting another's memory: %v", err)
	}
	same(t, "superseded by a stranger", must(s.Memory(everyone(t), "alice"))(t).SupersededBy, "")
	check(t, s.Forget(bobs, "bob"))
	check(t, s.Forget(bobs, "former"))
}

func testSessionOwners(t *testing.T, s store.Store) {
	ev := func(id string, by identity.Identity) knowledge.Event {
		return knowledge.Event{SessionID: id, Owner: by, Type: id, Data: json.RawMessage(`1`)}
	}
	must(s.Commit(everyone(t), knowledge.Commit{Key: "1",
		Sessions: []knowledge.Session{owned(sess("alice", "", 0), alice), owned(sess("bob", "", 1), bob), sess("former", "", 2)},
		Messages: []knowledge.Message{msg("m1", "alice", "running"), msg("m2", "bob", "running"), msg("m3", "former", "running")},
		Events:   []knowledge.Event{ev("alice", alice), ev("bob", bob), ev("former", "")}}))(t)
	for _, v := range views {
		ctx := identity.With(t.Context(), v.id)
		seen := func(what string, list func(ids map[string]bool)) {
			ids := map[string]bool{}
			list(ids)
			same(t, fmt.Sprintf("%q: %s", v.id, what), words(ids), v.sees)
		}
		for _, sel := range []knowledge.ListSessions{{}, {Parent: "*"}, {Search: "session"}, {Parent: "*", Before: day.Add(24 * time.Hour)}} {
			seen("sessions "+asJSON(t, sel), func(ids map[string]bool) {
				for _, x := range must(s.ListSessions(ctx, sel))(t) {
					ids[x.ID] = true
				}
			})
		}
		messages := func(sel store.ListMessages) []knowledge.Message { return must(s.Messages(ctx, sel))(t) }
		seen("messages", func(ids map[string]bool) {
			for _, m := range messages(store.ListMessages{Status: "running"}) {
				ids[m.SessionID] = true
			}
		})
		for _, id := range []string{"alice", "bob", "former"} {
			n := 0
			if strings.Contains(v.sees, id) {
				n = 1
			}
			same(t, fmt.Sprintf("%q: messages of %s", v.id, id), len(messages(store.ListMessages{Session: id})), n)
			same(t, fmt.Sprintf("%q: events of %s", v.id, id), len(must(s.Events(ctx, knowledge.ListEvents{Session: id}))(t)), n)
		}
		seen("events", func(ids map[string]bool) {
			for _, e := range must(s.Events(ctx, knowledge.ListEvents{}))(t) {
				ids[e.SessionID] = true
			}
		})
		found(t, v.id, v.sees, "session", func(id string) error { _, err := s.Session(ctx, id); return err })
	}
	// One who goes on with a session of nobody's makes it their own.
	must(s.Commit(everyone(t), knowledge.Commit{Key: "2", Sessions: []knowledge.Session{owned(sess("former", "", 2), bob)}}))(t)
	if _, err := s.Session(identity.With(t.Context(), alice), "former"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a session that bob took: %v", err)
	}
}

// testForeignIDs checks that a message or part does not take the place of one of
// another session or message with the same identifier.
func testForeignIDs(t *testing.T, s store.Store) {
	ctx := everyone(t)
	part := func(session, message, id, text string) knowledge.Part {
		return knowledge.Part{ID: id, MessageID: message, SessionID: session, Data: json.RawMessage(`"` + text + `"`)}
	}
	must(s.Commit(ctx, knowledge.Commit{Key: "1", Sessions: []knowledge.Session{owned(sess("a", "", 0), alice), owned(sess("b", "", 0), bob)},
		Messages: []knowledge.Message{msg("m1", "a", "done"), msg("m2", "b", "done")}, Parts: []knowledge.Part{part("a", "m1", "p1", "of a")}}))(t)
	stolen := msg("m1", "b", "running")
	stolen.Parts = []knowledge.Part{part("", "", "p2", "b was here")}
	must(s.Commit(ctx, knowledge.Commit{Key: "2", Messages: []knowledge.Message{stolen}, Parts: []knowledge.Part{
		part("b", "m1", "p3", "b was here"), part("b", "m2", "p1", "b was here")}}))(t)
	got := must(s.Messages(identity.With(ctx, alice), store.ListMessages{ID: "m1"}))(t)
	if len(got) != 1 || got[0].SessionID != "a" || got[0].Status != "done" || len(got[0].Parts) != 1 || string(got[0].Parts[0].Data) != `"of a"` {
		t.Errorf("the message of a: %s", asJSON(t, got))
	}
	same(t, "messages of b", len(must(s.Messages(ctx, store.ListMessages{Session: "b"}))(t)), 1)
	same(t, "seen by b", len(must(s.Messages(identity.With(ctx, bob), store.ListMessages{ID: "m1"}))(t)), 0)
}
