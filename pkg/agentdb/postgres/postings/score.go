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
			l.idf = max(math.Log((float64(c.Units)-n+.5)/(n+.5)), minIDF)
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

// cursor is a block that the window has reached.
type cursor struct {
	reader
	gone bool
}

type scorer struct {
	k      int
	avg    float64
	must   uint8
	accept func(int64) bool
	lists  []list
	best   []Hit // a heap whose root is the worst once it holds k

	base int64
	sum  [window]float64
	has  [window]uint8 // how many of the terms that must be there are
	used [window]bool
}

func (s *scorer) run() error {
	for {
		base, any := s.next()
		if !any {
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

// next returns the first unit of the next window that has postings.
func (s *scorer) next() (base int64, any bool) {
	base = math.MaxInt64
	for i := range s.lists {
		l := &s.lists[i]
		if len(l.open) > 0 {
			base, any = min(base, s.base+window), true
		}
		if len(l.blocks) > 0 {
			base, any = min(base, l.blocks[0].First), true
		}
	}
	return base, any
}

// add opens the blocks that begin in the window and adds what they have in it.
func (s *scorer) add(l *list) error {
	end := s.base + window
	for len(l.blocks) > 0 && l.blocks[0].First < end {
		l.open = append(l.open, cursor{reader: l.blocks[0].reader(), gone: l.blocks[0].Gone})
		l.blocks = l.blocks[1:]
	}
	open := l.open[:0]
	for _, c := range l.open {
		if !s.scan(l, &c, end) {
			return fmt.Errorf("%w: %d postings are missing at unit %d", ErrCorrupt, c.left, c.unit)
		}
		if c.left > 0 {
			open = append(open, c)
		}
	}
	l.open = open
	return nil
}

// scan adds the postings of a block that are before end.
func (s *scorer) scan(l *list, c *cursor, end int64) bool {
	for c.left > 0 {
		here := c.reader
		p, ok := c.next()
		if !ok || p.Unit < s.base {
			return false
		}
		if p.Unit >= end {
			c.reader = here // for the next window
			return true
		}
		i := p.Unit - s.base
		if c.gone || l.not {
			s.sum[i] = math.Inf(-1)
			continue
		}
		if l.idf > 0 {
			f := float64(p.Freq)
			s.used[i] = true
			s.sum[i] += l.idf * (f * (k1 + 1) / (f + k1*(1-b+b*float64(p.Len)/s.avg)))
		}
		if l.must {
			s.has[i]++
		}
	}
	return true
}

// collect moves the best of the window into the heap and clears it.
func (s *scorer) collect() {
	for i := range s.used {
		if !s.used[i] {
			continue
		}
		h := Hit{Unit: s.base + int64(i), Score: s.sum[i]}
		if s.has[i] == s.must && !math.IsInf(h.Score, -1) {
			s.offer(h)
		}
	}
	clear(s.used[:])
	clear(s.sum[:])
	if s.must > 0 {
		clear(s.has[:])
	}
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
