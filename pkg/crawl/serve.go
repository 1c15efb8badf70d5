package crawl

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"panther/pkg/config"
	"panther/pkg/crawl/control"
	"panther/pkg/sd"
)

// AddedFile is the configuration file in the state folder, which has the sources
// that people added; the administrator's is not written by a service.
const AddedFile = "sources.toml"

// idleAfter is how long the service waits for another wish before it ends.
const idleAfter = time.Minute

func (f *flags) serveCommand() *cobra.Command {
	return &cobra.Command{Use: "serve", Short: "Do what the runtime asks for, at the socket that systemd passes", Args: cobra.NoArgs, Hidden: true,
		RunE: func(c *cobra.Command, _ []string) error {
			if _, err := f.load(); err != nil {
				return err
			}
			env, err := sd.FromSystemd(Name)
			if err != nil {
				return err
			}
			return Serve(c.Context(), env, f.path)
		}}
}

// Serve does what package control asks for until ctx ends, or nobody has asked
// for anything for a while and no visit runs. The sources are those of the
// configuration file at path, and those that people added.
func Serve(ctx context.Context, env *sd.Env, path string) error {
	ln, err := env.Listener(Name, "")
	if err != nil {
		return sd.Hint(fmt.Errorf("take socket: %w", err), "it is started by its socket: systemctl start panther-crawl-control.socket")
	}
	if env.StateDir == "" {
		return errors.New("there is no state folder")
	}
	added := filepath.Join(env.StateDir, AddedFile)
	load := func() (Config, error) { return LoadAdded(path, added) }
	idle := sd.NewIdle(idleAfter)
	ctx, cancel := idle.Context(ctx)
	defer cancel()
	v := &visits{ctx: ctx, env: env, load: load, idle: idle, running: map[string]context.CancelFunc{}, last: map[string]control.Progress{}}
	d := &Desk{Visitor: v, Fixed: path, File: added, Load: load, Uploads: filepath.Join(env.StateDir, "uploads")}
	env.Ready("takes wishes")
	defer env.Stopping()
	err = sd.ServeHTTP(ctx, idle.Handler(control.Handler(d)), ln)
	cancel()
	v.all.Wait()
	return err
}

// visits are those that were asked for. It implements control.Visitor.
type visits struct {
	ctx  context.Context
	env  *sd.Env
	load func() (Config, error)
	idle *sd.Idle
	all  sync.WaitGroup

	mu      sync.Mutex
	running map[string]context.CancelFunc
	last    map[string]control.Progress // of each source
}

func (v *visits) Visit(_ context.Context, sources []string) error {
	cfg, err := v.load()
	if err != nil {
		return wrong(http.StatusConflict, err)
	}
	for _, name := range sources {
		if _, ok := cfg.find(name); !ok {
			return wrong(http.StatusNotFound, fmt.Errorf("there is no source %q", name))
		}
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.ctx.Err() != nil {
		return wrong(http.StatusServiceUnavailable, errors.New("the crawler ends: try again"))
	}
	for _, name := range sources {
		if v.running[name] != nil {
			continue
		}
		ctx, cancel := context.WithCancel(v.ctx)
		v.running[name] = cancel
		v.last[name] = control.Progress{Source: name, Counts: map[string]int{}}
		end := v.idle.Begin()
		v.all.Go(func() {
			defer end()
			defer cancel()
			v.visit(ctx, cfg, name)
		})
	}
	return nil
}

func (v *visits) visit(ctx context.Context, cfg Config, name string) {
	began := time.Now()
	err := Run(ctx, v.env, cfg, Options{Sources: []string{name}, Progress: func(p Progress) {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.last[p.Source] = Told(p, time.Since(began))
	}})
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.running, name)
	p := v.last[name]
	if p.Finished = true; err != nil && p.Error == "" {
		p.Error = err.Error()
	}
	v.last[name] = p
	if err != nil && !errors.Is(err, context.Canceled) {
		v.env.Log.Error("visit failed", "source", name, "error", err)
	}
}

func (v *visits) Interrupt(source string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if cancel := v.running[source]; cancel != nil {
		cancel()
	}
}

func (v *visits) Visits() []control.Progress {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.SortedFunc(maps.Values(v.last), func(a, b control.Progress) int { return cmp.Compare(a.Source, b.Source) })
}

// Told is how far a visit is, as others are told.
func Told(p Progress, since time.Duration) control.Progress {
	out := control.Progress{Source: p.Source, Phase: p.Phase, Done: p.Done, Known: p.Known, Counts: maps.Clone(p.Counts), Rate: p.Rate,
		ETASeconds: p.ETA.Seconds(), Skipped: p.Skipped, Finished: p.Finished, Waiting: p.Waiting, Seconds: since.Seconds()}
	if p.Err != nil {
		out.Error = p.Err.Error()
	}
	return out
}

// loadAll reads the configuration with what people added, where there is a state
// folder.
func loadAll(path string, env *sd.Env) (Config, error) {
	if env.StateDir == "" {
		cfg := Default()
		return cfg, config.Load(path, &cfg)
	}
	return LoadAdded(path, filepath.Join(env.StateDir, AddedFile))
}
