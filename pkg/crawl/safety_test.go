package crawl_test

import (
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"panther/pkg/crawl"
)

// TestNoPageLeadsOutOfTheWeb holds that links, redirects, canonical addresses
// and meta refreshes of a hostile site reach neither the metadata service of a
// cloud, nor a socket or file of this machine, nor another protocol: each is
// refused before anything is asked, and the run goes on.
func TestNoPageLeadsOutOfTheWeb(t *testing.T) {
	t.Parallel()
	targets := []string{"http://169.254.169.254/latest/meta-data/", "http://[fd00:ec2::254]/", "http://[::ffff:169.254.169.254]/", "file:///etc/passwd",
		"gopher://127.0.0.1:70/", "unix:/run/agentdb/agentdb.sock", "http+unix://%2Frun%2Fagentdb%2Fagentdb.sock/v1/documents", "//169.254.169.254/"}
	s := newSite(t)
	var links []string
	for i, target := range targets {
		path := "/redirect/" + string(rune('a'+i))
		s.handle(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", target)
			w.WriteHeader(http.StatusFound)
		})
		page := "/page/" + string(rune('a'+i))
		head := `<link rel=canonical href="` + target + `"><meta http-equiv=refresh content="0;url=` + target + `">`
		s.page(page, strings.Replace(doc("Page "+page, target), "<head>", "<head>"+head, 1))
		links = append(links, path, page, target)
	}
	s.page("/", doc("Start", links...))
	s.page("/end", doc("End"))
	b := newBench(t, web(s))
	counts, err := b.run(crawl.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := b.live()
	for _, uri := range got {
		if !strings.HasPrefix(uri, s.URL+"/") {
			t.Errorf("there is a document %s", uri)
		}
	}
	if !slices.Contains(got, s.URL+"/") || counts["refused"] == 0 {
		t.Errorf("documents are %v, counts %v", got, counts)
	}
	runs, err := b.db.Runs(t.Context(), "docs", 1)
	if err != nil || len(runs) != 1 {
		t.Fatal(runs, err)
	}
	pages, err := b.db.Pages(t.Context(), runs[0].ID, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pages {
		if !strings.HasPrefix(p.URI, s.URL+"/") && p.Outcome != "refused" {
			t.Errorf("%s is %s: %s", p.URI, p.Outcome, p.Reason)
		}
	}
}

// TestASiteThatMovesToTheMetadataServiceIsNotFollowed: a start address may move
// to another site, so its redirect is followed where others are not.
func TestASiteThatMovesToTheMetadataServiceIsNotFollowed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.handle("/", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://169.254.169.254/latest/meta-data/", http.StatusMovedPermanently)
	})
	b := newBench(t, web(s))
	counts, err := b.run(crawl.Options{})
	if err != nil || show(counts) != "1 refused" {
		t.Errorf("counts are %q, %v", show(counts), err)
	}
}

// TestAPublicSiteReachesNothingPrivate holds that a source without
// allow_private never asks an address of this machine, not even where the
// source itself is at one.
func TestAPublicSiteReachesNothingPrivate(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.page("/", doc("Start"))
	var asked atomic.Int64
	inner := s.Config.Handler
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		inner.ServeHTTP(w, r)
	})
	src := web(s)
	src.AllowPrivate = false
	if _, err := newBench(t, src).run(crawl.Options{}); err == nil || !strings.Contains(err.Error(), "address is not allowed") {
		t.Errorf("error is %v", err)
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("%d requests reached it", n)
	}
}
