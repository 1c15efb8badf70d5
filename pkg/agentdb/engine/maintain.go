package engine

import (
	"context"
	"time"

	"panther/pkg/identity"
	"panther/pkg/knowledge"
)

// Maintain is the nightly upkeep: it purges tombstones older than that and what
// else is past its time, tidies the memories, cuts documents again that an
// earlier release cut, lets the database optimize itself, and asks the canaries.
func (e *Engine) Maintain(ctx context.Context, purgeAfter time.Duration) (*knowledge.Maintained, error) {
	merged, decayed, err := e.consolidate(ctx, time.Now())
	if err != nil {
		return nil, err
	}
	if _, err := e.store.Reindex(ctx, memoryTerms); err != nil {
		return nil, err
	}
	recut, err := e.recut(ctx)
	if err != nil {
		return nil, err
	}
	m, err := e.store.Maintain(ctx, purgeAfter)
	if err != nil {
		return nil, err
	}
	e.askAgain()
	canaries, err := e.MeasureCanaries(identity.With(ctx, identity.Everyone))
	if err != nil {
		return nil, err
	}
	m.Canaries, m.CanariesLost = len(canaries.Canaries), len(lostOf(canaries.Canaries))
	m.Recut, m.Merged, m.Decayed = recut, merged, decayed
	return &m, nil
}
