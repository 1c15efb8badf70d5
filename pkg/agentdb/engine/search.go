package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"panther/pkg/agentdb/store"
	"panther/pkg/knowledge"
	"panther/pkg/search"
)

// Depth of a leg: the fusion sees the best 200 of each, which is where its
// measured quality stops growing.
const legDepth = 200

// Defaults and bounds of requests.
const (
	defaultLimit  = 10
	maxLimit      = 1000
	maxQuery      = 4096
	queryDeadline = 10 * time.Second // for the whole of a search, its embedding too
)

// ranking is the outcome of both legs.
type ranking struct {
	fused          []search.Fused
	lexical, dense []store.Scored
	mode           knowledge.Mode
	space          string
	warnings       []string
	query          search.Query
}

// Search returns the passages that answer a query.
func (e *Engine) Search(ctx context.Context, req knowledge.SearchRequest) (*knowledge.SearchResponse, error) {
	start := time.Now()
	if err := checkSearch(&req); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, queryDeadline)
	defer cancel()
	q := search.Parse(req.Query)
	r, err := e.rank(ctx, store.DocumentCorpus, q, documentFilter(req, q), req.Mode, max(legDepth, req.Limit))
	if err != nil {
		return nil, err
	}
	e.searches.Add(1)
	hits, err := e.hits(ctx, r, req.Limit, req.Explain)
	if err != nil {
		return nil, err
	}
	return &knowledge.SearchResponse{Hits: hits, Mode: r.mode, Space: r.space, Warnings: r.warnings, Millis: millis(start)}, nil
}

func millis(start time.Time) float64 { return float64(time.Since(start).Microseconds()) / 1000 }

// checkSearch fills in defaults.
func checkSearch(req *knowledge.SearchRequest) error {
	if req.Limit == 0 {
		req.Limit = defaultLimit
	}
	if req.Mode == "" {
		req.Mode = knowledge.ModeHybrid
	}
	switch {
	case req.Query == "":
		return invalid("query is empty")
	case len(req.Query) > maxQuery:
		return invalid("query has %d bytes, at most %d are taken", len(req.Query), maxQuery)
	case req.Limit < 0 || req.Limit > maxLimit:
		return invalid("limit %d is not between 1 and %d", req.Limit, maxLimit)
	case req.Mode != knowledge.ModeHybrid && req.Mode != knowledge.ModeLexical && req.Mode != knowledge.ModeDense:
		return invalid("mode %q is not hybrid, lexical or dense", req.Mode)
	}
	return nil
}

// documentFilter joins the filters of a request with those in its query.
func documentFilter(req knowledge.SearchRequest, q search.Query) store.Filter {
	f := store.Filter{Phrases: q.Phrases, Exclude: q.Exclude, Sources: req.Sources, Languages: req.Languages, Tags: req.Tags, After: req.After}
	if q.Source != "" {
		f.Sources = narrow(f.Sources, q.Source)
	}
	if q.Language != "" {
		f.Languages = narrow(f.Languages, q.Language)
	}
	if q.After.After(f.After) {
		f.After = q.After
	}
	return f
}

// narrow adds a condition to those that a request has: where they exclude it,
// nothing is left, which an impossible name says.
func narrow(have []string, want string) []string {
	if len(have) == 0 {
		return []string{want}
	}
	for _, h := range have {
		if h == want {
			return []string{want}
		}
	}
	return []string{"\x00"}
}

// rank runs the legs that the mode asks for and fuses them.
func (e *Engine) rank(ctx context.Context, c store.Corpus, q search.Query, f store.Filter, mode knowledge.Mode, depth int) (ranking, error) {
	r := ranking{mode: mode, query: q}
	type legResult struct {
		hits []store.Scored
		err  error
	}
	lexical := make(chan legResult, 1)
	go func() {
		var l legResult
		if mode != knowledge.ModeDense {
			l.hits, l.err = e.store.Lexical(ctx, c, q.Terms, f, depth)
		}
		lexical <- l
	}()
	weight, derr := 0.0, error(nil)
	if mode != knowledge.ModeLexical {
		r.dense, r.space, weight, derr = e.denseLeg(ctx, c, q.Text, f, depth)
	}
	l := <-lexical
	if l.err != nil {
		return r, l.err
	}
	r.lexical = l.hits
	if derr != nil {
		var na *noDenseError
		if !errors.As(derr, &na) {
			return r, derr
		}
		r.mode = knowledge.ModeLexical
		r.warnings = append(r.warnings, na.Error())
		if mode == knowledge.ModeDense { // it asked for nothing else
			if r.lexical, derr = e.store.Lexical(ctx, c, q.Terms, f, depth); derr != nil {
				return r, derr
			}
		}
	}
	if len(q.Terms) == 0 && q.Text == "" {
		r.warnings = append(r.warnings, "the query has filters but no words")
	}
	r.fused = search.Fuse(r.lexical, r.dense, weight)
	return r, nil
}

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

// denseLeg embeds the query and looks for its neighbours in the active space.
func (e *Engine) denseLeg(ctx context.Context, c store.Corpus, text string, f store.Filter, depth int) ([]store.Scored, string, float64, error) {
	if e.provider == nil {
		return nil, "", 0, &noDenseError{reason: "no embedding provider is configured"}
	}
	if text == "" {
		return nil, "", 0, nil
	}
	sp, err := e.activeSpace(ctx, false)
	if err != nil {
		return nil, "", 0, err
	}
	if sp == nil {
		return nil, "", 0, &noDenseError{reason: "the first embedding space is being built"}
	}
	for try := 0; ; try++ {
		v, err := e.embedQuery(ctx, sp, text)
		if err != nil {
			return nil, "", 0, &noDenseError{reason: "the query was not embedded", err: err}
		}
		hits, err := e.store.Nearest(ctx, c, sp.ID, v, f, depth)
		if errors.Is(err, store.ErrUnknownSpace) && try == 0 { // swapped since it was read
			if sp, err = e.activeSpace(ctx, true); err == nil && sp != nil {
				continue
			}
		}
		return hits, sp.ID, sp.Weight * e.covered(ctx, sp.ID), err
	}
}

// activeTTL is how long a space that was read as active is taken for it:
// another machine may have swapped it.
const activeTTL = 5 * time.Second

// activeSpace returns the active space, or nil.
func (e *Engine) activeSpace(ctx context.Context, fresh bool) (*store.Space, error) {
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
