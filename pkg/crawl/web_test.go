package crawl_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"panther/pkg/crawl"
	"panther/pkg/crawl/source"
)

// shell is a page of an application that is empty without its scripts.
const shell = `<!doctype html><html><head><title>App</title></head><body><noscript>You need to enable JavaScript.</noscript><div id="root"></div><script src="/app.js"></script></body></html>`

func serve(contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		_, _ = io.WriteString(w, body)
	}
}

func TestSourceComesBeforeRendering(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.page("/", shell)
	s.page("/guide", shell)
	s.page("/api", shell)
	s.page("/own", strings.Replace(shell, "<head>", `<head><link rel="alternate" type="text/markdown" href="/own.md">`, 1))
	s.handle("/own.md", serve("text/markdown", "# Own\n\nFrom its own file.\n"))
	s.handle("/listed.md", serve("text/markdown", "# Listed\n\nOnly in Markdown.\n"))
	s.handle("/llms.txt", serve("text/plain", "# Docs\n\n- [Own](/own)\n- [Listed](/listed.md)\n"))
	s.handle("/llms-full.txt", serve("text/plain", "# Guide\nSource: "+s.URL+"/guide\n\nHow to begin.\n\n```md\n# no page\nSource: /x\n```\n\n"+
		"---\ntitle: \"The API\"\nurl: /api.md\n---\n\nAll calls.\n"))
	b := newBench(t, web(s))
	b.must("4 new, 1 refused")
	for path, want := range map[string]string{"/guide": "# no page\nSource: /x", "/api": "# The API\n\nAll calls.", "/own": "From its own file.", "/listed.md": "Only in Markdown."} {
		d, err := b.db.Document(t.Context(), s.URL+path)
		if err != nil || !strings.Contains(d.Markdown, want) {
			t.Errorf("%s: %+v, %v", path, d, err)
		}
	}
	if d, _ := b.db.Document(t.Context(), s.URL+"/api"); d.Title != "The API" {
		t.Errorf("title is %q", d.Title)
	}
	s.handle("/llms-full.txt", serve("text/plain", "# Guide\nSource: "+s.URL+"/guide\n\nHow to begin anew.\n"))
	b.must("1 changed, 2 unchanged, 1 refused, 1 failed") // the shell of /api has no text any more: its document stays
	if len(b.live()) != 4 {
		t.Errorf("documents are %v", b.live())
	}
}

func TestPagesOfInterfacesAreReadFromTheirDescription(t *testing.T) {
	t.Parallel()
	api := `{"openapi":"3.0.0","info":{"title":"%s"},"paths":{"/wells/{id}":{"get":{"operationId":"getWell","tags":["Wells"],"summary":"Reads one well.","responses":{}}}}}`
	s := newSite(t)
	s.page("/", `<main><h1>Start</h1><p>The start of all of it.</p><a href="/docs">a</a> <a href="/ui/index.html">b</a> <a href="/closed">c</a> <a href="/gone">d</a></main>`)
	s.page("/docs", `<title>Docs</title><redoc spec-url="/api/one.json"></redoc><script src="https://cdn.test/redoc.standalone.js"></script>`)
	s.page("/ui/index.html", `<title>Swagger UI</title><div id="swagger-ui"></div><script src="./swagger-ui-bundle.js"></script><script src="./swagger-initializer.js"></script>`)
	s.handle("/ui/swagger-initializer.js", serve("text/javascript", `window.onload = () => { window.ui = SwaggerUIBundle({ configUrl: "/api/config", dom_id: "#swagger-ui" }) }`))
	s.handle("/api/config", serve("application/json", `{"urls":[{"url":"/api/one.json","name":"one"},{"url":"two.json","name":"two"}]}`))
	s.handle("/api/one.json", serve("application/json", fmt.Sprintf(api, "One")))
	s.handle("/ui/two.json", serve("application/json", fmt.Sprintf(api, "Two")))
	s.page("/closed", `<title>Docs</title><rapi-doc spec-url="/private.json"></rapi-doc><script src="rapidoc-min.js"></script>`)
	s.handle("/private.json", serve("application/json", fmt.Sprintf(api, "Private")))
	s.handle("/robots.txt", serve("text/plain", "User-agent: *\nDisallow: /private\n"))
	s.page("/gone", `<title>Docs</title><elements-api apiDescriptionUrl="http://169.254.169.254/spec.json"></elements-api><script></script>`)
	b := newBench(t, web(s))
	b.must("3 new, 2 refused")
	for path, want := range map[string][]string{
		"/docs":          {`# One`, `## <a id="tag/Wells/operation/getWell"></a>GET /wells/{id}`, "Reads one well."},
		"/ui/index.html": {`# One`, `# Two`, `## <a id="/Wells/getWell"></a>GET /wells/{id}`},
	} {
		d, err := b.db.Document(t.Context(), s.URL+path)
		for _, w := range want {
			if err != nil || d.Title != "One" || !strings.Contains(d.Markdown, w) {
				t.Errorf("%s: %q is missing from %+v, %v", path, w, d, err)
			}
		}
	}
	b.must("3 unchanged")
}

func TestPagesThatNeedScriptsAreRenderedWhereAsked(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("chromium"); err != nil {
		t.Skip("chromium is not installed: nothing to render with")
	}
	s := newSite(t)
	s.page("/", shell)
	s.page("/second", shell)
	s.page("/plain", doc("A plain page"))
	s.handle("/robots.txt", serve("text/plain", "User-agent: *\nDisallow: /private\n"))
	s.handle("/private.json", serve("application/json", `"secret"`))
	s.handle("/app.js", serve("text/javascript", `
		const root = document.getElementById('root');
		root.innerHTML = '<main><h1>Made of ' + location.pathname + '</h1><p>' + 'Text that only a script writes. '.repeat(10) + '</p><a href="/second">next</a> <a href="/plain">plain</a></main>';
		fetch('/private.json').then(r => r.text()).then(t => { root.innerHTML += t });
		fetch('http://169.254.169.254/x').then(r => r.text()).then(t => { root.innerHTML += t });`))
	b := newBench(t, web(s))
	b.must("1 refused")
	b.cfg.Sources[0].Render = source.Auto
	b.must("3 new")
	d, err := b.db.Document(t.Context(), s.URL+"/second")
	if err != nil || !strings.Contains(d.Markdown, "# Made of /second") || strings.Contains(d.Markdown, "secret") {
		t.Errorf("document is %+v, %v", d, err)
	}
	if s.count("/private.json") != 0 {
		t.Error("the browser was given what robots.txt forbids")
	}
	b.must("3 unchanged")
}

func TestLoginFormsReplaceNoDocument(t *testing.T) {
	t.Parallel()
	form := `<html><head><title>Sign in</title></head><body><form action="/session"><h1>Sign in</h1><input name=user><input type="password" name=pw></form></body></html>`
	s := newSite(t)
	s.page("/", doc("Start", "/a", "/b"))
	s.page("/a", doc("A"))
	s.handle("/b", serve("text/html", form))
	b := newBench(t, web(s))
	b.must("2 new, 1 refused")
	s.handle("/a", serve("text/html", form))
	b.must("1 unchanged, 1 refused, 1 failed")
	d, err := b.db.Document(t.Context(), s.URL+"/a")
	if err != nil || !strings.Contains(d.Markdown, "This page is about A") {
		t.Errorf("the document became %+v, %v", d, err)
	}
	runs, _ := b.db.Runs(t.Context(), "docs", 1)
	if len(runs) != 1 || !strings.Contains(strings.Join(runs[0].Warnings, " "), "login") {
		t.Errorf("runs are %+v", runs)
	}
}

// TestWhatWasLockedIsTriedAgain: a token is renewed under the same name, and the
// page that links to what was locked has not changed.
func TestWhatWasLockedIsTriedAgain(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.page("/", doc("Start", "/a", "/b", "/c", "/d"))
	for path, status := range map[string]int{"/a": http.StatusUnauthorized, "/b": http.StatusForbidden} {
		s.handle(path, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
	}
	s.handle("/c", serve("text/html", `<html><body><form><input type=password></form></body></html>`))
	s.handle("/d", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/login?next=/d", http.StatusFound) })
	b := newBench(t, web(s))
	b.must("1 new, 4 refused")
	for _, path := range []string{"/a", "/b", "/c", "/d"} {
		s.page(path, doc("Page "+path))
	}
	b.must("4 new, 1 unchanged")
}

func TestSitesWithoutEndEnd(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		var month int
		_, _ = fmt.Sscanf(r.URL.Query().Get("month"), "%d", &month)
		switch {
		case r.URL.Path == "/robots.txt":
			http.NotFound(w, r)
		case r.URL.Path == "/endless":
			for r.Context().Err() == nil {
				if _, err := io.WriteString(w, strings.Repeat("<p>more and more</p>", 1000)); err != nil {
					return
				}
			}
		case r.URL.Path == "/loop":
			http.Redirect(w, r, fmt.Sprintf("/loop?n=%d", len(r.URL.RawQuery)+month), http.StatusFound)
		case r.URL.Path == "/calendar":
			_, _ = io.WriteString(w, doc(fmt.Sprintf("Month %d", month), fmt.Sprintf("/calendar?month=%d", month+1)))
		case strings.HasPrefix(r.URL.Path, "/deep"): // a relative link that answers below itself
			_, _ = io.WriteString(w, doc("Deep "+r.URL.Path, r.URL.Path+"/deep"))
		default:
			_, _ = io.WriteString(w, doc("Start", "/endless", "/calendar", "/deep", "/loop"))
		}
	})
	src := web(s)
	src.MaxPageSize = 1 << 20
	b := newBench(t, src)
	counts, err := b.run(crawl.Options{})
	if err != nil || counts["new"] < 50 || counts["new"] > 260 || counts["failed"] == 0 {
		t.Errorf("counts are %v, %v", counts, err)
	}
	runs, _ := b.db.Runs(t.Context(), "docs", 1)
	warnings := strings.Join(runs[0].Warnings, " ")
	if !strings.Contains(warnings, "too many queries") || !strings.Contains(warnings, "repeats itself") {
		t.Errorf("warnings are %q", warnings)
	}
	pages, err := b.db.Pages(t.Context(), runs[0].ID, "failed")
	if err != nil || !slices.ContainsFunc(pages, func(p pageOutcome) bool { return strings.Contains(p.Reason, "size limit") }) {
		t.Errorf("failed pages are %+v, %v", pages, err)
	}
}

func TestBodiesThatAreNotWhatTheySay(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.page("/", doc("Start", "/latin", "/meta", "/cut", "/bomb", "/binary", "/lies"))
	s.handle("/latin", serve("text/html; charset=iso-8859-1", strings.ReplaceAll(doc("Caf\xe9"), "lang=en", "lang=fr")))
	s.handle("/meta", serve("text/html", strings.Replace(doc("na\xefve"), "<head>", `<head><meta charset="windows-1252">`, 1)))
	s.handle("/lies", serve("text/html; charset=ascii", doc("\u00dcber alles"))) // it is UTF-8
	s.handle("/cut", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Length", "100000")
		_, _ = io.WriteString(w, doc("Half of it"))
	})
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	for range 64 {
		_, _ = z.Write(make([]byte, 1<<20))
	}
	_ = z.Close()
	s.handle("/bomb", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(bomb.Bytes())
	})
	s.handle("/binary", serve("text/html", "GIF89a\x00\x00\x00\x00"))
	b := newBench(t, web(s))
	b.must("4 new, 3 failed")
	for path, want := range map[string]string{"/latin": "Caf\u00e9", "/meta": "na\u00efve", "/lies": "\u00dcber alles"} {
		if d, err := b.db.Document(t.Context(), s.URL+path); err != nil || !strings.Contains(d.Title, want) {
			t.Errorf("%s: title %q, %v", path, d.Title, err)
		}
	}
	s.page("/latin", doc("Caf\u00e9", "/x"))
	s.handle("/latin", func(w http.ResponseWriter, _ *http.Request) { // the connection breaks off
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Length", "5000")
		_, _ = io.WriteString(w, "<main>")
	})
	b.must("3 unchanged, 3 failed")
	if d, err := b.db.Document(t.Context(), s.URL+"/latin"); err != nil || !strings.Contains(d.Markdown, "Caf\u00e9") {
		t.Errorf("a broken answer replaced the document: %+v, %v", d, err)
	}
}

func TestPlainTextIsReadInItsCharset(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	long := strings.Repeat("A text that is no HTML. ", 20)
	s.page("/", doc("Start", "/latin", "/utf8", "/utf16", "/silent"))
	s.handle("/latin", serve("text/plain; charset=iso-8859-2", long+"\xb3\xf3d\xbc"))
	s.handle("/utf8", serve("text/markdown; charset=iso-8859-1", "# Caf\u00e9\n\n"+long+"utf")) // it is UTF-8
	s.handle("/utf16", serve("text/plain", "\xff\xfe"+"Z\x00\xfc\x00r\x00i\x00c\x00h\x00"))
	s.handle("/silent", serve("text/plain", long+"caf\xe9"))
	b := newBench(t, web(s))
	b.must("5 new")
	b.holds(s.URL+"/latin", "\u0142\u00f3d\u017a")
	b.holds(s.URL+"/utf8", "# Caf\u00e9")
	b.holds(s.URL+"/utf16", "Z\u00fcrich")
	b.holds(s.URL+"/silent", "caf\u00e9")
}

// TestAPageThatMovedIsOneDocument: at its new address, also where the old one
// was a document before.
func TestAPageThatMovedIsOneDocument(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.chain(6)
	b := newBench(t, web(s))
	b.must("6 new")
	s.page("/moved.html", doc("Chapter 3", "/p4.html", "/p5.html"))
	s.handle("/p3.html", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/moved.html", http.StatusMovedPermanently)
	})
	for _, want := range []string{"1 new, 5 unchanged", "6 unchanged"} {
		b.must(want)
		if got := b.live(); len(got) != 6 || !slices.Contains(got, s.URL+"/moved.html") || slices.Contains(got, s.URL+"/p3.html") {
			t.Errorf("documents are %v", got)
		}
	}
}

func TestAnArchiveOfARunIsKept(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.chain(4)
	src := web(s)
	src.Archive = true
	b := newBench(t, src)
	b.must("4 new")
	files, err := filepath.Glob(filepath.Join(b.env.StateDir, "archive", "docs_*.warc.gz"))
	if err != nil || len(files) != 1 {
		t.Fatalf("archives are %v, %v", files, err)
	}
	f, err := os.Open(files[0])
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	all, err := io.ReadAll(z)
	if n := strings.Count(string(all), "WARC-Type: response"); err != nil || n < 5 || !strings.Contains(string(all), "WARC-Target-URI: "+s.URL+"/p3.html") {
		t.Errorf("%d answers are in the archive, %v", n, err)
	}
	if keep := os.Getenv("PANTHER_KEEP_WARC"); keep != "" {
		_ = os.Link(files[0], keep)
	}
}
