package sessions

import (
	"context"
	"slices"
	"sync"

	"panther/pkg/opencode/api"
)

// slot is what the process holds of a session while it is in use: the record,
// and the turn that runs. Turns of a session come one after the other.
type slot struct {
	turn chan struct{} // holds a token while a turn runs

	mu      sync.Mutex
	session *api.Session
	cancel  context.CancelCauseFunc // of the running turn
	refs    int                     // guarded by slots.mu
	deleted bool
}

// slots holds the sessions in use.
type slots struct {
	mu   sync.Mutex
	list map[string]*slot
}

// use returns the slot of a session and the function that gives it back.
func (s *slots) use(id string) (*slot, func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sl := s.list[id]
	if sl == nil {
		sl = &slot{turn: make(chan struct{}, 1)}
		s.list[id] = sl
	}
	sl.refs++
	return sl, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if sl.refs--; sl.refs == 0 {
			delete(s.list, id)
		}
	}
}

// Hold keeps a session from being read again until it is released.
func (st *Store) Hold(id string) (release func()) {
	_, release = st.slots.use(id)
	return release
}

// Running lists the sessions in which a turn runs.
func (st *Store) Running() []string {
	st.slots.mu.Lock()
	defer st.slots.mu.Unlock()
	var out []string
	for id, sl := range st.slots.list {
		if len(sl.turn) > 0 {
			out = append(out, id)
		}
	}
	slices.Sort(out)
	return out
}

// Enter waits until no turn runs in a session and begins one, which Abort and
// Delete end by cancel. Until leave is called no other begins. It fails with the
// cause of ctx, or where the session was deleted meanwhile.
func (st *Store) Enter(ctx context.Context, id string, cancel context.CancelCauseFunc) (leave func(), err error) {
	sl, done := st.slots.use(id)
	select {
	case sl.turn <- struct{}{}:
	case <-ctx.Done():
		done()
		return nil, context.Cause(ctx)
	}
	sl.mu.Lock()
	defer sl.mu.Unlock()
	leave = func() {
		sl.mu.Lock()
		sl.cancel = nil
		sl.mu.Unlock()
		<-sl.turn
		done()
	}
	if sl.deleted {
		<-sl.turn
		done()
		return nil, api.NotFound("session", id)
	}
	sl.cancel = cancel
	return leave, nil
}

// Abort ends the turn that runs in a session.
func (st *Store) Abort(id string) {
	sl, done := st.slots.use(id)
	defer done()
	sl.abort()
}

func (sl *slot) abort() {
	sl.mu.Lock()
	defer sl.mu.Unlock()
	if sl.cancel != nil {
		sl.cancel(ErrAborted)
	}
}
