package search

import (
	"math"
	"slices"
	"testing"
)

func TestRegularize(t *testing.T) {
	t.Parallel()
	// The eighth is like the first ones, and those before it are like the last.
	var fused []Fused
	vectors := map[int64][]float32{}
	for unit, score := range []float64{.92, .9, .88, .86, .84, .5, .45, .4, .3, .2, .15, .1, .05} {
		fused = append(fused, Fused{Unit: int64(unit), Score: score})
		if vectors[int64(unit)] = []float32{1, 0, 0, 0, 0}; unit >= 5 && unit != 7 {
			vectors[int64(unit)] = []float32{0, 0, 0, .6, .8}
		}
	}
	delete(vectors, 12)
	before := slices.Clone(fused)
	got := Regularize(fused, vectors)
	var order []int64
	for _, f := range got {
		order = append(order, f.Unit)
	}
	if !slices.Equal(order, []int64{0, 1, 2, 3, 4, 7, 5, 6, 8, 9, 10, 11, 12}) {
		t.Errorf("order %v of %+v", order, got)
	}
	if s := got[5].Score; math.Abs(s-.592) > 1e-9 {
		t.Errorf("a score of .4 whose neighbours have .88 became %g", s)
	}
	if f := got[12]; f != before[12] {
		t.Errorf("a unit without vector became %+v", f)
	}
	if !slices.Equal(fused, before) {
		t.Error("the ranking was changed in place")
	}
	if r := Regularize(fused, nil); !slices.Equal(r, before) {
		t.Errorf("without vectors it is %+v", r)
	}
}
