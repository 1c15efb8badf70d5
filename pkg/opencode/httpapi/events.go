package httpapi

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"panther/pkg/gate"
	"panther/pkg/identity"
	"panther/pkg/knowledge"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/ledger"
	"panther/pkg/opencode/rest"
	"panther/pkg/sd"
)

// heartbeat is how often a silent stream says something, as OpenCode does.
const heartbeat = 10 * time.Second

// lastWrite is how long a stream may take to end when the process does.
const lastWrite = 200 * time.Millisecond

// MaxCallerStreams is how many streams of events one caller may have, and
// maxStreams how many there are in all. A person has a few pages and terminals
// open; a stream costs some 40 KB.
const (
	MaxCallerStreams = 64
	maxStreams       = 512
)

// streams counts the streams of each caller. The zero value is ready.
type streams struct {
	mu  sync.Mutex
	all int
	of  map[string]int
}

// enter counts a stream until leave, or refuses it.
func (s *streams) enter(caller string) (leave func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all >= maxStreams || s.of[caller] >= MaxCallerStreams {
		return nil, api.Refuse(http.StatusTooManyRequests, api.NameUnknown, "too many streams of events are open: close some of them")
	}
	if s.of == nil {
		s.of = map[string]int{}
	}
	s.all++
	s.of[caller]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.all--
		if s.of[caller]--; s.of[caller] == 0 {
			delete(s.of, caller)
		}
	}, nil
}

// caller names who asks: the identity, or else the account or address at the
// other end.
func caller(q *http.Request) string {
	if id := identity.Of(q.Context()); id != "" {
		return string(id)
	}
	if p, ok := sd.PeerOf(q.Context()); ok {
		return string(identity.UID(p.UID))
	}
	host, _, _ := net.SplitHostPort(q.RemoteAddr)
	return host
}

func (s *Server) eventRoutes(a *rest.API) {
	rest.Stream[subscribe, api.Event](a, "GET /event", "Follow what happens, as server-sent events", func(w http.ResponseWriter, r *http.Request, in *subscribe) error {
		return s.events(w, r, in, func(e api.Event) any { return e })
	})
	rest.Stream[subscribe, api.GlobalEvent](a, "GET /global/event", "Follow what happens, with where it does", func(w http.ResponseWriter, r *http.Request, in *subscribe) error {
		return s.events(w, r, in, func(e api.Event) any { return api.GlobalEvent{Directory: s.Sessions.Directory(), Payload: e} })
	})
}

type subscribe struct {
	Session string `query:"session" doc:"Only this one and its children"`
	Last    string `header:"Last-Event-ID" doc:"Go on after it"`
	After   string `query:"last_event_id" doc:"The same, for a client that cannot set headers"`
}

// events streams the caller's events as wire has them: those of one session with
// its children if one is given. A client that does not read is dropped by sd.ServeHTTP and comes
// back by Last-Event-ID.
func (s *Server) events(w http.ResponseWriter, q *http.Request, in *subscribe, wire func(api.Event) any) error {
	if in.Session != "" {
		if _, err := s.Sessions.Get(q.Context(), in.Session); err != nil {
			return err
		}
	}
	id := cmp.Or(in.Last, in.After)
	after, err := strconv.ParseInt(id, 10, 64)
	if id != "" && (err != nil || after < 0) {
		return api.BadRequest("Last-Event-ID %q is no number", gate.Line(id, 40))
	}
	leave, err := s.streams.enter(caller(q))
	if err != nil {
		return err
	}
	defer leave()
	ctx, cancel := context.WithCancel(q.Context())
	defer cancel()
	defer context.AfterFunc(s.Stop, func() { // streams end with the process, clients come back
		cancel()
		_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(lastWrite)) // also one that is not read
	})()
	sub := s.Ledger.Subscribe(identity.Of(ctx), after, in.Session)
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-cache, no-transform")
	h.Set("X-Accel-Buffering", "no")
	h.Set("X-Content-Type-Options", "nosniff")
	out := &eventWriter{w: w, flush: http.NewResponseController(w), wire: wire}
	if err := out.write(api.Event{ID: api.NewID("evt"), Type: api.EventServerConnected, Properties: json.RawMessage("{}")}, sub.Last()); err != nil {
		return nil
	}
	for {
		batch, err := next(ctx, sub)
		switch {
		case errors.Is(err, context.DeadlineExceeded):
			err = out.write(api.Event{ID: api.NewID("evt"), Type: api.EventServerHeartbeat, Properties: json.RawMessage("{}")}, 0)
		case err == nil:
			for _, e := range batch {
				if err = ctx.Err(); err != nil {
					break
				}
				if err = out.write(ledger.Wire(e), e.Seq); err != nil {
					break
				}
			}
		}
		if err == nil {
			err = out.flush.Flush()
		}
		if err != nil { // the client went, the process stops, or agentdb is away: it comes back
			return nil
		}
	}
}

func next(ctx context.Context, sub *ledger.Subscription) ([]knowledge.Event, error) {
	ctx, cancel := context.WithTimeout(ctx, heartbeat)
	defer cancel()
	return sub.Next(ctx)
}

type eventWriter struct {
	w     http.ResponseWriter
	flush *http.ResponseController
	wire  func(api.Event) any
}

func (o *eventWriter) write(e api.Event, seq int64) error {
	b, err := json.Marshal(o.wire(e))
	if err != nil {
		return fmt.Errorf("encode event: %w", err)
	}
	if seq > 0 {
		if _, err := fmt.Fprintf(o.w, "id: %d\n", seq); err != nil {
			return err
		}
	}
	if _, err := fmt.Fprintf(o.w, "data: %s\n\n", b); err != nil {
		return err
	}
	if seq == 0 || e.Type == api.EventServerConnected {
		return o.flush.Flush()
	}
	return nil
}
