package panther

import (
	"testing"
	"time"

	"panther/pkg/knowledge"
)

func TestProgressOfARunThatGoesOn(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 25, 2, 0, 0, 0, time.UTC)
	for want, counts := range map[string]map[string]int{
		"120 of 400 pages, 12.0/s, 23s left": {"known": 400, "new": 100, "unchanged": 20},
		"5 of 5 pages, 0.5/s":                {"known": 5, "new": 5},
		"7 pages":                            {"new": 7},
		"0 pages":                            {"known": 9},
	} {
		if got := progress(&knowledge.Run{Started: start, Counts: counts}, start.Add(10*time.Second)); got != want {
			t.Errorf("%v: %q, want %q", counts, got, want)
		}
	}
}
