package engine

import (
	"math/rand/v2"
	"testing"
	"time"
)

// TestPaceTellsTheRest runs a whole embedding on a clock of its own: after ten
// seconds what is said to be left is the truth within a factor of 1.5, whatever
// came first.
func TestPaceTellsTheRest(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		steady  float64       // passages a second once nothing else runs
		crawl   time.Duration // at first, in which they come a few at a time
		speed   float64       // share of steady during the crawl
		cold    time.Duration // before the first passage
		batches int           // passages of a call during the crawl
	}{
		{"fast", 600, 4 * time.Second, 0.5, 300 * time.Millisecond, 5},
		{"slow", 9, 4 * time.Second, 0.5, time.Second, 2},
		{"one passage out of a cold start", 9, 0, 1, 3 * time.Second, 1},
		{"a crawl that takes nearly all", 40, 5 * time.Second, 0.1, time.Second, 1},
		{"nothing before", 100, 0, 1, 0, 64},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(5, 6))
			var (
				p       pace
				clock   time.Duration
				promise float64
				at      time.Duration
			)
			left := int(c.steady * 600)
			for first := true; left > 0; first = false {
				n, rate := min(embedBatch, left), c.steady
				if first || clock < c.crawl {
					n, rate = min(c.batches, left), c.steady*c.speed
				}
				took := time.Duration(float64(n) / rate * (0.7 + 0.6*r.Float64()) * float64(time.Second)) // passages differ in length
				if first {
					took += c.cold
				}
				clock += took
				left -= n
				p.add(n, took)
				if promise == 0 && clock >= 10*time.Second {
					promise, at = float64(left)/p.perSecond(), clock
				}
			}
			truth := (clock - at).Seconds()
			if promise < truth/1.5 || promise > truth*1.5 {
				t.Errorf("after %s, %.0f s were promised and it took %.0f s", at.Round(time.Second), promise, truth)
			}
		})
	}
}
