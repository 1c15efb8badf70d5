package postings

import (
	"cmp"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// exhaustive is the oracle of Top: it scores every posting by the formula,
// written out over plain maps.
func exhaustive(t *testing.T, c Corpus, terms []Term, accept func(int64) bool) []Hit {
	t.Helper()
	type scored struct {
		weight float64
		ps     []Posting
	}
	var lists []scored
	must, not, musts := map[int64]map[int]bool{}, map[int64]bool{}, map[int]bool{}
	kin := map[int]float64{}
	for _, term := range terms {
		if term.Weight > 0 {
			kin[term.Kin] += float64(term.Count())
		}
	}
	for _, term := range terms {
		ps, err := Merge(term.Blocks)
		if err != nil {
			t.Fatal(err)
		}
		musts[term.Must] = true
		for _, p := range ps {
			if must[p.Unit] == nil {
				must[p.Unit] = map[int]bool{0: true}
			}
			must[p.Unit][term.Must] = true
			if term.Not {
				not[p.Unit] = true
			}
		}
		if n := min(kin[term.Kin], float64(c.Units)); term.Weight > 0 {
			lists = append(lists, scored{math.Log(1+(float64(c.Units)-n+.5)/(n+.5)) * term.Weight, ps})
		}
	}
	musts[0] = true
	slices.SortStableFunc(lists, func(x, y scored) int { return cmp.Compare(y.weight, x.weight) })
	sums := map[int64]float64{}
	for _, l := range lists {
		for _, p := range l.ps {
			f, d := float64(p.Freq), float64(p.Len)
			sums[p.Unit] += l.weight * (f * 2.2 / (f + 1.2*(.25+.75*d/(float64(c.Terms)/float64(c.Units)))))
		}
	}
	var out []Hit
	for u, sum := range sums {
		if len(must[u]) == len(musts) && !not[u] && (accept == nil || accept(u)) {
			out = append(out, Hit{u, sum})
		}
	}
	slices.SortFunc(out, before)
	return out
}

// corpus makes units of any length, near each other or far apart, and terms of
// any frequency, spread evenly or in bursts; some units are gone, and some
// blocks small and out of order, as between two folds.
func corpus(r *rand.Rand) (c Corpus, terms []Term, last int64) {
	units := make([]Posting, 1+r.IntN(20_000))
	step := int64(1)
	for i := range units {
		if r.IntN(2000) == 0 {
			step = 1 << r.IntN(14)
		}
		last += 1 + r.Int64N(step)
		units[i] = Posting{Unit: last, Len: uint32(r.ExpFloat64()*100) + 1}
	}
	gone := map[int64]bool{}
	for range r.IntN(1 + len(units)/10) {
		gone[units[r.IntN(len(units))].Unit] = true
	}
	for _, u := range units {
		if !gone[u.Unit] {
			c.Units++
			c.Terms += int64(u.Len)
		}
	}
	terms = make([]Term, 1+r.IntN(7))
	for i := range terms {
		t := &terms[i]
		share, burst := math.Exp(-8*r.Float64()), r.IntN(2) == 0
		var old, fresh, dead []Posting
		cut := len(units) - r.IntN(1+len(units)/4)
		here := true
		for j, u := range units {
			if burst && r.IntN(500) == 0 {
				here = r.IntN(2) == 0
			}
			if !here || r.Float64() > share {
				continue
			}
			u.Freq = 1 + uint32(r.ExpFloat64()*r.Float64()*2)
			if j < cut {
				old = append(old, u)
			} else {
				fresh = append(fresh, u)
			}
			if gone[u.Unit] {
				dead = append(dead, u)
			}
		}
		t.Blocks = Blocks(old)
		for part := range slices.Chunk(fresh, 1+r.IntN(100)) {
			t.Blocks = append(t.Blocks, Encode(part))
		}
		for _, b := range Blocks(dead) {
			b.Gone = true
			t.Blocks = append(t.Blocks, b)
		}
		r.Shuffle(len(t.Blocks), func(i, j int) { t.Blocks[i], t.Blocks[j] = t.Blocks[j], t.Blocks[i] })
		t.Weight, t.Kin = []float64{0, .5, 1, 1, 1, 1, 2, 3}[r.IntN(8)], r.IntN(4)
		t.Not = r.IntN(12) == 0
		if r.IntN(12) == 0 {
			t.Must = 1 + i // of its own: terms that may be in one unit have no number in common
		}
	}
	return c, terms, last
}

func testTop(t *testing.T, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 7))
	c, terms, _ := corpus(r)
	var accept func(int64) bool
	if n := 1 + r.Int64N(6); n > 1 {
		accept = func(u int64) bool { return u%n == 0 }
	}
	want := exhaustive(t, c, terms, accept)
	for _, k := range []int{1, 10, 200, len(want) + 1} {
		got, err := Top(c, terms, k, accept)
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if !slices.Equal(got, want[:min(k, len(want))]) {
			t.Errorf("seed %d: the best %d of %d differ: %v", seed, k, len(want), got[:min(3, len(got))])
		}
	}
}

func TestTop(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		testTop(t, seed)
	}
}

func FuzzTop(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(testTop)
}

// TestTopPasses spoils what Top has no need to look at.
func TestTopPasses(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(8, 8))
	var rare []Posting
	for u := int64(1); u < 300_000; u += 1 + u/20 { // dense in the beginning, where the threshold is found
		rare = append(rare, Posting{Unit: u, Freq: 1, Len: 100})
	}
	c := Corpus{Units: 300_000, Terms: 30_000_000}
	terms := []Term{{Weight: 1, Blocks: Blocks(rare)}, {Weight: 1, Kin: 1, Blocks: Blocks(random(r, 100_000, .5))}}
	want := exhaustive(t, c, terms, nil)[:10]
	spoiled := 0
	for i := range terms[1].Blocks {
		var cu cursor
		if err := cu.open(&terms[1].Blocks[i], nil); err != nil {
			t.Fatal(err)
		}
		for ok := true; ok; ok = cu.left > 0 && cu.next() {
			if !slices.ContainsFunc(rare, func(p Posting) bool { return p.Unit >= cu.before && p.Unit <= cu.last }) {
				for i := range cu.packed {
					cu.packed[i] = 0xff
				}
				spoiled++
			}
		}
	}
	got, err := Top(c, terms, 10, nil)
	if err != nil || !slices.Equal(got, want) || spoiled < 500 {
		t.Errorf("with %d groups spoiled: %v, %v instead of %v", spoiled, got, err, want)
	}
	if _, err := Top(c, terms, 1000, nil); !errors.Is(err, ErrCorrupt) {
		t.Errorf("spoiled groups that are needed: %v", err)
	}
}

func BenchmarkTop(b *testing.B) {
	r := rand.New(rand.NewPCG(4, 4))
	var terms []Term
	var n int
	for _, share := range []float64{.001, .01, .1, .3} {
		ps := random(r, 1_000_000, share)
		n += len(ps)
		terms = append(terms, Term{Weight: 1, Kin: len(terms), Blocks: Blocks(ps)})
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Top(Corpus{Units: 1_000_000, Terms: 170_000_000}, terms, 200, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/posting")
}
