package crawl_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"panther/pkg/crawl"
	"panther/pkg/crawl/source"
)

// rss is a feed with whole articles of the titles, written in Latin-1.
func rss(base string, titles ...string) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="ISO-8859-1"?><rss version="2.0"><channel><title>Blog</title>`)
	for i, t := range titles {
		fmt.Fprintf(&b, "<item><title>%s</title><link>%s/a%d</link><description>%s</description></item>", t, base, i, strings.Repeat(fmt.Sprintf("The whole text of %d. ", i), 100))
	}
	return b.String() + "</channel></rss>"
}

func TestAFeedThatFailsLosesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	whole := rss(s.URL, "Caf\xe9", "Second")
	s.handle("/feed", serve("text/xml", whole)) // no charset in the header: the XML's own holds
	b := newBench(t, source.Source{Name: "blog", Kind: source.Feed, URL: s.URL + "/feed", AllowPrivate: true})
	b.must("2 new")
	if d, err := b.db.Document(t.Context(), s.URL+"/a0"); err != nil || d.Title != "Caf\u00e9" {
		t.Errorf("document is %+v, %v", d, err)
	}
	busy := 0
	s.handle("/feed", func(w http.ResponseWriter, _ *http.Request) {
		if busy++; busy < 3 {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		_, _ = io.WriteString(w, whole)
	})
	b.must("2 unchanged")
	s.handle("/moved", serve("text/xml", whole))
	s.handle("/feed", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/moved", http.StatusMovedPermanently)
	})
	b.must("2 unchanged")
	for name, h := range map[string]http.HandlerFunc{
		"a loop of redirects": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/feed", http.StatusFound) },
		"a body cut off": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100000")
			_, _ = io.WriteString(w, whole[:600])
		},
		"broken XML":    serve("text/xml", whole[:600]),
		"a server down": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) },
	} {
		s.handle("/feed", h)
		if _, err := b.run(crawl.Options{}); err == nil {
			t.Errorf("%s was no error", name)
		}
		if n := len(b.live()); n != 2 {
			t.Errorf("%s: %d documents are left", name, n)
		}
	}
}

func TestAWikiThatBreaksOffLosesNothing(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	space := serve("application/json", `{"results":[{"id":1,"key":"DOC"}],"_links":{}}`)
	list := `{"results":[{"id":"100","title":"Only","version":{"number":1},"_links":{"webui":"/display/DOC/100"}}],"_links":{}}`
	listing := "/rest/api/content?type=page&status=current&limit=100&expand=version&spaceKey=DOC"
	s.handle("/rest/api/space?limit=100", space)
	s.handle(listing, serve("application/json", list))
	s.handle("/rest/api/content/100?expand=body.storage,version", serve("application/json", `{"id":"100","title":"Only","version":{"number":1},"body":{"storage":{"value":"<p>Text.</p>"}}}`))
	s.handle("/rest/api/content/100/child/attachment?limit=100", serve("application/json", `{"results":[],"_links":{}}`))
	b := newBench(t, source.Source{Name: "wiki", Kind: source.Confluence, URL: s.URL, Spaces: []string{"DOC"}, AllowPrivate: true})
	b.must("1 new")
	for name, h := range map[string]http.HandlerFunc{
		"half of an answer": serve("application/json", list[:40]),
		"a next page that is not there": serve("application/json",
			`{"results":[],"_links":{"next":"/rest/api/content?start=1"}}`),
		"a page of HTML":     serve("text/html", "<html>Maintenance</html>"),
		"a listing that 403": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) },
	} {
		s.handle(listing, h)
		if _, err := b.run(crawl.Options{}); err == nil {
			t.Errorf("%s was no error", name)
		}
		if n := len(b.live()); n != 1 {
			t.Errorf("%s: %d documents are left", name, n)
		}
	}
}

func TestAFolderThatIsNotThereLosesNothing(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	r.write("a.md", "# A\n\nText of it.\n")
	r.commit("first")
	for _, kind := range []string{source.Files, source.Git} {
		b := newBench(t, source.Source{Name: "notes", Kind: kind, Path: r.dir})
		b.must("1 new")
		b.cfg.Sources[0].Path = r.dir + "/unmounted"
		if _, err := b.run(crawl.Options{}); err == nil || len(b.live()) != 1 {
			t.Errorf("%s: %v, %d documents are left", kind, err, len(b.live()))
		}
	}
}

// TestASummaryIsNoArticle: an article that cannot be had is tried again on
// another night, and its summary replaces no article.
func TestASummaryIsNoArticle(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	entry := func(updated string) http.HandlerFunc {
		return serve("text/xml", `<rss version="2.0"><channel><title>B</title><item><title>E</title><link>`+s.URL+`/entry</link><description>Only the beginning`+updated+`.</description></item></channel></rss>`)
	}
	s.handle("/feed", entry(""))
	down := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }
	s.handle("/entry", down)
	b := newBench(t, source.Source{Name: "docs", Kind: source.Feed, URL: s.URL + "/feed", AllowPrivate: true})
	b.must("1 new")
	b.holds(s.URL+"/entry", "Only the beginning.")
	s.page("/entry", doc("The article"))
	b.must("1 changed")
	b.holds(s.URL+"/entry", "This page is about The article")
	b.must("1 unchanged")
	s.handle("/entry", down)
	s.handle("/feed", entry(" of it"))
	b.must("1 failed")
	b.holds(s.URL+"/entry", "This page is about The article")
}
