package web

import (
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func TestPage(t *testing.T) {
	t.Parallel()
	for path := range files {
		w := httptest.NewRecorder()
		Handler().ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if w.Code != 200 || w.Body.Len() < 50 || !strings.Contains(w.Header().Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: %d with %d bytes, policy %q", path, w.Code, w.Body.Len(), w.Header().Get("Content-Security-Policy"))
		}
	}
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, httptest.NewRequest("GET", "/web/../web.go", nil))
	if w.Code != 404 {
		t.Errorf("a path outside gave %d", w.Code)
	}
}

// What the policy forbids must not be tried, and answers must not become markup.
func TestNothingIsRunOrLoaded(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"index.html", "app.js", "style.css"} {
		b, err := static.ReadFile("static/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for _, bad := range []string{`innerHTML`, `outerHTML`, `insertAdjacentHTML`, `document\.write`, `eval\(`, `\son[a-z]+="`, `style="`, `<script>`, `(src|href)="https?:`, `url\(`, `@import`, `createElement\("img"`} {
			if m := regexp.MustCompile(bad).Find(b); m != nil {
				t.Errorf("%s holds %s", name, m)
			}
		}
	}
}
