package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"panther/pkg/agentdb/store"
)

// noDenseError says why there is no dense leg now. It is no failure of a hybrid
// search.
type noDenseError struct {
	reason string
	err    error
}

func (n *noDenseError) Error() string {
	if n.err != nil {
		return fmt.Sprintf("%s: %v", n.reason, n.err)
	}
	return n.reason
}

func (n *noDenseError) Unwrap() error { return n.err }

// denseLeg embeds the query of r, looks for its neighbours in the active space,
// and returns the weight of what it adds to r. Where it is the only leg, its few
// results bring their passages.
func (e *Engine) denseLeg(ctx context.Context, c store.Corpus, f store.Filter, depth int, alone bool, r *ranking) (weight float64, err error) {
	if why := e.lexicalSince(e.progressNow()); why != "" {
		return 0, &noDenseError{reason: why}
	}
	if r.query.Text == "" {
		return 0, nil
	}
	sp, err := e.activeSpace(ctx, false)
	if err != nil {
		return 0, err
	}
	if sp == nil {
		return 0, &noDenseError{reason: "the first embedding space is being built"}
	}
	for try := 0; ; try++ {
		v, err := e.embedQuery(ctx, sp, r.query.Text)
		if err != nil {
			return 0, &noDenseError{reason: "the query was not embedded", err: err}
		}
		if alone && c == store.DocumentCorpus {
			r.dense, r.passages, err = e.store.NearestPassages(ctx, sp.ID, v, f, depth)
		} else {
			r.dense, err = e.store.Nearest(ctx, c, sp.ID, v, f, depth)
		}
		if errors.Is(err, store.ErrUnknownSpace) && try == 0 { // swapped since it was read
			if sp, err = e.activeSpace(ctx, true); err == nil && sp != nil {
				continue
			}
		}
		if err != nil || sp == nil {
			return 0, err
		}
		r.space, r.vector = sp.ID, v
		return sp.Weight * e.covered(ctx, sp.ID), nil
	}
}

// activeTTL is how long a space that was read as active is taken for it:
// another machine may have swapped it.
const activeTTL = 5 * time.Second

// activeSpace returns the active space, or nil.
func (e *Engine) activeSpace(ctx context.Context, fresh bool) (*store.Space, error) {
	if e.fixed != nil {
		return e.fixed, nil
	}
	e.mu.Lock()
	sp, at := e.active, e.activeAt
	e.mu.Unlock()
	if !fresh && !at.IsZero() && time.Since(at) < activeTTL {
		return sp, nil
	}
	sp, err := e.store.ActiveSpace(ctx)
	if err != nil {
		return nil, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.active, e.activeAt = sp, time.Now()
	return sp, nil
}

// embedQuery returns the vector of a query in a space, from a small cache where
// it was asked for before.
func (e *Engine) embedQuery(ctx context.Context, sp *store.Space, text string) ([]float32, error) {
	key := sp.ID + "\x00" + text
	e.mu.Lock()
	v := e.queries.get(key)
	e.mu.Unlock()
	if v != nil {
		return v, nil
	}
	vs, err := e.provider.Embed(ctx, sp.Model, []string{text}, KindQuery)
	if err != nil {
		return nil, err
	}
	if len(vs) != 1 || len(vs[0]) != sp.Dimensions {
		return nil, fmt.Errorf("the provider's vector does not fit space %s", sp.ID)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.queries.put(key, vs[0])
	return vs[0], nil
}

// queryCache keeps the vectors of the last queries. The zero value is ready.
type queryCache struct {
	vectors map[string][]float32
	order   []string
}

// cachedQueries is enough for the pages and follow-ups of a few conversations;
// at 384 dimensions it is 400 KB.
const cachedQueries = 256

func (c *queryCache) get(key string) []float32 { return c.vectors[key] }

func (c *queryCache) put(key string, v []float32) {
	if c.vectors == nil {
		c.vectors = map[string][]float32{}
	}
	if _, ok := c.vectors[key]; ok {
		return
	}
	if len(c.order) == cachedQueries {
		delete(c.vectors, c.order[0])
		c.order = c.order[1:]
	}
	c.vectors[key] = v
	c.order = append(c.order, key)
}
