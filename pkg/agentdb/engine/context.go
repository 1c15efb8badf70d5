package engine

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"panther/pkg/agentdb/store"
	"panther/pkg/knowledge"
	"panther/pkg/search"
)

func chunkID(unit int64) string { return strconv.FormatInt(unit, 10) }

// Bounds of a context.
const (
	defaultTokens  = 4000
	contextHits    = 24 // passages that are considered: beyond them little answers
	headerTokens   = 24 // what a prompt needs around an entry: number, title, link
	neighbourShare = 3  // a neighbour may take up to a third of what is left
)

// Context packs the passages that answer a query into a token budget. The best
// passages go in first; then their neighbours, as long as there is room, so
// that what they refer to is there. Passages of a document that follow each
// other become one entry, in reading order; documents are numbered by their best
// passage.
func (e *Engine) Context(ctx context.Context, req knowledge.ContextRequest) (*knowledge.ContextResponse, error) {
	start := time.Now()
	if req.Tokens == 0 {
		req.Tokens = defaultTokens
	}
	if req.Limit == 0 {
		req.Limit = contextHits
	}
	req.Explain, req.Syntax = true, false
	res, err := e.Search(ctx, req.SearchRequest)
	if err != nil {
		return nil, err
	}
	p := pack{budget: req.Tokens, score: map[int64]float64{}, taken: map[int64]store.StoredPassage{}, editions: map[int64][]knowledge.Edition{}}
	if err := p.fill(ctx, e.store, res.Hits); err != nil {
		return nil, err
	}
	out := &knowledge.ContextResponse{Passages: p.entries(), Mode: res.Mode, Warnings: res.Warnings, Weak: weak(req.Query, res.Space, res.Hits)}
	for _, x := range out.Passages {
		out.Tokens += x.Tokens
	}
	out.Millis = millis(start)
	return out, nil
}

// pack collects passages until the budget is spent.
type pack struct {
	budget int
	score  map[int64]float64 // of hits
	taken  map[int64]store.StoredPassage

	editions map[int64][]knowledge.Edition
}

func (p *pack) take(s store.StoredPassage) bool {
	n := s.Tokens + headerTokens
	if _, ok := p.taken[s.Unit]; ok || n > p.budget {
		return false
	}
	p.taken[s.Unit] = s
	p.budget -= n
	return true
}

func (p *pack) fill(ctx context.Context, st store.Store, hits []knowledge.Hit) error {
	var us []int64
	for _, h := range hits {
		u, err := strconv.ParseInt(h.ChunkID, 10, 64)
		if err != nil {
			return err
		}
		us = append(us, u)
		p.score[u], p.editions[u] = h.Score, h.Editions
	}
	ps, err := st.Passages(ctx, us)
	if err != nil {
		return err
	}
	var chosen []store.StoredPassage
	for _, s := range ps {
		if p.take(s) {
			chosen = append(chosen, s)
		}
	}
	for _, s := range chosen {
		near, err := st.Around(ctx, s.DocumentID, s.Ordinal-1, s.Ordinal+1)
		if err != nil {
			return err
		}
		for _, n := range near {
			if n.Tokens+headerTokens <= p.budget/neighbourShare {
				p.take(n)
			}
		}
	}
	return nil
}

// entries joins what was taken.
func (p *pack) entries() []knowledge.Passage {
	all := make([]store.StoredPassage, 0, len(p.taken))
	best := map[string]float64{}
	for u, s := range p.taken {
		all = append(all, s)
		best[s.DocumentID] = max(best[s.DocumentID], p.score[u])
	}
	slices.SortFunc(all, func(a, b store.StoredPassage) int {
		return cmp.Or(cmp.Compare(best[b.DocumentID], best[a.DocumentID]), cmp.Compare(a.DocumentID, b.DocumentID), cmp.Compare(a.Ordinal, b.Ordinal))
	})
	out := []knowledge.Passage{}
	for i, s := range all {
		if i > 0 && all[i-1].DocumentID == s.DocumentID && all[i-1].Ordinal+1 == s.Ordinal {
			join(&out[len(out)-1], all[i-1], s, p.score[s.Unit])
			if x := &out[len(out)-1]; x.Editions == nil {
				x.Editions = p.editions[s.Unit]
			}
			continue
		}
		out = append(out, knowledge.Passage{N: len(out) + 1, ChunkIDs: []string{chunkID(s.Unit)}, URI: s.URI, Link: link(s.URI, s.Anchor),
			Source: s.Source, Title: s.Title, Version: s.Version, Editions: p.editions[s.Unit], Headings: s.Headings, Text: s.Text, Tokens: s.Tokens + headerTokens, Score: p.score[s.Unit],
			FetchedAt: timeOf(s.Fetched)})
	}
	return out
}

// join appends the passage that follows. Its heading is written where it
// changes. The link is that of the best passage of the entry.
func join(x *knowledge.Passage, before, s store.StoredPassage, score float64) {
	x.ChunkIDs = append(x.ChunkIDs, chunkID(s.Unit))
	text := s.Text
	if n := len(s.Headings); n > 0 && !slices.Equal(s.Headings, before.Headings) {
		text = strings.Repeat("#", min(n, 6)) + " " + s.Headings[n-1] + "\n\n" + text
	}
	x.Text += "\n\n" + text
	x.Tokens += s.Tokens + headerTokens
	if score > x.Score {
		x.Score, x.Link, x.Headings = score, link(s.URI, s.Anchor), s.Headings
	}
}

// Signs that the best passages answer: the share of the query's terms that one
// of them has, or how much a question and its answer are about the same.
const (
	enoughTerms = 0.6
	enoughAbout = 0.42
	weakLooksAt = 3 // passages
)

// weak reports whether the first hits show neither sign.
func weak(query, space string, hits []knowledge.Hit) bool {
	q := search.Text(query)
	for _, h := range hits[:min(weakLooksAt, len(hits))] {
		if h.Dense != nil && about(space, h.Dense.Score) >= enoughAbout {
			return false
		}
		text := IndexText(h.Title, h.Headings, h.Text)
		if has, of := q.Matcher("", text)(text); of > 0 && float64(has) >= enoughTerms*float64(of) {
			return false
		}
	}
	return true
}
