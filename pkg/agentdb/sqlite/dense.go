package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"sync"

	"panther/pkg/agentdb/store"
)

// denseIndex holds int8 codes of the vectors of the spaces that are searched,
// loaded when a space is first searched and kept in step with the table by
// those who write it.
type denseIndex struct {
	db   *sql.DB
	mu   sync.RWMutex
	sets map[setKey]*codeSet
}

type setKey struct {
	space  int64
	corpus int
}

// codeSet is one space and corpus: row i of codes belongs to units[i].
type codeSet struct {
	dims  int // padded
	units []int64
	codes []int8
	steps []float32 // value of one step of row i
	at    map[int64]int
}

// spare is how many candidates more than asked for are scored again from the
// stored floats. Codes of 8 bits misplace neighbours by fractions of a percent
// of similarity, so that the best k are among the best k + spare codes; on
// 100,000 real sentence vectors 16 were enough.
const spare = 64

// with calls use with the set, loaded, under the read lock.
func (x *denseIndex) with(ctx context.Context, key setKey, dims int, use func(*codeSet)) error {
	x.mu.RLock()
	set := x.sets[key]
	if set != nil {
		defer x.mu.RUnlock()
		use(set)
		return nil
	}
	x.mu.RUnlock()
	x.mu.Lock()
	defer x.mu.Unlock()
	if set = x.sets[key]; set == nil {
		var err error
		if set, err = x.load(ctx, key, dims); err != nil {
			return err
		}
		if x.sets == nil {
			x.sets = map[setKey]*codeSet{}
		}
		x.sets[key] = set
	}
	use(set)
	return nil
}

func (x *denseIndex) load(ctx context.Context, key setKey, dims int) (*codeSet, error) {
	set := &codeSet{dims: padded(dims), at: map[int64]int{}}
	v := make([]float32, dims)
	_, err := collect(ctx, x.db, func(rows *sql.Rows) (none struct{}, err error) {
		var unit int64
		var value sql.RawBytes
		if err = rows.Scan(&unit, &value); err != nil {
			return none, err
		}
		if len(value) != 2*dims {
			return none, fmt.Errorf("vector of unit %d has %d bytes, want %d", unit, len(value), 2*dims)
		}
		floats(v, value)
		set.put(unit, v)
		return none, nil
	}, "SELECT unit, value FROM vector WHERE space = ? AND corpus = ?", key.space, key.corpus)
	return set, failed("load vectors", err)
}

// put adds or replaces a vector.
func (c *codeSet) put(unit int64, v []float32) {
	i, ok := c.at[unit]
	if !ok {
		i = len(c.units)
		c.at[unit] = i
		c.units = append(c.units, unit)
		c.steps = append(c.steps, 0)
		c.codes = append(c.codes, make([]int8, c.dims)...)
	}
	c.steps[i] = quantize(c.codes[i*c.dims:(i+1)*c.dims], v)
}

// remove moves the last row into the place of the removed one.
func (c *codeSet) remove(unit int64) {
	i, ok := c.at[unit]
	if !ok {
		return
	}
	last := len(c.units) - 1
	c.units[i], c.steps[i] = c.units[last], c.steps[last]
	copy(c.codes[i*c.dims:(i+1)*c.dims], c.codes[last*c.dims:])
	c.at[c.units[i]] = i
	delete(c.at, unit)
	c.units, c.steps, c.codes = c.units[:last], c.steps[:last], c.codes[:last*c.dims]
}

// addStored adds the vectors that were stored.
func (x *denseIndex) addStored(space int64, units []store.PendingUnit, vectors [][]float32, stored []bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for i, u := range units {
		if set := x.sets[setKey{space, corpusNumber(u.Corpus)}]; set != nil && stored[i] {
			set.put(u.Unit, vectors[i])
		}
	}
}

// remove takes units of a corpus out of every space.
func (x *denseIndex) remove(corpus int, units []int64) {
	if len(units) == 0 {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	for key, set := range x.sets {
		if key.corpus != corpus {
			continue
		}
		for _, u := range units {
			set.remove(u)
		}
	}
}

// drop forgets a space; the zero space means all.
func (x *denseIndex) drop(space int64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for key := range x.sets {
		if key.space == space || space == 0 {
			delete(x.sets, key)
		}
	}
}

// scanRows is how many rows are multiplied before their scores are looked at:
// their results stay in the first-level cache.
const scanRows = 512

// best returns the k units with the highest approximate score, best first, of
// those that allowed has; nil allows all.
func (c *codeSet) best(query []float32, k int, allowed map[int64]bool) []store.Scored {
	codes := make([]int8, c.dims)
	quantize(codes, query)
	wide := make([]int16, c.dims)
	for i, q := range codes {
		wide[i] = int16(q)
	}
	top := topK{k: k}
	var out [scanRows]int32
	for first := 0; first < len(c.units); first += scanRows {
		n := min(scanRows, len(c.units)-first)
		dots(c.codes[first*c.dims:], wide, out[:n])
		for j, d := range out[:n] {
			unit := c.units[first+j]
			if allowed == nil || allowed[unit] {
				top.offer(store.Scored{Unit: unit, Score: float64(float32(d) * c.steps[first+j])})
			}
		}
	}
	return top.sorted()
}

// Nearest scans the codes for candidates and scores them again.
func (s *Store) Nearest(ctx context.Context, c store.Corpus, space string, vector []float32, f store.Filter, k int) ([]store.Scored, error) {
	sp, err := s.space(ctx, space)
	if err != nil {
		return nil, err
	}
	if len(vector) != sp.dims {
		return nil, fmt.Errorf("search space %s: vector has %d dimensions", space, len(vector))
	}
	if k <= 0 {
		return nil, nil
	}
	vector = halved(vector)
	key := setKey{sp.n, corpusNumber(c)}
	near, err := s.filtered(ctx, c, f, k+spare, func(k int, allowed map[int64]bool) (hits []store.Scored, all bool, err error) {
		err = s.dense.with(ctx, key, sp.dims, func(set *codeSet) {
			hits = set.best(vector, k, allowed)
			all = len(hits) == len(set.units)
		})
		return hits, all, err
	})
	if err != nil {
		return nil, err
	}
	return s.rescore(ctx, key, vector, near, k)
}

// halved rounds a vector to half precision, as PostgreSQL compares, so that both
// rank alike.
func halved(vector []float32) []float32 {
	out := make([]float32, len(vector))
	floats(out, halves(vector))
	return out
}

// Similarities compares the stored floats of units.
func (s *Store) Similarities(ctx context.Context, c store.Corpus, space string, vector []float32, units []int64) (map[int64]float64, error) {
	sp, err := s.space(ctx, space)
	if err != nil {
		return nil, err
	}
	if len(vector) != sp.dims {
		return nil, fmt.Errorf("search space %s: vector has %d dimensions", space, len(vector))
	}
	of := make([]store.Scored, len(units))
	for i, u := range units {
		of[i].Unit = u
	}
	found, err := s.rescore(ctx, setKey{sp.n, corpusNumber(c)}, halved(vector), of, len(of))
	out := make(map[int64]float64, len(found))
	for _, h := range found {
		out[h.Unit] = h.Score
	}
	return out, err
}

// NearestPassages finds the nearest passages.
func (s *Store) NearestPassages(ctx context.Context, space string, vector []float32, f store.Filter, k int) ([]store.Scored, []store.StoredPassage, error) {
	hits, err := s.Nearest(ctx, store.DocumentCorpus, space, vector, f, k)
	if err != nil {
		return nil, nil, err
	}
	passages, err := s.Passages(ctx, store.Units(hits))
	return hits, passages, err
}

// rescore replaces approximate scores by those of the stored floats.
func (s *Store) rescore(ctx context.Context, key setKey, vector []float32, near []store.Scored, k int) ([]store.Scored, error) {
	v := make([]float32, len(vector))
	exact, err := collect(ctx, s.read, func(rows *sql.Rows) (h store.Scored, err error) {
		var value sql.RawBytes
		if err := rows.Scan(&h.Unit, &value); err != nil {
			return h, err
		}
		floats(v, value)
		for i, x := range v {
			h.Score += float64(x) * float64(vector[i])
		}
		return h, nil
	}, "SELECT unit, value FROM vector WHERE space = ? AND corpus = ? AND unit IN (SELECT value FROM json_each(?))",
		key.space, key.corpus, toJSON(store.Units(near)))
	if err != nil {
		return nil, failed("read vectors", err)
	}
	slices.SortFunc(exact, compareScored)
	return exact[:min(k, len(exact))], nil
}

// Warm loads what the first searches would have to wait for: the terms, and the
// vectors of the active space.
func (s *Store) Warm(ctx context.Context) error {
	for _, x := range s.terms {
		if err := x.with(ctx, func() {}); err != nil {
			return err
		}
	}
	active, err := s.ActiveSpace(ctx)
	if err != nil || active == nil {
		return err
	}
	sp, err := s.space(ctx, active.ID)
	if err != nil {
		return err
	}
	for _, c := range []store.Corpus{store.DocumentCorpus, store.MemoryCorpus} {
		if err := s.dense.with(ctx, setKey{sp.n, corpusNumber(c)}, sp.dims, func(*codeSet) {}); err != nil {
			return err
		}
	}
	return nil
}

// Vectors reads the vectors of units.
func (s *Store) Vectors(ctx context.Context, c store.Corpus, space string, units []int64) (map[int64][]float32, error) {
	sp, err := s.space(ctx, space)
	if err != nil {
		return nil, err
	}
	out := make(map[int64][]float32, len(units))
	_, err = collect(ctx, s.read, func(rows *sql.Rows) (none struct{}, err error) {
		var unit int64
		var value sql.RawBytes
		if err := rows.Scan(&unit, &value); err != nil {
			return none, err
		}
		v := make([]float32, sp.dims)
		floats(v, value)
		out[unit] = v
		return none, nil
	}, "SELECT unit, value FROM vector WHERE space = ? AND corpus = ? AND unit IN (SELECT value FROM json_each(?))",
		sp.n, corpusNumber(c), toJSON(units))
	return out, failed("read vectors", err)
}
