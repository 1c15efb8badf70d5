package postings

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
)

// window is how many units are ranked together: their sums stay in the first
// level cache.
const window = 4096

// sparse is how many postings a window has at most, by the density of its blocks,
// whose places are noted so that not all sums need to be looked at.
const sparse = window / 8

// rounding is by what part of all bounds their sums may be too low, since they
// are added up in another order than scores.
const rounding = 1e-9

// Top returns the k best units, best first. accept, if there is one, is asked
// about units that would be among the best so far, in no order.
func Top(c Corpus, terms []Term, k int, accept func(unit int64) bool) ([]Hit, error) {
	if k <= 0 || c.Units <= 0 {
		return nil, nil
	}
	s := search{model: newModel(c), best: best{k: k}, accept: accept}
	kin := kinCounts(terms)
	musts := map[int]bool{} // whether there is a unit
	for i := range terms {
		t := &terms[i]
		if t.Must > 0 {
			musts[t.Must] = musts[t.Must] || len(t.Blocks) > 0
		}
	}
	for _, there := range musts {
		if !there {
			return nil, nil
		}
	}
	s.must = uint8(min(len(musts), math.MaxUint8))
	for i := range terms {
		s.add(&terms[i], kin[terms[i].Kin], float64(c.Units))
	}
	s.rests = make([]float64, len(s.lists)+1)
	for {
		more, err := s.next()
		if err == nil && more {
			err = s.rank()
		}
		if err != nil {
			return nil, err
		}
		if !more {
			return s.best.sorted(), nil
		}
	}
}

// search is one call of Top.
type search struct {
	model
	best   best
	accept func(int64) bool
	filter []list // have no weight, but say which units count
	lists  []list // heaviest first, the order in which a score is added up
	must   uint8  // how many lists must have a unit at least

	base    int64 // of the window
	end     int64
	rests   []float64       // what the lists from one on add to a score in the window at most
	sums    [window]float64 // above 0 for what was scored, -Inf for what is out
	has     [window]uint8   // how many of the lists that must have the unit do
	sparse  bool
	touched [window / 64]uint64 // a bit for each place with a sum, if sparse
	places  []uint16            // of candidates in the window, in order
	spare   []*cursor
}

// list is a term while windows pass over it.
type list struct {
	weight    float64
	must, not bool
	blocks    []Block   // those not reached yet, by their first unit
	open      []*cursor // those that reach into the window
}

// add sorts out the blocks of a term.
func (s *search) add(t *Term, kin, units float64) {
	l, gone := list{must: t.Must > 0, not: t.Not}, list{not: true}
	for _, b := range t.Blocks {
		if b.Gone {
			gone.blocks = append(gone.blocks, b)
		} else {
			l.blocks = append(l.blocks, b)
		}
	}
	byFirst := func(x, y Block) int { return cmp.Compare(x.First, y.First) }
	slices.SortFunc(l.blocks, byFirst)
	slices.SortFunc(gone.blocks, byFirst)
	if len(gone.blocks) > 0 {
		s.filter = append(s.filter, gone)
	}
	if t.Must > 0 || t.Not {
		s.filter = append(s.filter, l)
	}
	if t.Weight > 0 {
		l.weight = t.weight(kin, units)
		l.must, l.not = false, false
		s.lists = append(s.lists, l)
		slices.SortStableFunc(s.lists, func(x, y list) int { return cmp.Compare(y.weight, x.weight) })
	}
}

// next moves to the next window that may have a posting; more tells whether
// there is one.
func (s *search) next() (more bool, err error) {
	base := int64(math.MaxInt64)
	for _, ls := range [][]list{s.filter, s.lists} {
		for i := range ls {
			l := &ls[i]
			open := l.open[:0]
			for _, c := range l.open {
				if c.end < s.end {
					s.spare = append(s.spare, c)
					continue
				}
				unit, ok := c.from(s.end)
				if !ok {
					return false, c.corrupt()
				}
				base, open = min(base, unit), append(open, c)
			}
			l.open = open
			if len(l.blocks) > 0 {
				base = min(base, max(s.end, l.blocks[0].First))
			}
		}
	}
	more = base < math.MaxInt64
	s.base, s.end = base, base+window
	return more, nil
}

// rank finds what the window adds to the best.
func (s *search) rank() error {
	for i := range s.filter {
		if err := s.reach(&s.filter[i]); err != nil {
			return err
		}
	}
	if err := s.bound(); err != nil {
		return err
	}
	essential := 0
	for essential < len(s.lists) && s.rests[essential] >= s.best.least() {
		essential++
	}
	if essential == 0 {
		return nil
	}
	dense := 0.0
	for _, l := range s.lists[:essential] {
		for _, c := range l.open {
			dense += c.dense
		}
	}
	s.sparse = dense < sparse
	for _, ls := range [][]list{s.filter, s.lists[:essential]} {
		for i := range ls {
			for _, c := range ls[i].open {
				if !s.scan(&ls[i], c) {
					return c.corrupt()
				}
			}
		}
	}
	s.candidates(s.best.least() - s.rests[essential])
	for i := essential; i < len(s.lists) && len(s.places) > 0; i++ {
		for _, c := range s.lists[i].open {
			if !s.ask(s.lists[i].weight, c, s.best.least()-s.rests[i+1]) {
				return c.corrupt()
			}
		}
		least := s.best.least() - s.rests[i+1]
		s.places = slices.DeleteFunc(s.places, func(p uint16) bool { return s.sums[p] < least })
	}
	for _, p := range s.places {
		h := Hit{Unit: s.base + int64(p), Score: s.sums[p]}
		if s.best.wants(h) && (s.accept == nil || s.accept(h.Unit)) {
			s.best.add(h)
		}
	}
	s.clear()
	return nil
}

// reach opens the blocks of a list that begin in the window.
func (s *search) reach(l *list) error {
	for len(l.blocks) > 0 && l.blocks[0].First < s.end {
		var c *cursor
		if n := len(s.spare); n > 0 {
			c, s.spare = s.spare[n-1], s.spare[:n-1]
		} else {
			c = &cursor{}
		}
		if err := c.open(&l.blocks[0], &s.model); err != nil {
			return err
		}
		l.blocks = l.blocks[1:]
		l.open = append(l.open, c)
	}
	return nil
}

// bound computes the most that lists add to a score in the window.
func (s *search) bound() error {
	all := 0.0
	for i := len(s.lists) - 1; i >= 0; i-- {
		l := &s.lists[i]
		if err := s.reach(l); err != nil {
			return err
		}
		most := 0.0
		for _, c := range l.open {
			most = max(most, c.bound)
		}
		all += l.weight * most
		s.rests[i] = all
	}
	for i := range s.lists {
		s.rests[i] += rounding * all
	}
	return nil
}

// scan adds the postings of a block that are in the window; ok is false if the
// bytes are none.
func (s *search) scan(l *list, c *cursor) (ok bool) {
	if !c.seek(s.base) {
		return false
	}
	for {
		if !c.decode() {
			return false
		}
		from, to := c.at, c.n
		for from < to && c.units[from] < s.base {
			from++
		}
		for to > from && c.units[to-1] >= s.end {
			to--
		}
		if s.sparse {
			for _, u := range c.units[from:to] {
				p := uint64(u-s.base) % window
				s.touched[p/64] |= 1 << (p % 64)
			}
		}
		switch {
		case l.not:
			for _, u := range c.units[from:to] {
				s.sums[uint64(u-s.base)%window] = math.Inf(-1)
			}
		case l.weight > 0:
			s.weigh(l.weight, c, from, to)
		default: // l.must
			for _, u := range c.units[from:to] {
				s.has[uint64(u-s.base)%window]++
			}
		}
		c.at = to
		if to < c.n || c.left == 0 || c.last+1 >= s.end {
			return true
		}
		if !c.next() {
			return false
		}
	}
}

// weigh adds what postings of a group weigh.
func (s *search) weigh(weight float64, c *cursor, from, to int) {
	freqs, lens, base := c.freqs, c.lens, s.base
	for i := from; i < to; i++ {
		s.sums[uint64(c.units[i]-base)%window] += weight * s.gain(freqs.at(i)+1, lens.at(i))
	}
}

// candidates lists the places of the window with at least a score.
func (s *search) candidates(least float64) {
	least = max(least, math.SmallestNonzeroFloat64)
	s.places = s.places[:0]
	if !s.sparse {
		for p, sum := range s.sums[:] {
			if sum >= least && s.has[p] >= s.must {
				s.places = append(s.places, uint16(p))
			}
		}
		return
	}
	for w, bitmap := range s.touched[:] {
		for ; bitmap != 0; bitmap &= bitmap - 1 {
			if p := w*64 + bits.TrailingZeros64(bitmap); s.sums[p] >= least && s.has[p] >= s.must {
				s.places = append(s.places, uint16(p))
			}
		}
	}
}

// ask adds what a block has of the candidates that its bound can lift to a
// score; ok is false if the bytes are no block.
func (s *search) ask(weight float64, c *cursor, least float64) (ok bool) {
	most := weight * c.bound
	for _, p := range s.places {
		u := s.base + int64(p)
		if u < c.before || s.sums[p]+most < least {
			continue
		}
		if u > c.end {
			return true
		}
		if !c.seek(u) || !c.decode() {
			return false
		}
		for c.units[c.at] < u {
			c.at++
		}
		if c.units[c.at] == u {
			s.sums[p] += weight * s.gain(c.freqs.at(c.at)+1, c.lens.at(c.at))
		}
	}
	return true
}

// clear makes the window empty.
func (s *search) clear() {
	if s.must > 0 {
		clear(s.has[:])
	}
	if !s.sparse {
		clear(s.sums[:])
		return
	}
	for w, bitmap := range s.touched[:] {
		for ; bitmap != 0; bitmap &= bitmap - 1 {
			s.sums[w*64+bits.TrailingZeros64(bitmap)] = 0
		}
	}
	clear(s.touched[:])
}
