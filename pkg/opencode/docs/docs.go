// Package docs is the interactive pages of the APIs: /docs for what opencoded
// serves, by its own description at /doc, and /docs/agentdb for agentdb's, which is
// shown and cannot be tried from a browser. They are Swagger UI as npm has it (the
// built files are in static, the lock file says which; a test compares them), under
// a policy that runs no script and applies no style of anybody else's. The package
// decides nothing: what is tried is a request like any other, with the caller's
// rights.
package docs

import (
	"bytes"
	"compress/gzip"
	"embed"
	"io"
	"net/http"
	"strings"
	"sync"
)

//go:embed static
var static embed.FS

// policy lets the pages load their own scripts and styles and call their own server.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// files are what is served, by path. The bundle is kept compressed.
var files = map[string]struct{ name, mime string }{
	"/docs":                      {"index.html", "text/html; charset=utf-8"},
	"/docs/agentdb":              {"index.html", "text/html; charset=utf-8"},
	"/docs/docs.js":              {"docs.js", "text/javascript; charset=utf-8"},
	"/docs/docs.css":             {"docs.css", "text/css; charset=utf-8"},
	"/docs/swagger-ui.css":       {"swagger-ui.css", "text/css; charset=utf-8"},
	"/docs/swagger-ui-bundle.js": {"swagger-ui-bundle.js.gz", "text/javascript; charset=utf-8"},
}

// bundle is the script for clients that take nothing compressed.
var bundle = sync.OnceValues(func() ([]byte, error) {
	b, err := static.ReadFile("static/swagger-ui-bundle.js.gz")
	if err != nil {
		return nil, err
	}
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
})

// Routes adds the pages to mux. describe returns agentdb's description of itself.
func Routes(mux *http.ServeMux, describe http.HandlerFunc) {
	for path := range files {
		mux.HandleFunc("GET "+path, serve)
	}
	mux.HandleFunc("GET /docs/agentdb.json", describe)
}

func serve(w http.ResponseWriter, q *http.Request) {
	f := files[q.URL.Path]
	b, err := static.ReadFile("static/" + f.name)
	h := w.Header()
	if strings.HasSuffix(f.name, ".gz") {
		h.Add("Vary", "Accept-Encoding")
		if strings.Contains(q.Header.Get("Accept-Encoding"), "gzip") {
			h.Set("Content-Encoding", "gzip")
		} else {
			b, err = bundle()
		}
	}
	if err != nil {
		http.Error(w, "the page is not whole", http.StatusInternalServerError)
		return
	}
	h.Set("Content-Type", f.mime)
	h.Set("Content-Security-Policy", policy)
	h.Set("Cache-Control", "no-cache")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	_, _ = w.Write(b)
}
