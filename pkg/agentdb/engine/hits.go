package engine

import (
	"context"
	"strings"

	"panther/pkg/agentdb/store"
	"panther/pkg/knowledge"
	"panther/pkg/search"
)

// hits turns the best of a ranking into passages, without near duplicates: of a
// page that is there in several versions the newest, unless the query names one.
func (e *Engine) hits(ctx context.Context, r ranking, limit int, explain bool) ([]knowledge.Hit, error) {
	out := make([]knowledge.Hit, 0, limit)
	var seen duplicates
	byUnit := make(map[int64]store.StoredPassage, limit)
	keep := func(ps []store.StoredPassage) {
		for _, p := range ps {
			byUnit[p.Unit] = p
		}
	}
	keep(r.passages)
	for rest := r.fused; len(rest) > 0 && len(out) < limit; {
		n := min(len(rest), withSpare(limit)-len(out))
		part := rest[:n]
		rest = rest[n:]
		if r.passages == nil {
			ps, err := e.store.Passages(ctx, units(part))
			if err != nil {
				return nil, err
			}
			keep(ps)
		}
		for _, f := range part {
			p, ok := byUnit[f.Unit]
			if !ok || len(out) == limit {
				continue
			}
			switch i := seen.add(p.Text); {
			case i < 0:
				out = append(out, hitOf(p, f, r, explain))
			case editionOf(p.URI).replaces(editionOf(out[i].URI), r.query):
				score := out[i].Score
				out[i] = hitOf(p, f, r, explain)
				out[i].Score = score
			}
		}
	}
	return out, nil
}

// withSpare is a few more than limit, in place of duplicates.
func withSpare(limit int) int { return limit + limit/4 + 2 }

func units(fused []search.Fused) []int64 {
	out := make([]int64, len(fused))
	for i, f := range fused {
		out[i] = f.Unit
	}
	return out
}

func hitOf(p store.StoredPassage, f search.Fused, r ranking, explain bool) knowledge.Hit {
	h := knowledge.Hit{ChunkID: chunkID(p.Unit), DocumentID: p.DocumentID, URI: p.URI, Link: link(p.URI, p.Anchor), Source: p.Source,
		Title: p.Title, Headings: p.Headings, Text: p.Text, Score: f.Score}
	if explain {
		if f.Lexical > 0 {
			h.Lexical = &knowledge.Leg{Rank: f.Lexical, Score: r.lexical[f.Lexical-1].Score}
		}
		if f.Dense > 0 {
			h.Dense = &knowledge.Leg{Rank: f.Dense, Score: r.dense[f.Dense-1].Score}
		}
	}
	return h
}

// link is the URI of a document with the anchor of a heading.
func link(uri, anchor string) string {
	if anchor == "" {
		return uri
	}
	base, _, _ := strings.Cut(uri, "#")
	return base + "#" + anchor
}
