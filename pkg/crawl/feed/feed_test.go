package feed

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"panther/pkg/crawl/source"
)

func TestPlacesOfProfiles(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"https://medium.com/@ana":             "https://medium.com/feed/@ana",
		"https://medium.com/tag/go":           "https://medium.com/feed/tag/go",
		"https://medium.com/netflix-techblog": "https://medium.com/feed/netflix-techblog",
		"https://ana.medium.com/":             "https://ana.medium.com/feed",
		"https://medium.com/feed/@ana":        "https://medium.com/feed/@ana",
		"https://dev.to/feed/ana":             "https://dev.to/feed/ana",
		"https://blog.example/atom.xml":       "https://blog.example/atom.xml",
		"https://blog.example/?feed=rss2":     "https://blog.example/?feed=rss2",
	} {
		if got := Place(in); got != want {
			t.Errorf("Place(%q) is %q, want %q", in, got, want)
		}
	}
}

// devto answers as Dev.to's API does: 130 articles of one author, one of
// another, and 429 once in a while.
func devto(t *testing.T) (*Feed, *httptest.Server) {
	t.Helper()
	asked := 0
	var s *httptest.Server
	s = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked++; asked%3 == 1 {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		q := r.URL.Query()
		list := func(id int) map[string]any {
			return map[string]any{"id": id, "title": fmt.Sprintf("Article %d", id), "url": fmt.Sprintf("%s/ana/article-%d", s.URL, id),
				"published_timestamp": "2026-11-01T10:00:00Z", "edited_at": nil, "user": map[string]string{"name": "Ana"}}
		}
		var out []any
		switch {
		case r.URL.Path == "/api/articles" && (q.Get("username") == "ana" || q.Get("tag") == "go"):
			var page int
			_, _ = fmt.Sscan(q.Get("page"), &page)
			for id := (page-1)*100 + 1; id <= min(page*100, 130); id++ {
				out = append(out, list(id))
			}
		case r.URL.Path == "/api/articles":
			w.WriteHeader(http.StatusNotFound)
			return
		case strings.HasPrefix(r.URL.Path, "/api/articles/"):
			var id int
			_, _ = fmt.Sscan(strings.TrimPrefix(r.URL.Path, "/api/articles/"), &id)
			one := list(id)
			one["body_html"] = "<p>Text of it.</p><div class=\"highlight js-code-highlight\"><pre class=\"highlight go\"><code><span class=k>func</span> main() {}\n</code></pre></div>"
			_ = json.NewEncoder(w).Encode(one)
			return
		}
		_ = json.NewEncoder(w).Encode(out)
	}))
	t.Cleanup(s.Close)
	src := source.Source{Name: "dev", Kind: source.Feed, URL: s.URL + "/ana", AllowPrivate: true}.Complete()
	f := New(src, "panther-crawl", "")
	f.devto = strings.TrimPrefix(s.URL, "http://")
	f.open(t.Context())
	t.Cleanup(f.client.Close)
	return f, s
}

func TestDevtoIsReadByItsAPI(t *testing.T) {
	t.Parallel()
	f, s := devto(t)
	for _, place := range []string{s.URL + "/ana", s.URL + "/@ana", s.URL + "/t/go"} {
		items, err := f.items(t.Context(), place)
		if err != nil || len(items) != 130 || items[129].URI != s.URL+"/ana/article-130" {
			t.Fatalf("%s: %d items, %v", place, len(items), err)
		}
		p, err := items[6].Load(t.Context())
		if err != nil || p.Document.Title != "Article 7" || p.Document.Meta["author"] != "Ana" || p.Document.PublishedAt.Day() != 1 ||
			!strings.Contains(p.Document.Markdown, "```go\nfunc main() {}\n```") || p.Codes != 1 {
			t.Errorf("%s: page is %+v, %v", place, p.Document, err)
		}
	}
	if _, err := f.items(t.Context(), s.URL+"/nobody"); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("a profile that is not there: %v", err)
	}
}
