// Package engine is what agentdb knows how to do, apart from how it is asked:
// it cuts documents into passages, ranks passages by the fusion of BM25 and
// vectors, packs contexts, keeps memories, and embeds what is pending in the
// background. The database is a store.Store, which is authoritative for all
// data; the engine keeps nothing that it could not find again.
//
// The methods have the signatures of knowledge.Client, so that a front end
// works with either. Their errors are those of package store, and ErrInvalid for
// what a caller got wrong.
package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"panther/pkg/agentdb/store"
	"panther/pkg/knowledge"
	"panther/pkg/sd"
)

// ErrInvalid means that a request cannot be carried out as it is.
var ErrInvalid = errors.New("invalid request")

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %w", ErrInvalid, fmt.Errorf(format, args...))
}

// Engine answers requests from a store.
type Engine struct {
	store    store.Store
	provider Provider // nil: no dense leg
	log      *slog.Logger
	maxLost  float64      // share of canaries that a new space may lose
	fixed    *store.Space // searched as if it were the active one; nil: the active one

	searches atomic.Int64
	work     chan struct{} // capacity 1: there may be pending units

	measuring sync.Mutex // of canaries, one at a time

	mu       sync.Mutex
	held     held
	asked    canaryCount
	ranked   string       // canaryState that is known to be measured; "" is none
	active   *store.Space // as last read; nil if there is none
	activeAt time.Time
	queries  queryCache
	progress progress
	coverage coverage
	spoken   languages
}

// DefaultMaxLost is how large a share of the canaries that are found a new
// embedding space may lose. Two sane models differ by less.
const DefaultMaxLost = 0.1

// New returns an engine. Without a provider searches are lexical. Embed must be
// running for documents to get vectors.
func New(s store.Store, p Provider, log *slog.Logger) *Engine {
	return &Engine{store: s, provider: p, log: log, maxLost: DefaultMaxLost, work: make(chan struct{}, 1)}
}

// SetMaxLost replaces DefaultMaxLost; call it before Embed.
func (e *Engine) SetMaxLost(share float64) { e.maxLost = share }

// in returns an engine that searches in a space as if it were the active one.
func (e *Engine) in(sp *store.Space) *Engine {
	return &Engine{store: e.store, provider: e.provider, log: e.log, fixed: sp}
}

// Store returns the database, for what needs no engine: sessions and crawls.
func (e *Engine) Store() store.Store { return e.store }

// wake tells the background work that units may be pending.
func (e *Engine) wake() {
	select {
	case e.work <- struct{}{}:
	default:
	}
}

// Refresh forgets what was read of the database, after a restore.
func (e *Engine) Refresh() {
	e.mu.Lock()
	e.active, e.activeAt, e.coverage, e.ranked = nil, time.Time{}, coverage{}, ""
	e.mu.Unlock()
	e.wake()
}

// lexicalSince says why searches are by words alone, "" if they are not.
func (e *Engine) lexicalSince(p progress) string {
	switch {
	case e.provider == nil:
		return "no embedding provider is configured"
	case p.noModel:
		return ErrNoModel.Error()
	}
	return ""
}

// Stats describes the database and what the background work is doing.
func (e *Engine) Stats(ctx context.Context) (*knowledge.Stats, error) {
	st, err := e.store.Stats(ctx)
	if err != nil {
		return nil, err
	}
	st.Version, st.Searches = sd.BuildVersion(), e.searches.Load()
	e.mu.Lock()
	p, h := e.progress, e.held
	st.Canaries, st.CanariesLost = e.asked.all, e.asked.lost
	e.mu.Unlock()
	for i := range st.Spaces {
		sp := &st.Spaces[i]
		if sp.ID == h.space {
			sp.Held = h.why
		}
		if sp.ID != p.space {
			continue
		}
		st.Pending, sp.Error = sp.Pending, p.failure
		if rate := p.pace.perSecond(); sp.Pending > 0 && rate > 0 {
			sp.Rate, sp.ETASeconds = rate, float64(sp.Pending)/rate
		}
	}
	st.Lexical = e.lexicalSince(p)
	switch {
	case st.Lexical != "":
		st.Pending = 0
	case p.space == "":
		st.Pending = st.Chunks
	}
	return st, nil
}
