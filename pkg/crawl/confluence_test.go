package crawl_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"panther/pkg/crawl"
	"panther/pkg/crawl/source"
	"panther/pkg/sd"
)

// wiki answers as Confluence does: with a token, in pages of two, and once in
// a while with 429.
type wiki struct {
	*site
	versions map[string]int
	asked    int
	moved    bool // to a login page
	reads    int
}

func newWiki(t *testing.T, cloud bool) *wiki {
	w := &wiki{site: newSite(t), versions: map[string]int{}}
	for i := range 8 {
		w.versions[fmt.Sprint(100+i)] = 1
	}
	w.Config.Handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.moved {
			http.Redirect(rw, r, "/login", http.StatusFound)
			return
		}
		if r.Header.Get("Authorization") != "Bearer token" {
			rw.WriteHeader(http.StatusUnauthorized)
			return
		}
		if w.asked++; w.asked%7 == 3 {
			rw.Header().Set("Retry-After", "0")
			rw.WriteHeader(http.StatusTooManyRequests)
			return
		}
		if cloud {
			w.cloud(rw, r)
		} else {
			w.dataCenter(rw, r)
		}
	})
	return w
}

func (w *wiki) list(start int, webui func(id string) string) (results string, next int) {
	var out []string
	for i := start; i < min(start+2, 8); i++ {
		id := fmt.Sprint(100 + i)
		if w.versions[id] == 0 {
			continue
		}
		out = append(out, fmt.Sprintf(`{"id":%q,"title":"Page %s","version":{"number":%d},"_links":{"webui":%q}}`, id, id, w.versions[id], webui(id)))
	}
	return strings.Join(out, ","), start + 2
}

func (w *wiki) body(id string) string {
	w.reads++
	return fmt.Sprintf(`{"id":%q,"title":"Page %s","version":{"number":%d},"body":{"storage":{"value":"<p>Text %d of page %s.</p>"}}}`, id, id, w.versions[id], w.versions[id], id)
}

// search answers for the tree of page 102, which has 103 below it.
func (w *wiki) search(rw http.ResponseWriter, r *http.Request, context string, webui func(id string) string) {
	if r.URL.Query().Get("cql") != "type=page and (id=102 or ancestor=102)" {
		fmt.Fprint(rw, `{"results":[],"_links":{}}`)
		return
	}
	start, link := 2, `"next":"/rest/api/content/search?start=4&cql=`+url.QueryEscape(r.URL.Query().Get("cql"))+`","context":"`+context+`"`
	if r.URL.Query().Get("start") == "4" {
		start, link = 4, ""
	}
	results, _ := w.list(start, webui)
	if start == 4 {
		results = ""
	}
	fmt.Fprintf(rw, `{"results":[%s],"_links":{%s}}`, results, link)
}

func (w *wiki) dataCenter(rw http.ResponseWriter, r *http.Request) {
	switch p := r.URL.Path; {
	case p == "/rest/api/space":
		fmt.Fprint(rw, `{"results":[{"id":1,"key":"DOC"},{"id":2,"key":"OTHER"}],"_links":{}}`)
	case p == "/rest/api/content" && r.URL.Query().Get("spaceKey") == "DOC":
		var start int
		_, _ = fmt.Sscan(r.URL.Query().Get("start"), &start)
		results, next := w.list(start, func(id string) string { return "/display/DOC/" + id })
		link := ""
		if next < 8 {
			link = fmt.Sprintf(`"next":"/rest/api/content?spaceKey=DOC&start=%d"`, next)
		}
		fmt.Fprintf(rw, `{"results":[%s],"_links":{%s}}`, results, link)
	case p == "/rest/api/content/search":
		w.search(rw, r, "", func(id string) string { return "/display/DOC/" + id })
	case strings.HasSuffix(p, "/child/attachment"):
		fmt.Fprint(rw, `{"results":[{"title":"plan.pdf","extensions":{"mediaType":"application/pdf","fileSize":2048},"_links":{"download":"/download/attachments/100/plan.pdf?version=1"}}],"_links":{}}`)
	case strings.HasPrefix(p, "/rest/api/content/"):
		fmt.Fprint(rw, w.body(strings.TrimPrefix(p, "/rest/api/content/")))
	default:
		http.NotFound(rw, r)
	}
}

func (w *wiki) cloud(rw http.ResponseWriter, r *http.Request) {
	switch p := r.URL.Path; {
	case p == "/wiki/api/v2/spaces":
		fmt.Fprint(rw, `{"results":[{"id":"1","key":"DOC"}],"_links":{}}`)
	case p == "/wiki/api/v2/spaces/1/pages":
		var start int
		_, _ = fmt.Sscan(r.URL.Query().Get("cursor"), &start)
		results, next := w.list(start, func(id string) string { return "/spaces/DOC/pages/" + id })
		link := ""
		if next < 8 {
			link = fmt.Sprintf(`"next":"/wiki/api/v2/spaces/1/pages?cursor=%d"`, next)
		}
		fmt.Fprintf(rw, `{"results":[%s],"_links":{%s}}`, results, link)
	case p == "/wiki/rest/api/content/search":
		w.search(rw, r, "/wiki", func(id string) string { return "/spaces/DOC/pages/" + id })
	case strings.HasSuffix(p, "/attachments"):
		fmt.Fprint(rw, `{"results":[{"title":"plan.pdf","mediaType":"application/pdf","fileSize":2048,"downloadLink":"/download/attachments/100/plan.pdf?version=1"}],"_links":{}}`)
	case strings.HasPrefix(p, "/wiki/api/v2/pages/"):
		fmt.Fprint(rw, w.body(strings.TrimPrefix(p, "/wiki/api/v2/pages/")))
	default:
		http.NotFound(rw, r)
	}
}

func TestConfluenceIsVisitedByVersion(t *testing.T) {
	t.Parallel()
	for name, cloud := range map[string]bool{"data center": false, "cloud": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWiki(t, cloud)
			src := source.Source{Name: "wiki", Kind: source.Confluence, URL: w.URL, Spaces: []string{"DOC"}, AllowPrivate: true, Credential: "wiki-token"}
			first := w.URL + "/display/DOC/100"
			if cloud {
				src.URL += "/wiki"
				first = w.URL + "/wiki/spaces/DOC/pages/100"
			}
			b := newBench(t, src)
			credential := filepath.Join(b.env.CredentialsDir, "wiki-token")
			_ = os.WriteFile(credential, []byte("token"), 0o600)
			b.must("8 new")
			if d, err := b.db.Document(t.Context(), first); err != nil || d.Title != "Page 100" || !strings.Contains(d.Markdown, "Text 1 of page 100") ||
				!strings.Contains(d.Markdown, "/download/attachments/100/plan.pdf?version=1) (application/pdf, 2 KB)") {
				t.Errorf("document is %+v, %v", d, err)
			}
			reads := w.reads
			b.must("8 unchanged")
			if w.reads != reads {
				t.Errorf("%d unchanged pages were read", w.reads-reads)
			}
			w.mu.Lock()
			w.versions["103"], w.versions["104"] = 2, 0
			w.mu.Unlock()
			b.must("1 changed, 6 unchanged, 1 gone")
			_ = os.WriteFile(credential, []byte("expired"), 0o600)
			if _, err := b.run(crawl.Options{}); err == nil || !strings.Contains(sd.HintOf(err), "renew") {
				t.Errorf("with an expired token: %v", err)
			}
			_ = os.WriteFile(credential, []byte("token"), 0o600)
			b.cfg.Sources[0].Pages = []string{"999"}
			if _, err := b.run(crawl.Options{}); err == nil || !strings.Contains(err.Error(), "page 999 is not there") {
				t.Errorf("a page that is not there: %v", err)
			}
			b.cfg.Sources[0].Pages, b.cfg.Sources[0].MaxRemoved = []string{"102"}, 1
			b.must("2 unchanged, 5 gone")
			b.cfg.Sources[0].Pages = nil
			b.must("5 changed, 2 unchanged") // they come back
			w.moved = true
			if _, err := b.run(crawl.Options{}); err == nil || !strings.Contains(sd.HintOf(err), "url") {
				t.Errorf("a site that leads to a login: %v", err)
			}
			w.moved = false
			b.cfg.Sources[0].Spaces = []string{"GONE"}
			if _, err := b.run(crawl.Options{}); err == nil || len(b.live()) != 7 {
				t.Errorf("a space that is not there: %v, %d documents", err, len(b.live()))
			}
		})
	}
}
