package postings

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// BM25's parameters, those of SQLite's FTS5.
const (
	k1 = 1.2
	b  = 0.75
)

// minIDF is what a term is worth that half of the units or more have.
const minIDF = 1e-6

// Corpus is what BM25 has to know of all units.
type Corpus struct {
	Units int64
	Terms int64 // length of all units together
}

// Term is a term with its blocks, in any order.
type Term struct {
	Blocks []Block
	Score  bool // it counts in the score, and its units are candidates
	Times  int  // how often the query has it; 0 is once
	Must   bool // only units that have it
	Not    bool // only units that do not
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

// Hit is a unit with its score.
type Hit struct {
	Unit  int64
	Score float64
}

// before orders hits: best first, by unit where scores are equal.
func before(x, y Hit) int {
	return cmp.Or(cmp.Compare(y.Score, x.Score), cmp.Compare(x.Unit, y.Unit))
}

// window is how many units are scored together: their sums stay in the first
// level cache.
const window = 4096

// Top returns the k best units, best first. accept, if there is one, is asked
// about units that would be among the best so far, in no order.
func Top(c Corpus, terms []Term, k int, accept func(unit int64) bool) ([]Hit, error) {
	if k <= 0 || c.Units == 0 {
		return nil, nil
	}
	s := scorer{k: k, accept: accept, avg: float64(c.Terms) / float64(c.Units)}
	for i := range terms {
		t := &terms[i]
		if len(t.Blocks) == 0 {
			if t.Must {
				return nil, nil
			}
			continue
		}
		l := list{must: t.Must, not: t.Not, blocks: slices.Clone(t.Blocks)}
		slices.SortFunc(l.blocks, func(x, y Block) int { return cmp.Compare(x.First, y.First) })
		if t.Score {
			n := float64(t.Count())
			l.idf = max(math.Log((float64(c.Units)-n+.5)/(n+.5)), minIDF) * float64(max(1, t.Times))
		}
		if t.Must {
			s.must++
		}
		s.lists = append(s.lists, l)
	}
	if err := s.run(); err != nil {
		return nil, err
	}
	slices.SortFunc(s.best, before)
	return s.best, nil
}

// list is the state of one term while windows pass over it.
type list struct {
	idf       float64
	must, not bool
	blocks    []Block // those not reached yet, by their first unit
	open      []cursor
}

// cursor is a block that the window has reached; head is the posting that comes
// next.
type cursor struct {
	reader
	head Posting
	gone bool
}

type scorer struct {
	k      int
	avg    float64
	must   uint8
	accept func(int64) bool
	lists  []list
	best   []Hit // a heap whose root is the worst once it holds k

	base  int64
	sum   [window]float64 // above 0 for what was scored, -Inf for what is out
	has   [window]uint8   // how many of the terms that must be there are
	norms [maxNorm]float64
}

// maxNorm is up to which length of a unit the norm is computed once.
const maxNorm = 1024

// norm is the part of the denominator that depends on the length of a unit.
func (s *scorer) norm(length uint32) float64 { return k1 * (1 - b + b*float64(length)/s.avg) }

func (s *scorer) run() error {
	for i := range s.norms {
		s.norms[i] = s.norm(uint32(i))
	}
	for {
		base, more := s.next()
		if !more {
			return nil
		}
		s.base = base
		for i := range s.lists {
			if err := s.add(&s.lists[i]); err != nil {
				return err
			}
		}
		s.collect()
	}
}

// next returns the first unit that was not scored yet, where the next window
// begins.
func (s *scorer) next() (base int64, more bool) {
	base = math.MaxInt64
	for i := range s.lists {
		l := &s.lists[i]
		for j := range l.open {
			base, more = min(base, l.open[j].head.Unit), true
		}
		if len(l.blocks) > 0 {
			base, more = min(base, l.blocks[0].First), true
		}
	}
	return base, more
}

// add opens the blocks that begin in the window and adds what they have in it.
func (s *scorer) add(l *list) error {
	end := s.base + window
	for len(l.blocks) > 0 && l.blocks[0].First < end {
		c := cursor{reader: l.blocks[0].reader(), gone: l.blocks[0].Gone}
		l.blocks = l.blocks[1:]
		if c.left == 0 {
			continue
		}
		var ok bool
		if c.head, ok = c.next(); !ok {
			return c.corrupt()
		}
		l.open = append(l.open, c)
	}
	open := l.open[:0]
	for _, c := range l.open {
		more, ok := s.scan(l, &c, end)
		if !ok {
			return c.corrupt()
		}
		if more {
			open = append(open, c)
		}
	}
	l.open = open
	return nil
}

func (c *cursor) corrupt() error {
	return fmt.Errorf("%w: %d postings are missing at unit %d", ErrCorrupt, c.left, c.unit)
}

// scan adds the postings of a block that are before end; more tells whether
// there are others.
func (s *scorer) scan(l *list, c *cursor, end int64) (more, ok bool) {
	p := c.head
	for p.Unit < end {
		i := p.Unit - s.base
		switch {
		case c.gone || l.not:
			s.sum[i] = math.Inf(-1)
		case l.idf > 0:
			var norm float64
			if p.Len < maxNorm {
				norm = s.norms[p.Len]
			} else {
				norm = s.norm(p.Len)
			}
			f := float64(p.Freq)
			s.sum[i] += l.idf * (f * (k1 + 1) / (f + norm))
		}
		if l.must && !c.gone {
			s.has[i]++
		}
		if c.left == 0 {
			return false, true
		}
		if p, ok = c.next(); !ok {
			return false, false
		}
	}
	c.head = p
	return true, true
}

// collect moves the best of the window into the heap and clears it.
func (s *scorer) collect() {
	least := s.least()
	for i, score := range s.sum {
		if score < least { // nearly all
			continue
		}
		if s.has[i] == s.must {
			s.offer(Hit{Unit: s.base + int64(i), Score: score})
			least = s.least()
		}
	}
	clear(s.sum[:])
	if s.must > 0 {
		clear(s.has[:])
	}
}

// least is the score below which nothing can be among the best.
func (s *scorer) least() float64 {
	if len(s.best) < s.k {
		return math.SmallestNonzeroFloat64
	}
	return s.best[0].Score
}

func (s *scorer) offer(h Hit) {
	full := len(s.best) == s.k
	if full && before(h, s.best[0]) >= 0 {
		return
	}
	if s.accept != nil && !s.accept(h.Unit) {
		return
	}
	if !full {
		s.best = append(s.best, h)
		if len(s.best) == s.k {
			for i := s.k/2 - 1; i >= 0; i-- {
				s.sift(i)
			}
		}
		return
	}
	s.best[0] = h
	s.sift(0)
}

// sift restores the heap below i.
func (s *scorer) sift(i int) {
	for {
		worst := i
		for _, j := range [...]int{2*i + 1, 2*i + 2} {
			if j < len(s.best) && before(s.best[j], s.best[worst]) > 0 {
				worst = j
			}
		}
		if worst == i {
			return
		}
		s.best[i], s.best[worst] = s.best[worst], s.best[i]
		i = worst
	}
}
