package embed

import (
	"context"
	"errors"
	"sync"
)

// errFull means that as many requests wait as may.
var errFull = errors.New("too many requests are waiting")

// gate lets one computation run at a time, since each uses every core, and
// queries before passages. The zero value with a queue length is ready.
type gate struct {
	queue int // how many may wait, of each kind

	mu     sync.Mutex
	busy   bool
	urgent []chan struct{}
	bulk   []chan struct{}
}

// enter waits for its turn. It returns errFull at once if the queue is full,
// and the context's error if that ends first. The caller leaves when it is done.
func (g *gate) enter(ctx context.Context, urgent bool) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	g.mu.Lock()
	if !g.busy {
		g.busy = true
		g.mu.Unlock()
		return nil
	}
	line := g.line(urgent)
	if len(*line) >= g.queue {
		g.mu.Unlock()
		return errFull
	}
	turn := make(chan struct{})
	*line = append(*line, turn)
	g.mu.Unlock()
	select {
	case <-turn:
		return nil
	case <-ctx.Done():
		if !g.forget(line, turn) {
			g.leave() // the turn came at the same moment
		}
		return ctx.Err()
	}
}

func (g *gate) line(urgent bool) *[]chan struct{} {
	if urgent {
		return &g.urgent
	}
	return &g.bulk
}

// forget takes turn out of line; it reports false if it is no longer there.
func (g *gate) forget(line *[]chan struct{}, turn chan struct{}) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, t := range *line {
		if t == turn {
			*line = append((*line)[:i], (*line)[i+1:]...)
			return true
		}
	}
	return false
}

// leave gives the turn to the next: a query if one waits.
func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, line := range []*[]chan struct{}{&g.urgent, &g.bulk} {
		if len(*line) > 0 {
			turn := (*line)[0]
			*line = (*line)[1:]
			close(turn)
			return
		}
	}
	g.busy = false
}

// yield lets every waiting query go first. It is called by whoever is inside
// with bulk work.
func (g *gate) yield() {
	g.mu.Lock()
	if len(g.urgent) == 0 {
		g.mu.Unlock()
		return
	}
	turn := make(chan struct{})
	g.bulk = append([]chan struct{}{turn}, g.bulk...)
	next := g.urgent[0]
	g.urgent = g.urgent[1:]
	close(next)
	g.mu.Unlock()
	<-turn
}

// waiting returns how many wait.
func (g *gate) waiting() (urgent, bulk int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.urgent), len(g.bulk)
}
