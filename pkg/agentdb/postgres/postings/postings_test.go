package postings

import (
	"cmp"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// random makes the postings of a term that a share of n units has.
func random(r *rand.Rand, n int, share float64) []Posting {
	var ps []Posting
	for u := range n {
		if r.Float64() < share {
			freq := uint32(1)
			for r.IntN(3) == 0 {
				freq++
			}
			ps = append(ps, Posting{Unit: int64(u*3 + 1), Freq: freq, Len: uint32(20 + u%300)})
		}
	}
	return ps
}

func TestEncode(t *testing.T) {
	t.Parallel()
	for _, ps := range [][]Posting{
		{{Unit: 1, Freq: 1, Len: 1}},
		{{Unit: 0, Freq: 2, Len: 0}, {Unit: maxUnit - 1, Freq: math.MaxUint32, Len: math.MaxUint32}},
		random(rand.New(rand.NewPCG(1, 1)), 400, .9),
	} {
		b := Encode(ps)
		got, err := b.Decode(nil)
		if err != nil || !slices.Equal(got, ps) {
			t.Errorf("%d postings came back as %v, %v", len(ps), got, err)
		}
		b.N++
		if _, err := b.Decode(nil); !errors.Is(err, ErrCorrupt) {
			t.Errorf("one posting too few: %v", err)
		}
		b.N -= 2
		if _, err := b.Decode(nil); !errors.Is(err, ErrCorrupt) {
			t.Errorf("one posting too many: %v", err)
		}
	}
}

func TestMerge(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(2, 2))
	all := random(r, 5000, .5)
	blocks := Blocks(all)
	r.Shuffle(len(blocks), func(i, j int) { blocks[i], blocks[j] = blocks[j], blocks[i] })
	var stay, gone []Posting
	for _, p := range all {
		if r.IntN(4) == 0 {
			gone = append(gone, p)
		} else {
			stay = append(stay, p)
		}
	}
	for _, b := range Blocks(gone) {
		b.Gone = true
		blocks = append([]Block{b}, blocks...)
	}
	got, err := Merge(blocks)
	if err != nil || !slices.Equal(got, stay) {
		t.Errorf("merged into %d postings instead of %d: %v", len(got), len(stay), err)
	}
}

// TestTop compares with the formula written out over plain maps, over several
// windows, with blocks out of order, units that are gone and all conditions.
func TestTop(t *testing.T) {
	t.Parallel()
	const units = 9000 // times 3 is several windows
	r := rand.New(rand.NewPCG(3, 3))
	lists := [][]Posting{random(r, units, .02), random(r, units, .3), random(r, units, .7), random(r, units, .1), random(r, units, .05)}
	gone := map[int64]bool{}
	for range 500 {
		gone[int64(r.IntN(units)*3+1)] = true
	}
	corpus := Corpus{Units: units - int64(len(gone)), Terms: 170 * units}
	terms := make([]Term, len(lists))
	for i, ps := range lists {
		fresh := ps[len(ps)*3/4:]
		terms[i].Blocks = append(Blocks(fresh), Blocks(ps[:len(ps)*3/4])...)
		dead := slices.DeleteFunc(slices.Clone(ps), func(p Posting) bool { return !gone[p.Unit] })
		for _, b := range Blocks(dead) {
			b.Gone = true
			terms[i].Blocks = append(terms[i].Blocks, b)
		}
		terms[i].Score = i < 3
	}
	terms[3].Must, terms[4].Not = true, true
	accept := func(u int64) bool { return u%2 == 0 }

	for name, n := range map[string]int{"scored": 3, "must": 4, "must and not": 5} {
		for _, a := range []func(int64) bool{nil, accept} {
			want := plain(corpus, lists[:n], gone, a)
			for _, k := range []int{1, 10, 300, 100_000} {
				got, err := Top(corpus, terms[:n], k, a)
				if err != nil {
					t.Fatal(err)
				}
				if !slices.Equal(got, want[:min(k, len(want))]) {
					t.Errorf("%s: the best %d of %d differ: %v", name, k, len(want), got[:min(3, len(got))])
				}
			}
		}
	}
	if got, err := Top(corpus, []Term{{Score: true, Blocks: terms[0].Blocks}, {Must: true}}, 9, nil); err != nil || len(got) > 0 {
		t.Errorf("a term that must be there but occurs nowhere: %v, %v", got, err)
	}
}

// plain scores lists 0 to 2; 3 must be there and 4 must not.
func plain(c Corpus, lists [][]Posting, gone map[int64]bool, accept func(int64) bool) []Hit {
	sum, has, not := map[int64]float64{}, map[int64]bool{}, map[int64]bool{}
	for i, ps := range lists {
		n := 0.0
		for _, p := range ps {
			if !gone[p.Unit] {
				n++
			}
		}
		idf := max(1e-6, math.Log((float64(c.Units)-n+.5)/(n+.5)))
		for _, p := range ps {
			switch {
			case gone[p.Unit]:
			case i == 3:
				has[p.Unit] = true
			case i == 4:
				not[p.Unit] = true
			default:
				f, d := float64(p.Freq), float64(p.Len)
				sum[p.Unit] += idf * (f * 2.2 / (f + 1.2*(.25+.75*d/(float64(c.Terms)/float64(c.Units)))))
			}
		}
	}
	var out []Hit
	for u, s := range sum {
		if (len(lists) < 4 || has[u]) && !not[u] && (accept == nil || accept(u)) {
			out = append(out, Hit{u, s})
		}
	}
	slices.SortFunc(out, func(x, y Hit) int {
		return cmp.Or(cmp.Compare(y.Score, x.Score), cmp.Compare(x.Unit, y.Unit))
	})
	return out
}

func FuzzDecode(f *testing.F) {
	b := Encode([]Posting{{1, 1, 5}, {9, 3, 200}})
	f.Add(b.First, b.Last, b.N, b.Data)
	f.Fuzz(func(t *testing.T, first, last int64, n int, data []byte) {
		if n < 0 || n > BlockSize {
			return
		}
		b := Block{First: first, Last: last, N: n, Data: data}
		if _, err := b.Decode(nil); err != nil && !errors.Is(err, ErrCorrupt) {
			t.Error(err)
		}
		_, err := Top(Corpus{Units: 9, Terms: 99}, []Term{{Blocks: []Block{b}, Score: true}}, 5, nil)
		if err != nil && !errors.Is(err, ErrCorrupt) {
			t.Error(err)
		}
	})
}

func BenchmarkTop(b *testing.B) {
	r := rand.New(rand.NewPCG(4, 4))
	var terms []Term
	var n int
	for _, share := range []float64{.001, .01, .1, .3} {
		ps := random(r, 1_000_000, share)
		n += len(ps)
		terms = append(terms, Term{Score: true, Blocks: Blocks(ps)})
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Top(Corpus{Units: 1_000_000, Terms: 170_000_000}, terms, 200, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/posting")
}
