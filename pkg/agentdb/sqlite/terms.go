package sqlite

import (
	"context"
	"database/sql"
	"encoding/binary"
	"math"
	"strings"
	"sync"

	"panther/pkg/agentdb/store"
	"panther/pkg/search"
)

// termIndex holds the postings of a corpus in memory and ranks by BM25. It is
// loaded from the stored terms when the corpus is first searched, and kept in
// step by those who write them. FTS5's own bm25 walks every position of every
// match: at 100,000 passages it took 115 ms where this takes 1.
type termIndex struct {
	db     *sql.DB
	corpus store.Corpus

	mu    sync.RWMutex
	ready bool
	ids   map[string]int32
	lists []postings // by term
	slots map[int64]int32
	units []int64 // by slot; 0 where the unit is gone
	sizes []int32 // terms of a unit
	terms int64   // of all live units
	gone  int     // slots without a unit

	count  map[int32]uint32 // put's: how often a unit has each term
	scores sync.Pool        // of *[]float64, all 0
}

// postings are the slots that have a term, in the order in which they came, and
// how often they have it: for each the distance from the one before, twice, plus
// 1 where another number follows, which is by how much it is more often than
// once. Most take a byte or two. live counts those whose unit is not gone.
type postings struct {
	data []byte
	last int32
	live int32
}

func (l *postings) add(slot int32, times uint32) {
	gap := uint64(slot-l.last) << 1
	l.last = slot
	l.live++
	if times > 1 {
		l.data = binary.AppendUvarint(binary.AppendUvarint(l.data, gap|1), uint64(times-1))
	} else {
		l.data = binary.AppendUvarint(l.data, gap)
	}
}

// each calls use with every posting.
func (l *postings) each(use func(slot int32, times float64)) {
	slot := int32(0)
	for d := l.data; len(d) > 0; {
		gap, n := uint64(d[0]), 1
		if gap >= 0x80 {
			gap, n = binary.Uvarint(d)
		}
		d = d[n:]
		slot += int32(gap >> 1)
		times := 1.0
		if gap&1 != 0 {
			more, n := binary.Uvarint(d)
			d = d[n:]
			times += float64(more)
		}
		use(slot, times)
	}
}

// Parameters of BM25 (see package store).
const (
	k1 = 1.2
	b  = 0.75
)

// load reads the stored terms. The caller has the lock.
func (x *termIndex) load(ctx context.Context) error {
	x.ids, x.lists, x.slots, x.units, x.sizes = map[string]int32{}, nil, map[int64]int32{}, nil, nil
	x.terms, x.gone = 0, 0
	_, table := unitTable(x.corpus)
	_, err := collect(ctx, x.db, func(rows *sql.Rows) (none struct{}, err error) {
		var unit int64
		var terms sql.RawBytes
		if err := rows.Scan(&unit, &terms); err != nil {
			return none, err
		}
		x.put(unit, string(terms))
		return none, nil
	}, "SELECT rowid, terms FROM "+table)
	x.ready = err == nil
	return failed("load terms", err)
}

// put adds a unit. The caller has the lock.
func (x *termIndex) put(unit int64, joined string) {
	if _, ok := x.slots[unit]; ok {
		return
	}
	slot := int32(len(x.units))
	x.slots[unit] = slot
	x.units = append(x.units, unit)
	n := int32(0)
	if x.count == nil {
		x.count = map[int32]uint32{}
	}
	clear(x.count)
	for t := range strings.SplitSeq(joined, " ") {
		if t == "" || search.Silent(t) {
			continue
		}
		n++
		id, ok := x.ids[t]
		if !ok {
			id = int32(len(x.lists))
			x.ids[strings.Clone(t)] = id
			x.lists = append(x.lists, postings{})
		}
		x.count[id]++
	}
	for id, times := range x.count {
		x.lists[id].add(slot, times)
	}
	x.sizes = append(x.sizes, n)
	x.terms += int64(n)
}

// add tells of a unit that was stored.
func (x *termIndex) add(unit int64, joined string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.ready {
		x.put(unit, joined)
	}
}

// remove tells of a unit that is gone, with the terms it had. Its postings stay
// until so many are gone that loading anew is worth it.
func (x *termIndex) remove(unit int64, joined string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	slot, ok := x.slots[unit]
	if !x.ready || !ok {
		return
	}
	delete(x.slots, unit)
	x.units[slot] = 0
	x.terms -= int64(x.sizes[slot])
	x.gone++
	seen := map[string]bool{}
	for t := range strings.SplitSeq(joined, " ") {
		if id, ok := x.ids[t]; ok && !seen[t] {
			seen[t] = true
			x.lists[id].live--
		}
	}
	if x.gone > 1000 && x.gone > len(x.units)/4 {
		x.ready = false
	}
}

// reset makes the next search load again.
func (x *termIndex) reset() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.ready = false
}

// with calls use with the index loaded, under the read lock.
func (x *termIndex) with(ctx context.Context, use func()) error {
	x.mu.RLock()
	if x.ready {
		defer x.mu.RUnlock()
		use()
		return nil
	}
	x.mu.RUnlock()
	x.mu.Lock()
	defer x.mu.Unlock()
	if !x.ready {
		if err := x.load(ctx); err != nil {
			return err
		}
	}
	use()
	return nil
}

// score returns what the terms give to each slot, 0 where there is none of
// them, and what gives the scores back.
func (x *termIndex) score(terms []search.Term) (scores []float64, done func()) {
	n := float64(len(x.slots))
	df := map[int]float64{} // by kin
	for _, t := range terms {
		if id, ok := x.ids[t.Text]; ok {
			df[t.Kin] += float64(x.lists[id].live)
		}
	}
	scores, done = x.zeros()
	avg := float64(x.terms) / n
	for _, t := range terms {
		id, ok := x.ids[t.Text]
		if !ok {
			continue
		}
		df := min(df[t.Kin], n)
		weight := math.Log(1+(n-df+.5)/(df+.5)) * t.Weight
		x.lists[id].each(func(slot int32, f float64) {
			scores[slot] += weight * (f * (k1 + 1) / (f + k1*(1-b+b*float64(x.sizes[slot])/avg)))
		})
	}
	return scores, done
}

// best returns the k best units for the terms, best first, of those that allowed
// has; nil allows all. all reports that there are no more.
func (x *termIndex) best(terms []search.Term, k int, allowed map[int64]bool) (hits []store.Scored, all bool) {
	if len(x.slots) == 0 {
		return nil, true
	}
	scores, done := x.score(terms)
	defer done()
	top := topK{k: k}
	found := 0
	for slot, s := range scores {
		unit := x.units[slot]
		if s == 0 || unit == 0 || allowed != nil && !allowed[unit] {
			continue
		}
		found++
		top.offer(store.Scored{Unit: unit, Score: s})
	}
	return top.sorted(), found <= k
}

// zeros returns a score of 0 for each slot, and what gives it back.
func (x *termIndex) zeros() (scores []float64, done func()) {
	p, _ := x.scores.Get().(*[]float64)
	if p == nil || cap(*p) < len(x.units) {
		s := make([]float64, len(x.units)+len(x.units)/8)
		p = &s
	}
	scores = (*p)[:len(x.units)]
	return scores, func() { clear(scores); x.scores.Put(p) }
}
