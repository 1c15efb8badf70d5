package opencode

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"panther/pkg/crawl/control"
	"panther/pkg/gate"
	"panther/pkg/knowledge"
	"panther/pkg/opencode/access"
	"panther/pkg/opencode/account"
	"panther/pkg/opencode/agents"
	"panther/pkg/opencode/docs"
	"panther/pkg/opencode/httpapi"
	"panther/pkg/opencode/ledger"
	"panther/pkg/opencode/library"
	"panther/pkg/opencode/mcp"
	"panther/pkg/opencode/models"
	"panther/pkg/opencode/openai"
	"panther/pkg/opencode/permission"
	"panther/pkg/opencode/prompt"
	"panther/pkg/opencode/rest"
	"panther/pkg/opencode/sessions"
	"panther/pkg/opencode/system"
	"panther/pkg/opencode/turn"
	"panther/pkg/opencode/web"
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

// service is the parts of the process.
type service struct {
	turn.Runtime
	cfg       Config
	env       *sd.Env
	started   time.Time
	addresses []string
	prompts   *prompt.Queue
	gate      *access.Gate
	crawler   *control.Client
}

// Run serves the runtime until ctx ends. It is ready when it answers on its
// sockets, with agentdb or without; the status line says which.
func Run(ctx context.Context, env *sd.Env, cfg Config) error {
	s, err := newService(ctx, env, cfg)
	if err != nil {
		return err
	}
	defer s.Knowledge.Close()
	defer s.crawler.Close()
	lns, err := s.listen()
	if err != nil {
		return err
	}
	return s.serve(ctx, lns)
}

func newService(ctx context.Context, env *sd.Env, cfg Config) (*service, error) {
	cfg = cfg.local(env)
	s := &service{cfg: cfg, env: env, started: time.Now(), Runtime: turn.Runtime{
		Config: turn.Config{Knowledge: cfg.Knowledge, Memory: cfg.Memory, Budget: cfg.Budget, Subagents: cfg.Subagents, Steps: cfg.Steps},
		Log:    env.Log, Account: &account.Account{}, Slots: make(chan struct{}, cfg.Subagents.Max),
		Policy: permission.Policy{Shell: cfg.Subagents.Shell, Configured: permission.Configured(cfg.Permission)}}}
	list, err := agents.Load(cfg.Agents)
	if err != nil {
		return nil, sd.ConfigError(err, "correct the file in "+cfg.Agents)
	}
	if s.Agents, err = agents.NewSet(list, cfg.Agent); err != nil {
		return nil, sd.ConfigError(err, "set agent in opencode.toml to one of "+s.Agents.Names())
	}
	if s.Models, err = models.Load(env, cfg.Providers, cfg.Model, cfg.Fallbacks, cfg.Known); err != nil {
		return nil, err
	}
	if _, ok := s.Models.Find(""); !ok && cfg.Model != "" {
		env.Log.Warn("no language model can be used", "model", cfg.Model)
	}
	if s.gate, err = access.New(env, cfg.Access); err != nil {
		return nil, err
	}
	if s.MCP, err = mcp.New(env, cfg.MCP); err != nil {
		return nil, err
	}
	for _, m := range cfg.MCP {
		s.Policy.Foreign = append(s.Policy.Foreign, m.Prefix())
	}
	token := ""
	if cfg.Knowledge.Credential != "" && strings.HasPrefix(cfg.Knowledge.URL, "http") {
		if token, err = env.Credential(cfg.Knowledge.Credential); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	dir := env.StateDir
	if dir == "" {
		dir = "/"
	}
	s.Knowledge = knowledge.NewClient(cfg.Knowledge.URL, token)
	s.crawler = control.NewClient(cfg.Crawler)
	s.Ledger = ledger.New(s.Knowledge, env.Log)
	s.Sessions = sessions.New(s.Knowledge, s.Ledger, dir, sd.BuildVersion())
	s.Requests = permission.NewRequests(s.Sessions, s.Ledger)
	s.prompts = prompt.New(ctx, &s.Runtime, prompt.Options{TurnTime: cfg.TurnTime.D(), Titles: cfg.Titles, Small: cfg.Small})
	return s, nil
}

// local is the configuration where it runs in: a laptop has the sockets of its
// own folder and no sandbox.
func (c Config) local(env *sd.Env) Config {
	if env.IsLocal() {
		if c.Knowledge.URL == knowledge.DefaultSocket {
			c.Knowledge.URL = "unix:" + env.RuntimeDir + "/agentdb.sock"
		}
		if c.Subagents.Socket == Default().Subagents.Socket {
			c.Subagents.Socket = ""
		}
		if c.Crawler == control.DefaultSocket {
			c.Crawler = "unix:" + env.RuntimeDir + "/panther-crawl.sock"
		}
	}
	if c.Subagents.Shell && c.Subagents.Socket == "" {
		env.Log.Warn("sub-agents get no shell: they have no sandbox here")
		c.Subagents.Shell = false
	}
	return c
}

// listen takes the sockets: those that systemd passed, or the environment's
// unix socket and the configured TCP address.
func (s *service) listen() ([]net.Listener, error) {
	var lns []net.Listener
	for i := 0; ; i++ { // the unit's own two, and those that a drop-in adds for a phone
		ln := s.env.ListenerAt(i)
		if ln == nil {
			break
		}
		lns = append(lns, ln)
	}
	if len(lns) == 0 {
		if s.env.IsLocal() {
			ln, err := s.env.Listener("opencode", "")
			if err != nil {
				return nil, err
			}
			lns = append(lns, ln)
		}
		if s.cfg.Listen != "" {
			ln, err := sd.Listen(s.cfg.Listen)
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
		if err := s.gate.Check(ln.Addr()); err != nil {
			return nil, err
		}
		if t, ok := ln.Addr().(*net.TCPAddr); ok {
			s.addresses = append([]string{"http://" + t.String()}, s.addresses...)
		} else {
			s.addresses = append(s.addresses, "unix:"+ln.Addr().String())
		}
	}
	return lns, nil
}

// handler is everything that is served.
func (s *service) handler(stop context.Context) http.Handler {
	a := rest.New("opencoded", "OpenCode's API 1.x as Panther's agent runtime serves it.", sd.BuildVersion(), httpapi.Fail)
	server := &httpapi.Server{Runtime: &s.Runtime, Prompts: s.prompts, Gate: s.gate, Stop: stop, Version: sd.BuildVersion(), Started: s.started,
		Addresses: s.addresses, Line: s.env.StatusLine}
	server.Register(a)
	o := &openai.Server{Runtime: &s.Runtime, TurnTime: s.cfg.TurnTime.D(), Turns: s.prompts.Context(), Started: s.started, Refusal: httpapi.Refusal}
	o.Register(a)
	s.panther(a.Failing(httpapi.FailProblem))
	a.Document("/doc")
	web.Register(a)
	docs.Routes(a.ServeMux, s.describeKnowledge)
	s.gate.Routes(a.ServeMux)
	return s.gate.Handler(httpapi.Everyones(a.Recovering(s.Log, httpapi.Defect)))
}

// describeKnowledge answers with agentdb's description of its API, for people.
func (s *service) describeKnowledge(w http.ResponseWriter, r *http.Request) {
	b, err := s.Knowledge.Description(knowledge.WithPatience(r.Context(), time.Second))
	if err != nil {
		httpapi.FailProblem(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(b)
}

// panther adds what the page asks for beyond OpenCode's API.
func (s *service) panther(a *rest.API) {
	mode := library.ModeServer
	if s.env.IsLocal() {
		mode = library.ModeLocal
	}
	l := &library.Server{Knowledge: s.Knowledge, Sessions: s.Sessions, Models: s.Models, Crawler: s.crawler, Operator: s.gate.Operator, Mode: mode}
	l.Register(a)
	m := &system.Server{Knowledge: s.Knowledge, Sessions: s.Sessions, Models: s.Models, Account: s.Account, Gate: s.gate, Operator: s.gate.Operator, Limit: s.cfg.Budget.Day,
		Local: s.env.IsLocal(), Dir: s.Sessions.Directory(), Version: sd.BuildVersion(), Started: s.started, Services: s.cfg.Services,
		Panther: system.Panther, Home: filepath.Dir(s.env.RuntimeDir)}
	m.Register(a)
}

// serve runs everything and takes it down in order: no new turns, running ones
// end or are interrupted, what they wrote is stored.
func (s *service) serve(ctx context.Context, lns []net.Listener) error {
	ledgerCtx, closeLedger := context.WithCancel(context.WithoutCancel(ctx))
	stored := make(chan struct{})
	go func() { s.Ledger.Run(ledgerCtx, storeTime); close(stored) }()
	background, stop := context.WithCancel(ctx)
	defer stop()
	go s.MCP.Run(background)
	go s.watch(background)
	served := make(chan error, 1)
	go func() { served <- sd.ServeHTTP(ctx, s.handler(ctx), lns...) }()
	s.env.Ready("%s", s.statusLine(errUnknown))
	go debug.FreeOSMemory() // what the start left over
	s.env.Watchdog(ctx, func(context.Context) error { return nil })
	s.Log.Info("runtime ready", "addresses", strings.Join(s.addresses, " "), "models", len(s.Models.Infos()), "agents", len(s.Agents.All()))

	var err error
	select {
	case <-ctx.Done():
	case err = <-served:
		served <- nil
	}
	s.env.Stopping()
	stop()
	s.prompts.Drain(finishTime, storeTime)
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
func (s *service) watch(ctx context.Context) {
	recovered := false
	wait := 200 * time.Millisecond
	for {
		err := s.knowledgeReady(ctx)
		if err == nil && !recovered {
			if rerr := s.prompts.Recover(ctx); rerr != nil && ctx.Err() == nil {
				s.Log.Warn("turns of the last process were not taken up yet", "error", rerr)
			} else {
				recovered = true
			}
		}
		if ctx.Err() != nil {
			return
		}
		s.env.Status("%s", s.statusLine(err))
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
func (s *service) knowledgeReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, checkEvery, errors.New("agentdb does not answer"))
	defer cancel()
	err := s.Knowledge.Ready(ctx)
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

func (s *service) statusLine(knowledge error) string {
	line := "no model, quotes passages"
	if i, ok := s.Models.Find(""); ok {
		line = i.Ref()
	}
	line += fmt.Sprintf("; %d turns, %d running", s.prompts.Begun(), len(s.Sessions.Running()))
	if tokens, cost := s.Account.Total(); tokens.Total > 0 {
		line += fmt.Sprintf("; %d tokens, $%.2f", tokens.Total, cost)
	}
	if knowledge != nil && !errors.Is(knowledge, errUnknown) {
		line += "; agentdb is away: " + gate.Line(knowledge.Error(), 120)
	}
	return line
}
