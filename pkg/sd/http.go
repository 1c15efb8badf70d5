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
// arrive within ten seconds; bodies and answers may stream for as long as the peer
// sends and takes something: it may be slow, and may not be silent. Connections
// are bounded, of one peer and in all.
func ServeHTTP(ctx context.Context, h http.Handler, lns ...net.Listener) error {
	srv := &http.Server{
		Handler:           unhurried(h),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		BaseContext:       func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
		ConnContext:       withPeer,
	}
	open := newConns(maxConns, maxPeerConns)
	srv.ConnState = open.note
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
	open.hurry()
	if err := srv.Shutdown(drain); err != nil {
		_ = srv.Close()
		if failure == nil && !errors.Is(err, context.DeadlineExceeded) {
			failure = fmt.Errorf("shut down: %w", err)
		}
	}
	return failure
}
