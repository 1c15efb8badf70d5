package engine

import (
	"math"
	"time"
)

// pace is how fast work goes lately: a mean over time, in which what took longer
// weighs more, and which fades. A mean over calls would believe one that brought
// a single passage out of a cold start as much as one that brought many.
type pace struct {
	done, seconds float64
}

// paceFades is the time in which a measurement loses most of its weight: the
// first seconds, beside a crawl, say little about the rest.
const paceFades = 5 * time.Second

// add counts n things that took this long together.
func (p *pace) add(n int, took time.Duration) {
	stay := math.Exp(-took.Seconds() / paceFades.Seconds())
	p.done = p.done*stay + float64(n)
	p.seconds = p.seconds*stay + max(took.Seconds(), 1e-3)
}

// perSecond is 0 as long as nothing was done.
func (p *pace) perSecond() float64 {
	if p.done == 0 {
		return 0
	}
	return p.done / p.seconds
}
