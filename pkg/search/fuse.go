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

// Fused is a unit with its place in the fusion of two lists.
type Fused struct {
	Unit    int64
	Score   float64 // 0 to 1
	Lexical int     // rank from 1; 0 if it is not in the list
	Dense   int
}

// Fuse merges two lists, each sorted best first, by the convex combination of
// their min-max normalized scores: (1-weight)·lexical + weight·dense, where a
// unit that a list lacks counts as that list's last one. Units of equal score
// are in the order of their numbers. (Bruch, Gai, Ingber, "An Analysis of Fusion
// Functions for Hybrid Retrieval", 2023.)
func Fuse(lexical, dense []Scored, weight float64) []Fused {
	switch {
	case len(dense) == 0:
		weight = 0
	case len(lexical) == 0:
		weight = 1
	}
	at := make(map[int64]int, len(lexical)+len(dense))
	out := make([]Fused, 0, len(lexical)+len(dense))
	for leg, list := range [2][]Scored{lexical, dense} {
		share := [2]float64{1 - weight, weight}[leg]
		for i, s := range list {
			j, ok := at[s.Unit]
			if !ok {
				j = len(out)
				at[s.Unit] = j
				out = append(out, Fused{Unit: s.Unit})
			}
			out[j].Score += share * normal(s.Score, list)
			if leg == 0 {
				out[j].Lexical = i + 1
			} else {
				out[j].Dense = i + 1
			}
		}
	}
	slices.SortFunc(out, func(a, b Fused) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Unit, b.Unit))
	})
	return out
}

// normal maps a score of a list to 0 for its last and 1 for its first.
func normal(score float64, list []Scored) float64 {
	best, last := list[0].Score, list[len(list)-1].Score
	if best == last {
		return 1
	}
	return (score - last) / (best - last)
}
