package crawl

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"panther/pkg/crawl/source"
	"panther/pkg/crawl/visit"
	"panther/pkg/knowledge"
	"panther/pkg/sd"
)

// tellEvery is how often the status line and the progress function are told.
const tellEvery = 250 * time.Millisecond

func (j *job) enter(name string, v *visit.Visit) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.active[name] = v
}

// leave tells the progress function the end of a visit.
func (j *job) leave(name string, v *visit.Visit, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.active, name)
	j.done++
	p := v.Progress()
	p.Finished, p.Err, p.ETA = true, err, 0
	if j.opt.Progress != nil {
		j.opt.Progress(p)
	}
}

// tell keeps the status line and the progress function up to date until the
// returned function is called.
func (j *job) tell(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		t := time.NewTicker(tellEvery)
		defer t.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-t.C:
				j.tellOnce()
			}
		}
	})
	return func() { cancel(); wg.Wait() }
}

func (j *job) tellOnce() {
	j.mu.Lock()
	defer j.mu.Unlock()
	var lines []string
	for _, v := range j.active {
		p := v.Progress()
		lines = append(lines, p.String())
		if j.opt.Progress != nil {
			j.opt.Progress(p)
		}
	}
	if len(lines) == 0 {
		return
	}
	slices.Sort(lines)
	if j.total > 1 {
		lines = append(lines, fmt.Sprintf("%d of %d sources done", j.done, j.total))
	}
	j.env.Status("%s", strings.Join(lines, "; "))
}

// summary is the status line that stays.
func (j *job) summary(todo []source.Source, err error) string {
	switch {
	case err == nil:
		return fmt.Sprintf("visited %d sources", len(todo))
	case errors.Is(err, context.Canceled):
		return "stopped; the next run goes on"
	}
	return "visited " + fmt.Sprint(j.done) + " sources: " + err.Error()
}

func (j *job) logRun(log *slog.Logger, run *knowledge.Run, err error) {
	if run == nil {
		return
	}
	attrs := []any{"status", run.Status, "bytes", run.Bytes, "seconds", int(time.Since(run.Started).Seconds())}
	for _, o := range []string{visit.New, visit.Changed, visit.Unchanged, visit.Gone, visit.Refused, visit.Failed} {
		attrs = append(attrs, o, run.Counts[o])
	}
	for _, w := range run.Warnings {
		log.Warn("crawl had a finding", "finding", w)
	}
	if err == nil {
		log.Info("crawl finished", append(attrs, sd.MessageIDKey, sd.MessageCrawlFinished)...)
	}
}
