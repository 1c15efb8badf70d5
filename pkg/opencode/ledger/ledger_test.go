package ledger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"panther/pkg/identity"
	"panther/pkg/knowledge"
	"panther/pkg/opencode/api"
)

// memory is a store that can be away, and can be held while a commit is in it.
type memory struct {
	mu      sync.Mutex
	events  []knowledge.Event
	parts   map[string]string
	keys    map[string]bool
	commits int
	seq     int64
	away    int           // refuse that many commits
	refuse  error         // refuse for good
	hold    chan struct{} // commits wait for a value, if not nil
	entered chan struct{} // told when a commit waits
}

func (m *memory) Commit(ctx context.Context, c knowledge.Commit) (*knowledge.Committed, error) {
	if m.hold != nil {
		m.entered <- struct{}{}
		<-m.hold
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.away > 0 {
		m.away--
		return nil, &knowledge.Problem{Status: 503, Title: "away"}
	}
	if m.refuse != nil {
		return nil, m.refuse
	}
	if m.keys[c.Key] {
		return nil, fmt.Errorf("key %s twice", c.Key)
	}
	m.keys[c.Key] = true
	m.commits++
	for _, p := range c.Parts {
		var v api.Part
		if err := json.Unmarshal(p.Data, &v); err != nil {
			return nil, err
		}
		m.parts[p.ID] = v.Text
	}
	out := &knowledge.Committed{}
	for _, e := range c.Events {
		m.seq += 3 // numbers have gaps
		e.Seq = m.seq
		m.events = append(m.events, e)
		out.Seqs = append(out.Seqs, m.seq)
	}
	return out, nil
}

func (m *memory) Events(_ context.Context, sel knowledge.ListEvents) ([]knowledge.Event, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []knowledge.Event
	for _, e := range m.events {
		if e.Seq > sel.After && len(out) < 100 {
			out = append(out, e)
		}
	}
	return out, nil
}

func (m *memory) Session(_ context.Context, id string) (*knowledge.Session, error) {
	if id == "child" {
		return &knowledge.Session{ID: id, ParentID: "s"}, nil
	}
	return nil, &knowledge.Problem{Status: 404}
}

func start(t *testing.T, m *memory) *Ledger {
	t.Helper()
	m.parts, m.keys = map[string]string{}, map[string]bool{}
	l := New(m, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { l.Run(ctx, time.Second); close(done) }()
	t.Cleanup(func() { cancel(); <-done })
	return l
}

func event(session, typ string) Change {
	return Change{Events: []Event{{SessionID: session, Type: typ, Data: map[string]any{}}}}
}

func delta(part, text string) Change {
	return Change{
		Parts:  []api.Part{{ID: part, Type: api.PartText, Text: text}},
		Events: []Event{{SessionID: "s", Type: api.EventPartDelta, Data: Delta{SessionID: "s", PartID: part, Field: "text", Delta: text[len(text)-1:]}}},
	}
}

// What waits while a commit is on its way becomes one commit, with the deltas
// of a part merged and the part as it is at last.
func TestMerge(t *testing.T) {
	t.Parallel()
	m := &memory{hold: make(chan struct{}), entered: make(chan struct{})}
	l := start(t, m)
	sub := l.Subscribe(identity.Everyone, 0, "")
	l.Append(event("s", "first"))
	<-m.entered
	for _, text := range []string{"a", "ab", "abc"} {
		l.Append(delta("p", text))
		l.Append(event("other", "x")) // between, of another session
	}
	last := l.Append(delta("q", "z"))
	go func() {
		for range m.entered {
		}
	}()
	close(m.hold)
	if err := last.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if m.commits != 2 || m.parts["p"] != "abc" {
		t.Errorf("%d commits, part %q", m.commits, m.parts["p"])
	}
	var deltas []string
	for len(deltas) < 2 {
		list, err := sub.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			var d Delta
			if e.Type == api.EventPartDelta && json.Unmarshal(e.Data, &d) == nil {
				deltas = append(deltas, d.PartID+d.Delta)
			}
		}
	}
	if fmt.Sprint(deltas) != "[pabc qz]" {
		t.Errorf("deltas %v", deltas)
	}
}

func TestAwayAndRefused(t *testing.T) {
	t.Parallel()
	m := &memory{away: 2}
	l := start(t, m)
	if err := l.Write(t.Context(), event("s", "x")); err != nil || m.commits != 1 || l.Err() != nil {
		t.Errorf("after an absence: %v, %d commits, %v", err, m.commits, l.Err())
	}
	m.mu.Lock()
	m.refuse = &knowledge.Problem{Status: 422, Title: "no"}
	m.mu.Unlock()
	var p *knowledge.Problem
	if err := l.Write(t.Context(), event("s", "x")); !errors.As(err, &p) || p.Status != 422 {
		t.Errorf("got %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	m.mu.Lock()
	m.refuse, m.away = nil, 1<<30
	m.mu.Unlock()
	if err := l.Write(ctx, event("s", "x")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	m.mu.Lock()
	m.away = 0
	m.mu.Unlock()
}

// A reader sees every event once and in order, whether it follows, comes back
// after the ring has gone on, or comes back after a restart.
func TestSubscribersMissNothing(t *testing.T) {
	t.Parallel()
	m := &memory{}
	l := start(t, m)
	const n = ringSize + 500
	follower := l.Subscribe(identity.Everyone, 0, "")
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := range n {
			l.Append(Change{Events: []Event{{SessionID: "s", Type: "e", Data: i}}})
		}
	})
	read := func(s *Subscription, from int) {
		for want := from; want < n; {
			list, err := s.Next(t.Context())
			if err != nil {
				t.Error(err)
				return
			}
			for _, e := range list {
				if string(e.Data) != fmt.Sprint(want) {
					t.Errorf("got event %s, want %d", e.Data, want)
					return
				}
				want++
			}
		}
	}
	wg.Go(func() { read(follower, 0) })
	wg.Wait()
	read(l.Subscribe(identity.Everyone, 3, ""), 1) // the first event has number 3
	read(start(t, &memory{}).resubscribe(m), 1)
}

// resubscribe reads another store's events as a restarted process does, whose
// ring is empty.
func (l *Ledger) resubscribe(m *memory) *Subscription {
	l.store = m
	return l.Subscribe(identity.Everyone, 3, "")
}

// Numbers of before a reset of the database are none of it: who comes back with one
// begins anew, and so does who was there all the time.
func TestReset(t *testing.T) {
	t.Parallel()
	m := &memory{}
	l := start(t, m)
	next := func(s *Subscription) (types string) {
		t.Helper()
		list, err := s.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			types += e.Type
		}
		return types
	}
	write := func(typ string) {
		t.Helper()
		if err := l.Write(t.Context(), event("s", typ)); err != nil {
			t.Fatal(err)
		}
	}
	before := l.Subscribe(identity.Everyone, 1000, "") // of the process before this one
	write("a")
	if got := next(before); got != "a" {
		t.Errorf("told %q before the first event", got)
	}
	write("b")
	if got := next(l.Subscribe(identity.Everyone, 1000, "")); got != "ab" {
		t.Errorf("told %q after it", got)
	}
	if got := next(l.Subscribe(identity.Everyone, 3, "")); got != "b" {
		t.Errorf("told %q of what it had not seen", got)
	}
	there := l.Subscribe(identity.Everyone, 0, "")
	m.mu.Lock()
	m.seq, m.events = 0, nil
	m.mu.Unlock()
	write("c")
	if got := next(there); got != "c" {
		t.Errorf("told %q while it was there", got)
	}
	if got := next(l.Subscribe(identity.Everyone, 6, "")); got != "c" {
		t.Errorf("told %q when it came back", got)
	}
}

func TestSessionAndChildren(t *testing.T) {
	t.Parallel()
	l := start(t, &memory{})
	l.Append(Change{Sessions: []api.Session{{ID: "kid", ParentID: "s"}}, Events: []Event{{SessionID: "kid", Type: "0"}}})
	sub := l.Subscribe(identity.Everyone, 0, "s")
	for i, s := range []string{"other", "s", "child", "kid", "", "s"} {
		l.Append(event(s, fmt.Sprint(i)))
	}
	var got string
	for len(got) < 4 {
		list, err := sub.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range list {
			if e.Type != "0" {
				got += e.Type
			}
		}
	}
	if got != "1235" {
		t.Errorf("events %s", got)
	}
}

// A session's events go with it; who waits for them must not wait for ever.
func TestDeletedEvents(t *testing.T) {
	t.Parallel()
	m := &memory{}
	l := start(t, m)
	for range ringSize + 10 {
		l.Append(event("s", "e"))
	}
	if err := l.Write(t.Context(), event("s", "e")); err != nil {
		t.Fatal(err)
	}
	m.mu.Lock()
	m.events = nil
	m.mu.Unlock()
	sub := l.Subscribe(identity.Everyone, 3, "")
	list, err := sub.Next(t.Context())
	if err != nil || len(list) == 0 {
		t.Errorf("%d events, %v", len(list), err)
	}
}

// BenchmarkRing adds to a ring that is full, which each event of a busy server
// does.
func BenchmarkRing(b *testing.B) {
	var r ring
	r.init()
	for i := range b.N + ringSize {
		if i == ringSize {
			b.ResetTimer()
		}
		r.add(knowledge.Event{Seq: int64(i + 1)})
	}
}
