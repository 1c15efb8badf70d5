package crawl_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"panther/pkg/agentdb"
	"panther/pkg/crawl"
	"panther/pkg/crawl/source"
	"panther/pkg/knowledge"
	"panther/pkg/sd"
)

type pageOutcome = knowledge.PageOutcome

// site is a web server whose pages a test writes. It counts what it is asked.
type site struct {
	*httptest.Server
	mu    sync.Mutex
	pages map[string]http.HandlerFunc
	hits  map[string]int
	full  int    // answers with a body
	after func() // runs behind each request
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{pages: map[string]http.HandlerFunc{}, hits: map[string]int{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.hits[r.URL.RequestURI()]++
		h, after := s.pages[r.URL.RequestURI()], s.after
		if h == nil {
			h = s.pages["*"] // what is not there, but for what a site may lack
			if r.URL.Path == "/robots.txt" || strings.HasSuffix(r.URL.Path, ".xml") || r.URL.Path == "/llms.txt" {
				h = nil
			}
		}
		s.mu.Unlock()
		if h == nil {
			h = http.NotFound
		}
		h(w, r)
		if after != nil {
			after()
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *site) handle(path string, h http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pages[path] = h
}

// page serves HTML with a validator, and 304 to who has it.
func (s *site) page(path, body string) {
	tag := fmt.Sprintf("%q", fmt.Sprint(len(body), body[:min(20, len(body))]))
	tag = `"` + strings.Map(func(r rune) rune {
		if r > ' ' && r < 127 && r != '"' && r != '<' {
			return r
		}
		return '_'
	}, tag) + `"`
	s.handle(path, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		s.mu.Lock()
		s.full++
		s.mu.Unlock()
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, body)
	})
}

func (s *site) count(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hits[path]
}

// doc is an HTML page of some length with links.
func doc(title string, links ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<!doctype html><html lang=en><head><title>%s</title></head><body><main><h1>%s</h1>", title, title)
	fmt.Fprintf(&b, "<p>%s</p><pre><code class=language-go>fmt.Println(%q)</code></pre>", strings.Repeat("This page is about "+title+" and nothing else. ", 8), title)
	for _, l := range links {
		fmt.Fprintf(&b, `<p><a href="%s">see %s</a></p>`, l, l)
	}
	return b.String() + "</main></body></html>"
}

// chain makes a site of n pages, each of which links to the next two.
func (s *site) chain(n int) {
	for i := range n {
		s.page(chainPath(i), doc(fmt.Sprintf("Chapter %d", i), chainPath((i+1)%n), chainPath((i+2)%n)))
	}
}

func chainPath(i int) string {
	if i == 0 {
		return "/"
	}
	return fmt.Sprintf("/p%d.html", i)
}

// bench is a real agentdb and a state folder to crawl with.
type bench struct {
	t   *testing.T
	db  *knowledge.Client
	env *sd.Env
	cfg crawl.Config
	log *lockedBuffer
}

func newBench(t *testing.T, sources ...source.Source) *bench {
	t.Helper()
	dir, err := os.MkdirTemp("", "crawl") // short: a socket's path is
	if err != nil {
		t.Fatal(err)
	}
	log := &lockedBuffer{}
	logger := slog.New(slog.NewTextHandler(log, nil))
	dbEnv, err := sd.Local("agentdb", dir, logger)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cfg := agentdb.Default()
	cfg.Database = "sqlite:" + filepath.Join(dir, "db.sqlite")
	cfg.Embedding.URL = "unix:" + filepath.Join(dir, "none.sock")
	done := make(chan error, 1)
	go func() { done <- agentdb.Run(ctx, dbEnv, cfg) }()
	select {
	case <-dbEnv.ReadyC():
	case err := <-done:
		t.Fatalf("agentdb ended: %v", err)
	case <-time.After(2 * time.Minute):
		t.Fatal("agentdb is not ready")
	}
	t.Cleanup(func() {
		cancel()
		<-done
		_ = os.RemoveAll(dir)
	})
	env, err := sd.Local("panther-crawl", dir, logger)
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, env: env, cfg: crawl.Default(), log: log}
	b.cfg.AgentDB = "unix:" + sd.LocalSocket(dir, "agentdb")
	b.cfg.Sources = sources
	b.db = knowledge.NewClient(b.cfg.AgentDB, "")
	t.Cleanup(b.db.Close)
	return b
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func discardLog() *slog.Logger { return slog.New(slog.DiscardHandler) }

func web(s *site) source.Source {
	return source.Source{Name: "docs", URL: s.URL + "/", AllowPrivate: true}
}

// run visits everything and returns the counts of the first source.
func (b *bench) run(opt crawl.Options) (map[string]int, error) {
	b.t.Helper()
	opt.All = true
	counts := map[string]int{}
	opt.Progress = func(p crawl.Progress) {
		if p.Finished {
			counts = p.Counts
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	err := crawl.Run(ctx, b.env, b.cfg, opt)
	return counts, err
}

func (b *bench) must(want string) {
	b.t.Helper()
	counts, err := b.run(crawl.Options{})
	if err != nil {
		b.t.Fatalf("run: %v (hint: %s)", err, sd.HintOf(err))
	}
	if got := show(counts); got != want {
		b.t.Fatalf("counts are %q, want %q", got, want)
	}
}

func show(counts map[string]int) string {
	var out []string
	for _, k := range []string{"new", "changed", "unchanged", "gone", "kept", "refused", "failed"} {
		if counts[k] > 0 {
			out = append(out, fmt.Sprintf("%d %s", counts[k], k))
		}
	}
	return strings.Join(out, ", ")
}

// live returns the URIs of the documents that agentdb has.
func (b *bench) live() []string {
	b.t.Helper()
	l, err := b.db.Documents(b.t.Context(), knowledge.ListDocuments{Limit: 1000})
	if err != nil {
		b.t.Fatal(err)
	}
	var out []string
	for _, d := range l.Documents {
		out = append(out, d.URI)
	}
	return out
}
