package engine

import (
	"context"
	"time"
)

// coverage is the share of the passages that have a vector in a space, as last
// counted.
type coverage struct {
	space string
	share float64
	at    time.Time
}

// covered returns the share of the passages that have a vector in a space. The
// dense leg knows nothing of the others, and at full weight would push the few
// that it knows before better ones: its weight grows with the share.
func (e *Engine) covered(ctx context.Context, space string) float64 {
	e.mu.Lock()
	c := e.coverage
	e.mu.Unlock()
	if c.space == space && time.Since(c.at) < activeTTL {
		return c.share
	}
	list, err := e.store.Spaces(ctx)
	if err != nil {
		return 1 // the search itself will tell what is wrong
	}
	c = coverage{space: space, share: 1, at: time.Now()}
	for _, sp := range list {
		if all := sp.Embedded + sp.Pending; sp.ID == space && all > 0 {
			c.share = float64(sp.Embedded) / float64(all)
		}
	}
	e.mu.Lock()
	e.coverage = c
	e.mu.Unlock()
	return c.share
}
