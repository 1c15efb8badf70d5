// Package web is the page on which people ask opencoded from a browser or a
// phone, embedded as it was built: scripts/web makes dist of app, and
// test/web.sh fails where they differ, so that a build in Go needs no Node. The
// page speaks the same API as any client. Nothing is loaded from elsewhere and
// nothing an answer says is run: the page makes elements of Markdown that it has
// read itself, never of markup, and its Content-Security-Policy allows its own
// files and its own server only.
package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
)

//go:embed dist
var dist embed.FS

// policy lets the page load its own files and call its own server. A text becomes
// markup or an address of a script nowhere: the one that the page makes is its
// service worker's.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; manifest-src 'self'; " +
	"worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types panther"

// screens are the paths that the page itself gives a meaning to.
var screens = []string{"/{$}", "/c/{id}", "/conversations", "/read", "/search", "/library", "/library/{name}", "/memories", "/system", "/share"}

// Register adds the page at its screens, and its files below /web/.
func Register(mux interface{ Handle(string, http.Handler) }) {
	for _, s := range screens {
		mux.Handle("GET "+s, serve("index.html"))
	}
	mux.Handle("GET /sw.js", serve("sw.js")) // its place decides what it may answer
	mux.Handle("GET /web/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		serve(strings.TrimPrefix(path.Clean(r.URL.Path), "/web/")).ServeHTTP(w, r)
	}))
}

// file is a file of the page as it goes over the wire.
type file struct {
	body, zipped []byte // zipped is empty where it would not be smaller
	mime, tag    string
}

var (
	mu    sync.Mutex
	files = map[string]*file{}
)

// load returns a file, nil if there is none. It is compressed when somebody asks
// for it first.
func load(name string) *file {
	mu.Lock()
	defer mu.Unlock()
	if f, ok := files[name]; ok {
		return f
	}
	b, err := dist.ReadFile("dist/" + name)
	if err != nil {
		return nil
	}
	sum := sha256.Sum256(b)
	f := &file{body: b, mime: kind(name), tag: `"` + hex.EncodeToString(sum[:12]) + `"`}
	if !strings.HasSuffix(name, ".png") {
		var z bytes.Buffer
		w, _ := gzip.NewWriterLevel(&z, gzip.BestCompression) // the level is right
		_, _ = w.Write(b)                                     // a buffer takes everything
		_ = w.Close()
		f.zipped = z.Bytes()
	}
	files[name] = f
	return f
}

// kind is the type of a file, whatever the machine's own table says.
func kind(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".webmanifest":
		return "application/manifest+json"
	case ".svg":
		return "image/svg+xml"
	case ".txt":
		return "text/plain; charset=utf-8"
	}
	return mime.TypeByExtension(path.Ext(name))
}

func serve(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f := load(name)
		if f == nil {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", f.mime)
		h.Set("Content-Security-Policy", policy)
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-cache")
		if strings.HasPrefix(name, "assets/") { // the name follows from the content
			h.Set("Cache-Control", "private, max-age=31536000, immutable")
		}
		h.Set("ETag", f.tag)
		h.Set("Vary", "Accept-Encoding")
		if strings.Contains(r.Header.Get("If-None-Match"), f.tag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		body := f.body
		if len(f.zipped) > 0 && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
			h.Set("Content-Encoding", "gzip")
			body = f.zipped
		}
		_, _ = w.Write(body)
	})
}
