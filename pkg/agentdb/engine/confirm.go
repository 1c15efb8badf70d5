package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"panther/pkg/agentdb/store"
	"panther/pkg/identity"
	"panther/pkg/knowledge"
)

const (
	// maxWaiting bounds what waits to be confirmed, so that a page cannot bury
	// what matters: more than anybody reads.
	maxWaiting = 200
	// waitingTime is how long an entry waits before the upkeep removes it.
	waitingTime = 30 * 24 * time.Hour
)

// waits finds a waiting entry that says all that m does.
func (e *Engine) waits(ctx context.Context, m knowledge.Memory) (*knowledge.Memory, error) {
	all, err := e.Memories(ctx, knowledge.ListMemories{Waiting: true, Limit: maxList})
	if err != nil {
		return nil, err
	}
	n := 0
	for i := range all {
		if n++; all[i].Kind == m.Kind && all[i].Scope == m.Scope && says(&all[i], &m) {
			return &all[i], nil
		}
	}
	if n >= maxWaiting {
		return nil, invalid("%d memories wait to be confirmed, which is enough", n)
	}
	return nil, nil
}

// Confirm keeps an entry that waits: another one takes its place that tells who
// confirmed it. One that was confirmed before is returned as it is.
func (e *Engine) Confirm(ctx context.Context, id string) (*knowledge.Memory, error) {
	m, err := e.store.Memory(ctx, id)
	if err != nil {
		return nil, err
	}
	next := *m
	next.ID, next.Supersedes, next.SupersededBy = id+"-confirmed", id, "" // so that a repetition confirms once
	next.Provenance.Confirmed = cmp.Or(string(identity.Of(ctx)), "user")
	if m.SupersededBy == next.ID {
		return e.store.Memory(ctx, next.ID)
	}
	if m.SupersededBy != knowledge.Unconfirmed {
		return nil, invalid("memory %s does not wait to be confirmed", id)
	}
	return e.Remember(ctx, next)
}

// Restore takes back that an entry is not recalled.
func (e *Engine) Restore(ctx context.Context, id string) error {
	m, err := e.store.Memory(ctx, id)
	if err == nil && m.SupersededBy == knowledge.Unconfirmed {
		_, err = e.Confirm(ctx, id)
		return err
	}
	if err != nil {
		return err
	}
	return e.store.Restore(ctx, id)
}

// Undo forgets what a session stored and restores what others had stored and it
// corrected. It may be repeated when it was interrupted.
func (e *Engine) Undo(ctx context.Context, session string) (*knowledge.Undone, error) {
	all, err := e.store.ListMemories(ctx, store.ListMemories{Superseded: true})
	if err != nil {
		return nil, err
	}
	out := &knowledge.Undone{Forgotten: []string{}, Restored: []string{}}
	stored := map[string]bool{}
	for _, m := range all {
		if m.Provenance.Session == session {
			stored[m.ID] = true
		}
	}
	for _, m := range all {
		if !stored[m.ID] && stored[m.SupersededBy] {
			if err := e.store.Restore(ctx, m.ID); err != nil {
				return out, err
			}
			out.Restored = append(out.Restored, m.ID)
		}
	}
	for _, m := range all {
		if !stored[m.ID] {
			continue
		}
		if err := e.store.Forget(ctx, m.ID); err != nil && !errors.Is(err, store.ErrNotFound) { // went with one that corrected it
			return out, err
		}
		out.Forgotten = append(out.Forgotten, m.ID)
	}
	return out, nil
}

// expire removes entries that nobody confirmed.
func (e *Engine) expire(ctx context.Context, now time.Time) error {
	all, err := e.store.ListMemories(ctx, store.ListMemories{Superseded: true})
	if err != nil {
		return err
	}
	for _, m := range all {
		if m.SupersededBy != knowledge.Unconfirmed || now.Sub(m.Created) < waitingTime {
			continue
		}
		if err := e.store.Forget(ctx, m.ID); err != nil && !errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("remove memory that nobody confirmed: %w", err)
		}
	}
	return nil
}
