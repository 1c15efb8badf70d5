package postings

import (
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

// TestBlocks has postings that nothing is saved on, and expects rows that fit
// into a page.
func TestBlocks(t *testing.T) {
	t.Parallel()
	var ps []Posting
	for i := range int64(5000) {
		ps = append(ps, Posting{Unit: i*i<<30 + 1, Freq: math.MaxUint32 - uint32(i), Len: math.MaxUint32 - uint32(2*i)})
	}
	blocks := Blocks(ps)
	for _, b := range blocks {
		if len(b.Data) > blockBytes {
			t.Errorf("%d postings take %d bytes", b.N, len(b.Data))
		}
	}
	if got, err := Merge(blocks); err != nil || !slices.Equal(got, ps) {
		t.Errorf("%d postings came back as %d: %v", len(ps), len(got), err)
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
		_, err := Top(Corpus{Units: 9, Terms: 99}, []Term{{Blocks: []Block{b}, Weight: 1}}, 5, nil)
		if err != nil && !errors.Is(err, ErrCorrupt) {
			t.Error(err)
		}
	})
}
