package engine

import (
	"context"
	"errors"
	"sync"
	"time"

	"panther/pkg/agentdb/store"
	"panther/pkg/edition"
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
	passages       []store.StoredPassage // those that came with the results
	mode           knowledge.Mode
	space          string
	vector         []float32 // of the query in it
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
	q := search.Text(req.Query)
	if req.Syntax {
		q = search.Parse(req.Query)
	}
	r, hits, err := e.find(ctx, req, q)
	if err != nil {
		return nil, err
	}
	if len(hits) == 0 {
		for _, c := range q.Conditions() {
			if r, hits, err = e.find(ctx, req, c.Without); err != nil {
				return nil, err
			}
			if len(hits) > 0 {
				r.warnings = append(r.warnings, "nothing meets "+c.Name+": this is without it")
				break
			}
		}
	}
	e.searches.Add(1)
	return &knowledge.SearchResponse{Hits: hits, Mode: r.mode, Space: r.space, Warnings: r.warnings, Millis: millis(start)}, nil
}

// find ranks the passages for a query, as deep as its hits need.
func (e *Engine) find(ctx context.Context, req knowledge.SearchRequest, q search.Query) (r ranking, hits []knowledge.Hit, err error) {
	f := documentFilter(req, q)
	for depth := depthOf(req); ; depth *= 8 {
		if r, err = e.rank(ctx, store.DocumentCorpus, q, f, req.Mode, depth); err != nil {
			return r, nil, err
		}
		if hits, err = e.hits(ctx, r, req.Limit, req.Explain); err != nil {
			return r, nil, err
		}
		if len(hits) == req.Limit || depth >= max(legDepth, req.Limit) || len(r.fused) < depth {
			return r, hits, nil
		} // else there are so many duplicates that the leg was not deep enough
	}
}

// depthOf is how many results a leg is asked for. One that is not fused needs
// only those that hits reads first.
func depthOf(req knowledge.SearchRequest) int {
	if req.Mode == knowledge.ModeHybrid {
		return max(legDepth, req.Limit)
	}
	return withSpare(req.Limit)
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

// documentFilter joins the filters of a request with those in its query, but for
// its phrases and exclusions.
func documentFilter(req knowledge.SearchRequest, q search.Query) store.Filter {
	f := store.Filter{Sources: req.Sources, Versions: plainVersions(req.Versions), Languages: req.Languages, Tags: req.Tags, After: req.After}
	if q.Source != "" {
		f.Sources = narrow(f.Sources, q.Source)
	}
	if q.Version != "" {
		f.Versions = narrow(f.Versions, edition.Plain(q.Version))
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
	read, err := e.read(ctx, c, q)
	if err != nil {
		return r, err
	}
	f.Phrases, f.Exclude = read.Phrases, read.Exclude
	lexical := sync.OnceValues(func() ([]store.Scored, error) { return e.store.Lexical(ctx, c, read.Terms, f, depth) })
	weight, derr := 0.0, error(nil)
	switch mode {
	case knowledge.ModeHybrid:
		go func() { _, _ = lexical() }() // beside the dense leg; the value is kept
		weight, derr = e.denseLeg(ctx, c, f, depth, false, &r)
	case knowledge.ModeDense:
		weight, derr = e.denseLeg(ctx, c, f, depth, true, &r)
	}
	var na *noDenseError
	switch {
	case errors.As(derr, &na): // the other leg answers, also where nothing else was asked for
		r.mode = knowledge.ModeLexical
		r.warnings = append(r.warnings, na.Error())
	case derr != nil:
		return r, derr
	}
	if r.mode != knowledge.ModeDense {
		if r.lexical, err = lexical(); err != nil {
			return r, err
		}
	}
	if len(q.Terms) == 0 && q.Text == "" {
		r.warnings = append(r.warnings, "the query has filters but no words")
	}
	return r, e.fuse(ctx, c, &r, read.Terms, weight)
}
