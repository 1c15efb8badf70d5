package render

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"panther/pkg/sd"
)

// Name is the service's unit, socket and log component.
const Name = "panther-render"

// idleTime is after how long without a task the service ends, and the browser's
// memory is free again.
const idleTime = time.Minute

// Run serves the passed socket until ctx ends or there was no task for a while.
// The unit's socket starts it again.
func Run(ctx context.Context, env *sd.Env) error {
	ln, err := env.Listener(Name, "unix:"+DefaultSocket)
	if err != nil {
		return sd.Hint(fmt.Errorf("take socket: %w", err), "it is started by its socket: systemctl start panther-render.socket")
	}
	idle := sd.NewIdle(idleTime)
	ctx, cancel := idle.Context(ctx)
	defer cancel()
	s := NewServer()
	defer s.Close()
	stop := context.AfterFunc(ctx, func() { _ = ln.Close() })
	defer stop()
	env.Ready("waiting for pages")
	var tasks sync.WaitGroup
	defer tasks.Wait()
	defer env.Stopping()
	for {
		conn, err := ln.Accept()
		if err != nil {
			if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
				return nil
			}
			return fmt.Errorf("accept: %w", err)
		}
		tasks.Go(func() {
			defer idle.Begin()()
			s.Serve(ctx, conn)
		})
	}
}
