package local

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"panther/pkg/crawl"
	"panther/pkg/crawl/control"
)

// Progress is how far the crawl of a source is.
type Progress = control.Progress

// How often due sources are looked for, and how often a client hears of
// progress.
const (
	lookEvery = time.Minute
	tellEvery = 200 * time.Millisecond
)

// job is one crawl that runs. Clients that ask for a crawl meanwhile follow it
// first. It ends when the last client that wants it goes away, unless the
// schedule wants it too.
type job struct {
	cancel  context.CancelFunc
	done    chan struct{}
	err     error // valid once done is closed
	began   time.Time
	clients int // guarded by instance.mu; the schedule counts as one

	mu    sync.Mutex
	lines map[string]Progress // by source
}

func (j *job) snapshot() map[string]Progress {
	j.mu.Lock()
	defer j.mu.Unlock()
	return maps.Clone(j.lines)
}

func (j *job) progress(p crawl.Progress) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines[p.Source] = crawl.Told(p, time.Since(j.began))
}

// begin joins the running crawl, or starts one with opt; fresh tells which.
func (i *instance) begin(opt crawl.Options) (j *job, fresh bool, err error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.job != nil {
		i.job.clients++
		return i.job, false, nil
	}
	cfg, err := i.crawlConfig()
	if err != nil {
		return nil, false, err
	}
	env, err := i.env(crawl.Name)()
	if err != nil {
		return nil, false, err
	}
	ctx, cancel := context.WithCancel(i.ctx)
	j = &job{cancel: cancel, done: make(chan struct{}), began: time.Now(), clients: 1, lines: map[string]Progress{}}
	opt.Progress = j.progress
	i.job = j
	i.jobs.Go(func() {
		defer cancel()
		j.err = crawl.Run(ctx, env, cfg, opt)
		i.mu.Lock()
		i.job = nil
		maps.Copy(i.visits, j.snapshot())
		i.mu.Unlock()
		close(j.done)
	})
	return j, true, nil
}

// leave gives up a client's interest in j.
func (i *instance) leave(j *job) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if j.clients--; j.clients == 0 {
		j.cancel()
	}
}

// runCrawl does what a client asks for: it follows the crawl that runs, if one
// does, and then visits what that did not.
func (i *instance) runCrawl(ctx context.Context, req CrawlRequest, send func(CrawlEvent)) error {
	cfg, err := i.crawlConfig()
	if err != nil {
		return err
	}
	var left []string
	for _, s := range cfg.Sources {
		if !s.Disabled || slices.Contains(req.Sources, s.Name) {
			left = append(left, s.Name)
		}
	}
	if len(req.Sources) > 0 {
		left = req.Sources // crawl refuses names that it does not know
	}
	if len(left) == 0 {
		return errNoSources
	}
	for {
		opt := crawl.Options{Sources: left}
		if req.Due {
			opt.Sources = nil
		}
		j, fresh, err := i.begin(opt)
		if err != nil {
			return err
		}
		err = i.followJob(ctx, j, send)
		i.leave(j)
		if err != nil || fresh {
			return err
		}
		done := j.snapshot()
		left = slices.DeleteFunc(slices.Clone(left), func(s string) bool { return done[s].Finished })
		if len(left) == 0 || req.Due {
			return nil
		}
	}
}

// followJob reports the progress of j until it ends.
func (i *instance) followJob(ctx context.Context, j *job, send func(CrawlEvent)) error {
	told := map[string]Progress{}
	tell := func() {
		for _, name := range slices.Sorted(maps.Keys(j.snapshot())) {
			p := j.snapshot()[name]
			if old, ok := told[name]; ok && old.Finished == p.Finished && old.Done == p.Done && old.Known == p.Known && old.Waiting == p.Waiting {
				continue
			}
			told[name] = p
			send(CrawlEvent{Progress: &p})
		}
	}
	t := time.NewTicker(tellEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-j.done:
			tell()
			if errors.Is(j.err, context.Canceled) {
				return errors.New("the crawl was interrupted; the next one goes on where it was")
			}
			return j.err
		case <-t.C:
			tell()
		}
	}
}

// schedule visits the sources that are due, from a minute after the start on.
func (i *instance) schedule(ctx context.Context) {
	t := time.NewTicker(lookEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		cfg, err := i.crawlConfig()
		if err != nil {
			i.opt.Log.Error("crawl not started", "error", err)
			continue
		}
		if len(cfg.Sources) == 0 {
			continue
		}
		j, fresh, err := i.begin(crawl.Options{})
		if err != nil {
			i.opt.Log.Error("crawl not started", "error", err)
			continue
		}
		select {
		case <-ctx.Done():
		case <-j.done:
			if fresh && j.err != nil && ctx.Err() == nil {
				i.opt.Log.Error("crawl failed", "error", fmt.Sprint(j.err))
			}
		}
		i.leave(j)
	}
}
