package local

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"panther/pkg/sd"
)

// part is a service before it runs.
type part struct {
	name string
	env  func() (*sd.Env, error) // a new one for each start
	run  func(context.Context, *sd.Env) error
}

// Delays before a failed service is started again, as RestartSec= and
// RestartMaxDelaySec= of the units.
const (
	firstDelay = 500 * time.Millisecond
	lastDelay  = 30 * time.Second
)

// service is a part that is kept running.
type service struct {
	part
	log        *slog.Logger
	cancel     context.CancelFunc
	ended      chan struct{}
	firstReady chan struct{}

	mu    sync.Mutex
	cur   *sd.Env // of the running start; nil between starts
	state Service
}

// startService runs p until end is called. An error that a restart cannot help
// goes to fatal.
func startService(log *slog.Logger, p part, fatal chan<- error) *service {
	ctx, cancel := context.WithCancel(context.Background())
	s := &service{part: p, log: log.With("component", p.name), cancel: cancel, ended: make(chan struct{}),
		firstReady: make(chan struct{}), state: Service{Name: p.name, State: StateStarting}}
	go func() {
		defer close(s.ended)
		if err := s.loop(ctx); err != nil {
			s.set(StateFailed, err)
			fatal <- fmt.Errorf("%s: %w", p.name, err)
			return
		}
		s.set(StateStopped, nil)
	}()
	return s
}

func (s *service) loop(ctx context.Context) error {
	var ready sync.Once
	for delay := firstDelay; ; delay = min(2*delay, lastDelay) {
		began := time.Now()
		err := s.once(ctx, func() { ready.Do(func() { close(s.firstReady) }) })
		switch {
		case ctx.Err() != nil:
			if err != nil {
				s.log.Warn("service ended with an error", "error", err)
			}
			return nil
		case err == nil: // it left because it was idle: start it again at once
			delay = 0
		case sd.ExitCode(err) == sd.ExitConfig:
			return err
		case time.Since(began) > lastDelay:
			delay = firstDelay
		}
		if err != nil {
			s.set(StateFailed, err)
			s.log.Error("service failed", "error", err, "hint", sd.HintOf(err), "restart_after", delay.String())
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(delay):
		}
		s.mu.Lock()
		s.state.Restarts++
		s.mu.Unlock()
	}
}

// once runs the service one time. A panic of one service becomes its failure.
func (s *service) once(ctx context.Context, ready func()) (err error) {
	env, err := s.env()
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.cur = env
	s.enter(StateStarting)
	s.state.Error, s.state.Hint = "", ""
	s.mu.Unlock()
	done := make(chan struct{})
	defer close(done)
	go func() {
		select {
		case <-env.ReadyC():
			s.mu.Lock()
			if s.cur == env {
				s.enter(StateReady)
			}
			s.mu.Unlock()
			ready()
		case <-done:
		}
	}()
	defer func() {
		s.mu.Lock()
		s.cur = nil
		s.mu.Unlock()
	}()
	return s.run(ctx, env)
}

// enter changes the state. s.mu is locked.
func (s *service) enter(state string) {
	now := time.Now()
	s.state.State, s.state.Since = state, &now
}

func (s *service) set(state string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.enter(state)
	if err != nil {
		s.state.Error, s.state.Hint = err.Error(), sd.HintOf(err)
	}
}

func (s *service) snapshot() Service {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.state
	if s.cur != nil {
		st.Status = s.cur.StatusLine()
	}
	return st
}

// end stops the service and returns when it has stopped.
func (s *service) end() {
	s.cancel()
	<-s.ended
}

// resident returns the resident memory of this process.
func resident() uint64 {
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	f := strings.Fields(string(b))
	if len(f) < 2 {
		return 0
	}
	pages, err := strconv.ParseUint(f[1], 10, 64)
	if err != nil {
		return 0
	}
	return pages * uint64(os.Getpagesize())
}
