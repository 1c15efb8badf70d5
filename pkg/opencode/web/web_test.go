package web

import (
	"compress/gzip"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func get(path, encoding string) *httptest.ResponseRecorder {
	mux := http.NewServeMux()
	Register(mux)
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", path, nil)
	r.Header.Set("Accept-Encoding", encoding)
	mux.ServeHTTP(w, r)
	return w
}

func TestScreens(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/", "/c/ses_1", "/conversations", "/read?uri=x", "/search?q=a", "/library", "/library/docs", "/memories", "/system", "/share?text=a"} {
		w := get(path, "")
		if w.Code != 200 || !strings.Contains(w.Body.String(), `<div id="root">`) {
			t.Errorf("%s: %d %q", path, w.Code, w.Body)
		}
		if p := w.Header().Get("Content-Security-Policy"); !strings.Contains(p, "default-src 'none'") || strings.Contains(p, "unsafe") {
			t.Errorf("%s: the policy is %q", path, p)
		}
		if w.Header().Get("Cache-Control") != "no-cache" {
			t.Errorf("%s may be kept: an old page would ask for files that are gone", path)
		}
	}
	for _, path := range []string{"/web/../web.go", "/web/nothing.js", "/web/", "/c/a/b", "/sw.js/x"} {
		if w := get(path, ""); w.Code == 200 {
			t.Errorf("%s is served", path)
		}
	}
}

// The files that the page names are there, and what is compressed is the same.
func TestFiles(t *testing.T) {
	t.Parallel()
	index := get("/", "").Body.String()
	names := regexp.MustCompile(`(?:src|href)="(/web/[^"]+)"`).FindAllStringSubmatch(index, -1)
	if len(names) < 4 {
		t.Fatalf("the page names %d files", len(names))
	}
	for _, n := range append(names, []string{"", "/sw.js"}, []string{"", "/web/licences.txt"}) {
		plain, zipped := get(n[1], ""), get(n[1], "gzip")
		if plain.Code != 200 || plain.Header().Get("Content-Type") == "" {
			t.Errorf("%s: %d, type %q", n[1], plain.Code, plain.Header().Get("Content-Type"))
		}
		if zipped.Header().Get("Content-Encoding") != "gzip" {
			continue
		}
		z, err := gzip.NewReader(zipped.Body)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(z)
		if err != nil || string(b) != plain.Body.String() {
			t.Errorf("%s: unzipped it is another file (%v)", n[1], err)
		}
	}
	w := get(names[0][1], "")
	r := httptest.NewRequest("GET", names[0][1], nil)
	r.Header.Set("If-None-Match", w.Header().Get("ETag"))
	mux := http.NewServeMux()
	Register(mux)
	again := httptest.NewRecorder()
	mux.ServeHTTP(again, r)
	if again.Code != 304 || again.Body.Len() != 0 {
		t.Errorf("an unchanged file gave %d with %d bytes", again.Code, again.Body.Len())
	}
}

// What the policy forbids must not be in the page, and nothing may come from
// elsewhere. What libraries hold and never run is kept out by the policy.
func TestNothingInlineOrElsewhere(t *testing.T) {
	t.Parallel()
	err := fs.WalkDir(dist, "dist", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := dist.ReadFile(path)
		if err != nil {
			return err
		}
		bad := map[string]string{".html": `(?i)\son[a-z]+=|style=|<style|<script>|(src|href)="(https?:)?//`, ".css": `@import|url\((["']?)(https?:)?//|url\(data:`, ".js": `sourceMappingURL|new Function\(|[^.\w]eval\(`}
		for ext, re := range bad {
			if strings.HasSuffix(path, ext) {
				if m := regexp.MustCompile(re).Find(b); m != nil {
					t.Errorf("%s holds %s", path, m)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
