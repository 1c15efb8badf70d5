package visit

import (
	"context"
	"errors"
	"net/http"
	"time"

	"panther/pkg/knowledge"
)

// A store that is slow or away slows a visit down. Each call is tried again, a
// little later every time, until the store has been away for maxAway: longer than
// an upgrade of the database takes, and a small part of the run's own time.
const (
	firstPause = 250 * time.Millisecond
	maxPause   = 30 * time.Second
	maxAway    = time.Hour
	lastWords  = 20 * time.Second // for the record of how a run ended that did not end well
)

// patiently calls the store until it answers. The error is final: a refusal, or
// that ctx ended, or that the store was away for too long.
func (v *Visit) patiently(ctx context.Context, call func(context.Context) error) error {
	began := time.Now()
	for pause := firstPause; ; pause = min(2*pause, maxPause) {
		err := call(ctx)
		switch {
		case err == nil || ctx.Err() != nil || final(err) || time.Since(began) > maxAway:
			if pause > firstPause {
				v.setWaiting(nil)
			}
			return err
		case pause == firstPause:
			v.Log.Warn("agentdb does not take what was read; it is tried again", "source", v.Source.Name, "run_id", v.run.ID, "error", err)
		}
		v.setWaiting(err)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// final reports whether the store has decided, and would decide so again.
func final(err error) bool {
	var p *knowledge.Problem
	if !errors.As(err, &p) {
		return false
	}
	return p.Status >= 400 && p.Status < 500 && p.Status != http.StatusRequestTimeout && p.Status != http.StatusTooManyRequests
}

// setWaiting notes why the store does not answer, for the status line.
func (v *Visit) setWaiting(err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.waiting = err
}
