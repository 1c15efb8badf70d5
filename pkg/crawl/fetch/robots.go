package fetch

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"panther/pkg/sd"

	"github.com/temoto/robotstxt"
)

const (
	// maxRobots is how much of a robots.txt is read: RFC 9309, 2.5.
	maxRobots = 500 << 10
	// maxRobotsHops is how many redirects of it are followed: RFC 9309, 2.3.1.2.
	maxRobotsHops = 5
	// maxDelay bounds what Crawl-delay may ask for.
	maxDelay = 60 * time.Second
)

// Robots holds the rules of one site for one user agent (RFC 9309).
type Robots struct {
	group    *robotstxt.Group
	Delay    time.Duration // Crawl-delay, 0 if none
	Sitemaps []string
	// Err is why the rules could not be read; everything is then forbidden.
	Err error
}

// Allowed reports whether an address may be fetched.
func (r *Robots) Allowed(u *url.URL) bool {
	switch {
	case r.Err != nil:
		return false
	case r.group == nil || u.Path == "/robots.txt":
		return true
	}
	p := u.EscapedPath()
	if p == "" {
		p = "/"
	}
	if u.RawQuery != "" {
		p += "?" + u.RawQuery
	}
	return r.group.Test(p)
}

// RobotsCache reads each site's robots.txt once.
type RobotsCache struct {
	client *Client
	agent  string // product token, "panther-crawl"
	mu     sync.Mutex
	sites  map[string]*robotsEntry
}

type robotsEntry struct {
	once sync.Once
	r    *Robots
}

// NewRobotsCache returns a cache that reads by c and looks for the rules of the
// product token.
func NewRobotsCache(c *Client, token string) *RobotsCache {
	return &RobotsCache{client: c, agent: token, sites: map[string]*robotsEntry{}}
}

// For returns the rules of an address's site. first is true for the one caller
// whose call read them.
func (c *RobotsCache) For(ctx context.Context, u *url.URL) (r *Robots, first bool) {
	origin := Origin(u)
	c.mu.Lock()
	e := c.sites[origin]
	if e == nil {
		e = &robotsEntry{}
		c.sites[origin] = e
	}
	c.mu.Unlock()
	e.once.Do(func() { e.r, first = c.read(ctx, origin), true })
	return e.r, first
}

func (c *RobotsCache) read(ctx context.Context, origin string) *Robots {
	resp, err := c.client.Follow(ctx, origin+"/robots.txt", maxRobotsHops)
	switch {
	case err != nil:
		return &Robots{Err: fmt.Errorf("read robots.txt: %w", err)}
	case resp.Status == http.StatusTooManyRequests || resp.Status >= 500:
		return &Robots{Err: fmt.Errorf("read robots.txt: server answered %d", resp.Status)}
	case resp.Status != http.StatusOK: // it has none
		return &Robots{}
	}
	body := resp.Body[:min(len(resp.Body), maxRobots)]
	if strings.Contains(strings.ToLower(resp.ContentType), "html") {
		return &Robots{} // a site that answers everything with its start page
	}
	var data *robotstxt.RobotsData
	err = sd.Guard("read robots.txt", body, func() (err error) { data, err = robotstxt.FromBytes(body); return err })
	var defect *sd.Defect
	if errors.As(err, &defect) {
		return &Robots{Err: err}
	}
	if err != nil {
		return &Robots{} // what cannot be parsed has no rules in it
	}
	r := &Robots{group: data.FindGroup(c.agent)}
	base, err := url.Parse(resp.URL)
	for _, m := range data.Sitemaps { // absolute by the protocol, and often not
		if ref, perr := base.Parse(strings.TrimSpace(m)); err == nil && perr == nil {
			r.Sitemaps = append(r.Sitemaps, ref.String())
		}
	}
	r.Delay = min(r.group.CrawlDelay, maxDelay)
	return r
}

// Follow fetches an address whatever its type is and follows up to hops
// redirects.
func (c *Client) Follow(ctx context.Context, address string, hops int) (*Response, error) {
	for {
		resp, err := c.Get(ctx, Request{URL: address, Any: true})
		if err != nil || resp.Location == "" {
			return resp, err
		}
		if hops--; hops < 0 {
			return nil, fmt.Errorf("fetch %s: %w", address, ErrRedirects)
		}
		address = resp.Location
	}
}
