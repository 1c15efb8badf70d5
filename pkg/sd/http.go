package sd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// drainTime is how long requests in flight may take after a stop was asked
// for. Units set TimeoutStopSec= above it.
const drainTime = 10 * time.Second

type drainKey struct{}

// WithDrain gives a server that stops another time than ten seconds for the requests in flight. Tests use a long one, in
// which a server that waits for what never ends is seen to hang.
func WithDrain(ctx context.Context, d time.Duration) context.Context {
	return context.WithValue(ctx, drainKey{}, d)
}

// ServeHTTP serves h on every listener until ctx ends, then lets requests in
// flight finish for up to ten seconds. Connections that were not accepted yet
// stay in the queue of the socket unit and reach the next process. Headers must
// arrive within ten seconds; bodies and answers have no limit here, since both
// may stream.
func ServeHTTP(ctx context.Context, h http.Handler, lns ...net.Listener) error {
	srv := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		BaseContext:       func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
		ConnContext:       withPeer,
	}
	silent := &silentConns{}
	srv.ConnState = silent.note
	failed := make(chan error, len(lns))
	var serving sync.WaitGroup
	defer serving.Wait() // a listener that was not served yet is closed by Serve
	for _, ln := range lns {
		serving.Go(func() {
			if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
				failed <- fmt.Errorf("serve %s: %w", ln.Addr(), err)
			}
		})
	}
	var failure error
	select {
	case <-ctx.Done():
	case failure = <-failed:
	}
	patience := drainTime
	if d, ok := ctx.Value(drainKey{}).(time.Duration); ok {
		patience = d
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	silent.hurry()
	if err := srv.Shutdown(drain); err != nil {
		_ = srv.Close()
		if failure == nil && !errors.Is(err, context.DeadlineExceeded) {
			failure = fmt.Errorf("shut down: %w", err)
		}
	}
	return failure
}

// silentConns are the connections that have not asked for anything yet, such as
// those that browsers open in advance. Shutdown waits five seconds for them.
type silentConns struct{ conns sync.Map }

func (s *silentConns) note(c net.Conn, state http.ConnState) {
	if state == http.StateNew {
		s.conns.Store(c, nil)
	} else {
		s.conns.Delete(c)
	}
}

// hurry gives them a second, in which a request that is on its way arrives.
func (s *silentConns) hurry() {
	s.conns.Range(func(c, _ any) bool {
		_ = c.(net.Conn).SetReadDeadline(time.Now().Add(time.Second))
		return true
	})
}
