package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"panther/pkg/sd"
)

// serveSite serves pages that link to twenty others each, until standard input
// ends.
func serveSite(pages, kilobytes int, latency time.Duration) error {
	const paragraph = "<p>Text of a page that explains <code>one</code> thing after the other, as manuals do, in <em>sentences</em> of some length.</p>\n"
	filler := strings.Repeat(paragraph, max(1, (kilobytes*1024-1500)/len(paragraph)))
	ln, err := sd.Listen("127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(ln.Addr())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	return http.Serve(ln, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { //nolint:gosec // of a benchmark
		time.Sleep(latency)
		n := 0
		if r.URL.Path != "/" {
			if _, err := fmt.Sscanf(r.URL.Path, "/%d.html", &n); err != nil || n >= pages {
				http.NotFound(w, r)
				return
			}
		}
		tag := fmt.Sprintf(`"%d"`, n)
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, "<html lang=en><head><title>Page %d</title></head><body><nav>", n)
		for i := range 20 {
			fmt.Fprintf(w, `<a href="/%d.html">%d</a> `, (n*20+i+1)%pages, i)
		}
		fmt.Fprintf(w, "</nav><main><h1>Page %d</h1><p>Number %d.</p>%s<pre><code class=language-go>x := %d</code></pre></main></body></html>", n, n, filler, n)
	}))
}
