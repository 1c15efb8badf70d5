// Command crawl measures the crawler on a local site: fetching and finding
// links only, the whole way to Markdown files, and a second night on which
// nothing changed, beside a plain net/http pool and wget in the same run.
// `scripts/bench crawl` runs it.
//
// The site is served by a process of its own; the client has one core.
package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"panther/pkg/crawl"
	"panther/pkg/crawl/fetch"
	"panther/pkg/crawl/frontier"
	"panther/pkg/crawl/source"
	"panther/pkg/sd"

	"golang.org/x/net/html"
)

const workers = 16

type bench struct {
	pages int
	url   string
	dir   string
}

func main() {
	pages := flag.Int("pages", 2000, "pages of the site")
	latency := flag.Duration("latency", 0, "of the server")
	serve := flag.Bool("serve", false, "serve the site (the benchmark starts itself so)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	if *serve {
		err = serveSite(*pages, *latency)
	} else {
		err = measure(ctx, *pages, *latency)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench crawl:", err)
		os.Exit(1)
	}
}

func measure(ctx context.Context, pages int, latency time.Duration) error {
	runtime.GOMAXPROCS(1)
	dir, err := os.MkdirTemp("", "bench-crawl-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	server := exec.Command(os.Args[0], "-serve", "-pages", fmt.Sprint(pages), "-latency", latency.String())
	server.Stderr = os.Stderr
	out, err := server.StdoutPipe()
	if err != nil {
		return err
	}
	if err := server.Start(); err != nil {
		return err
	}
	defer func() { _ = server.Process.Kill(); _ = server.Wait() }()
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return fmt.Errorf("start the site: %w", err)
	}
	b := &bench{pages: pages, url: "http://" + strings.TrimSpace(address), dir: dir}
	fmt.Printf("%d pages of 20 KB with 20 links, latency %v, one core for the client\n", pages, latency)
	for _, m := range []struct {
		name string
		run  func(context.Context) error
	}{{"net/http pool, links only", b.pool}, {"fetch and links only", b.fetchOnly}, {"to Markdown files", b.night}, {"unchanged night", b.night}, {"wget -r", b.wget}} {
		start := time.Now()
		err := m.run(ctx)
		took := time.Since(start)
		switch {
		case errors.Is(err, exec.ErrNotFound):
			fmt.Printf("  %-28s not installed\n", m.name)
			continue
		case err != nil:
			return fmt.Errorf("%s: %w", m.name, err)
		}
		fmt.Printf("  %-28s %7.0f pages/s  %8v\n", m.name, float64(pages)/took.Seconds(), took.Round(time.Millisecond))
	}
	var ru syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &ru); err == nil {
		fmt.Printf("  most memory %d MB\n", ru.Maxrss/1024)
	}
	return nil
}

// serveSite serves pages that link to twenty others each.
func serveSite(pages int, latency time.Duration) error {
	filler := strings.Repeat("<p>Text of a page that explains <code>one</code> thing after the other, as manuals do, in <em>sentences</em> of some length.</p>\n", 130)
	ln, err := sd.Listen("127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println(ln.Addr())
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

// links returns the paths that a page links to.
func links(body []byte) []string {
	var out []string
	z := html.NewTokenizer(bytes.NewReader(body))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return out
		case html.StartTagToken:
			if name, more := z.TagName(); string(name) == "a" && more {
				if _, v, _ := z.TagAttr(); len(v) > 0 {
					out = append(out, string(v))
				}
			}
		}
	}
}

// pool is what a few lines of Go make of it.
func (b *bench) pool(ctx context.Context) error {
	tr := &http.Transport{MaxIdleConnsPerHost: workers}
	defer tr.CloseIdleConnections()
	c := &http.Client{Transport: tr}
	queue := make(chan string, b.pages+1)
	var mu sync.Mutex
	seen, pending := map[string]bool{"/": true}, 1
	queue <- "/"
	var wg sync.WaitGroup
	var failure error
	for range workers {
		wg.Go(func() {
			for p := range queue {
				body, err := get(ctx, c, b.url+p)
				mu.Lock()
				if err != nil && failure == nil {
					failure = err
				}
				for _, l := range links(body) {
					if !seen[l] {
						seen[l] = true
						pending++
						queue <- l
					}
				}
				if pending--; pending == 0 {
					close(queue)
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return failure
}

func get(ctx context.Context, c *http.Client, url string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := c.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return io.ReadAll(resp.Body)
}

// fetchOnly is the crawler's own way through the frontier, without a document.
func (b *bench) fetchOnly(ctx context.Context) error {
	f, err := frontier.Open(filepath.Join(b.dir, "fetch.db"))
	if err != nil {
		return err
	}
	defer f.Close()
	f.SetLimit(frontier.Limit{Concurrency: workers}, 0)
	if _, err := f.Begin("run_1", (*frontier.Record).Live); err != nil {
		return err
	}
	c := fetch.New(ctx, fetch.Options{UserAgent: "bench", Private: true, Timeout: time.Minute, MaxBytes: 1 << 20, Conns: workers})
	defer c.Close()
	if _, err := f.Add(frontier.Record{Key: b.url + "/", URL: b.url + "/"}); err != nil {
		return err
	}
	var wg sync.WaitGroup
	errs := make([]error, workers)
	for i := range workers {
		wg.Go(func() {
			for errs[i] == nil {
				r, err := f.Claim(ctx)
				if errors.Is(err, frontier.ErrEmpty) {
					return
				}
				if err != nil {
					errs[i] = err
					return
				}
				resp, err := c.Get(ctx, fetch.Request{URL: r.URL})
				if err == nil {
					for _, l := range links(resp.Body) {
						_, err = f.Add(frontier.Record{Key: b.url + l, URL: b.url + l})
					}
				}
				f.Release(r)
				errs[i] = errors.Join(err, f.Finish(r, func(r *frontier.Record) { r.Outcome = "new" }))
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// night is a whole run that writes Markdown files.
func (b *bench) night(ctx context.Context) error {
	env, err := sd.Local(crawl.Name, b.dir, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	cfg := crawl.Default()
	cfg.Sources = []source.Source{{Name: "site", URL: b.url + "/", AllowPrivate: true, Concurrency: workers, MaxPages: b.pages + 10}}
	return crawl.Run(ctx, env, cfg, crawl.Options{All: true, Out: filepath.Join(b.dir, "out")})
}

func (b *bench) wget(ctx context.Context) error {
	path, err := exec.LookPath("wget")
	if err != nil {
		return exec.ErrNotFound
	}
	return exec.CommandContext(ctx, path, "-q", "-r", "-l", "inf", "-P", filepath.Join(b.dir, "wget"), b.url+"/").Run()
}
