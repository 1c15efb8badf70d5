package crawl_test

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"panther/pkg/crawl"
	"panther/pkg/crawl/source"
	"panther/pkg/sd"
)

// token is the credential of every source below.
const token = "right-token"

// faulty puts a fault before the server of a source.
type faulty struct {
	mu    sync.Mutex
	fault func(w http.ResponseWriter, r *http.Request, inner http.Handler)
	inner http.Handler
}

func (f *faulty) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	fault := f.fault
	f.mu.Unlock()
	if _, password, _ := r.BasicAuth(); r.Header.Get("Authorization") != "Bearer "+token && password != token && r.URL.Path != "/robots.txt" {
		w.Header().Set("WWW-Authenticate", "Basic")
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if fault == nil {
		f.inner.ServeHTTP(w, r)
		return
	}
	fault(w, r, f.inner)
}

func (f *faulty) set(fault func(w http.ResponseWriter, r *http.Request, inner http.Handler)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault = fault
}

// remote are the kinds of source behind a server, each with two documents.
var remote = map[string]func(t *testing.T, s *site) (source.Source, http.Handler){
	source.Web: func(_ *testing.T, s *site) (source.Source, http.Handler) {
		s.page("/", doc("Start", "/a"))
		s.page("/a", doc("Gr\u00f6\u00dfe"))
		return source.Source{URL: s.URL + "/"}, s.Config.Handler
	},
	source.Git: func(t *testing.T, s *site) (source.Source, http.Handler) {
		t.Helper()
		r := newRepository(t)
		r.write("a.md", "# Gr\u00f6\u00dfe\n")
		r.write("b.txt", "caf\xe9\n")
		r.commit("first")
		return source.Source{URL: s.URL + "/.git"}, r.backend()
	},
	source.Feed: func(_ *testing.T, s *site) (source.Source, http.Handler) {
		s.handle("/feed", serve("application/rss+xml", rss(s.URL, "Gr\xf6\xdfe", "Second")))
		return source.Source{URL: s.URL + "/feed"}, s.Config.Handler
	},
	source.Confluence: func(_ *testing.T, s *site) (source.Source, http.Handler) {
		s.handle("/rest/api/space?limit=100", serve("application/json", `{"results":[{"id":1,"key":"DOC"}],"_links":{}}`))
		s.handle("/rest/api/content?type=page&status=current&limit=100&expand=version&spaceKey=DOC", serve("application/json",
			`{"results":[{"id":"1","title":"Gr\u00f6\u00dfe","version":{"number":1},"_links":{"webui":"/1"}},{"id":"2","title":"B","version":{"number":1},"_links":{"webui":"/2"}}],"_links":{}}`))
		for _, id := range []string{"1", "2"} {
			s.handle("/rest/api/content/"+id+"?expand=body.storage,version", serve("application/json", `{"id":"`+id+`","title":"Gr`+"\u00f6\u00df"+`e","version":{"number":1},"body":{"storage":{"value":"<p>Text of `+id+`, gr`+"\u00f6\u00df"+`er.</p>"}}}`))
			s.handle("/rest/api/content/"+id+"/child/attachment?limit=100", serve("application/json", `{"results":[],"_links":{}}`))
		}
		return source.Source{URL: s.URL}, s.Config.Handler
	},
}

// limited answers with 429 and a Retry-After for least from the first request
// on. One more request may come before that is over: git does not tell what its
// server wants, so that it is asked again.
func limited(after func() string, least time.Duration) func(*testing.T, *faulty) {
	return func(t *testing.T, f *faulty) {
		t.Helper()
		var mu sync.Mutex
		var until time.Time
		early := 0
		f.set(func(w http.ResponseWriter, r *http.Request, inner http.Handler) {
			mu.Lock()
			defer mu.Unlock()
			switch {
			case r.URL.Path == "/robots.txt":
			case until.IsZero():
				until = time.Now().Add(least)
				fallthrough
			case time.Now().Before(until):
				if early++; early > 2 {
					t.Errorf("%s was asked for %s too early", r.URL, time.Until(until))
				}
				w.Header().Set("Retry-After", after())
				w.WriteHeader(http.StatusTooManyRequests)
				return
			}
			inner.ServeHTTP(w, r)
		})
		t.Cleanup(func() {
			if early == 0 {
				t.Error("nothing was asked for")
			}
		})
	}
}

// faults are what can happen to a source on a night. fails says that the run
// tells an error or a failed page, and hint what it says to do about it.
var faults = []struct {
	name  string
	fails bool
	hint  string
	make  func(*testing.T, *faulty)
}{
	{"rate limit in seconds", false, "", limited(func() string { return "1" }, 900*time.Millisecond)},
	{"rate limit until a date", false, "", limited(func() string { return time.Now().Add(2 * time.Second).UTC().Format(http.TimeFormat) }, 900*time.Millisecond)},
	{"expired token", true, "renew the token", func(_ *testing.T, f *faulty) {
		f.set(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { w.WriteHeader(http.StatusUnauthorized) })
	}},
	{"redirects without end", true, "", func(_ *testing.T, f *faulty) {
		f.set(func(w http.ResponseWriter, r *http.Request, _ http.Handler) {
			n := len(r.URL.Query().Get("n"))
			http.Redirect(w, r, fmt.Sprintf("%s?n=%s", r.URL.Path, strings.Repeat("x", n+1)), http.StatusFound)
		})
	}},
	{"body cut off", true, "", func(_ *testing.T, f *faulty) {
		f.set(func(w http.ResponseWriter, r *http.Request, inner http.Handler) {
			r.Header.Del("If-None-Match")
			inner.ServeHTTP(&cut{ResponseWriter: w}, r)
		})
	}},
	{"wrong charset", false, "", func(_ *testing.T, f *faulty) {
		f.set(func(w http.ResponseWriter, r *http.Request, inner http.Handler) {
			r.Header.Del("If-None-Match")
			inner.ServeHTTP(&relabelled{ResponseWriter: w}, r)
		})
	}},
	{"busy without end", true, "", func(_ *testing.T, f *faulty) {
		f.set(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
			w.Header().Set("Retry-After", "86400")
			w.WriteHeader(http.StatusServiceUnavailable)
		})
	}},
}

// cut sends half of a body under the length of the whole.
type cut struct{ http.ResponseWriter }

func (c *cut) Write(b []byte) (int, error) {
	c.Header().Set("Content-Length", fmt.Sprint(len(b)+100))
	_, _ = c.ResponseWriter.Write(b[:len(b)/2])
	panic(http.ErrAbortHandler)
}

// relabelled names a charset that the body is not in.
type relabelled struct {
	http.ResponseWriter
	once sync.Once
}

func (r *relabelled) WriteHeader(status int) {
	r.once.Do(func() { r.start(status) })
}

func (r *relabelled) start(status int) {
	if t, _, _ := strings.Cut(r.Header().Get("Content-Type"), ";"); t != "" && !strings.HasPrefix(t, "application/x-git") {
		r.Header().Set("Content-Type", t+"; charset=us-ascii")
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *relabelled) Write(b []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	return r.ResponseWriter.Write(b)
}

// TestNoFaultOfAServerCostsADocument visits each kind of source with each fault
// in a night between two that are well.
func TestNoFaultOfAServerCostsADocument(t *testing.T) {
	t.Parallel()
	for kind, make := range remote {
		for _, fault := range faults {
			t.Run(kind+", "+fault.name, func(t *testing.T) {
				t.Parallel()
				s := newSite(t)
				src, inner := make(t, s)
				f := &faulty{inner: inner}
				s.Config.Handler, s.Config.ErrorLog = f, nil
				src.Name, src.Kind, src.AllowPrivate, src.Credential = "docs", kind, true, "token"
				b := newBench(t, src)
				if err := os.WriteFile(filepath.Join(b.env.CredentialsDir, "token"), []byte(token), 0o600); err != nil {
					t.Fatal(err)
				}
				b.must("2 new")
				before := b.contents()
				fault.make(t, f)
				counts, err := b.run(crawl.Options{})
				if failed := err != nil || counts["failed"]+counts["refused"] > 0; failed != fault.fails {
					t.Errorf("the night came to %q, %v", show(counts), err)
				}
				if told := sd.HintOf(err) + b.warning(); !strings.Contains(told, fault.hint) {
					t.Errorf("the run tells %v: %q, not %q", err, told, fault.hint)
				}
				if err != nil && strings.Contains(err.Error()+sd.HintOf(err), token) {
					t.Errorf("the error tells the token: %v", err)
				}
				if after := b.contents(); !maps.Equal(before, after) {
					t.Errorf("documents were %v, are %v", before, after)
				}
				f.set(nil)
				b.must("2 unchanged")
			})
		}
	}
}
