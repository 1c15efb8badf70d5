package opencode

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strings"
	"time"

	"panther/pkg/opencode/mcp"
	"panther/pkg/opencode/models"

	"panther/pkg/gate"
	"panther/pkg/knowledge"
	"panther/pkg/opencode/access"
	"panther/pkg/opencode/agents"
	"panther/pkg/opencode/ledger"
	"panther/pkg/sd"
)

const (
	// finishTime is how long running turns may take to end when the process
	// stops, and storeTime how long what they wrote may take to be stored.
	// Together with what HTTP needs they stay below the unit's TimeoutStopSec=.
	finishTime = 3 * time.Second
	storeTime  = 5 * time.Second
	// checkEvery is how often the status line and agentdb are looked at, and
	// missingEvery how often while agentdb is away.
	checkEvery   = 10 * time.Second
	missingEvery = time.Second
)

// Run serves the runtime until ctx ends. It is ready when it answers on its
// sockets, with agentdb or without; the status line says which.
func Run(ctx context.Context, env *sd.Env, cfg Config) error {
	r, err := newServer(env, cfg)
	if err != nil {
		return err
	}
	defer r.know.Close()
	lns, err := r.listen()
	if err != nil {
		return err
	}
	return r.serve(ctx, lns)
}

func newServer(env *sd.Env, cfg Config) (*server, error) {
	if env.IsLocal() {
		if cfg.Knowledge.URL == knowledge.DefaultSocket {
			cfg.Knowledge.URL = "unix:" + env.RuntimeDir + "/agentdb.sock"
		}
		if cfg.Subagents.Socket == Default().Subagents.Socket {
			cfg.Subagents.Socket = ""
		}
	}
	if cfg.Subagents.Shell && cfg.Subagents.Socket == "" {
		env.Log.Warn("sub-agents get no shell: they have no sandbox here")
		cfg.Subagents.Shell = false
	}
	r := &server{cfg: cfg, env: env, log: env.Log, version: sd.BuildVersion(), started: time.Now(), bootID: knowledge.NewID("msg"),
		stopping: make(chan struct{}), sessions: sessions{slots: map[string]*slot{}}, asked: asked{open: map[string]*ask{}},
		subSlots: make(chan struct{}, cfg.Subagents.Max)}
	var err error
	if r.agents, err = agents.Load(cfg.Agents); err != nil {
		return nil, sd.ConfigError(err, "correct the file in "+cfg.Agents)
	}
	if r.agent("") == nil {
		return nil, sd.ConfigError(fmt.Errorf("agent %q is not defined", cfg.Agent), "set agent in opencode.toml to one of "+agentNames(r.agents))
	}
	r.configured = configured(cfg.Permission)
	if r.models, err = models.Load(env, cfg.Providers, cfg.Model, cfg.Fallbacks); err != nil {
		return nil, err
	}
	if _, ok := r.models.Find(""); !ok && cfg.Model != "" {
		env.Log.Warn("no language model can be used", "model", cfg.Model)
	}
	if r.gate, err = access.New(env, cfg.Access); err != nil {
		return nil, err
	}
	if r.mcp, err = mcp.New(env, cfg.MCP); err != nil {
		return nil, err
	}
	token := ""
	if cfg.Knowledge.Credential != "" && strings.HasPrefix(cfg.Knowledge.URL, "http") {
		if token, err = env.Credential(cfg.Knowledge.Credential); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	r.know = knowledge.NewClient(cfg.Knowledge.URL, token)
	r.ledger = ledger.New(r.know, env.Log)
	return r, nil
}

func agentNames(list []agents.Agent) string {
	names := make([]string, len(list))
	for i, a := range list {
		names[i] = a.Name
	}
	return strings.Join(names, ", ")
}

// listen takes the sockets: those that systemd passed, or the environment's
// unix socket and the configured TCP address.
func (r *server) listen() ([]net.Listener, error) {
	var lns []net.Listener
	for i := 0; ; i++ { // the unit's own two, and those that a drop-in adds for a phone
		ln := r.env.ListenerAt(i)
		if ln == nil {
			break
		}
		lns = append(lns, ln)
	}
	if len(lns) == 0 {
		if r.env.IsLocal() {
			ln, err := r.env.Listener("opencode", "")
			if err != nil {
				return nil, err
			}
			lns = append(lns, ln)
		}
		if r.cfg.Listen != "" {
			ln, err := sd.Listen(r.cfg.Listen)
			if err != nil {
				return nil, sd.Hint(err, "another server uses the address; set listen in opencode.toml")
			}
			lns = append(lns, ln)
		}
	}
	if len(lns) == 0 {
		return nil, sd.Hint(fmt.Errorf("listen: %w", sd.ErrNoSocket), "start it through opencode.socket, or set listen in opencode.toml")
	}
	for _, ln := range lns {
		if err := r.gate.Check(ln.Addr()); err != nil {
			return nil, err
		}
		if t, ok := ln.Addr().(*net.TCPAddr); ok {
			r.addresses = append([]string{"http://" + t.String()}, r.addresses...)
		} else {
			r.addresses = append(r.addresses, "unix:"+ln.Addr().String())
		}
	}
	return lns, nil
}

// serve runs everything and takes it down in order: no new turns, running ones
// end or are interrupted, what they wrote is stored.
func (r *server) serve(ctx context.Context, lns []net.Listener) error {
	r.ctx = ctx
	turnCtx, interrupt := context.WithCancelCause(context.WithoutCancel(ctx))
	r.turnCtx = turnCtx
	ledgerCtx, closeLedger := context.WithCancel(context.WithoutCancel(ctx))
	stored := make(chan struct{})
	go func() { r.ledger.Run(ledgerCtx, storeTime); close(stored) }()
	background, stop := context.WithCancel(ctx)
	defer stop()
	go r.mcp.Run(background)
	go r.watch(background)
	served := make(chan error, 1)
	go func() { served <- sd.ServeHTTP(ctx, r.routes(), lns...) }()
	r.env.Ready("%s", r.statusLine(errUnknown))
	r.env.Watchdog(ctx, func(context.Context) error { return nil })
	r.log.Info("runtime ready", "addresses", strings.Join(r.addresses, " "), "models", len(r.models.Infos()), "agents", len(r.agents))

	var err error
	select {
	case <-ctx.Done():
	case err = <-served:
		served <- nil
	}
	r.env.Stopping()
	stop()
	close(r.stopping)
	ended := make(chan struct{})
	go func() { r.turns.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(finishTime):
	}
	interrupt(errInterrupted)
	select {
	case <-ended:
	case <-time.After(storeTime):
	}
	closeLedger()
	<-stored
	if e := <-served; err == nil {
		err = e
	}
	return err
}

var errUnknown = errors.New("not asked yet")

// watch keeps the status line true and, when agentdb is there for the first
// time, takes up what the process before this one left.
func (r *server) watch(ctx context.Context) {
	recovered := false
	wait := 200 * time.Millisecond
	for {
		err := r.knowledgeReady(ctx)
		if err == nil && !recovered {
			if rerr := r.recover(ctx); rerr != nil && ctx.Err() == nil {
				r.log.Warn("turns of the last process were not taken up yet", "error", rerr)
			} else {
				recovered = true
			}
		}
		if ctx.Err() != nil {
			return
		}
		r.env.Status("%s", r.statusLine(err))
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
		wait = min(2*wait, missingEvery)
		if err == nil && recovered {
			wait = checkEvery
		}
	}
}

// knowledgeReady asks whether agentdb is there. Its socket accepts before it
// serves, so that an answer may be long in coming.
func (r *server) knowledgeReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, checkEvery, errors.New("agentdb does not answer"))
	defer cancel()
	err := r.know.Ready(ctx)
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

func (r *server) statusLine(knowledge error) string {
	s := "no model, quotes passages"
	if i, ok := r.models.Find(""); ok {
		s = i.Ref()
	}
	r.count.mu.Lock()
	turns := r.count.turns
	r.count.mu.Unlock()
	s += fmt.Sprintf("; %d turns, %d running", turns, len(r.sessions.running()))
	if tokens, cost := r.account.total(); tokens.Total > 0 {
		s += fmt.Sprintf("; %d tokens, $%.2f", tokens.Total, cost)
	}
	if knowledge != nil && !errors.Is(knowledge, errUnknown) {
		s += "; agentdb is away: " + gate.Line(knowledge.Error(), 120)
	}
	return s
}
