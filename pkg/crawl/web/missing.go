package web

import (
	"context"
	"net/http"
	"net/url"
	"sync"

	"panther/pkg/crawl/address"
	"panther/pkg/markdown"
)

// nowhere is a name that no site has, asked for below the start address: what
// answers it with 200 is the site's page for what is not there.
const nowhere = "panthernowhere"

// likely is the part of its words that such a page has in common with another one:
// both may quote the address.
const likely = 0.7

// missing is how a host answers for pages that it does not have. Most say 404,
// and there is nothing to know.
type missing struct {
	once   sync.Once
	where  string // where such a request is sent, the key of the page; "" for nowhere
	title  string
	sketch sketch
}

// missingOf returns it for the host of a page, asking once.
func (s *Site) missingOf(ctx context.Context, u *url.URL) *missing {
	s.mu.Lock()
	m := s.missing[u.Host]
	if m == nil {
		m = &missing{}
		s.missing[u.Host] = m
	}
	s.mu.Unlock()
	m.once.Do(func() { s.askMissing(ctx, u, m) })
	return m
}

func (s *Site) askMissing(ctx context.Context, u *url.URL, m *missing) {
	place := u.ResolveReference(&url.URL{Path: nowhere})
	for _, a := range s.src.Starts() {
		if start, err := url.Parse(a); err == nil && start.Host == u.Host {
			place = start.ResolveReference(&url.URL{Path: nowhere})
		}
	}
	if rules, _ := s.robots.For(ctx, place); !s.src.IgnoreRobots && !rules.Allowed(place) {
		return
	}
	resp, err := s.client.Follow(ctx, place.String(), maxHops)
	if err != nil || resp.Status != http.StatusOK {
		return
	}
	if at, err := address.Parse(resp.URL); err == nil && address.Key(at.String()) != address.Key(place.String()) {
		m.where = address.Key(at.String())
	}
	page, err := s.extract(resp)
	if err != nil || isHollow(resp.Body, page) {
		return // every page may be like it before its scripts ran
	}
	m.title, m.sketch = page.Title, sketchOf(page.Markdown)
}

// isMissing reports whether a page that answered 200 says that it is not there.
// A start page is what it is: a site that answers everything with it has no other
// page, and all are copies.
func (s *Site) isMissing(ctx context.Context, u *url.URL, depth int32, page *markdown.Page) bool {
	if depth == 0 {
		return false
	}
	m := s.missingOf(ctx, u)
	if len(m.sketch) == 0 || page.Title != m.title {
		return false
	}
	sk := sketchOf(page.Markdown)
	return sk.within(m.sketch) >= likely && m.sketch.within(sk) >= likely
}

// leadsNowhere reports whether a redirect goes where those of missing pages go.
func (s *Site) leadsNowhere(ctx context.Context, from, target *url.URL, depth int32) bool {
	if depth == 0 {
		return false
	}
	m := s.missingOf(ctx, from)
	return m.where != "" && m.where == address.Key(target.String())
}
