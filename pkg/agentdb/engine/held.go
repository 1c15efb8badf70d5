package engine

import (
	"context"
	"fmt"
	"strings"

	"panther/pkg/agentdb/store"
	"panther/pkg/identity"
	"panther/pkg/knowledge"
	"panther/pkg/sd"
)

// held is a space that is whole and not used. The zero value holds none.
type held struct {
	space, why string
	accepted   string // the space that a person lets in all the same
}

func (e *Engine) heldNow() held {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.held
}

func (e *Engine) setHeld(h held) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.held = h
}

// askAgain lets a held space be asked once more: the documents may be others.
func (e *Engine) askAgain() { e.setHeld(held{accepted: e.heldNow().accepted}) }

// mayEnter reports whether searches may use a space from now on. Of the pages
// that were found, by a hybrid search and by the dense leg alone, no more than
// the share e.maxLost may be lost in it, those found instead deducted. A space
// that was refused is refused again without asking, until askAgain or
// AcceptCanaries.
func (e *Engine) mayEnter(ctx context.Context, want store.Space) (bool, error) {
	h := e.heldNow()
	if h.space == want.ID {
		return false, nil
	}
	ctx = identity.With(ctx, identity.Everyone)
	e.measuring.Lock()
	defer e.measuring.Unlock()
	cs, err := e.currentCanaries(ctx)
	if err != nil {
		return false, err
	}
	if err := e.in(&want).ask(ctx, cs); err != nil {
		return false, err
	}
	if why := refusal(cs, e.maxLost); why != "" && h.accepted != want.ID {
		e.setHeld(held{space: want.ID, why: why})
		e.log.Error("embedding space was refused", "space", want.ID, "why", why, "pages", samplePages(lostOf(cs)),
			sd.MessageIDKey, sd.MessageSpaceRefused)
		return false, nil
	}
	e.setHeld(held{})
	for i := range cs {
		accept(&cs[i])
	}
	return true, e.store.PutCanaries(ctx, cs...)
}

// refusal says why what ranks now may not replace what ranked before, or "".
func refusal(cs []knowledge.Canary, maxLost float64) string {
	var why []string
	for _, leg := range []struct {
		by     string
		places func(knowledge.Canary) (before, now int)
	}{
		{"search", func(c knowledge.Canary) (int, int) { return c.Before.Rank, c.Rank }},
		{"vectors alone", func(c knowledge.Canary) (int, int) { return c.Before.Dense, c.Dense }},
	} {
		found, now := 0, 0
		for _, c := range cs {
			b, n := leg.places(c)
			if b > 0 {
				found++
			}
			if n > 0 {
				now++
			}
		}
		if float64(found-now) > maxLost*float64(found) {
			why = append(why, fmt.Sprintf("%s would find %d of %d canaries, now it finds %d", leg.by, now, len(cs), found))
		}
	}
	return strings.Join(why, "; ")
}
