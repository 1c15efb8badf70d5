package agentdb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"panther/pkg/agentdb/engine"
	"panther/pkg/agentdb/postgres"
	"panther/pkg/agentdb/sqlite"
	"panther/pkg/agentdb/store"
	"panther/pkg/embed/remote"
	"panther/pkg/sd"
)

// Open opens the store of a database setting and applies its migrations.
func Open(ctx context.Context, database string) (store.Store, error) {
	path, ok := strings.CutPrefix(database, "sqlite:")
	if !ok {
		return postgres.Open(ctx, database)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	return sqlite.Open(ctx, path)
}

// newProvider returns the embedding provider, or nil if none is configured.
func newProvider(env *sd.Env, cfg Embedding) (engine.Provider, error) {
	if cfg.URL == "" {
		return nil, nil
	}
	opt := remote.Options{URL: cfg.URL, Model: cfg.Model, PerMinute: cfg.PerMinute, Batch: 64, Retries: 2, Timeout: 2 * time.Minute,
		SendInputType: strings.HasPrefix(cfg.URL, "unix:")}
	if cfg.Credential != "" {
		key, err := env.Credential(cfg.Credential)
		if err != nil {
			return nil, sd.ConfigError(err, "give the service the credential that embedding.credential names")
		}
		opt.Key = key
	}
	return engine.NewHTTPProvider(opt), nil
}

// database holds the engine once the store is open, and knows whether the
// database answers.
type database struct {
	setting string
	slow    time.Duration // queries that take longer are logged with their plan; 0 logs none
	maxLost float64       // see engine.SetMaxLost
	env     *sd.Env
	engine  atomic.Pointer[engine.Engine]
	why     atomic.Pointer[error] // it is away; nil while it answers
}

var errOpening = fmt.Errorf("open database: %w", store.ErrUnavailable)

// get is what the API works with.
func (d *database) get() (*engine.Engine, error) {
	if e := d.engine.Load(); e != nil {
		return e, nil
	}
	return nil, d.away()
}

// away returns why the database cannot be used, or nil.
func (d *database) away() error {
	if err := d.why.Load(); err != nil {
		return *err
	}
	if d.engine.Load() == nil {
		return errOpening
	}
	return nil
}

// Waits between attempts to reach the database.
const (
	firstRetry = 200 * time.Millisecond
	lastRetry  = 5 * time.Second
)

// open tries until the store is open, ctx ends, or waiting cannot help.
func (d *database) open(ctx context.Context, p engine.Provider) error {
	for wait := firstRetry; ; wait = min(2*wait, lastRetry) {
		s, err := Open(ctx, d.setting)
		switch {
		case err == nil:
			d.lost(nil)
			e := engine.New(s, p, d.env.Log)
			e.SetMaxLost(d.maxLost)
			d.engine.Store(e)
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, store.ErrNewerSchema):
			return sd.ConfigError(err, "install the release that wrote the database, or restore a backup of this one")
		case errors.Is(err, store.ErrFull):
			return sd.Hint(err, "free some space on its disk")
		case !errors.Is(err, store.ErrUnavailable):
			return sd.Hint(err, "check the setting database in agentdb.toml, and that the service may use it")
		}
		d.lost(err)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
	}
}

// lost notes whether the database is away, and logs when that changes.
func (d *database) lost(err error) {
	was := d.why.Load() != nil
	if err != nil {
		d.why.Store(&err)
		if !was {
			d.env.Log.Error("database lost", "error", err, sd.MessageIDKey, sd.MessageStoreLost)
		}
		return
	}
	d.why.Store(nil)
	if was {
		d.env.Log.Info("database is back", sd.MessageIDKey, sd.MessageStoreBack)
	}
}

// pingEvery is how soon a lost database is noticed by nobody's request.
const pingEvery = 2 * time.Second

// watch pings the database until ctx ends.
func (d *database) watch(ctx context.Context) {
	t := time.NewTicker(pingEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		if e := d.engine.Load(); e != nil {
			if err := e.Store().Ping(ctx); ctx.Err() == nil {
				d.lost(err)
			}
		}
	}
}

// prepare lets the store do in the background what it can, and hears what of its
// own background work fails.
func (d *database) prepare(ctx context.Context) {
	switch s := d.engine.Load().Store().(type) {
	case *postgres.Store:
		s.OnUpkeepError(func(err error) { d.env.Log.Warn("database upkeep failed, it is tried again", "error", err) })
		if d.slow > 0 {
			s.OnSlowQuery(d.slow, func(q postgres.SlowQuery) {
				d.env.Log.Warn("query was slow", "millis", q.Took.Milliseconds(), "sql", q.SQL, "plan", q.Plan, "error", q.Err)
			})
		}
	case *sqlite.Store:
		if err := s.Warm(ctx); err != nil && ctx.Err() == nil {
			d.env.Log.Warn("indexes were not loaded ahead", "error", err)
		}
	}
	if err := d.engine.Load().CheckCanaries(ctx); err != nil && ctx.Err() == nil {
		d.env.Log.Warn("canaries were not asked", "error", err)
	}
}
