package storetest

import (
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"panther/pkg/agentdb/store"
	"panther/pkg/knowledge"
)

func asJSON(t *testing.T, v any) string {
	t.Helper()
	return string(must(json.Marshal(v))(t))
}

func sess(id, parent string, hour int) knowledge.Session {
	at := day.Add(time.Duration(hour) * time.Hour)
	return knowledge.Session{ID: id, ParentID: parent, Title: "Session " + id, Created: at, Updated: at, Data: json.RawMessage(`{"a":1}`)}
}

func msg(id, session, status string) knowledge.Message {
	return knowledge.Message{ID: id, SessionID: session, Role: "assistant", Status: status, Created: day, Updated: day, Data: json.RawMessage(`{}`)}
}

func testCommit(t *testing.T, s store.Store) {
	ctx := everyone(t)
	part := knowledge.Part{ID: "p1", MessageID: "m1", SessionID: "s1", Data: json.RawMessage(`{"text":"a"}`)}
	in := knowledge.Commit{Key: "k1", Sessions: []knowledge.Session{sess("s1", "", 0)}, Messages: []knowledge.Message{msg("m1", "s1", "running")},
		Parts:  []knowledge.Part{part},
		Events: []knowledge.Event{{SessionID: "s1", Type: "t1", Data: json.RawMessage(`{"n":1}`)}, {Type: "t2", Data: json.RawMessage(`2`)}}}
	first := must(s.Commit(ctx, in))(t)
	if len(first.Seqs) != 2 || first.Seqs[0] <= 0 || first.Seqs[1] <= first.Seqs[0] {
		t.Fatalf("seqs %v", first.Seqs)
	}
	in.Sessions[0].Title = "changed by a repetition"
	same(t, "repetition", *must(s.Commit(ctx, in))(t), *first)
	same(t, "session", asJSON(t, must(s.Session(ctx, "s1"))(t)), asJSON(t, sess("s1", "", 0)))

	part.Data = json.RawMessage(`{"text":"ab"}`)
	m := msg("m1", "s1", "done")
	must(s.Commit(ctx, knowledge.Commit{Key: "k2", Messages: []knowledge.Message{m, msg("m2", "s1", "running")},
		Parts: []knowledge.Part{part, {ID: "p0", MessageID: "m1", SessionID: "s1", Data: json.RawMessage(`0`)}}}))(t)
	ms := must(s.Messages(ctx, store.ListMessages{Session: "s1"}))(t)
	if len(ms) != 2 || ms[0].Status != "done" || len(ms[0].Parts) != 2 || ms[0].Parts[0].ID != "p0" || string(ms[0].Parts[1].Data) != `{"text":"ab"}` {
		t.Errorf("messages %s", asJSON(t, ms))
	}
	running := must(s.Messages(ctx, store.ListMessages{Status: "running"}))(t)
	if len(running) != 1 || running[0].ID != "m2" {
		t.Errorf("running %s", asJSON(t, running))
	}
	evs := must(s.Events(ctx, knowledge.ListEvents{}))(t)
	if len(evs) != 2 || evs[0].Seq != first.Seqs[0] || string(evs[0].Data) != `{"n":1}` || evs[0].Created.IsZero() {
		t.Errorf("events %s", asJSON(t, evs))
	}
	same(t, "events after", len(must(s.Events(ctx, knowledge.ListEvents{After: first.Seqs[0]}))(t)), 1)
	same(t, "events of a session", len(must(s.Events(ctx, knowledge.ListEvents{Session: "s1"}))(t)), 1)
	same(t, "limited events", len(must(s.Events(ctx, knowledge.ListEvents{Limit: 1}))(t)), 1)
	if _, err := s.Session(ctx, "none"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a missing session gave %v", err)
	}

	var wg sync.WaitGroup
	for range 8 { // the same commit at the same time is stored once
		wg.Go(func() {
			if _, err := s.Commit(ctx, knowledge.Commit{Key: "k3", Events: []knowledge.Event{{Type: "t3", Data: json.RawMessage(`3`)}}}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	same(t, "events in the end", len(must(s.Events(ctx, knowledge.ListEvents{}))(t)), 3)
}

// Clients choose the IDs of messages: the order is that of time.
func testMessageOrder(t *testing.T, s store.Store) {
	ctx := everyone(t)
	in := knowledge.Commit{Key: "k1", Sessions: []knowledge.Session{sess("s1", "", 0)}}
	var want []string
	for i, id := range []string{"m9", "m1", "m5", "m0"} {
		m := msg(id, "s1", "done")
		m.Created = day.Add(time.Duration(i) * time.Millisecond)
		in.Messages = append(in.Messages, m)
		want = append(want, id)
	}
	slices.Reverse(in.Messages)
	must(s.Commit(ctx, in))(t)
	var got []string
	for _, m := range must(s.Messages(ctx, store.ListMessages{Session: "s1"}))(t) {
		got = append(got, m.ID)
	}
	same(t, "messages", got, want)
}

func testDeleteSessions(t *testing.T, s store.Store) {
	ctx := everyone(t)
	commit := func(c knowledge.Commit) []int64 { return must(s.Commit(ctx, c))(t).Seqs }
	ev := func(id string) knowledge.Event {
		return knowledge.Event{SessionID: id, Type: "t", Data: json.RawMessage(`1`)}
	}
	seqs := commit(knowledge.Commit{Key: "1", Sessions: []knowledge.Session{sess("a", "", 0), sess("b", "", 1)},
		Messages: []knowledge.Message{msg("m1", "a", "done"), msg("m2", "b", "done"), msg("m3", "b", "done")},
		Parts:    []knowledge.Part{{ID: "p", MessageID: "m3", SessionID: "b", Data: json.RawMessage(`1`)}},
		Events:   []knowledge.Event{ev("a"), ev("b")}})
	later := commit(knowledge.Commit{Key: "2", DeleteSessions: []string{"a"}, DeleteMessages: []string{"m3"}, Events: []knowledge.Event{{Type: "gone", Data: json.RawMessage(`1`)}}})
	if later[0] <= seqs[1] {
		t.Errorf("seq %d after %d", later[0], seqs[1])
	}
	if _, err := s.Session(ctx, "a"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("deleted session: %v", err)
	}
	same(t, "messages of a", len(must(s.Messages(ctx, store.ListMessages{Session: "a"}))(t)), 0)
	same(t, "messages of b", len(must(s.Messages(ctx, store.ListMessages{Session: "b"}))(t)), 1)
	same(t, "events", len(must(s.Events(ctx, knowledge.ListEvents{}))(t)), 2)
	// What is written late for a deleted session does not come back.
	commit(knowledge.Commit{Key: "3", Messages: []knowledge.Message{msg("m9", "a", "running")}})
	same(t, "late message", len(must(s.Messages(ctx, store.ListMessages{Status: "running"}))(t)), 0)
	commit(knowledge.Commit{Key: "4", Parts: []knowledge.Part{{ID: "p1", MessageID: "m2", Data: json.RawMessage(`1`)}, {ID: "p2", MessageID: "m2", Data: json.RawMessage(`2`)}}})
	commit(knowledge.Commit{Key: "5", DeleteParts: []string{"p1", "none"}})
	if parts := must(s.Messages(ctx, store.ListMessages{ID: "m2"}))(t)[0].Parts; len(parts) != 1 || parts[0].ID != "p2" {
		t.Errorf("parts left: %v", parts)
	}
	same(t, "findings", len(must(s.Check(ctx, false))(t)), 0)
}

func testListSessions(t *testing.T, s store.Store) {
	ctx := everyone(t)
	must(s.Commit(ctx, knowledge.Commit{Key: "1", Sessions: []knowledge.Session{sess("a", "", 1), sess("b", "", 3), sess("c", "a", 2), sess("50%", "", 0)}}))(t)
	for _, tc := range []struct {
		sel  knowledge.ListSessions
		want string
	}{
		{knowledge.ListSessions{}, "b a 50% "},
		{knowledge.ListSessions{Parent: "a"}, "c "},
		{knowledge.ListSessions{Parent: "*"}, "b c a 50% "},
		{knowledge.ListSessions{Parent: "*", Search: "session C"}, "c "},
		{knowledge.ListSessions{Search: "%"}, "50% "},
		{knowledge.ListSessions{Before: day.Add(3 * time.Hour)}, "a 50% "},
		{knowledge.ListSessions{Limit: 1}, "b "},
	} {
		got := ""
		for _, x := range must(s.ListSessions(ctx, tc.sel))(t) {
			got += x.ID + " "
		}
		same(t, asJSON(t, tc.sel), got, tc.want)
	}
}
