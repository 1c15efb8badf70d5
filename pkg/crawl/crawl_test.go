package crawl_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"panther/pkg/crawl"
	"panther/pkg/crawl/source"
	"panther/pkg/sd"
)

func TestAnUnchangedNightFetchesNoBodyAndSendsNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.chain(40)
	b := newBench(t, web(s))
	b.must("40 new")
	if n := len(b.live()); n != 40 {
		t.Fatalf("agentdb has %d documents", n)
	}
	d, err := b.db.Document(t.Context(), s.URL+"/p7.html")
	if err != nil || d.Title != "Chapter 7" || !strings.Contains(d.Markdown, "```go\nfmt.Println(\"Chapter 7\")\n```") {
		t.Errorf("document is %+v, %v", d, err)
	}
	full := s.full
	b.must("40 unchanged")
	if s.full != full {
		t.Errorf("%d bodies were sent on an unchanged night", s.full-full)
	}
	s.page("/p7.html", doc("Chapter seven", "/new.html"))
	s.page("/new.html", doc("A new page"))
	b.must("1 new, 1 changed, 39 unchanged")
	runs, err := b.db.Runs(t.Context(), "docs", 10)
	if err != nil || len(runs) != 3 || runs[0].Status != "finished" || runs[0].Counts["changed"] != 1 {
		t.Errorf("runs are %+v, %v", runs, err)
	}
	pages, err := b.db.Pages(t.Context(), runs[0].ID, "changed")
	if err != nil || len(pages) != 1 || pages[0].URI != s.URL+"/p7.html" {
		t.Errorf("changed pages are %+v, %v", pages, err)
	}
}

// TestNoAddressIsFetchedTwice visits a site whose links meet in many ways 25
// times, or PANTHER_RUNS times.
func TestNoAddressIsFetchedTwice(t *testing.T) {
	t.Parallel()
	runs := 25
	if n, err := strconv.Atoi(os.Getenv("PANTHER_RUNS")); err == nil {
		runs = n
	}
	s := newSite(t)
	s.chain(15)
	s.page("/a", doc("A", "/b/", "/b", "/B/../b/?utm_source=x", "/index.html", "/#top", "/p1.html?fbclid=2"))
	s.handle("/b", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/b/", http.StatusMovedPermanently) })
	s.page("/b/", doc("B", "/a"))
	s.page("/", doc("Start", "/a", "/p1.html"))
	for range runs {
		out := t.TempDir()
		b := &bench{t: t, cfg: crawl.Default()}
		b.cfg.Sources = []source.Source{web(s)}
		b.env, _ = sd.Local("panther-crawl", out, slog.New(slog.DiscardHandler))
		clear(s.hits)
		if _, err := b.run(crawl.Options{Out: filepath.Join(out, "md")}); err != nil {
			t.Fatal(err)
		}
		for path, n := range s.hits {
			if n > 1 {
				t.Fatalf("%s was fetched %d times", path, n)
			}
		}
		if s.hits["/p14.html"] != 1 || s.hits["/b/"] != 1 {
			t.Fatal("pages were left out")
		}
	}
}

func TestGonePagesBecomeTombstonesWithCare(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.chain(20)
	b := newBench(t, web(s))
	b.must("20 new")
	gone := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
	}
	s.handle("/p3.html", gone(http.StatusGone))
	s.handle("/p4.html", gone(http.StatusNotFound))
	b.must("18 unchanged, 1 gone, 1 failed")
	if got := b.live(); slices.Contains(got, s.URL+"/p3.html") || !slices.Contains(got, s.URL+"/p4.html") {
		t.Errorf("after one night: %v", got)
	}
	b.must("18 unchanged, 1 failed")
	b.must("18 unchanged, 1 gone")
	if len(b.live()) != 18 {
		t.Errorf("after three nights %d documents are left", len(b.live()))
	}
	for i := 5; i < 12; i++ {
		s.handle(chainPath(i), gone(http.StatusGone))
	}
	b.must("11 unchanged, 7 kept")
	if len(b.live()) != 18 {
		t.Errorf("a third of the source was removed: %d are left", len(b.live()))
	}
	runs, _ := b.db.Runs(t.Context(), "docs", 1)
	if len(runs) != 1 || len(runs[0].Warnings) == 0 || !strings.Contains(runs[0].Warnings[0], "7 of 18") {
		t.Errorf("the run does not say so: %+v", runs)
	}
	if _, err := b.run(crawl.Options{AcceptRemovals: true}); err != nil || len(b.live()) != 11 {
		t.Errorf("accepted removals left %d documents, %v", len(b.live()), err)
	}
}

func TestPagesThatGoEmptyOrLoseTheirCodeRaiseAWarning(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.chain(12)
	b := newBench(t, web(s))
	b.must("12 new")
	for i := range 4 {
		without := strings.Replace(doc(fmt.Sprintf("Chapter %d", i), chainPath(i+1), chainPath(i+2)), "<pre>", "<pre hidden>", 1)
		s.page(chainPath(i), strings.ReplaceAll(strings.ReplaceAll(without, "<pre hidden><code class=language-go>", "<p>"), "</code></pre>", "</p>"))
	}
	b.must("4 changed, 8 unchanged")
	if warning := b.warning(); warning != "4 of 4 pages that changed lost all of their code" {
		t.Errorf("warning is %q", warning)
	}
	for i := 4; i < 8; i++ {
		s.page(chainPath(i), fmt.Sprintf(`<html lang=en><head><title>Chapter %d</title></head><body><main><p>Soon %d.</p><a href="%s"></a></main></body></html>`, i, i, chainPath(i+1)))
	}
	b.must("4 changed, 8 unchanged")
	if warning := b.warning(); !strings.Contains(warning, "4 of 4 pages that changed are nearly empty") {
		t.Errorf("warning is %q", warning)
	}
	// The event by which an operator finds it: journalctl MESSAGE_ID=….
	if log := b.log.String(); !strings.Contains(log, "source looks damaged") || !strings.Contains(log, sd.MessageCrawlSuspect) {
		t.Errorf("log is %s", log)
	}
}

// warning is what the last run warned of.
func (b *bench) warning() string {
	b.t.Helper()
	runs, err := b.db.Runs(b.t.Context(), "docs", 1)
	if err != nil || len(runs) != 1 {
		b.t.Fatalf("runs are %+v, %v", runs, err)
	}
	return strings.Join(runs[0].Warnings, "; ")
}

func TestASiteThatIsDownLosesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.chain(6)
	b := newBench(t, web(s))
	b.must("6 new")
	for i := range 6 {
		s.handle(chainPath(i), func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	}
	s.handle("/robots.txt", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	for range 3 {
		if _, err := b.run(crawl.Options{}); err == nil {
			t.Error("a site that answers nothing but 500 was no error")
		}
	}
	s.Close()
	if _, err := b.run(crawl.Options{}); err == nil {
		t.Error("a site that is down was no error")
	}
	if len(b.live()) != 6 {
		t.Errorf("%d documents are left", len(b.live()))
	}
}

func TestAgentdbThatLostItsDocumentsGetsThemAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.chain(8)
	b := newBench(t, web(s))
	b.must("8 new")
	if err := b.db.DeleteSource(t.Context(), "docs"); err != nil {
		t.Fatal(err)
	}
	b.must("8 new")
}

func TestRobotsAndRetryAfterAreObeyed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.handle("/robots.txt", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "User-agent: *\nDisallow: /\n\nUser-agent: panther-crawl\nDisallow: /private/\nAllow: /private/ok\n")
	})
	s.page("/", doc("Start", "/private/x", "/private/ok", "/busy"))
	s.page("/private/x", doc("Secret"))
	s.page("/private/ok", doc("Allowed"))
	busy := 0
	s.handle("/busy", func(w http.ResponseWriter, _ *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if busy++; busy < 3 {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, doc("Busy"))
	})
	b := newBench(t, web(s))
	b.must("3 new, 1 refused")
	if s.count("/private/x") != 0 {
		t.Error("a page that robots.txt forbids was fetched")
	}
}

func TestOnePageIsOneDocument(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.page("/", doc("Start", "/old", "/copy?id=1", "/copy?id=2", "/alias", "/de/guide", "/guide", "/loop1", "/lost"))
	s.handle("/old", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/guide", http.StatusFound) })
	s.page("/copy?id=1", doc("The same words"))
	s.page("/copy?id=2", doc("The same words"))
	head := func(page, tags string) string { return strings.Replace(page, "<head>", "<head>"+tags, 1) }
	s.page("/alias", head(doc("Guide"), `<link rel=canonical href="/guide">`))
	alternates := `<link rel=alternate hreflang=en href="/guide"><link rel=alternate hreflang=de href="/de/guide">`
	s.page("/guide", head(doc("Guide"), alternates))
	s.page("/de/guide", strings.Replace(head(doc("Anleitung"), alternates), "lang=en", "lang=de", 1))
	s.page("/lost", head(doc("Whose canonical link leads nowhere"), `<link rel=canonical href="/nowhere">`))
	s.handle("/loop1", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/loop2", http.StatusFound) })
	s.handle("/loop2", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/loop1", http.StatusFound) })
	b := newBench(t, web(s))
	for range 2 { // the second night agrees with the first
		if _, err := b.run(crawl.Options{}); err != nil {
			t.Fatal(err)
		}
		want := []string{s.URL + "/", s.URL + "/copy?id=1", s.URL + "/guide", s.URL + "/lost"}
		if got := b.live(); !slices.Equal(got, want) {
			t.Fatalf("documents are %v, want %v", got, want)
		}
	}
}

func TestSitemapsAndIndexesForModelsAreRead(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.page("/", doc("Start"))
	s.page("/mapped", doc("Only in the sitemap"))
	s.page("/model", doc("Only in llms.txt"))
	s.handle("/robots.txt", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, "Sitemap: %s/index.xml\n", s.URL)
	})
	s.handle("/index.xml", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>%s/one.xml</loc></sitemap></sitemapindex>`, s.URL)
	})
	s.handle("/one.xml", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `<urlset><url><loc>%s/mapped</loc></url><url><loc>https://elsewhere.example/x</loc></url></urlset>`, s.URL)
	})
	s.handle("/llms.txt", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "# Docs\n\n- [Model](/model.md): x\n")
	})
	newBench(t, web(s)).must("3 new")
}

func TestAFolderIsVisitedByContent(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) {
		p := filepath.Join(dir, name)
		_ = os.MkdirAll(filepath.Dir(p), 0o700)
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 8 {
		write(fmt.Sprintf("n%d.md", i), fmt.Sprintf("---\ntitle: Note %d\n---\n\n# Heading\n\nText %d\n", i, i))
	}
	write("sub/page.html", doc("A page"))
	write(".git/x.md", "# hidden")
	write("image.png", "\x89PNG")
	_ = os.Symlink("/etc/passwd", filepath.Join(dir, "passwd.txt"))
	b := newBench(t, source.Source{Name: "notes", Kind: source.Files, Path: dir, Tags: []string{"own"}, Version: "4.2"})
	b.must("9 new")
	d, err := b.db.Document(t.Context(), "file://"+dir+"/n3.md")
	if err != nil || d.Title != "Note 3" || strings.Contains(d.Markdown, "title:") || !slices.Equal(d.Tags, []string{"own"}) || d.Meta["version"] != "4.2" {
		t.Errorf("document is %+v, %v", d, err)
	}
	write("n3.md", "# Other\n\nwords")
	_ = os.Remove(filepath.Join(dir, "n4.md"))
	b.must("1 changed, 7 unchanged, 1 gone")
	if len(b.live()) != 8 {
		t.Errorf("documents are %v", b.live())
	}
}

func TestASourceIsVisitedWhenItIsDue(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.chain(2)
	b := newBench(t, web(s))
	for range 3 {
		if err := crawl.Run(t.Context(), b.env, b.cfg, crawl.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	if n := s.count("/p1.html"); n != 1 {
		t.Errorf("the page was fetched %d times in one day", n)
	}
	if err := crawl.Run(t.Context(), b.env, b.cfg, crawl.Options{Sources: []string{"other"}}); sd.ExitCode(err) != sd.ExitUsage {
		t.Errorf("an unknown source: %v", err)
	}
	list, err := b.db.Sources(t.Context())
	if err != nil || len(list) != 1 || list[0].NextRun == nil || !list[0].NextRun.After(time.Now()) {
		t.Errorf("sources are %+v, %v", list, err)
	}
}

func TestAStoppedRunGoesOn(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.chain(60)
	b := newBench(t, web(s))
	ctx, cancel := context.WithCancel(t.Context())
	s.handle("/p20.html", func(w http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	if err := crawl.Run(ctx, b.env, b.cfg, crawl.Options{}); !errors.Is(err, context.Canceled) {
		t.Fatalf("the stopped run: %v", err)
	}
	s.page("/p20.html", doc("Chapter 20", "/p21.html", "/p22.html"))
	if err := crawl.Run(t.Context(), b.env, b.cfg, crawl.Options{}); err != nil {
		t.Fatal(err)
	}
	runs, err := b.db.Runs(t.Context(), "docs", 5)
	if err != nil || len(runs) != 1 || runs[0].Status != "finished" || runs[0].Counts["new"] != 60 {
		t.Errorf("runs are %+v, %v", runs, err)
	}
}
