package crawl_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"panther/pkg/crawl"
)

// part is a page that differs from the others of its template in one word.
func part(name, head string, links ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<!doctype html><html lang=en><head><title>%s</title>%s</head><body><main><h1>%[1]s</h1>"+
		"<p>The part %[1]s of the machine is kept in the second drawer and is changed once a year by whoever has the key to it.</p>", name, head)
	for _, l := range links {
		fmt.Fprintf(&b, `<p><a href="%s">on</a></p>`, l)
	}
	return b.String() + "</main></body></html>"
}

func gzipped(s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(s))
	_ = z.Close()
	return b.String()
}

func canonical(to string) string { return `<link rel="canonical" href="` + to + `">` }

// Shapes of sites, each with the pages that are documents of it. A page is its
// path and its HTML; a path that begins with a type is served as that.
func TestShapesOfSites(t *testing.T) {
	t.Parallel()
	xml := func(s string) http.HandlerFunc { return serve("application/xml", s) }
	header := func(body string, kv ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i < len(kv); i += 2 {
				w.Header().Add(kv[i], kv[i+1])
			}
			if w.Header().Get("Content-Type") == "" {
				w.Header().Set("Content-Type", "text/html; charset=utf-8")
			}
			_, _ = w.Write([]byte(body))
		}
	}
	for name, tc := range map[string]struct {
		pages map[string]any // HTML, or a handler
		want  string         // paths
		says  string         // a warning of the run
	}{
		"every page names the home page": {pages: map[string]any{
			"/": part("home", canonical("/"), "/one", "/two"), "/one": part("valve", canonical("/")), "/two": part("seal", canonical("/"))},
			want: "/ /one /two"},
		"every page names one that is deep": {pages: map[string]any{
			"/": part("home", canonical("/two"), "/one", "/two"), "/one": part("valve", canonical("/two")), "/two": part("seal", canonical("/two"))},
			want: "/ /one /two"},
		"pages name each other": {pages: map[string]any{
			"/": part("home", "", "/a", "/b", "/c"), "/a": part("x", canonical("/b")), "/b": part("x", canonical("/c")), "/c": part("x", canonical("/a"))},
			want: "/ one"},
		"a print view": {pages: map[string]any{
			"/": part("home", "", "/print", "/valve"), "/print": strings.Replace(part("valve", canonical("/valve")), "</main>", "<p>Printed.</p></main>", 1),
			"/valve": part("valve", "") + strings.Repeat("<p>Sold at the gate.</p>", 3)},
			want: "/ /valve"},
		"a canonical link to a redirect": {pages: map[string]any{
			"/": part("home", "", "/a"), "/a": part("valve", canonical("/old")), "/old": http.RedirectHandler("/a", http.StatusMovedPermanently).ServeHTTP},
			want: "/ /a"},
		"a canonical link to a page that is in no index": {pages: map[string]any{
			"/": part("home", "", "/a"), "/a": part("valve", canonical("/b")), "/b": part("valve", `<meta name=robots content=noindex>`)},
			want: "/ /a"},
		"X-Robots-Tag": {pages: map[string]any{
			"/":  part("home", "", "/a", "/b", "/c", "/d", "/e", "/f", "/g.md", "/h"),
			"/a": header(part("a", ""), "X-Robots-Tag", "NOINDEX"), "/b": header(part("b", ""), "X-Robots-Tag", "noarchive, none"),
			"/c": header(part("c", ""), "X-Robots-Tag", "noarchive", "X-Robots-Tag", "panther-crawl: noindex"),
			"/d": header(part("d", ""), "X-Robots-Tag", "otherbot: noindex, nofollow"), "/e": header(part("e", "", "/hidden"), "X-Robots-Tag", "nofollow"),
			"/f":    header(part("f", ""), "X-Robots-Tag", "unavailable_after: 25 Jun 2010 15:00:00 GMT"),
			"/g.md": header("# G\n\nText.\n", "X-Robots-Tag", "noindex", "Content-Type", "text/markdown"),
			"/h":    header(part("h", ""), "X-Robots-Tag", "max-snippet: 20, noindex"), "/hidden": part("hidden", "")},
			want: "/ /d /e"},
		"robots in the head, by name": {pages: map[string]any{
			"/":  part("home", "", "/a", "/b", "/c"),
			"/a": part("a", `<meta name="Panther-Crawl" content="noindex">`), "/b": part("b", `<meta name="googlebot" content="noindex">`),
			"/c": part("c", `<meta name=robots content="index, NOFOLLOW">`, "/hidden"), "/hidden": part("hidden", "")},
			want: "/ /b /c"},
		"an index of a manual": {pages: map[string]any{
			"/": part("home", "", "/class-use/Pump.html", "/Seal.html"), "/Seal.html": part("seal", `<meta name=generator content="javadoc/ClassWriterImpl">`),
			"/class-use/Pump.html": part("uses", `<meta name=generator content="javadoc/ClassUseWriter">`, "/Pump.html"), "/Pump.html": part("pump", "")},
			want: "/ /Pump.html /Seal.html"},
		"frames": {pages: map[string]any{
			"/":            `<html><head><title>Book</title><base href="/in/"></head><frameset cols="1,2"><frame src="toc.html"><frame name=m src='main.html'><noframes>Get a browser</noframes></frameset></html>`,
			"/in/toc.html": part("toc", "", "leaf.html"), "/in/main.html": part("main", ""), "/in/leaf.html": part("leaf", "")},
			want: "/in/leaf.html /in/main.html /in/toc.html"},
		"slashes": {pages: map[string]any{"/": part("home", "", "/a//b", "/a/./c/../d"), "/a//b": part("twice", ""), "/a/d": part("dots", "")}, want: "/ /a//b /a/d"},
		"pages that are not there, and answer 200": {pages: map[string]any{
			"/": part("home", "", "/one", "/away", "/gone"), "/one": part("valve", ""),
			"*": func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				fmt.Fprintf(w, "<html><head><title>Oops</title></head><body><main><h1>Oops</h1><p>We looked in every drawer for %s and there is nothing; ask at the gate, or begin at the start again.</p></main></body></html>", r.URL.Path)
			}},
			want: "/ /one"},
		"pages that are not there, and lead to one that says so": {pages: map[string]any{
			"/": part("home", "", "/one", "/away", "/gone"), "/one": part("valve", ""), "/404.html": part("nothing here", ""),
			"*": http.RedirectHandler("/404.html", http.StatusFound).ServeHTTP},
			want: "/ /one"},
		"XHTML": {pages: map[string]any{
			"/": header(`<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>home</title><script src="/x.js"/></head><body><h1>home</h1><p>All parts are listed here for whoever looks.</p><p><a href="/one">one</a></p></body></html>`,
				"Content-Type", "application/xhtml+xml"), "/one": part("one", "")},
			want: "/ /one"},
		"sitemaps": {pages: map[string]any{
			"/":                  part("home", ""),
			"/robots.txt":        serve("text/plain", "User-agent: *\nAllow: /\nSitemap: maps/index.xml.gz\n"),
			"/maps/index.xml.gz": header(gzipped(`<?xml version="1.0"?><sitemapindex><sitemap><loc>one.xml</loc></sitemap><sitemap><loc>/two.xml.gz</loc></sitemap><sitemap><loc>three.txt</loc></sitemap><sitemap><loc>/feed</loc></sitemap></sitemapindex>`), "Content-Type", "application/x-gzip"),
			"/maps/one.xml":      xml("\xef\xbb\xbf<?xml version=\"1.0\"?><urlset><url><loc>/a</loc></url></urlset>"),
			"/two.xml.gz":        header(gzipped(`<urlset><url><loc>b</loc></url></urlset>`), "Content-Type", "application/gzip"),
			"/feed":              serve("application/rss+xml", `<rss version="2.0"><channel><title>New</title><item><title>C</title><link>/c</link></item></channel></rss>`),
			"/c":                 part("c", ""),
			"/a":                 part("a", ""), "/b": part("b", "")},
			want: "/ /a /b /c"},
		"empty without scripts": {pages: map[string]any{
			"/":     part("home", "", "/app", "/app2"),
			"/app":  `<html><head><title>App</title><script src=x.js></script></head><body><div id="root"></div></body></html>`,
			"/app2": `<html><head><title>App</title><script src=x.js></script></head><body><div id="app"></div></body></html>`},
			want: "/", says: "2 pages are empty without scripts"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			for path, p := range tc.pages {
				switch p := p.(type) {
				case string:
					s.page(path, p)
				case http.HandlerFunc:
					s.handle(path, p)
				case func(http.ResponseWriter, *http.Request):
					s.handle(path, p)
				}
			}
			b := newBench(t, web(s))
			for night := range 2 { // the second agrees with the first
				if _, err := b.run(crawl.Options{}); err != nil {
					t.Fatal(err)
				}
				var got []string
				for _, u := range b.live() {
					got = append(got, strings.TrimPrefix(u, s.URL))
				}
				if want := strings.Fields(tc.want); !slices.Equal(got, want) && !(tc.want == "/ one" && len(got) == 2) {
					t.Fatalf("night %d: documents are %v, want %v", night, got, want)
				}
			}
			runs, err := b.db.Runs(t.Context(), "docs", 2)
			if err != nil || len(runs) != 2 || tc.says != "" && !strings.Contains(strings.Join(runs[1].Warnings, "\n"), tc.says) {
				t.Errorf("the run does not say %q: %+v, %v", tc.says, runs, err)
			}
		})
	}
}

// Markdown over HTTP is read as Markdown in a folder is.
func TestFrontMatterOverHTTP(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.page("/", doc("Start", "/note.md", "/raw", "/page.rst", "/plain.txt"))
	const note = "---\ntitle: \"Note: of the pump\"\ntags: [a]\n---\n\n# Note\n\nThe pump *hums* at night.\n"
	s.handle("/note.md", serve("text/plain; charset=utf-8", "\xef\xbb\xbf"+strings.ReplaceAll(note, "\n", "\r\n")))
	s.handle("/raw", serve("text/markdown", strings.Replace(note, "Note: of", "Raw: of", 1)))
	s.handle("/page.rst", serve("text/plain", "Pump\n====\n\nIt **hums**.\n\n.. note:: At night.\n"))
	s.handle("/plain.txt", serve("text/plain", "---\nno: front matter\n---\nText.\n"))
	b := newBench(t, web(s))
	b.must("5 new")
	for path, want := range map[string][3]string{
		"/note.md":   {"Note: of the pump", "*hums*", "tags:"},
		"/raw":       {"Raw: of the pump", "*hums*", "tags:"},
		"/page.rst":  {"Pump", "**hums**", ".. note"},
		"/plain.txt": {"no: front matter", "---", "<"}, // a heading, as Markdown has it
	} {
		d, err := b.db.Document(t.Context(), s.URL+path)
		if err != nil || d.Title != want[0] || !strings.Contains(d.Markdown, want[1]) || strings.Contains(d.Markdown, want[2]) {
			t.Errorf("%s: title %q, %q, %v", path, d.Title, d.Markdown, err)
		}
	}
}
