package postings

import (
	"cmp"
	"math"
	"slices"
)

// BM25's parameters (see package store).
const (
	k1 = 1.2
	b  = 0.75
)

// Corpus is what BM25 has to know of all units.
type Corpus struct {
	Units int64
	Terms int64 // length of all units together
}

// Term is a term with its blocks, in any order.
type Term struct {
	Blocks []Block
	Weight float64 // above 0 it counts in the score, and its units are candidates
	Kin    int     // of those that score: how rare they are goes by all of a kin
	// Must, above 0, leaves only units that have it or another term of this number. A
	// unit that has two of one number may stay without one of another.
	Must int
	Not  bool // only units that do not
}

// Count returns how many units have the term.
func (t *Term) Count() int64 {
	n := 0
	for i := range t.Blocks {
		if t.Blocks[i].Gone {
			n -= t.Blocks[i].N
		} else {
			n += t.Blocks[i].N
		}
	}
	return int64(n)
}

// kinCounts returns how many units have terms of a kind, of those that score.
func kinCounts(terms []Term) map[int]float64 {
	kin := map[int]float64{}
	for i := range terms {
		if t := &terms[i]; t.Weight > 0 {
			kin[t.Kin] += float64(t.Count())
		}
	}
	return kin
}

// weight is what the term counts among so many units, of which kin have it or
// one of its kind: their idf, as often as the query has it.
func (t *Term) weight(kin, units float64) float64 {
	n := min(kin, units)
	return math.Log(1+(units-n+.5)/(n+.5)) * t.Weight
}

// Hit is a unit with its score.
type Hit struct {
	Unit  int64
	Score float64
}

// before orders hits: best first, by unit where scores are equal.
func before(x, y Hit) int {
	return cmp.Or(cmp.Compare(y.Score, x.Score), cmp.Compare(x.Unit, y.Unit))
}

// model is BM25 over a corpus.
type model struct {
	avg   float64
	norms [maxNorm]float64
}

// maxNorm is up to which length of a unit the norm is computed once.
const maxNorm = 1024

func newModel(c Corpus) (m model) {
	m.avg = float64(c.Terms) / float64(c.Units)
	for i := range m.norms {
		m.norms[i] = k1 * (1 - b + b*float64(i)/m.avg)
	}
	return m
}

// norm is the part of the denominator that depends on the length of a unit.
func (m *model) norm(length uint64) float64 {
	if length < maxNorm {
		return m.norms[length]
	}
	return k1 * (1 - b + b*float64(length)/m.avg)
}

// gain is what a posting adds to a score for each unit of its term's weight.
func (m *model) gain(freq, length uint64) float64 {
	f := float64(freq)
	return f * (k1 + 1) / (f + m.norm(length))
}

// Scores returns the scores of units, in their order, which is growing; 0 for
// those without any of the terms. It decodes the groups that they fall into.
func Scores(c Corpus, terms []Term, units []int64) ([]float64, error) {
	out := make([]float64, len(units))
	if c.Units <= 0 {
		return out, nil
	}
	m, kin := newModel(c), kinCounts(terms)
	weight := func(t Term) float64 { return t.weight(kin[t.Kin], float64(c.Units)) }
	for _, t := range slices.SortedStableFunc(slices.Values(terms), func(x, y Term) int { return cmp.Compare(weight(y), weight(x)) }) {
		for i := range t.Blocks {
			if t.Blocks[i].Gone {
				continue
			}
			if err := m.scoreBlock(&t.Blocks[i], weight(t), units, out); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// scoreBlock adds what a block has of units to their scores.
func (m *model) scoreBlock(b *Block, weight float64, units []int64, scores []float64) error {
	from, _ := slices.BinarySearch(units, b.First)
	to, _ := slices.BinarySearch(units, b.Last+1)
	if from >= to {
		return nil
	}
	var c cursor
	if err := c.open(b, nil); err != nil {
		return err
	}
	for i := from; i < to; i++ {
		if !c.seek(units[i]) || !c.decode() {
			return c.corrupt()
		}
		for c.units[c.at] < units[i] {
			c.at++
		}
		if c.units[c.at] == units[i] {
			scores[i] += weight * m.gain(c.freqs.at(c.at)+1, c.lens.at(c.at))
		}
	}
	return nil
}

// best is the k best hits so far: a heap whose root is the worst once it is
// full.
type best struct {
	k    int
	hits []Hit
}

// least is the score below which nothing can be among the best.
func (s *best) least() float64 {
	if len(s.hits) < s.k {
		return math.SmallestNonzeroFloat64
	}
	return s.hits[0].Score
}

// wants tells whether a hit would be among the best.
func (s *best) wants(h Hit) bool {
	return len(s.hits) < s.k || before(h, s.hits[0]) < 0
}

// add takes a hit that is wanted.
func (s *best) add(h Hit) {
	if len(s.hits) == s.k {
		s.hits[0] = h
		s.sift(0)
		return
	}
	s.hits = append(s.hits, h)
	if len(s.hits) == s.k {
		for i := s.k/2 - 1; i >= 0; i-- {
			s.sift(i)
		}
	}
}

// sift restores the heap below i.
func (s *best) sift(i int) {
	for {
		worst := i
		for _, j := range [...]int{2*i + 1, 2*i + 2} {
			if j < len(s.hits) && before(s.hits[j], s.hits[worst]) > 0 {
				worst = j
			}
		}
		if worst == i {
			return
		}
		s.hits[i], s.hits[worst] = s.hits[worst], s.hits[i]
		i = worst
	}
}

// sorted returns the hits, best first.
func (s *best) sorted() []Hit {
	slices.SortFunc(s.hits, before)
	return s.hits
}
