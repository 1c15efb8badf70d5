package visit

import (
	"fmt"
	"time"
)

// Progress is how far a visit is.
type Progress struct {
	Source   string
	Run      string
	Phase    string
	Done     int // addresses finished in this run
	Known    int // addresses known to belong to this run
	Counts   map[string]int
	Bytes    int64
	Rate     float64        // pages a second
	ETA      time.Duration  // 0 if not known
	Skipped  map[string]int // files that were not read, by their ending
	Waiting  string         // why the store does not take what was read, "" while it does
	Finished bool
	Err      error
}

// Progress returns how far the visit is.
func (v *Visit) Progress() Progress {
	c := v.Frontier.Counts()
	run := v.snapshot()
	v.mu.Lock()
	done, phase, began, waiting := v.done, v.phase, v.began, v.waiting
	v.mu.Unlock()
	p := Progress{Source: v.Source.Name, Run: run.ID, Phase: phase, Known: c.Known, Counts: run.Counts, Bytes: run.Bytes, Skipped: run.Skipped,
		Done: c.Ended}
	if waiting != nil {
		p.Waiting = waiting.Error()
	}
	if s := time.Since(began).Seconds(); s > 0.5 && done > 0 {
		p.Rate = float64(done) / s
		p.ETA = time.Duration(float64(c.Known-p.Done) / p.Rate * float64(time.Second)).Round(time.Second)
	}
	return p
}

// String is one line for `systemctl status` and a terminal.
func (p Progress) String() string {
	s := fmt.Sprintf("%s: %d of %d pages", p.Source, p.Done, p.Known)
	if p.Rate > 0 {
		s += fmt.Sprintf(", %.0f/s", p.Rate)
	}
	if p.ETA > 0 && !p.Finished {
		s += fmt.Sprintf(", %s left", p.ETA)
	}
	if n := p.Counts[Failed]; n > 0 {
		s += fmt.Sprintf(", %d failed", n)
	}
	if n := p.Counts[Kept]; n > 0 {
		s += fmt.Sprintf(", %d gone and kept: more than max_removed", n)
	}
	if p.Waiting != "" {
		s += ", waiting for agentdb: " + p.Waiting
	}
	return s
}
