package engine

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"panther/pkg/agentdb/store"
	"panther/pkg/knowledge"
)

// Canaries made of headings: of each source a sample of documents, chosen by the
// hash of their names, so that the same ones are chosen while they are there.
const (
	perSource   = 20
	maxHeadings = 500 // of all sources together
	candidates  = 3   // documents looked at for each canary
	minWords    = 2   // of a question
	maxHeading  = 200 // bytes of a question
)

// currentCanaries returns all canaries, after the ones made of headings were
// brought up to date: those whose page is gone are removed, and those that a
// source lacks are made of pages that are found today.
func (e *Engine) currentCanaries(ctx context.Context) ([]knowledge.Canary, error) {
	all, err := e.store.Canaries(ctx)
	if err != nil {
		return nil, err
	}
	srcs, err := e.store.Sources(ctx)
	if err != nil {
		return nil, err
	}
	var cs []knowledge.Canary
	var gone []string
	have := map[string]int{}
	for _, c := range all {
		if c.Kind == knowledge.CanaryHeading {
			switch live, err := e.live(ctx, c.URI); {
			case err != nil:
				return nil, err
			case !live:
				gone = append(gone, c.ID)
				continue
			}
			have[c.Source]++
		}
		cs = append(cs, c)
	}
	if _, err := e.store.DeleteCanaries(ctx, gone...); err != nil {
		return nil, err
	}
	want := max(1, min(perSource, maxHeadings/max(1, len(srcs))))
	for _, src := range srcs {
		if src.Documents == 0 || have[src.Name] >= min(want, src.Documents) {
			continue
		}
		made, err := e.headingCanaries(ctx, src.Name, want-have[src.Name], cs)
		if err != nil {
			return nil, err
		}
		cs = append(cs, made...)
	}
	slices.SortFunc(cs, func(a, b knowledge.Canary) int {
		return cmp.Or(cmp.Compare(a.Source, b.Source), cmp.Compare(a.ID, b.ID))
	})
	return cs, nil
}

// live reports whether a document is there.
func (e *Engine) live(ctx context.Context, uri string) (bool, error) {
	d, err := e.store.Document(ctx, knowledge.DocumentID(uri))
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil && d.DeletedAt == nil, err
}

// headingCanaries makes and stores up to n canaries of a source's documents whose
// page a search finds now, apart from those that there are.
func (e *Engine) headingCanaries(ctx context.Context, source string, n int, have []knowledge.Canary) ([]knowledge.Canary, error) {
	docs, err := e.sample(ctx, source, candidates*n+len(have))
	if err != nil {
		return nil, err
	}
	var made []knowledge.Canary
	for _, d := range docs {
		if len(made) == n {
			break
		}
		q, err := e.headingOf(ctx, d)
		if err != nil {
			return nil, err
		}
		c := knowledge.Canary{ID: canaryID("", q, d.URI), Question: q, URI: d.URI, Source: source, Kind: knowledge.CanaryHeading, Created: time.Now().UTC()}
		if q == "" || slices.ContainsFunc(have, func(h knowledge.Canary) bool { return h.ID == c.ID }) {
			continue
		}
		one := []knowledge.Canary{c}
		if err := e.ask(ctx, one); err != nil {
			return nil, err
		}
		if one[0].Rank > 0 {
			accept(&one[0])
			made = append(made, one[0])
		}
	}
	return made, e.store.PutCanaries(ctx, made...)
}

// sample returns the n documents of a source whose names' hashes are smallest.
func (e *Engine) sample(ctx context.Context, source string, n int) ([]knowledge.Document, error) {
	var best []knowledge.Document
	for sel := (knowledge.ListDocuments{Source: source, Limit: maxList}); ; {
		l, err := e.store.ListDocuments(ctx, sel)
		if err != nil {
			return nil, err
		}
		best = append(best, l.Documents...)
		slices.SortFunc(best, func(a, b knowledge.Document) int {
			return cmp.Compare(knowledge.DocumentID(a.URI), knowledge.DocumentID(b.URI)) // which is a hash
		})
		best = best[:min(n, len(best))]
		if l.Next == "" {
			return best, nil
		}
		sel.After = l.Next
	}
}

// headingOf makes a question of a document: its title and the heading of one of
// its passages. It is "" where they say too little.
func (e *Engine) headingOf(ctx context.Context, d knowledge.Document) (string, error) {
	id := knowledge.DocumentID(d.URI)
	ps, err := e.store.Around(ctx, id, 0, d.Chunks)
	if err != nil || len(ps) == 0 {
		return "", err
	}
	q := d.Title
	if h := ps[int(id[len(id)-1])%len(ps)].Headings; len(h) > 0 && !strings.EqualFold(h[len(h)-1], d.Title) {
		q += " " + h[len(h)-1]
	}
	q = strings.Join(strings.Fields(q), " ")
	if len(q) > maxHeading || len(strings.Fields(q)) < minWords {
		return "", nil
	}
	return q, nil
}
