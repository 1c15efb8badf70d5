package sqlite

import (
	"context"
	"database/sql"
	"math"
	"strings"
	"sync"

	"panther/pkg/agentdb/store"
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
}

// postings are the slots that have a term, in the order in which they came, and
// how often they have it. live counts those whose unit is not gone.
type postings struct {
	slots []int32
	times []uint16
	live  int32
}

// Parameters of BM25, those of FTS5 (see package store).
const (
	k1     = 1.2
	b      = 0.75
	minIDF = 1e-6
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
	for t := range strings.SplitSeq(joined, " ") {
		if t == "" {
			continue
		}
		n++
		id, ok := x.ids[t]
		if !ok {
			id = int32(len(x.lists))
			x.ids[strings.Clone(t)] = id
			x.lists = append(x.lists, postings{})
		}
		l := &x.lists[id]
		if last := len(l.slots) - 1; last >= 0 && l.slots[last] == slot {
			if l.times[last] < math.MaxUint16 {
				l.times[last]++
			}
			continue
		}
		l.slots, l.times, l.live = append(l.slots, slot), append(l.times, 1), l.live+1
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

// best returns the k best units for the terms, best first, of those that allowed
// has; nil allows all. all reports that there are no more.
func (x *termIndex) best(terms []string, k int, allowed map[int64]bool) (hits []store.Scored, all bool) {
	n := float64(len(x.slots))
	if n == 0 {
		return nil, true
	}
	repeated := map[int32]float64{}
	var order []int32 // so that sums are the same to the bit every time
	for _, t := range terms {
		if id, ok := x.ids[t]; ok {
			if repeated[id] == 0 {
				order = append(order, id)
			}
			repeated[id]++
		}
	}
	scores := make([]float64, len(x.units))
	avg := float64(x.terms) / n
	for _, id := range order {
		l := &x.lists[id]
		df := float64(l.live)
		idf := max(math.Log((n-df+.5)/(df+.5)), minIDF) * repeated[id]
		for i, slot := range l.slots {
			f := float64(l.times[i])
			scores[slot] += idf * (f * (k1 + 1) / (f + k1*(1-b+b*float64(x.sizes[slot])/avg)))
		}
	}
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
