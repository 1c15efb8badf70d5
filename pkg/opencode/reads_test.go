package opencode

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"

	"panther/pkg/knowledge"
	"panther/pkg/llm"
	"panther/pkg/llm/scripted"
	"panther/pkg/opencode/api"
	"panther/pkg/sd"
)

// counter counts what is asked of agentdb on the way there.
type counter struct {
	mu      sync.Mutex
	seen    map[string]int
	queries []string // what passages are searched for
	asked   string   // what the model is asked
}

func (c *counter) proxy(t *testing.T, to string) string {
	t.Helper()
	client, base := sd.HTTPClient(to)
	target, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	p := httputil.NewSingleHostReverseProxy(target)
	p.Transport = client.Transport
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		what := r.Method + " " + r.URL.Path
		if strings.HasPrefix(r.URL.Path, "/v1/sessions/") {
			what = r.Method + " /v1/sessions/ID"
		}
		if r.URL.Query().Has("id") {
			what += "?id"
		}
		var search knowledge.ContextRequest
		b, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(b))
		c.mu.Lock()
		c.seen[what]++
		if r.URL.Path == "/v1/context" && json.Unmarshal(b, &search) == nil {
			c.queries = append(c.queries, search.Query)
		}
		c.mu.Unlock()
		p.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}

// counted is a runtime whose agentdb is reached through a counter.
func counted(t *testing.T) (*world, *counter) {
	t.Helper()
	c := &counter{seen: map[string]int{}}
	w := newWorld(t, func(cfg *Config) {
		withModel(t, func(r scripted.Request) scripted.Reply {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.asked = r.Last(llm.RoleUser)
			return scripted.Reply{Text: "Hello."}
		})(cfg)
		cfg.Budget.Session = 10
	})
	w.stop()
	w.cfg.Knowledge.URL = c.proxy(t, "unix:"+sd.LocalSocket(w.dir, "agentdb"))
	w.start()
	return w, c
}

// A question is searched for as it was typed, whatever it looks like and whatever
// comes with it.
func TestQuestionsReachSearchAsText(t *testing.T) {
	t.Parallel()
	w, c := counted(t)
	for _, q := range []string{`"exact words" -minus site:x OR title:y`, "What does {{ x | default(1) }} AND NOT (a) mean?", "C++ #include <x>; 'quoted' \\ *"} {
		p := api.Ask(q)
		p.Parts = append(p.Parts, api.PromptPart{Type: api.PartFile, Filename: "a.log", URL: "data:text/plain,zebra"},
			api.PromptPart{Type: api.PartText, Synthetic: true, Text: "zebra"}, api.PromptPart{Type: api.PartAgent, Name: "zebra"})
		if _, err := w.client.Prompt(t.Context(), w.session().ID, p); err != nil {
			t.Fatal(err)
		}
		c.mu.Lock()
		if got := c.queries[len(c.queries)-1]; got != q {
			t.Errorf("searched for %q, asked %q", got, q)
		}
		c.mu.Unlock()
	}
}

// A command searches for its arguments, and has the model asked for what it does.
func TestCommandsSearchForTheirArguments(t *testing.T) {
	t.Parallel()
	w, c := counted(t)
	p := &person{w, "", w.tcp()}
	s := w.session()
	get[api.MessageWithParts](p, "POST", "/session/"+s.ID+"/command", `{"command":"check","arguments":"vacuum is automatic"}`)
	c.mu.Lock()
	defer c.mu.Unlock()
	if got := c.queries[len(c.queries)-1]; got != "vacuum is automatic" || !strings.Contains(c.asked, "Check this against the knowledge base") {
		t.Errorf("searched for %q, the model was asked %s", got, c.asked)
	}
}

// A turn reads its session and what was said in it once.
func TestTurnReadsOnce(t *testing.T) {
	t.Parallel()
	w, c := counted(t)
	s := w.session()
	w.ask(s.ID, "first")
	c.mu.Lock()
	clear(c.seen)
	c.mu.Unlock()
	w.ask(s.ID, "second")
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, what := range []string{"GET /v1/sessions/ID", "GET /v1/messages"} {
		if c.seen[what] != 1 {
			t.Errorf("%s: %d times of %v", what, c.seen[what], c.seen)
		}
	}
}
