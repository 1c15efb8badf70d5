// Package feed visits RSS, Atom and JSON feeds: each entry is a document, with
// the text that the feed carries, or the article fetched from its page where
// the feed has only a summary. Dev.to is read by its API. An entry that leaves the feed stays: feeds
// forget, readers do not.
package feed

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
	"time"

	"panther/pkg/crawl/address"
	"panther/pkg/crawl/fetch"
	"panther/pkg/crawl/source"
	"panther/pkg/crawl/visit"
	"panther/pkg/crawl/web"
	"panther/pkg/knowledge"
	"panther/pkg/markdown"
	"panther/pkg/sd"

	"github.com/mmcdole/gofeed"
)

// Format counts what changes the documents made of an unchanged entry.
const Format = "1"

// whole is the length of text from which an entry is taken for the article
// itself. Summaries end well below it.
const whole = 1500

// Feed visits one feed source.
type Feed struct {
	src         source.Source
	agent, auth string
	devto       string // host whose API lists articles
	client      *fetch.Client
	robots      *fetch.RobotsCache
}

// New returns the visitor of a source. auth is the Authorization header for the
// feed's origin, or "".
func New(src source.Source, userAgent, auth string) *Feed {
	return &Feed{src: src, agent: userAgent, auth: auth, devto: "dev.to"}
}

func (f *Feed) open(ctx context.Context) {
	var origins []string
	for _, a := range f.src.Starts() {
		if u, err := url.Parse(a); err == nil {
			origins = append(origins, fetch.Origin(u))
		}
	}
	f.client = fetch.New(ctx, fetch.Options{UserAgent: f.agent, Private: f.src.AllowPrivate, Timeout: f.src.Timeout.D(),
		MaxBytes: int64(f.src.MaxPageSize), Conns: 4, Auth: f.auth, Origins: origins})
	f.robots = fetch.NewRobotsCache(f.client, web.Agent)
}

// Visit visits the entries of every feed.
func (f *Feed) Visit(ctx context.Context, v *visit.Visit) error {
	f.open(ctx)
	defer f.client.Close()
	var items []*visit.Item
	seen := map[string]bool{}
	for _, a := range f.src.Starts() {
		found, err := f.items(ctx, a)
		if err != nil {
			return fmt.Errorf("%w: %w", visit.ErrSource, err)
		}
		for _, it := range found {
			if !seen[it.URI] {
				seen[it.URI] = true
				items = append(items, it)
			}
		}
	}
	next := func(context.Context) (*visit.Item, error) {
		if err := ctx.Err(); err != nil || len(items) == 0 {
			return nil, err
		}
		it := items[0]
		items = items[1:]
		return it, nil
	}
	return v.List(ctx, next, func() bool { return false })
}

// items returns what a feed, or an API in its place, lists.
func (f *Feed) items(ctx context.Context, place string) ([]*visit.Item, error) {
	if api, ok := f.articlesOf(place); ok {
		return f.articles(ctx, api)
	}
	parsed, err := f.read(ctx, place)
	if err != nil {
		return nil, err
	}
	var out []*visit.Item
	for _, e := range parsed.Items {
		if it := f.item(parsed, e, place); it != nil {
			out = append(out, it)
		}
	}
	return out, nil
}

// Probe reads the feeds and counts their entries.
func (f *Feed) Probe(ctx context.Context) (string, error) {
	f.open(ctx)
	defer f.client.Close()
	n := 0
	for _, a := range f.src.Starts() {
		found, err := f.items(ctx, a)
		if err != nil {
			return "", err
		}
		n += len(found)
	}
	return fmt.Sprintf("%d entries", n), nil
}

// maxHops is how many redirects may lead to a feed or an article.
const maxHops = 10

func (f *Feed) read(ctx context.Context, place string) (*gofeed.Feed, error) {
	resp, err := f.client.Patient(ctx, Place(place), maxHops)
	switch {
	case err != nil:
		return nil, fmt.Errorf("read feed: %w", err)
	case resp.Status == http.StatusUnauthorized || resp.Status == http.StatusForbidden:
		return nil, sd.Hint(fmt.Errorf("read feed %s: server answered %d", place, resp.Status), "set credential to the name of a token that may read it, or renew the token")
	case resp.Status != http.StatusOK:
		return nil, fmt.Errorf("read feed %s: server answered %d", place, resp.Status)
	}
	var parsed *gofeed.Feed
	err = sd.Guard("read feed", resp.Body, func() (err error) {
		parsed, err = gofeed.NewParser().Parse(bytes.NewReader(resp.Body))
		return err
	})
	if err == nil {
		return parsed, nil
	}
	// A page about the feed names it.
	page, perr := markdown.Extract(bytes.NewReader(resp.Body), markdown.Options{URL: resp.URL, ContentType: resp.ContentType})
	if perr == nil && len(page.Feeds) > 0 && page.Feeds[0] != place {
		return f.read(ctx, page.Feeds[0])
	}
	return nil, sd.Hint(fmt.Errorf("read feed %s: %w", place, err), "name the address of the feed itself: RSS, Atom or JSON Feed")
}

// Place returns the feed of a profile, a publication or a tag of Medium, and
// any other address as it is.
func Place(a string) string {
	u, err := url.Parse(a)
	if err != nil || u.RawQuery != "" {
		return a
	}
	p := strings.Trim(u.Path, "/")
	host := strings.TrimPrefix(u.Host, "www.")
	switch {
	case p == "" && host != "" && strings.HasSuffix(host, ".medium.com"):
		return u.Scheme + "://" + u.Host + "/feed"
	case p == "" || strings.HasPrefix(p, "feed") || strings.HasPrefix(p, "rss"):
		return a
	case host == "medium.com":
		return u.Scheme + "://" + u.Host + "/feed/" + p
	}
	return a
}

// item makes an item of an entry, or nil of one without an address.
func (f *Feed) item(feed *gofeed.Feed, e *gofeed.Item, base string) *visit.Item {
	link := e.Link
	if link == "" && strings.HasPrefix(e.GUID, "http") {
		link = e.GUID
	}
	if b, err := url.Parse(base); err == nil {
		if ref, err := b.Parse(link); err == nil && link != "" {
			link = ref.String()
		}
	}
	uri, err := address.Canonical(link)
	if err != nil {
		return nil
	}
	body := e.Content
	if len(body) < len(e.Description) {
		body = e.Description
	}
	sum := sha256.Sum256([]byte(Format + "\x00" + e.Title + "\x00" + e.Updated + "\x00" + body))
	return &visit.Item{URI: uri, Version: hex.EncodeToString(sum[:12]), Load: func(ctx context.Context) (visit.Page, error) {
		return f.load(ctx, feed, e, uri, body)
	}}
}

// load makes the document of an entry.
func (f *Feed) load(ctx context.Context, feed *gofeed.Feed, e *gofeed.Item, uri, body string) (visit.Page, error) {
	page, err := markdown.Extract(strings.NewReader(wrap(body)), markdown.Options{URL: uri, ContentType: "text/html; charset=utf-8"})
	if err != nil {
		return visit.Page{}, fmt.Errorf("convert entry: %w", err)
	}
	p := visit.Page{Bytes: int64(len(body))}
	if len(page.Markdown) < whole {
		article, n, err := f.article(ctx, uri)
		if article != nil && len(article.Markdown) > len(page.Markdown) {
			page, p.Bytes = article, n
		}
		if err != nil && !errors.Is(err, fetch.ErrAddress) {
			p.Partial, p.ETag = true, summary
		}
	}
	if strings.TrimSpace(page.Markdown) == "" {
		return visit.Page{Outcome: visit.Refused, Reason: "entry has no text"}, nil
	}
	d := &knowledge.Document{URI: uri, Title: html.UnescapeString(e.Title), Markdown: page.Markdown, Language: page.Language}
	if d.Title == "" {
		d.Title = page.Title
	}
	if d.Language == "" {
		d.Language = feed.Language
	}
	d.Meta = map[string]string{}
	if len(e.Authors) > 0 && e.Authors[0].Name != "" {
		d.Meta["author"] = e.Authors[0].Name
	}
	if feed.Title != "" {
		d.Meta["site"] = feed.Title
	}
	for _, t := range []*time.Time{e.PublishedParsed, e.UpdatedParsed} {
		if t != nil && d.PublishedAt.IsZero() {
			d.PublishedAt = t.UTC()
		}
	}
	p.Document, p.Codes = d, strings.Count(page.Markdown, "\n```")/2
	return p, nil
}

func wrap(body string) string { return "<html><body><main>" + body + "</main></body></html>" }

// summary is the version of an entry whose article could not be had: another
// night tries again.
const summary = "summary"

// article fetches the page of an entry, or nil where it may not be read. An
// error may be over another night.
func (f *Feed) article(ctx context.Context, uri string) (*markdown.Page, int64, error) {
	u, err := url.Parse(uri)
	if err != nil {
		return nil, 0, nil //nolint:nilerr // it is none on any night
	}
	if rules, _ := f.robots.For(ctx, u); !f.src.IgnoreRobots && !rules.Allowed(u) {
		return nil, 0, rules.Err
	}
	resp, err := f.client.Patient(ctx, uri, maxHops)
	switch {
	case err != nil:
		return nil, 0, err
	case resp.Status == http.StatusTooManyRequests, resp.Status >= 500:
		return nil, 0, fmt.Errorf("server answered %d", resp.Status)
	case resp.Status != http.StatusOK:
		return nil, 0, nil
	}
	page, err := markdown.Extract(bytes.NewReader(resp.Body), markdown.Options{URL: resp.URL, ContentType: resp.ContentType, MaxBytes: int64(f.src.MaxPageSize)})
	if err != nil {
		return nil, 0, nil //nolint:nilerr // what is no HTML is none on any night
	}
	return page, int64(len(resp.Body)), nil
}
