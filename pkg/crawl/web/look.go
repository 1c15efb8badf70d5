package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"panther/pkg/crawl/address"
	"panther/pkg/crawl/fetch"
)

// Sight is what a first look at a site shows.
type Sight struct {
	URL    string // after redirects
	Body   []byte
	Hollow bool // empty without scripts
	Pages  int  // of the source that the site's own lists have, 0 where there is none

	client *fetch.Client
}

// Answers fetches an address beside the one that was looked at, and returns its
// content type, "" where it is not there.
func (s *Sight) Answers(ctx context.Context, place string) string {
	resp, err := s.client.Follow(ctx, place, 1)
	if err != nil || resp.Status != http.StatusOK {
		return ""
	}
	return resp.ContentType
}

// Look fetches the first start address and the lists of pages that the site
// offers, and shows them to see. It obeys robots.txt.
func (s *Site) Look(ctx context.Context, see func(*Sight)) error {
	defer s.open(ctx, fetch.Options{UserAgent: s.agent, Private: s.src.AllowPrivate, Timeout: s.src.Timeout.D(),
		MaxBytes: int64(s.src.MaxPageSize), Conns: 2})()
	start := s.src.Location()
	u, err := address.Parse(start)
	if err != nil {
		return fmt.Errorf("look at %s: %w", start, err)
	}
	rules, _ := s.robots.For(ctx, u)
	if rules.Err != nil {
		return fmt.Errorf("look at %s: %w", start, explain(rules.Err))
	}
	if !rules.Allowed(u) {
		return fmt.Errorf("look at %s: %w", start, errRobots)
	}
	resp, err := s.client.Follow(ctx, u.String(), maxHops)
	if err != nil {
		return fmt.Errorf("look at %s: %w", start, explain(err))
	}
	if resp.Status != http.StatusOK {
		return fmt.Errorf("look at %s: it answered %d", start, resp.Status)
	}
	sight := &Sight{URL: resp.URL, Body: resp.Body, client: s.client}
	if page, err := s.extract(resp); err == nil {
		sight.Hollow = isHollow(resp.Body, page)
	}
	s.scope.AddRoot(u)
	seen := map[string]bool{}
	err = s.readSitemaps(ctx, sitemapsOf(u, rules), map[string]bool{}, func(links []string) error {
		for _, l := range links {
			if p, err := address.Parse(l); err == nil && s.scope.Contains(p) && !address.IsAsset(p) {
				seen[address.Key(p.String())] = true
			}
		}
		return nil
	})
	sight.Pages = len(seen)
	see(sight)
	return err
}

// sitemapsOf returns where the sitemaps of a site are: where its robots.txt says,
// or at their usual places.
func sitemapsOf(u *url.URL, rules *fetch.Robots) []string {
	if len(rules.Sitemaps) > 0 {
		return rules.Sitemaps
	}
	maps := []string{u.ResolveReference(&url.URL{Path: "/sitemap.xml"}).String()}
	if folder := u.ResolveReference(&url.URL{Path: "."}); folder.Path != "/" {
		maps = append(maps, folder.JoinPath("sitemap.xml").String())
	}
	return maps
}
