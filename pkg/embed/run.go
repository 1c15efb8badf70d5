package embed

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"path/filepath"
	"runtime/debug"
	"time"

	"panther/pkg/embed/model"
	"panther/pkg/sd"
)

// Name is the service's unit, socket and log component.
const Name = "panther-embed"

// Run serves until ctx ends or, started by a socket unit, until it was idle for
// a while. It is ready when the provider is open; a model that is damaged or
// missing is an error with exit status 78.
func Run(ctx context.Context, env *sd.Env, cfg Config) error {
	start := time.Now()
	lns, token, activated, err := listeners(env, cfg)
	if err != nil {
		return err
	}
	p, err := open(env, cfg)
	if err != nil {
		closeAll(lns)
		return err
	}
	s := newService(p, cfg)
	defer s.close()
	if err := s.openCache(ctx, env, cfg); err != nil {
		// Without a cache everything works, only again.
		env.Log.Warn("cache not used", "error", err)
	}
	idle := sd.NewIdle(0)
	if activated {
		idle = sd.NewIdle(cfg.IdleExit.D())
	}
	ctx, cancel := idle.Context(ctx)
	defer cancel()

	env.Watchdog(ctx, s.check)
	env.Ready("%s", s.readyLine(ctx))
	env.Log.Info("embedder ready", "ready_ms", time.Since(start).Milliseconds(), "status", env.StatusLine())
	go debug.FreeOSMemory() // what reading the model left over, some tens of megabytes
	go s.keepStatus(ctx, env)
	err = sd.ServeHTTP(ctx, idle.Handler(s.handler(token)), lns...)
	select {
	case <-idle.Done():
		env.Log.Info("embedder left idle", "idle_seconds", cfg.IdleExit.D().Seconds())
	default:
	}
	env.Stopping()
	return err
}

// listeners returns the passed socket and the configured one.
func listeners(env *sd.Env, cfg Config) (lns []net.Listener, token string, activated bool, err error) {
	ln, err := env.Listener(Name, "")
	switch {
	case err == nil:
		lns, activated = append(lns, ln), !env.IsLocal()
	case !errors.Is(err, sd.ErrNoSocket) || cfg.Listen == "":
		return nil, "", false, err
	}
	if cfg.Listen == "" {
		return lns, "", activated, nil
	}
	token, err = env.Credential("panther-embed-token")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, "", false, err
	}
	if ln, err = sd.Listen(cfg.Listen); err != nil {
		closeAll(lns)
		return nil, "", false, err
	}
	lns = append(lns, ln)
	if tcp, ok := ln.Addr().(*net.TCPAddr); ok && !tcp.IP.IsLoopback() && token == "" {
		closeAll(lns)
		return nil, "", false, sd.ConfigError(fmt.Errorf("listen at %s: everyone on the network could use it", cfg.Listen),
			"give the service the credential panther-embed-token, or listen at 127.0.0.1")
	}
	return lns, token, activated, nil
}

func closeAll(lns []net.Listener) {
	for _, ln := range lns {
		_ = ln.Close()
	}
}

// open chooses and opens the provider.
func open(env *sd.Env, cfg Config) (Provider, error) {
	switch cfg.Provider {
	case ProviderOpenAI:
		if err := canReach(&cfg); err != nil {
			return nil, err
		}
		return openOpenAI(env, cfg.OpenAI)
	}
	var looked []string
	installed := func() (_ *encoderProvider, err error) {
		var dir string
		if dir, looked, err = findModel(env, cfg.Model); err != nil || dir == "" {
			return nil, err
		}
		return openEncoder(dir, cfg.Encoder)
	}
	p, err := installed()
	switch {
	case err != nil:
		return nil, err
	case p != nil:
		return p, nil
	case cfg.Provider == ProviderEncoder || cfg.Model != model.Auto:
		return nil, sd.ConfigError(missingModel(cfg.Model, looked),
			fmt.Sprintf("run `panther-embed pull --models %s`, or set provider = \"auto\" and model = \"auto\" to go on by words alone", filepath.Dir(looked[0])))
	}
	env.Log.Info("no model is installed, search is by words alone", "looked", looked)
	return &awaitedProvider{open: installed}, nil
}

// openCache opens the vector cache of a provider that computes here. Vectors of
// another server are agentdb's to keep.
func (s *service) openCache(ctx context.Context, env *sd.Env, cfg Config) error {
	e, ok := s.provider.(*encoderProvider)
	if !ok {
		return nil
	}
	i, err := e.Info(ctx)
	if err != nil {
		return err
	}
	dir := env.CacheDir
	if dir == "" {
		dir = env.StateDir
	}
	s.cache, err = openCache(dir, i.Provider+"/"+i.Model+"/"+e.revision, i.Dimensions, int64(cfg.Cache))
	return err
}

// readyLine describes the provider without waiting for a remote one.
func (s *service) readyLine(ctx context.Context) string {
	if p, ok := s.provider.(*openaiProvider); ok {
		return fmt.Sprintf("%s at %s (openai)", p.cfg.Model, p.cfg.URL)
	}
	i, err := s.info(ctx)
	if err != nil {
		return err.Error()
	}
	return s.status(i, time.Now())
}

// keepStatus refreshes the status line once a second while there is something
// new to say.
func (s *service) keepStatus(ctx context.Context, env *sd.Env) {
	t := time.NewTicker(time.Second)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
		if s.passages.Load()+s.queries.Load() == 0 {
			continue
		}
		i, err := s.info(ctx)
		if err != nil {
			continue
		}
		env.Status("%s", s.status(i, time.Now()))
	}
}
