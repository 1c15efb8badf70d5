package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"panther/pkg/agentdb/store"
	"panther/pkg/identity"
	"panther/pkg/knowledge"
	"panther/pkg/sd"
)

// A canary's page is found if it is among the first canaryDepth documents. A
// measurement is two searches for each.
const (
	canaryDepth  = 10
	maxOwned     = 100 // canaries of one person
	canarySample = 5   // pages that an event names
)

// Canaries returns the canaries that the caller sees, as last measured.
func (e *Engine) Canaries(ctx context.Context) (*knowledge.CanaryReport, error) {
	cs, err := e.store.Canaries(ctx)
	if err != nil {
		return nil, err
	}
	return e.canaryReport(ctx, cs)
}

// canaryReport shows of the canaries those that the caller sees.
func (e *Engine) canaryReport(ctx context.Context, cs []knowledge.Canary) (*knowledge.CanaryReport, error) {
	sp, err := e.activeSpace(ctx, false)
	if err != nil {
		return nil, err
	}
	who := identity.Of(ctx)
	r := &knowledge.CanaryReport{Canaries: []knowledge.Canary{}}
	for _, c := range cs {
		if who.Sees(c.Owner) {
			r.Canaries = append(r.Canaries, c)
		}
	}
	if sp != nil {
		r.Space = sp.ID
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	r.Held, r.HeldWhy = e.held.space, e.held.why
	return r, nil
}

// AddCanary stores a question with the page that answers it, and ranks it.
func (e *Engine) AddCanary(ctx context.Context, c knowledge.Canary) (*knowledge.Canary, error) {
	owner := identity.Of(ctx)
	c.Question = strings.TrimSpace(c.Question)
	c.URI, _, _ = strings.Cut(c.URI, "#")
	switch {
	case !owner.Person():
		return nil, invalid("a canary belongs to a person, and nobody is named")
	case c.Question == "" || len(c.Question) > maxQuery:
		return nil, invalid("the question has %d bytes, 1 to %d are taken", len(c.Question), maxQuery)
	case c.Kind == "":
		c.Kind = knowledge.CanaryAdded
	case c.Kind != knowledge.CanaryAdded && c.Kind != knowledge.CanaryFeedback:
		return nil, invalid("kind %q is not added or feedback", c.Kind)
	}
	d, err := e.store.Document(ctx, knowledge.DocumentID(c.URI))
	if errors.Is(err, store.ErrNotFound) || err == nil && d.DeletedAt != nil {
		return nil, invalid("there is no document %s: give the address as search shows it", c.URI)
	}
	if err != nil {
		return nil, err
	}
	id := canaryID(owner, c.Question, c.URI)
	mine, err := e.store.Canaries(ctx)
	if err != nil {
		return nil, err
	}
	if n := len(slices.DeleteFunc(mine, func(c knowledge.Canary) bool { return c.Owner != owner || c.ID == id })); n >= maxOwned {
		return nil, invalid("%d canaries are yours already; remove some first", n)
	}
	c = knowledge.Canary{Question: c.Question, URI: c.URI, Kind: c.Kind, Source: d.Source, Owner: owner, Created: time.Now().UTC(),
		ID: id}
	cs := []knowledge.Canary{c}
	if err := e.ask(ctx, cs); err != nil {
		return nil, err
	}
	accept(&cs[0])
	return &cs[0], e.store.PutCanaries(ctx, cs...)
}

func canaryID(owner identity.Identity, question, uri string) string {
	return "can_" + hash(string(owner), question, uri)[:24]
}

// RemoveCanary removes a canary that the caller sees.
func (e *Engine) RemoveCanary(ctx context.Context, id string) error {
	n, err := e.store.DeleteCanaries(ctx, id)
	if err == nil && n == 0 {
		err = fmt.Errorf("canary %s: %w", id, store.ErrNotFound)
	}
	return err
}

// AcceptCanaries takes the last ranks for what is expected, and lets a held space
// be used when the background work next comes to it.
func (e *Engine) AcceptCanaries(ctx context.Context) (*knowledge.CanaryReport, error) {
	e.setHeld(held{accepted: e.heldNow().space})
	cs, err := e.store.Canaries(identity.With(ctx, identity.Everyone))
	if err != nil {
		return nil, err
	}
	for i := range cs {
		accept(&cs[i])
	}
	if err := e.store.PutCanaries(ctx, cs...); err != nil {
		return nil, err
	}
	e.wake()
	return e.canaryReport(ctx, cs)
}

func accept(c *knowledge.Canary) { c.Before = knowledge.Ranks{Rank: c.Rank, Dense: c.Dense} }

// MeasureCanaries makes the canaries that sources lack and asks all. What is
// found better than before is expected from now on; what is lost raises an event
// and stays lost until it is found again or accepted, but those made of headings
// are replaced, since a page may lose its place to a better one.
func (e *Engine) MeasureCanaries(ctx context.Context) (*knowledge.CanaryReport, error) {
	e.measuring.Lock()
	defer e.measuring.Unlock()
	all := identity.With(ctx, identity.Everyone)
	cs, err := e.currentCanaries(all)
	if err != nil {
		return nil, err
	}
	if err := e.ask(ctx, cs); err != nil {
		return nil, err
	}
	var gone []string
	for i := range cs {
		c := &cs[i]
		if c.Lost() && c.Kind == knowledge.CanaryHeading {
			gone = append(gone, c.ID)
		}
		c.Before.Rank = better(c.Before.Rank, c.Rank)
		c.Before.Dense = better(c.Before.Dense, c.Dense)
	}
	if err := e.store.PutCanaries(ctx, cs...); err != nil {
		return nil, err
	}
	if _, err := e.store.DeleteCanaries(all, gone...); err != nil {
		return nil, err
	}
	if lost := lostOf(cs); len(lost) > 0 {
		e.log.Warn("canaries were lost", "lost", len(lost), "canaries", len(cs), "pages", samplePages(lost), sd.MessageIDKey, sd.MessageCanariesLost)
	}
	e.mu.Lock()
	e.asked = canaryCount{all: len(cs), lost: len(lostOf(cs))}
	e.mu.Unlock()
	return e.canaryReport(ctx, cs)
}

// better is the smaller place; 0 is none.
func better(a, b int) int {
	if a == 0 || b == 0 {
		return a + b
	}
	return min(a, b)
}

func lostOf(cs []knowledge.Canary) []knowledge.Canary {
	return slices.DeleteFunc(slices.Clone(cs), func(c knowledge.Canary) bool { return !c.Lost() })
}

// samplePages names a few pages; the questions are their owners'.
func samplePages(cs []knowledge.Canary) []string {
	var out []string
	for _, c := range cs[:min(len(cs), canarySample)] {
		out = append(out, c.URI)
	}
	return out
}

// ask ranks canaries in the space that the engine searches.
func (e *Engine) ask(ctx context.Context, cs []knowledge.Canary) error {
	state, err := e.canaryState(ctx)
	if err != nil {
		return err
	}
	for i := range cs {
		c := &cs[i]
		if c.Rank, _, err = e.place(ctx, *c, knowledge.ModeHybrid); err != nil {
			return err
		}
		c.Dense = 0
		if e.provider != nil {
			rank, mode, err := e.place(ctx, *c, knowledge.ModeDense)
			if err != nil {
				return err
			}
			switch {
			case mode == knowledge.ModeDense:
				c.Dense = rank
			case e.fixed != nil: // a space is judged by its vectors or not at all
				return fmt.Errorf("ask canary %s in space %s: its question has no vector now", c.ID, e.fixed.ID)
			}
		}
		c.Measured, c.State = time.Now().UTC(), state
	}
	return nil
}

// place returns the place of the canary's page among the documents of a search,
// from 1, or 0, and the mode in which it was searched.
func (e *Engine) place(ctx context.Context, c knowledge.Canary, mode knowledge.Mode) (int, knowledge.Mode, error) {
	// A document has several passages: three each reach the tenth document.
	r, err := e.Search(ctx, knowledge.SearchRequest{Query: c.Question, Mode: mode, Limit: 3 * canaryDepth})
	if err != nil {
		return 0, mode, fmt.Errorf("ask canary %s: %w", c.ID, err)
	}
	var seen []string
	for _, h := range r.Hits {
		if slices.Contains(seen, h.URI) {
			continue
		}
		if seen = append(seen, h.URI); h.URI == c.URI {
			return len(seen), r.Mode, nil
		}
		if len(seen) == canaryDepth {
			break
		}
	}
	return 0, r.Mode, nil
}

// canaryState names what ranks: the space, how documents are cut, the release.
func (e *Engine) canaryState(ctx context.Context) (string, error) {
	sp, err := e.activeSpace(ctx, false)
	if err != nil {
		return "", err
	}
	id := "none"
	if sp != nil {
		id = sp.ID
	}
	return fmt.Sprintf("%s %s %s", id, analysis, sd.BuildVersion()), nil
}

// CheckCanaries measures where something else ranks now than when the canaries
// were measured: after an upgrade, a re-cut, a restore or a swap. Where nothing
// has changed it costs nothing.
func (e *Engine) CheckCanaries(ctx context.Context) error {
	state, err := e.canaryState(ctx)
	if err != nil {
		return err
	}
	e.mu.Lock()
	known := e.ranked == state
	e.mu.Unlock()
	if known {
		return nil
	}
	cs, err := e.store.Canaries(identity.With(ctx, identity.Everyone))
	if err == nil && slices.ContainsFunc(cs, func(c knowledge.Canary) bool { return c.State != state }) {
		_, err = e.MeasureCanaries(ctx)
	}
	if err == nil {
		e.mu.Lock()
		e.ranked = state
		e.mu.Unlock()
	}
	return err
}

// canaryCount is how the last measurement went.
type canaryCount struct{ all, lost int }
