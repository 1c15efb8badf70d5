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
		f      search.Fused
		guided bool
		want   bool
	}{
		"a word": {worded, true, true}, "near": {near, false, true}, "far": {far, false, false}, "near by what says little": {near, true, false},
	} {
		if got := fits(tc.f, ranking{dense: dense, guided: tc.guided}); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
