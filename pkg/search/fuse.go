package search

import (
	"cmp"
	"slices"
)

// Scored is a unit of a corpus with its score in one ranked list.
type Scored struct {
	Unit  int64
	Score float64
}

// Leg is a ranked list, best first, with what is known of units that it lacks.
type Leg struct {
	List   []Scored
	Others map[int64]float64
}

// Fused is a unit with its place in the fusion of two lists.
type Fused struct {
	Unit    int64
	Score   float64 // 0 to 1
	Lexical int     // rank from 1; 0 if it is not in the list
	Dense   int
}

// Fuse merges two legs by the convex combination of their normalized scores:
// (1-weight)·lexical + weight·dense. A lexical score is normalized by the best
// one, since 0 means something; a dense one by the best and the least of the
// union, since cosine similarities have no common floor. What is not known of a
// unit counts as the floor. Units of equal score are in the order of their
// numbers. (Bruch, Gai, Ingber, "An Analysis of Fusion Functions for Hybrid
// Retrieval", 2023, normalize by the theoretical minimum for the same reason.)
func Fuse(lexical, dense Leg, weight float64) []Fused {
	switch {
	case len(dense.List) == 0:
		weight = 0
	case len(lexical.List) == 0:
		weight = 1
	}
	at := make(map[int64]int, len(lexical.List)+len(dense.List))
	out := make([]Fused, 0, len(lexical.List)+len(dense.List))
	for leg, list := range [2][]Scored{lexical.List, dense.List} {
		for i, s := range list {
			j, ok := at[s.Unit]
			if !ok {
				j = len(out)
				at[s.Unit] = j
				out = append(out, Fused{Unit: s.Unit})
			}
			if leg == 0 {
				out[j].Lexical = i + 1
			} else {
				out[j].Dense = i + 1
			}
		}
	}
	least := dense.least()
	for i := range out {
		f := &out[i]
		f.Score = (1-weight)*lexical.normal(f.Unit, f.Lexical, 0) + weight*dense.normal(f.Unit, f.Dense, least)
	}
	slices.SortFunc(out, func(a, b Fused) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Unit, b.Unit))
	})
	return out
}

// least is the lowest score that is known.
func (l Leg) least() float64 {
	if len(l.List) == 0 {
		return 0
	}
	least := l.List[len(l.List)-1].Score
	for _, s := range l.Others {
		least = min(least, s)
	}
	return least
}

// normal maps the score of a unit to 1 for the first of the list, and to 0 for a
// floor and for what is not known.
func (l Leg) normal(unit int64, rank int, floor float64) float64 {
	if len(l.List) == 0 {
		return 0
	}
	score, ok := l.Others[unit]
	switch {
	case rank > 0:
		score = l.List[rank-1].Score
	case !ok:
		return 0
	}
	best := l.List[0].Score
	if best == floor {
		return 1
	}
	return (score - floor) / (best - floor)
}
