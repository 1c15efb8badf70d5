package crawl_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"panther/pkg/crawl"
)

// troubled puts what decides about each request between the crawl and agentdb.
func (b *bench) troubled(refuse func(n int64, r *http.Request) int) *atomic.Int64 {
	b.t.Helper()
	socket := strings.TrimPrefix(b.cfg.AgentDB, "unix:")
	to, _ := url.Parse("http://agentdb")
	proxy := httputil.NewSingleHostReverseProxy(to)
	proxy.Transport = &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "unix", socket)
	}}
	var n atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if status := refuse(n.Add(1), r); status != 0 {
			http.Error(w, "busy", status)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	b.t.Cleanup(s.Close)
	b.cfg.AgentDB = s.URL
	return &n
}

// A store that fails now and then, for documents, records and removals alike,
// makes a visit longer and loses nothing of it.
func TestAStoreInTroubleSlowsAVisitDown(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.chain(40)
	b := newBench(t, web(s))
	b.must("40 new")
	s.handle("/p7.html", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) })
	s.page("/p3.html", doc("Chapter 3, changed", "/p4.html"))
	s.page("/p8.html", doc("Chapter 8, changed", "/p9.html"))
	refused := 0
	b.troubled(func(n int64, r *http.Request) int {
		if n%3 != 0 && (strings.HasPrefix(r.URL.Path, "/v1/runs") || r.Method != http.MethodGet) && !strings.HasPrefix(r.URL.Path, "/v1/sources") {
			refused++
			return []int{500, 502, 504, 429, 408}[n%5]
		}
		return 0
	})
	b.must("2 changed, 37 unchanged, 1 gone")
	if refused < 3 {
		t.Errorf("only %d requests were refused", refused)
	}
	if len(b.live()) != 39 {
		t.Errorf("%d documents", len(b.live()))
	}
	runs, err := b.db.Runs(t.Context(), "docs", 1)
	if err != nil || runs[0].Status != "finished" {
		t.Errorf("the run is %+v, %v", runs, err)
	}
}

// While the store is away the status line says so, and a stop ends the wait; the
// next run goes on.
func TestAStopEndsTheWaitForTheStore(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.chain(5)
	b := newBench(t, web(s))
	ctx, cancel := context.WithCancel(t.Context())
	var away atomic.Bool
	away.Store(true)
	b.troubled(func(_ int64, r *http.Request) int {
		if away.Load() && r.URL.Path == "/v1/documents" && r.Method == http.MethodPost {
			return 500
		}
		return 0
	})
	said := ""
	err := crawl.Run(ctx, b.env, b.cfg, crawl.Options{Sources: []string{"docs"}, Progress: func(p crawl.Progress) {
		if p.Waiting != "" {
			said = p.String()
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) || !strings.Contains(said, "waiting for agentdb") {
		t.Errorf("%v, %q", err, said)
	}
	runs, rerr := b.db.Runs(t.Context(), "docs", 1)
	if rerr != nil || runs[0].Status != "interrupted" {
		t.Errorf("the run is %+v, %v", runs, rerr)
	}
	away.Store(false)
	b.must("5 new")
}
