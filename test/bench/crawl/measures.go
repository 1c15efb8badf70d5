package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	"panther/pkg/crawl"
	"panther/pkg/crawl/fetch"
	"panther/pkg/crawl/frontier"
	"panther/pkg/crawl/source"
	"panther/pkg/sd"

	"github.com/gocolly/colly/v2"
	"golang.org/x/net/html"
)

// workers is how many requests each measure has under way.
const workers = 16

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

// colly is the crawler that ours fetches with, as its readme shows it.
func (b *bench) colly(context.Context) error {
	c := colly.NewCollector(colly.Async(true), colly.AllowedDomains("127.0.0.1"))
	if err := c.Limit(&colly.LimitRule{DomainGlob: "*", Parallelism: workers}); err != nil {
		return err
	}
	c.OnHTML("a[href]", func(e *colly.HTMLElement) { _ = e.Request.Visit(e.Attr("href")) })
	if err := c.Visit(b.url + "/"); err != nil {
		return err
	}
	c.Wait()
	return nil
}

// night is a whole run that writes Markdown files.
func (b *bench) night(ctx context.Context) error {
	debug.SetGCPercent(crawl.GCPercent)
	env, err := sd.Local(crawl.Name, b.dir, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	cfg := crawl.Default()
	cfg.Sources = []source.Source{{Name: "site", URL: b.url + "/", AllowPrivate: true, Concurrency: workers, MaxPages: b.pages + 10}}
	return crawl.Run(ctx, env, cfg, crawl.Options{All: true, Out: filepath.Join(b.dir, "out")})
}
