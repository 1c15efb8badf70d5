package engine

import (
	"context"
	"strings"
	"time"

	"panther/pkg/agentdb/store"
	"panther/pkg/knowledge"
	"panther/pkg/search"
)

// hits turns the best of a ranking into passages, without near duplicates. Of a
// page that is there in several versions it is the one that the query names, or
// else the newest, and tells of the others.
func (e *Engine) hits(ctx context.Context, r ranking, limit int, explain bool) ([]knowledge.Hit, error) {
	found := found{query: r.query, limit: limit}
	byUnit := make(map[int64]store.StoredPassage, limit)
	keep := func(ps []store.StoredPassage) {
		for _, p := range ps {
			byUnit[p.Unit] = p
		}
	}
	keep(r.passages)
	for rest := r.fused; len(rest) > 0 && len(found.groups) < limit; {
		n := min(len(rest), withSpare(limit)-len(found.groups))
		part := rest[:n]
		rest = rest[n:]
		if r.passages == nil {
			ps, err := e.store.Passages(ctx, units(part))
			if err != nil {
				return nil, err
			}
			keep(ps)
		}
		for _, f := range mainFirst(part, byUnit, r.query) {
			if p, ok := byUnit[f.Unit]; ok {
				found.add(hitOf(p, f, r, explain))
			}
		}
	}
	return found.hits(), nil
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
		Title: p.Title, Version: p.Version, Headings: p.Headings, Text: p.Text, Score: f.Score,
		Language: p.Language, FetchedAt: timeOf(p.Fetched), PublishedAt: timeOf(p.Published)}
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

func timeOf(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

// link is the URI of a document with the anchor of a heading.
func link(uri, anchor string) string {
	if anchor == "" {
		return uri
	}
	base, _, _ := strings.Cut(uri, "#")
	return base + "#" + anchor
}
