package engine

import (
	"testing"

	"panther/pkg/agentdb/store"
	"panther/pkg/search"
)

func TestFits(t *testing.T) {
	t.Parallel()
	near, far := search.Fused{Unit: 1, Dense: 1}, search.Fused{Unit: 2, Dense: 2}
	worded := search.Fused{Unit: 3, Lexical: 1}
	dense := []store.Scored{{Unit: 1, Score: 0.6}, {Unit: 2, Score: 0.1}}
	for name, tc := range map[string]struct {
		f    search.Fused
		want bool
	}{
		"a word": {worded, true}, "near": {near, true}, "far": {far, false},
	} {
		if got := fits(tc.f, ranking{dense: dense, space: "encoder/all-MiniLM-L6-v2/384"}); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestAbout has the cosines of a related and of an unrelated pair in the spaces
// of two models.
func TestAbout(t *testing.T) {
	t.Parallel()
	for space, c := range map[string]struct{ related, unrelated float64 }{
		"encoder/all-MiniLM-L6-v2/384": {.45, .3}, "encoder/bge-small-en-v1.5/384": {.62, .55}, "encoder/multilingual-e5-small/384": {.86, .76},
	} {
		if got := about(space, c.related); got < nearAbout {
			t.Errorf("%s: what is related has %g", space, got)
		}
		if got := about(space, c.unrelated); got >= nearAbout {
			t.Errorf("%s: what is not has %g", space, got)
		}
	}
}
