package panther

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"time"

	"panther/pkg/config"
	"panther/pkg/crawl"
	"panther/pkg/crawl/control"
	"panther/pkg/knowledge"
	"panther/pkg/local"
	"panther/pkg/sd"
	"panther/pkg/terminal"
	"panther/pkg/units"
)

// pollEvery is how often agentdb is asked for the counts of a crawl on a
// server; its end is told by systemd.
const pollEvery = 300 * time.Millisecond

// crawlServer starts the crawl units and follows them. The crawl belongs to
// systemd: when ctx ends only the following ends.
func (a *app) crawlServer(ctx context.Context, t *target, req local.CrawlRequest, asJSON bool) error {
	c, err := units.Open(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	names := []string{"panther-crawl.service"}
	if len(req.Sources) > 0 {
		names = names[:0]
		for _, s := range req.Sources {
			if err := configured(ctx, s); err != nil {
				return err
			}
			names = append(names, "panther-crawl@"+s+".service")
		}
	}
	began := time.Now()
	jobs := map[string]<-chan string{}
	for _, n := range names {
		if jobs[n], err = c.Start(ctx, n); err != nil {
			return err
		}
	}
	v := newCrawlView(a, asJSON)
	defer v.close()
	k := t.agentdb()
	defer k.Close()
	f := &follower{knowledge: k, view: v, began: began, seen: map[string]bool{}}
	if !asJSON {
		defer f.journal(ctx, names)()
	}
	failed, err := f.follow(ctx, jobs)
	if ctx.Err() != nil {
		v.close()
		return &sd.Error{Err: fmt.Errorf("no longer following; the crawl goes on"), Code: exitInterrupted,
			Hint: "see: panther sources; to end it: systemctl stop " + strings.Join(names, " ")}
	}
	if err != nil {
		return err
	}
	if len(failed) > 0 {
		return sd.Hint(fmt.Errorf("%s failed", strings.Join(failed, ", ")), "see: journalctl -u "+failed[0]+" -n 30")
	}
	if len(f.seen) == 0 && !asJSON {
		a.errOut.Printf("no source is due\nhint: to visit one all the same: panther crawl SOURCE (see: panther sources)\n")
	}
	v.close()
	return a.failures(ctx, t, v.failed, asJSON)
}

// configured refuses a source that neither the server's configuration has nor
// people added. Where it cannot be read the unit decides.
func configured(ctx context.Context, name string) error {
	cfg := crawl.Default()
	if err := config.Load(config.Path(crawl.Name), &cfg); err != nil {
		return nil
	}
	names := cfg.Names()
	if !slices.Contains(names, name) {
		names = append(names, added(ctx)...)
	}
	if !slices.Contains(names, name) {
		return noSource(name, names)
	}
	return nil
}

// added are the sources that the crawler knows besides the configuration's, as
// far as it answers.
func added(ctx context.Context) []string {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	c := control.NewClient(control.DefaultSocket)
	defer c.Close()
	list, _ := c.Sources(ctx) // without it there are none
	var names []string
	for _, s := range list {
		names = append(names, s.Name)
	}
	return names
}

// follower shows crawl runs that units of systemd do.
type follower struct {
	knowledge *knowledge.Client
	view      *crawlView
	began     time.Time
	seen      map[string]bool // runs whose end was shown
}

// follow returns when all jobs have ended, with the units that failed.
func (f *follower) follow(ctx context.Context, jobs map[string]<-chan string) (failed []string, err error) {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for _, n := range slices.Sorted(maps.Keys(jobs)) {
		for ended := false; !ended; {
			select {
			case <-ctx.Done():
				return nil, ctx.Err()
			case result := <-jobs[n]:
				ended = true
				if result != "done" && result != "skipped" {
					failed = append(failed, n)
				}
			case <-tick.C:
				f.runs(ctx)
			}
		}
	}
	f.runs(ctx) // for the last counts
	return failed, nil
}

// runs shows the runs that began since. agentdb may be away for a moment.
func (f *follower) runs(ctx context.Context) {
	list, err := f.knowledge.Runs(ctx, "", 50)
	if err != nil {
		return
	}
	for _, r := range list {
		// A run that was interrupted goes on under its old start.
		if f.seen[r.ID] || r.Finished != nil && r.Finished.Before(f.began) {
			continue
		}
		p := local.Progress{Source: r.Source, Counts: r.Counts, Warnings: r.Warnings, Skipped: r.Skipped, Error: r.Error, Seconds: time.Since(r.Started).Seconds()}
		for _, n := range r.Counts {
			p.Done += n
		}
		p.Known = p.Done
		if r.Finished != nil {
			f.seen[r.ID] = true
			p.Finished, p.Seconds = true, r.Finished.Sub(r.Started).Seconds()
		}
		f.view.event(local.CrawlEvent{Progress: &p})
	}
}

// journal writes the units' warnings and errors as notes while they run; the
// function that it returns ends it. Without the right to read the journal
// nothing is written.
func (f *follower) journal(ctx context.Context, names []string) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	args := []string{"--follow", "--output=cat", "--priority=warning", "--quiet", fmt.Sprintf("--since=@%d", f.began.Unix())}
	for _, n := range names {
		args = append(args, "--unit="+n)
	}
	cmd := exec.CommandContext(ctx, "journalctl", args...)
	pipe, err := cmd.StdoutPipe()
	if err != nil || cmd.Start() != nil {
		cancel()
		return func() {}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for sc := bufio.NewScanner(pipe); sc.Scan(); {
			f.view.note(terminal.Clean(sc.Text()))
		}
	}()
	return func() {
		cancel()
		<-done
		_ = cmd.Wait() // it was killed
	}
}
