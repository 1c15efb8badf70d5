package crawl

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"panther/pkg/config"
	"panther/pkg/crawl/source"
	"panther/pkg/crawl/visit"
	"panther/pkg/knowledge"
	"panther/pkg/sd"
)

// Options say what a Run visits and where it goes. The zero value visits what
// is due and sends it to agentdb.
type Options struct {
	Sources        []string // visit these, due or not
	All            bool     // visit all, also those that are not due
	Out            string   // write Markdown files below this folder in place of agentdb
	DryRun         bool     // keep nothing and send nothing
	AcceptRemovals bool     // remove what is gone, even more than max_removed
	// Progress is told of every visit a few times a second, by one call at a
	// time.
	Progress func(visit.Progress)
}

// Progress is how far the visit of one source is.
type Progress = visit.Progress

// job is what the visits of one Run share.
type job struct {
	env   *sd.Env
	cfg   Config
	opt   Options
	db    *knowledge.Client // nil with Out and DryRun
	store visit.Store
	state string // folder of the frontiers
	now   func() time.Time

	mu     sync.Mutex
	active map[string]*visit.Visit
	done   int
	total  int
}

// Run visits sources and returns when they were visited. A stop by ctx is an
// error that is context.Canceled; what was read until then is kept.
func Run(ctx context.Context, env *sd.Env, cfg Config, opt Options) error {
	j := &job{env: env, cfg: cfg, opt: opt, now: time.Now, active: map[string]*visit.Visit{}}
	cleanup, err := j.open()
	if err != nil {
		return err
	}
	defer cleanup()
	todo, err := j.choose(ctx)
	if err != nil {
		return err
	}
	if len(todo) == 0 {
		env.Ready("no source is due, %d are configured", len(cfg.Sources))
		return nil
	}
	j.total = len(todo)
	env.Ready("visiting %d of %d sources", len(todo), len(cfg.Sources))
	defer env.Stopping()
	stop := j.tell(ctx)
	err = j.visitAll(ctx, todo)
	stop()
	env.Status("%s", j.summary(todo, err))
	return err
}

// open decides where documents and state go.
func (j *job) open() (cleanup func(), err error) {
	nothing := func() {}
	j.state = j.env.StateDir
	switch {
	case j.opt.DryRun:
		if j.state, err = os.MkdirTemp("", "panther-crawl-"); err != nil {
			return nil, fmt.Errorf("make folder for a dry run: %w", err)
		}
		j.store = discard{}
		return func() { _ = os.RemoveAll(j.state) }, nil
	case j.opt.Out != "":
		out, err := filepath.Abs(j.opt.Out) // git runs in a folder of its own
		if err != nil {
			return nil, fmt.Errorf("make output folder: %w", err)
		}
		f, err := newFolder(out)
		if err != nil {
			return nil, err
		}
		j.store, j.state = f, filepath.Join(out, ".state")
		return nothing, nil
	case j.state == "":
		return nil, sd.Hint(errors.New("there is no state folder"), "run it by its unit (systemctl start panther-crawl), or with --out FOLDER, or set STATE_DIRECTORY")
	}
	token, err := j.env.Credential("agentdb-token")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	j.db = knowledge.NewClient(j.cfg.AgentDB, token)
	j.store = j.db
	return j.db.Close, nil
}

// choose returns the sources to visit, and registers all that are configured.
func (j *job) choose(ctx context.Context) ([]source.Source, error) {
	var todo []source.Source
	for _, name := range j.opt.Sources {
		s, ok := j.cfg.find(name)
		if !ok {
			return nil, j.cfg.noSource(name)
		}
		todo = append(todo, s)
	}
	for _, s := range j.cfg.Sources {
		s = s.Complete()
		last, unfinished := j.lastRun(s)
		next := s.Next(last)
		if len(j.opt.Sources) == 0 && !s.Disabled && (j.opt.All || unfinished || !next.After(j.now())) {
			todo = append(todo, s)
			next = s.Next(j.now())
		} else if slices.Contains(j.opt.Sources, s.Name) {
			next = s.Next(j.now())
		}
		if err := j.register(ctx, s, next); err != nil {
			return nil, err
		}
	}
	return todo, nil
}

// register tells agentdb of a source, so that it can be listed before it was
// ever visited.
func (j *job) register(ctx context.Context, s source.Source, next time.Time) error {
	if j.db == nil {
		return nil
	}
	if next.IsZero() {
		next = j.now()
	}
	next = next.UTC()
	reg := knowledge.Source{Name: s.Name, Kind: s.Kind, Location: s.Location(), Schedule: s.Schedule, Tags: s.Tags, NextRun: &next}
	if s.Disabled {
		reg.NextRun = nil
	}
	if err := j.db.PutSource(ctx, reg); err != nil {
		return sd.Hint(fmt.Errorf("register source %s: %w", s.Name, err), "see: systemctl status agentdb-crawl.socket agentdb")
	}
	return nil
}

func (j *job) names() []string { return j.cfg.Names() }

// Names returns the names of the sources.
func (c Config) Names() []string {
	var out []string
	for _, s := range c.Sources {
		out = append(out, s.Name)
	}
	return out
}

// noSource is the refusal of a name that no source has.
func (c Config) noSource(name string) error {
	other := "configured are: " + strings.Join(c.Names(), ", ")
	if len(c.Sources) == 0 {
		other = "none is configured"
	}
	return sd.Hint(sd.UsageError("there is no source %q", name), config.DidYouMean(name, c.Names(), other))
}

// visitAll visits a few sources at a time and returns their errors together.
func (j *job) visitAll(ctx context.Context, todo []source.Source) error {
	slots := make(chan struct{}, j.cfg.Parallel)
	errs := make([]error, len(todo))
	var wg sync.WaitGroup
	for i, s := range todo {
		slots <- struct{}{}
		if ctx.Err() != nil {
			errs[i] = ctx.Err()
			break
		}
		wg.Go(func() {
			defer func() { <-slots }()
			if err := j.visit(ctx, s); err != nil {
				errs[i] = fmt.Errorf("source %s: %w", s.Name, err)
			}
		})
	}
	wg.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return errors.Join(errs...)
}
