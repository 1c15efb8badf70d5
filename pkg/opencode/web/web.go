// Package web is the page on which people ask opencoded from a browser or a
// phone: one embedded document with its script and style, which speaks the same
// API as any client. Nothing is loaded from elsewhere and nothing an answer
// says is run: the page builds answers from text, never from markup, and its
// Content-Security-Policy allows its own two files and its own server only.
package web

import (
	"embed"
	"net/http"
)

//go:embed static
var static embed.FS

// policy lets the page load its own script and style and call its own server.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; manifest-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// files are what is served, by path.
var files = map[string]struct{ name, mime string }{
	"/":                         {"index.html", "text/html; charset=utf-8"},
	"/web/app.js":               {"app.js", "text/javascript; charset=utf-8"},
	"/web/style.css":            {"style.css", "text/css; charset=utf-8"},
	"/web/icon.svg":             {"icon.svg", "image/svg+xml"},
	"/web/manifest.webmanifest": {"manifest.webmanifest", "application/manifest+json"},
}

// Handler serves the page at / and its files below /web/.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		f, ok := files[q.URL.Path]
		if !ok {
			http.NotFound(w, q)
			return
		}
		b, err := static.ReadFile("static/" + f.name)
		if err != nil {
			http.NotFound(w, q)
			return
		}
		h := w.Header()
		h.Set("Content-Type", f.mime)
		h.Set("Content-Security-Policy", policy)
		h.Set("Cache-Control", "no-cache")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		_, _ = w.Write(b)
	})
}
