package opencode

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"panther/pkg/opencode/models"

	"panther/pkg/agentdb"
	"panther/pkg/knowledge"
	"panther/pkg/llm/scripted"
	"panther/pkg/opencode/api"
	"panther/pkg/sd"
)

// world is a runtime with a real agentdb on SQLite, over real sockets.
type world struct {
	t      *testing.T
	dir    string
	cfg    Config
	client *api.Client
	know   *knowledge.Client
	env    *sd.Env
	stop   func() // ends the runtime and waits
}

// page is a document of the knowledge base.
type page struct{ uri, title, text string }

var pages = []page{
	{"https://docs.test.io/indexes-partial", "Partial Indexes", "# Partial Indexes\n\nA partial index is an index built over a subset of a table; the subset is defined by a conditional expression called the predicate.\n\n```sql\nCREATE INDEX access_log_client_ip_ix ON access_log (client_ip) WHERE NOT internal;\n```\n"},
	{"https://docs.test.io/vacuum", "Routine Vacuuming", "# Routine Vacuuming\n\nThe autovacuum daemon recovers disk space occupied by updated or deleted rows.\n"},
	{"https://docs.test.io/backup", "Backup", "# Backup\n\nUse pg_dump to extract a database into a script file.\n"},
}

func newWorld(t *testing.T, change func(*Config)) *world {
	t.Helper()
	dir, err := os.MkdirTemp("", "oc") // short: socket paths have a limit
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	w := &world{t: t, dir: dir, cfg: Default()}
	w.cfg.Agents, w.cfg.Titles = "", false
	w.cfg.Listen = "127.0.0.1:0"
	if change != nil {
		change(&w.cfg)
	}
	w.startKnowledge()
	w.know = knowledge.NewClient("unix:"+sd.LocalSocket(dir, "agentdb"), "")
	for _, p := range pages {
		w.upsert(p)
	}
	w.start()
	return w
}

func (w *world) log() *slog.Logger {
	out := io.Discard
	if testing.Verbose() {
		out = os.Stderr
	}
	return slog.New(slog.NewTextHandler(out, nil))
}

func (w *world) startKnowledge() {
	w.t.Helper()
	cfg := agentdb.Default()
	cfg.Database = "sqlite:" + filepath.Join(w.dir, "agentdb.db")
	cfg.Embedding.URL = ""
	env, err := sd.Local("agentdb", w.dir, w.log())
	if err != nil {
		w.t.Fatal(err)
	}
	w.background(env, func(ctx context.Context) error { return agentdb.Run(ctx, env, cfg) })
}

// background runs a service until the test ends.
func (w *world) background(env *sd.Env, run func(context.Context) error) (stop func()) {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- run(ctx) }()
	select {
	case <-env.ReadyC():
	case err := <-done:
		cancel()
		w.t.Fatalf("%s ended before it was ready: %v", env.Name, err)
	}
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			w.t.Errorf("%s ended: %v", env.Name, err)
		}
	}
	w.t.Cleanup(stop)
	return stop
}

func (w *world) upsert(p page) {
	w.t.Helper()
	if _, err := w.know.Upsert(w.t.Context(), knowledge.Document{URI: p.uri, Source: "docs", Title: p.title, Markdown: p.text}); err != nil {
		w.t.Fatal(err)
	}
}

// start starts the runtime, also again after stop.
func (w *world) start() {
	w.t.Helper()
	env, err := sd.Local("opencode", w.dir, w.log())
	if err != nil {
		w.t.Fatal(err)
	}
	w.env = env
	w.stop = w.background(env, func(ctx context.Context) error { return Run(sd.WithDrain(ctx, time.Hour), env, w.cfg) })
	w.client = api.NewClient("unix:"+sd.LocalSocket(w.dir, "opencode"), "")
}

// withModel configures a scripted model.
func withModel(t *testing.T, script scripted.Script) func(*Config) {
	t.Helper()
	srv := httptest.NewServer(scripted.Handler(script))
	t.Cleanup(srv.Close)
	return func(c *Config) {
		c.Providers = []models.Provider{{Name: "test", Kind: "openai", URL: srv.URL + "/v1", Models: []models.Model{{ID: "m", Context: 100_000}}}}
	}
}

func (w *world) session() *api.Session {
	w.t.Helper()
	s, err := w.client.CreateSession(w.t.Context(), api.CreateSession{})
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func (w *world) ask(session, text string) *api.MessageWithParts {
	w.t.Helper()
	m, err := w.client.Prompt(w.t.Context(), session, api.Ask(text))
	if err != nil {
		w.t.Fatal(err)
	}
	return m
}

// until reads events until f says so.
func (w *world) until(sel api.Subscribe, f func(api.Event, api.Properties) bool) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 2*time.Minute)
	defer cancel()
	for e, err := range w.client.Events(ctx, sel) {
		if err != nil {
			w.t.Fatalf("events: %v", err)
		}
		p, err := e.Decode()
		if err != nil {
			w.t.Fatal(err)
		}
		if f(e, p) {
			return
		}
	}
}

func short(m *api.MessageWithParts) string {
	return fmt.Sprintf("%s %v %q", m.Info.Role, m.Info.Error, m.Text())
}

// connected waits until MCP servers are.
func (w *world) connected(names ...string) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 2*time.Minute)
	defer cancel()
	for {
		var all map[string]struct{ Status string }
		b, err := w.get("/mcp")
		if err == nil {
			err = json.Unmarshal(b, &all)
		}
		if err != nil {
			w.t.Fatal(err)
		}
		missing := false
		for _, n := range names {
			missing = missing || all[n].Status != "connected"
		}
		if !missing {
			return
		}
		if ctx.Err() != nil {
			w.t.Fatalf("not connected: %s", b)
		}
	}
}

// get reads a path of the runtime over TCP.
func (w *world) get(path string) ([]byte, error) {
	q, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.tcp()+path, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(q)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s %s", path, resp.Status, b)
	}
	return b, err
}

// answerPermissions gives the same answer to all requests until the test ends.
func (w *world) answerPermissions(reply string) {
	w.t.Helper()
	ready := make(chan struct{})
	go func() {
		for e, err := range w.client.Events(w.t.Context(), api.Subscribe{}) {
			if err != nil {
				return
			}
			if e.Type == api.EventServerConnected {
				close(ready)
			}
			if p, err := e.Decode(); err == nil && p.Request != nil {
				_ = w.client.ReplyPermission(w.t.Context(), p.Request.ID, api.PermissionReply{Reply: reply})
			}
		}
	}()
	<-ready
}
