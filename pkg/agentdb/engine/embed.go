package engine

import (
	"context"
	"errors"
	"time"

	"panther/pkg/agentdb/store"
	"panther/pkg/sd"
)

// progress is what the background work is doing.
type progress struct {
	space   string // that it fills; "" before the provider has answered
	pending int
	pace    pace   // of units
	failure string // why it does not go on; "" if it does
	noModel bool   // that there is no model is why
}

// Times of the background work. A batch is a few seconds of an encoder on one
// core, so that a stop does not wait long. The provider is asked for its model
// every while, since it may have been given another one.
const (
	embedBatch = 64
	idlePoll   = 20 * time.Second
	minPause   = 500 * time.Millisecond
	maxPause   = 30 * time.Second
)

// Embed gives pending units their vectors until ctx ends. It follows the
// provider: a new model gets a space of its own, which is filled in the
// background, made the active one when it is whole, and then the others are
// dropped. A provider or a database that is away is waited for.
func (e *Engine) Embed(ctx context.Context) {
	if e.provider == nil {
		return
	}
	pause := minPause
	for ctx.Err() == nil {
		err := e.embedPending(ctx)
		wait := idlePoll
		if err == nil {
			pause = minPause
			e.setProgress(func(p *progress) { p.failure, p.noModel = "", false })
			if err := e.CheckCanaries(ctx); err != nil && ctx.Err() == nil {
				e.log.Warn("canaries were not asked", "error", err)
			}
		} else if ctx.Err() == nil {
			e.setProgress(func(p *progress) {
				if p.failure != err.Error() {
					e.log.Warn("embedding is waiting", "error", err)
				}
				p.failure, p.noModel = err.Error(), errors.Is(err, ErrNoModel)
			})
			wait, pause = pause, min(2*pause, maxPause)
		}
		wake := e.work
		if err != nil {
			wake = nil // new documents do not bring the provider back
		}
		select {
		case <-ctx.Done():
		case <-wake:
		case <-time.After(wait):
		}
	}
}

// embedPending embeds until nothing is pending in the wanted space.
func (e *Engine) embedPending(ctx context.Context) error {
	m, err := e.provider.Model(ctx)
	if err != nil {
		return err
	}
	want := store.Space{ID: store.SpaceID(m.Provider, m.ID, m.Dimensions), Provider: m.Provider, Model: m.ID,
		Dimensions: m.Dimensions, Weight: m.FusionWeight}
	if err := e.store.CreateSpace(ctx, want); err != nil {
		return err
	}
	if err := e.countPending(ctx, want.ID); err != nil {
		return err
	}
	for {
		start := time.Now()
		n, err := e.store.Embed(ctx, want.ID, embedBatch, func(ctx context.Context, us []store.PendingUnit) ([][]float32, error) {
			texts := make([]string, len(us))
			for i, u := range us {
				texts[i] = IndexText(u.Title, u.Headings, u.Text)
			}
			return e.provider.Embed(ctx, want.Model, texts, KindPassage)
		})
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
		e.embedded(n, time.Since(start))
	}
	return e.swap(ctx, want)
}

func (e *Engine) countPending(ctx context.Context, space string) error {
	sps, err := e.store.Spaces(ctx)
	if err != nil {
		return err
	}
	for _, sp := range sps {
		if sp.ID == space {
			e.setProgress(func(p *progress) { p.space, p.pending, p.failure = space, sp.Pending, "" })
		}
	}
	return nil
}

func (e *Engine) embedded(n int, took time.Duration) {
	e.setProgress(func(p *progress) {
		p.pending = max(0, p.pending-n)
		p.pace.add(n, took)
	})
}

// swap makes a whole space the active one and drops the others.
func (e *Engine) swap(ctx context.Context, want store.Space) error {
	active, err := e.activeSpace(ctx, true)
	if err != nil {
		return err
	}
	if active == nil || active.ID != want.ID {
		st, err := e.store.Stats(ctx)
		if err != nil {
			return err
		}
		if st.Chunks == 0 && st.Memories == 0 && active != nil {
			return nil // nothing to search in either
		}
		if may, err := e.mayEnter(ctx, want); err != nil || !may {
			return err
		}
		if err := e.store.ActivateSpace(ctx, want.ID); err != nil {
			return err
		}
		e.log.Info("embedding space activated", "space", want.ID, "chunks", st.Chunks, sd.MessageIDKey, sd.MessageSpaceSwapped)
		if _, err := e.activeSpace(ctx, true); err != nil {
			return err
		}
	}
	sps, err := e.store.Spaces(ctx)
	if err != nil {
		return err
	}
	for _, sp := range sps {
		if sp.ID == want.ID {
			continue
		}
		if err := e.store.DropSpace(ctx, sp.ID); err != nil {
			return err
		}
		e.log.Info("embedding space dropped", "space", sp.ID)
	}
	return nil
}

func (e *Engine) setProgress(change func(*progress)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	change(&e.progress)
}

func (e *Engine) progressNow() progress {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.progress
}
