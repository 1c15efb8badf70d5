package ledger

import (
	"context"
	"fmt"
	"math"
	"slices"

	"panther/pkg/identity"
	"panther/pkg/knowledge"
	"panther/pkg/opencode/api"
)

// ring holds the last events. Every stored event above floor is in it.
type ring struct {
	events []knowledge.Event // in order of Seq
	resets int               // of the database: numbers began anew
	bytes  int
	floor  int64         // math.MaxInt64 until the first event: nothing is known
	grown  chan struct{} // closed and replaced when events are added
}

func (r *ring) init() {
	r.floor = math.MaxInt64
	r.grown = make(chan struct{})
}

func (r *ring) add(e knowledge.Event) {
	if n := len(r.events); n > 0 && e.Seq <= r.events[n-1].Seq {
		r.events, r.bytes, r.floor = nil, 0, math.MaxInt64
		r.resets++
	}
	if r.floor == math.MaxInt64 {
		r.floor = e.Seq - 1
	}
	r.events = append(r.events, e)
	r.bytes += len(e.Data)
	for len(r.events) > ringSize || r.bytes > ringBytes && len(r.events) > 1 {
		r.bytes -= len(r.events[0].Data)
		r.floor = r.events[0].Seq
		r.events[0] = knowledge.Event{} // so that it can be freed; append moves the rest now and then
		r.events = r.events[1:]
	}
}

// after returns the events above seq; ok is false if some may be missing.
func (r *ring) after(seq int64) (l []knowledge.Event, ok bool) {
	if seq < r.floor {
		return nil, false
	}
	i := len(r.events)
	for i > 0 && r.events[i-1].Seq > seq {
		i--
	}
	return r.events[i:], true
}

func (l *Ledger) publish(events []knowledge.Event, seqs []int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(events) == 0 {
		return
	}
	for i, e := range events {
		e.Seq = seqs[i]
		l.ring.add(e)
	}
	close(l.ring.grown)
	l.ring.grown = make(chan struct{})
}

// Subscription is one reader of events.
type Subscription struct {
	l       *Ledger
	viewer  identity.Identity
	last    int64 // number of the last event that was seen
	known   bool  // and it is one of the database as it is
	replay  bool  // read from the store before the ring
	resets  int   // as of the ring
	session string
}

// Subscribe returns a reader of the events that viewer sees after a number, or of
// those that come from now on if it is 0. A session narrows it to that session
// and its children.
func (l *Ledger) Subscribe(viewer identity.Identity, after int64, session string) *Subscription {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := &Subscription{l: l, viewer: viewer, last: after, resets: l.ring.resets, session: session}
	if n := len(l.ring.events); after <= 0 && n > 0 {
		s.last = l.ring.events[n-1].Seq
	} else if after > 0 {
		s.replay = true
	}
	return s
}

// Last returns the number of the last event that Next returned, or of the last
// one before the subscription began; 0 if that is not known.
func (s *Subscription) Last() int64 { return s.last }

// Next returns the next events, at least one, in order. It waits until there
// are some or ctx ends.
func (s *Subscription) Next(ctx context.Context) ([]knowledge.Event, error) {
	for {
		list, floor, grown := s.recent()
		if s.replay {
			var err error
			list, err = s.l.store.Events(identity.With(ctx, s.viewer), knowledge.ListEvents{After: s.last})
			if err != nil {
				return nil, fmt.Errorf("read events: %w", err)
			}
			if s.replay = len(list) > 0; !s.replay {
				s.rejoin(floor)
			}
		}
		if len(list) > 0 {
			s.last, s.known = list[len(list)-1].Seq, true
			if list = s.own(ctx, list); len(list) > 0 {
				return list, nil
			}
			continue
		}
		if s.behind() {
			continue
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// rejoin goes over from the store, which has nothing after the last event that was
// seen, to the ring, whose floor was what it is before the store was read. What was
// seen last and is above all that this process has told is from before a reset of
// the database: then the subscription begins anew, with all that it has told.
func (s *Subscription) rejoin(floor int64) {
	s.l.mu.Lock()
	defer s.l.mu.Unlock()
	events := s.l.ring.events
	switch n := len(events); {
	case !s.known && (n == 0 || s.last > events[n-1].Seq):
		s.last = 0
	case floor != math.MaxInt64:
		s.last = max(s.last, floor) // what was below it went with its sessions
	}
}

// recent returns what the ring has for the subscription, its floor, and a
// channel that is closed when it has more.
func (s *Subscription) recent() (list []knowledge.Event, floor int64, grown <-chan struct{}) {
	s.l.mu.Lock()
	defer s.l.mu.Unlock()
	r := &s.l.ring
	if s.resets != r.resets {
		s.last, s.known, s.replay, s.resets = 0, false, false, r.resets
	}
	if s.replay {
		return nil, r.floor, r.grown
	}
	if s.last == 0 { // began before the first event of this process
		return portion(r.events), r.floor, r.grown
	}
	list, ok := r.after(s.last)
	if !ok && r.floor != math.MaxInt64 {
		s.replay = true
		return nil, r.floor, r.grown
	}
	return portion(list), r.floor, r.grown
}

// maxPortion is how many events a reader holds at a time, so that thousands who
// stop reading hold little.
const maxPortion = 64

func portion(list []knowledge.Event) []knowledge.Event {
	return slices.Clone(list[:min(len(list), maxPortion)])
}

// behind reports whether there is something to read without waiting: the ring
// has gone on while the store was read.
func (s *Subscription) behind() bool {
	s.l.mu.Lock()
	defer s.l.mu.Unlock()
	n := len(s.l.ring.events)
	return s.replay || n > 0 && s.l.ring.events[n-1].Seq > s.last
}

// own leaves out the events of other people, and of other sessions.
func (s *Subscription) own(ctx context.Context, list []knowledge.Event) []knowledge.Event {
	var out []knowledge.Event
	for _, e := range list {
		if !s.viewer.Sees(e.Owner) {
			continue
		}
		if s.session == "" || e.SessionID == s.session || s.l.within(ctx, e.SessionID, s.session) {
			out = append(out, e)
		}
	}
	return out
}

// maxDepth bounds the chain of parents; sub-agents start none of their own, so
// that two is what there is.
const maxDepth = 8

// within reports whether a session descends from another one.
func (l *Ledger) within(ctx context.Context, id, ancestor string) bool {
	for range maxDepth {
		if id == "" {
			return false
		}
		o, err := l.origin(ctx, id)
		if err != nil {
			return false
		}
		if o.parent == ancestor {
			return true
		}
		id = o.parent
	}
	return false
}

// origin returns where a session comes from. What agentdb does not say now is
// asked again.
func (l *Ledger) origin(ctx context.Context, id string) (origin, error) {
	l.mu.Lock()
	o, ok := l.origins[id]
	l.mu.Unlock()
	if ok {
		return o, nil
	}
	s, err := l.store.Session(identity.With(ctx, identity.Everyone), id)
	if err != nil {
		return origin{}, fmt.Errorf("read session %s: %w", id, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if o, ok = l.origins[id]; !ok { // else it changed meanwhile
		o = origin{s.ParentID, s.Owner}
		l.origins[id] = o
	}
	return o, nil
}

// Wire turns a stored event into what clients read.
func Wire(e knowledge.Event) api.Event {
	return api.Event{Seq: e.Seq, ID: fmt.Sprintf("evt_%016x", e.Seq), Type: e.Type, Properties: e.Data}
}
