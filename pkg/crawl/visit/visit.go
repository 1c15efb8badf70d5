// Package visit runs one visit of one source: it takes what the visitor of a
// kind found at each address, sends documents that are new or changed to the
// store in batches, records what became of every page, and removes what is
// gone.
//
// The frontier remembers what was delivered, and only after the store said so:
// a visit that is killed goes on where it was, and a page whose content did not
// change sends nothing. The store is authoritative for what it holds. While it is
// away the visit waits; when it stays away, the visit ends with an error and its
// work stays pending.
package visit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"path"
	"strings"
	"sync"
	"time"

	"panther/pkg/crawl/frontier"
	"panther/pkg/crawl/source"
	"panther/pkg/knowledge"

	"golang.org/x/sync/errgroup"
)

// Store keeps documents and the records of runs; knowledge.Client is one.
type Store interface {
	Upsert(ctx context.Context, docs ...knowledge.Document) ([]knowledge.Upserted, error)
	Delete(ctx context.Context, uri string) error
	PutRun(ctx context.Context, r knowledge.Run) error
	PutPages(ctx context.Context, run string, pages []knowledge.PageOutcome) error
}

// Visitor visits the sources of one kind. It returns when everything was
// visited and reported, or with what kept it from going on.
type Visitor interface {
	Visit(ctx context.Context, v *Visit) error
}

// Outcomes of a page, as knowledge.PageOutcome has them.
const (
	New       = "new"
	Changed   = "changed"
	Unchanged = "unchanged"
	Gone      = "gone"
	Refused   = "refused"
	Failed    = "failed"
)

// Kept is the count of pages that are gone, and whose documents stay, since they
// are more than the source may lose at once.
const Kept = "kept"

// Known is the count of a run that goes on: the pages that belong to it, as far
// as they are known.
const Known = "known"

// ErrSource marks the error of a visit whose source could not be reached at
// all. It is final for this run: the source is visited again when it is due.
var ErrSource = errors.New("source cannot be visited")

// Options configure a Visit.
type Options struct {
	Source   source.Source
	Frontier *frontier.Frontier
	Store    Store
	Log      *slog.Logger
	Run      string // identifier; of the run that was interrupted, to go on with it
	Started  time.Time
	Again    func(*frontier.Record) bool // which records are visited again; nil means the live ones
	Defects  string                      // folder for inputs that a defect kept from being read; "" keeps none
	AnyLoss  bool                        // remove whatever is gone, even more than max_removed
}

// Visit is one visit that goes on. Its methods may be called by several
// goroutines.
type Visit struct {
	Source   source.Source
	Frontier *frontier.Frontier
	Log      *slog.Logger
	Resumed  bool // a killed run goes on
	AnyLoss  bool // whatever is gone is removed

	opt   Options
	store Store
	out   chan delivery
	texts texts
	leave func(uri string) bool // documents that the source does not want; nil is none

	mu       sync.Mutex
	run      knowledge.Run
	outcomes []knowledge.PageOutcome
	lost     lossCounter
	began    time.Time
	done     int // pages finished by this process
	phase    string
	waiting  error // of the store, which does not answer; nil if it does
}

// Start begins a run, or goes on with it.
func Start(ctx context.Context, opt Options) (*Visit, error) {
	again := opt.Again
	if again == nil {
		again = (*frontier.Record).Live
	}
	resumed, err := opt.Frontier.Begin(opt.Run, again)
	if err != nil {
		return nil, fmt.Errorf("begin run: %w", err)
	}
	v := &Visit{Source: opt.Source, Frontier: opt.Frontier, Log: opt.Log, Resumed: resumed, AnyLoss: opt.AnyLoss, opt: opt, store: opt.Store,
		out: make(chan delivery, maxBatch), began: time.Now(), phase: "starting",
		run: knowledge.Run{ID: opt.Run, Source: opt.Source.Name, Started: opt.Started, Status: "running", Counts: map[string]int{}}}
	v.Frontier.Each(func(r *frontier.Record) {
		if r.State == frontier.Visited && r.Outcome != "" {
			v.run.Counts[r.Outcome]++
			v.outcomes = append(v.outcomes, outcomeOf(r))
		}
		v.texts.note(r)
	})
	if err := v.patiently(ctx, func(ctx context.Context) error { return v.store.PutRun(ctx, v.snapshot()) }); err != nil {
		return nil, fmt.Errorf("record run: %w", err)
	}
	return v, nil
}

// reportEvery is how often the store learns how far a run is.
const reportEvery = 2 * time.Second

// Do runs the visitor to its end, delivers what it reports, removes what is
// gone, and records how it ended. The error is nil when the whole source was
// visited; single pages that failed are no error of the run.
func (v *Visit) Do(ctx context.Context, visitor Visitor) (*knowledge.Run, error) {
	err := v.visit(ctx, visitor)
	if err == nil {
		v.setPhase("removing what is gone")
		err = v.removeGone(ctx)
	}
	v.suspect()
	end := time.Now().UTC()
	v.mu.Lock()
	switch {
	case err == nil:
		v.run.Status, v.run.Finished = "finished", &end
	case errors.Is(err, context.Canceled):
		v.run.Status = "interrupted"
	default:
		v.run.Status, v.run.Error = "failed", err.Error()
	}
	v.mu.Unlock()
	// The record of how it ended is worth a moment even when a stop was asked for.
	ectx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	if err != nil {
		time.AfterFunc(lastWords, cancel)
	}
	defer context.AfterFunc(ctx, func() { time.AfterFunc(lastWords, cancel) })()
	if rerr := v.record(ectx); err == nil && rerr != nil {
		err = rerr
	}
	if serr := v.Frontier.Sync(); err == nil && serr != nil {
		err = serr
	}
	run := v.snapshot()
	return &run, err
}

func (v *Visit) visit(ctx context.Context, visitor Visitor) error {
	g, gctx := errgroup.WithContext(ctx)
	vctx, cancel := context.WithCancelCause(gctx)
	defer cancel(nil)
	var senders sync.WaitGroup
	for range deliverers {
		senders.Add(1)
		g.Go(func() error {
			defer senders.Done()
			if err := v.deliver(gctx); err != nil {
				cancel(err)
				return err
			}
			return nil
		})
	}
	g.Go(func() error { return v.keepRecording(gctx, &senders) })
	g.Go(func() error {
		defer close(v.out)
		v.setPhase("visiting")
		err := visitor.Visit(vctx, v)
		if err == nil {
			err = v.judgeAll(vctx, v.texts.rest())
		}
		if cause := context.Cause(vctx); err != nil && cause != nil && ctx.Err() == nil {
			return cause
		}
		return err
	})
	return g.Wait()
}

// keepRecording writes the run's state until everything was delivered.
func (v *Visit) keepRecording(ctx context.Context, senders *sync.WaitGroup) error {
	done := make(chan struct{})
	go func() { senders.Wait(); close(done) }()
	t := time.NewTicker(reportEvery)
	defer t.Stop()
	for {
		select {
		case <-done:
			return nil
		case <-ctx.Done():
			return nil
		case <-t.C:
			if err := v.record(ctx); err != nil && ctx.Err() == nil {
				return err
			}
		}
	}
}

// record sends the outcomes that are not yet recorded and the run's state.
func (v *Visit) record(ctx context.Context) error {
	v.mu.Lock()
	pages := v.outcomes
	v.outcomes = nil
	v.mu.Unlock()
	for len(pages) > 0 {
		n := min(len(pages), maxOutcomes)
		err := v.patiently(ctx, func(ctx context.Context) error { return v.store.PutPages(ctx, v.run.ID, pages[:n]) })
		if err != nil {
			v.mu.Lock()
			v.outcomes = append(v.outcomes, pages...)
			v.mu.Unlock()
			return fmt.Errorf("record pages: %w", err)
		}
		pages = pages[n:]
	}
	r := v.snapshot()
	if r.Status == "running" { // so that a reader can tell how far it is
		r.Counts[Known] = v.Frontier.Counts().Known
	}
	if err := v.patiently(ctx, func(ctx context.Context) error { return v.store.PutRun(ctx, r) }); err != nil {
		return fmt.Errorf("record run: %w", err)
	}
	return nil
}

// maxOutcomes is what agentdb takes at a time.
const maxOutcomes = 1000

// snapshot returns a copy of the run's state.
func (v *Visit) snapshot() knowledge.Run {
	v.mu.Lock()
	defer v.mu.Unlock()
	r := v.run
	r.Counts = make(map[string]int, len(v.run.Counts))
	for k, n := range v.run.Counts {
		r.Counts[k] = n
	}
	r.Warnings, r.Skipped = append([]string(nil), v.run.Warnings...), maps.Clone(v.run.Skipped)
	return r
}

// Skip counts a file that is not read, as what is said, or by its ending where
// that is "".
func (v *Visit) Skip(name, as string) {
	kind := as
	if kind == "" {
		kind = strings.ToLower(path.Ext(name))
	}
	if kind == "" || as == "" && len(kind) > 20 {
		kind = "without an ending"
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.run.Skipped == nil {
		v.run.Skipped = map[string]int{}
	}
	if _, ok := v.run.Skipped[kind]; !ok && len(v.run.Skipped) >= maxKinds {
		kind = "others"
	}
	v.run.Skipped[kind]++
}

// maxKinds is how many endings are told apart.
const maxKinds = 100

// Warn adds a warning to the run, once.
func (v *Visit) Warn(text string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, w := range v.run.Warnings {
		if w == text {
			return
		}
	}
	if len(v.run.Warnings) < 50 {
		v.run.Warnings = append(v.run.Warnings, text)
	}
}

// LeaveOut says which documents the source does not want, by the addresses of their
// pages. They are removed at the end, however many they are: it is its owner's wish
// and no loss. It is called by the visitor, before Visit returns.
func (v *Visit) LeaveOut(leave func(uri string) bool) { v.leave = leave }

func (v *Visit) setPhase(p string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.phase = p
}
