package eval

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"panther/pkg/agentdb/engine"
	"panther/pkg/knowledge"
)

// Report is the outcome for one collection.
type Report struct {
	Collection string                      `json:"collection"`
	Modes      map[knowledge.Mode]Measures `json:"modes"`
}

// depth is how many documents of an answer are measured.
const depth = 100

// Run stores the collection and measures each mode. The engine's store must be
// empty, and its Embed not be running.
func Run(ctx context.Context, e *engine.Engine, c *Collection, modes []knowledge.Mode, progress func(string)) (*Report, error) {
	if err := ingest(ctx, e, c, progress); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(modes, func(m knowledge.Mode) bool { return m != knowledge.ModeLexical }) {
		background, stop := context.WithCancel(ctx)
		done := make(chan struct{})
		go func() { e.Embed(background); close(done) }()
		defer func() { stop(); <-done }()
		if err := embedded(ctx, e, progress); err != nil {
			return nil, err
		}
	}
	r := &Report{Collection: c.Name, Modes: map[knowledge.Mode]Measures{}}
	for _, m := range modes {
		progress(fmt.Sprintf("%s: %d queries, %s", c.Name, len(c.Queries), m))
		ms, err := ask(ctx, e, c, m)
		if err != nil {
			return nil, err
		}
		r.Modes[m] = mean(ms)
	}
	return r, nil
}

const scheme = "eval:"

func ingest(ctx context.Context, e *engine.Engine, c *Collection, progress func(string)) error {
	const batch = 256
	for i := 0; i < len(c.Documents); i += batch {
		progress(fmt.Sprintf("%s: %d of %d documents", c.Name, i, len(c.Documents)))
		var docs []knowledge.Document
		for _, d := range c.Documents[i:min(i+batch, len(c.Documents))] {
			docs = append(docs, knowledge.Document{URI: scheme + url.PathEscape(d.ID), Source: c.Name, Title: d.Title, Markdown: d.Text})
		}
		rs, err := e.UpsertWhole(ctx, docs...)
		if err != nil {
			return fmt.Errorf("store collection %s: %w", c.Name, err)
		}
		for _, r := range rs {
			if r.Outcome == knowledge.OutcomeFailed {
				return fmt.Errorf("store %s of collection %s: %s", r.URI, c.Name, r.Error)
			}
		}
	}
	return nil
}

// embedded waits until every document has its vector and the space is active.
func embedded(ctx context.Context, e *engine.Engine, progress func(string)) error {
	t := time.NewTicker(200 * time.Millisecond)
	defer t.Stop()
	for {
		st, err := e.Stats(ctx)
		if err != nil {
			return err
		}
		for _, sp := range st.Spaces {
			if sp.Error != "" {
				return fmt.Errorf("embed: %s", sp.Error)
			}
			if sp.Active && sp.Pending == 0 {
				return nil
			}
			progress(fmt.Sprintf("%d of %d embedded, %.0f/s", sp.Embedded, sp.Embedded+sp.Pending, sp.Rate))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-t.C:
		}
	}
}

func ask(ctx context.Context, e *engine.Engine, c *Collection, m knowledge.Mode) ([]measured, error) {
	out := make([]measured, 0, len(c.Queries))
	for _, q := range c.Queries {
		start := time.Now()
		res, err := e.Search(ctx, knowledge.SearchRequest{Query: q.Text, Limit: depth, Mode: m})
		if err != nil {
			return nil, fmt.Errorf("query %s of collection %s: %w", q.ID, c.Name, err)
		}
		if res.Mode != m {
			return nil, fmt.Errorf("query %s of collection %s: %s was done in place of %s: %s", q.ID, c.Name, res.Mode, m, strings.Join(res.Warnings, "; "))
		}
		one := measured{judged: c.Judged[q.ID], took: time.Since(start)}
		for _, h := range res.Hits {
			id, err := url.PathUnescape(strings.TrimPrefix(h.URI, scheme))
			if err != nil {
				return nil, fmt.Errorf("read identifier %s: %w", h.URI, err)
			}
			one.ranked = append(one.ranked, id)
		}
		out = append(out, one)
	}
	return out, nil
}
