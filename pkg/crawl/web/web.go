// Package web visits web sites: it follows the links below the start addresses
// of a source, asks only for what changed, obeys robots.txt, and turns every
// page into a document.
//
// The frontier is authoritative for what is fetched when, and each address is
// fetched once a run. A redirect is an address like any other: its target is
// checked against scope, robots.txt and the allowed networks before anything is
// sent there. Pages that are known are visited again on every run, so that a
// page which did not change need not be parsed for its links.
package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"panther/pkg/crawl/address"
	"panther/pkg/crawl/fetch"
	"panther/pkg/crawl/frontier"
	"panther/pkg/crawl/render"
	"panther/pkg/crawl/source"
	"panther/pkg/crawl/visit"
	"panther/pkg/crawl/warc"
	"panther/pkg/edition"

	"golang.org/x/sync/errgroup"
)

// Agent is the product token that robots.txt files name.
const Agent = "panther-crawl"

// Format counts what changes the documents made of an unchanged page: a new
// number makes the next run read every page anew.
const Format = "1"

// workers is how many pages are fetched and converted at a time. Conversion
// takes a core each; the rest of them wait for the network.
const workers = 16

// Site visits one web source.
type Site struct {
	// ArchiveDir is where a source with archive = true keeps its answers.
	ArchiveDir string

	src      source.Source
	auth     string
	agent    string
	client   *fetch.Client
	maps     *fetch.Client // for sitemaps, which may be larger than pages
	robots   *fetch.RobotsCache
	scope    *address.Scope
	traps    address.Traps
	v        *visit.Visit
	renderer *render.Client
	fresh    bool // send no validators: the pages are to be read anew

	answers atomic.Int64 // that were neither an error of the server nor of the network

	mu        sync.Mutex
	trouble   error             // the first that kept an address from answering
	lang      string            // of the start page
	offers    map[string]string // Markdown of pages, by their key, as llms.txt lists it
	sections  map[string]string // of llms-full.txt, by the key of the page
	full      sync.Once         // reads llms-full.txt
	names     names
	versions  versions
	missing   map[string]*missing // by host
	hollow    int                 // pages that are empty without scripts
	hollowURL string              // the first of them
	tries     map[string]int      // attempts of addresses that failed for a while
	strikes   map[string]int      // failures in a row by host
}

// New returns the visitor of a source. auth is the Authorization header for its
// origins, or "".
func New(src source.Source, userAgent, auth string) (*Site, error) {
	scope, err := address.NewScope(src.Include, src.Exclude)
	if err != nil {
		return nil, fmt.Errorf("source %s: %w", src.Name, err)
	}
	wish, err := edition.ParseWish(src.Versions)
	if err != nil {
		return nil, fmt.Errorf("source %s: %w", src.Name, err)
	}
	return &Site{src: src, versions: versions{wish: wish}, auth: auth, agent: userAgent, scope: scope, renderer: render.NewClient(render.DefaultSocket),
		offers: map[string]string{}, sections: map[string]string{}, tries: map[string]int{}, strikes: map[string]int{},
		missing: map[string]*missing{}, names: names{ended: map[string]bool{}, read: map[string]words{}, waiting: map[string][]claim{}}}, nil
}

// Again says which records a new run visits: documents, what redirected or was
// a copy, and what failed in a way that may pass.
func Again(r *frontier.Record) bool {
	return r.Live() || r.Target != "" || r.Status == 0 || r.Status == http.StatusTooManyRequests || r.Status >= 500 ||
		r.Status == http.StatusUnauthorized || r.Status == http.StatusForbidden || r.Status == http.StatusNotFound && r.Misses < 3
}

// Visit visits the whole site.
func (s *Site) Visit(ctx context.Context, v *visit.Visit) error {
	s.v = v
	opt := fetch.Options{UserAgent: s.agent, Private: s.src.AllowPrivate, Timeout: s.src.Timeout.D(),
		MaxBytes: int64(s.src.MaxPageSize), Conns: workers, Auth: s.auth, Origins: s.origins(), Accept: acceptable}
	if s.src.Archive && s.ArchiveDir != "" {
		w, err := warc.Create(s.ArchiveDir, s.src.Name, s.agent, time.Now())
		if err != nil {
			return err
		}
		defer func() {
			if err := w.Close(); err != nil { // the documents are there all the same
				v.Warn("archive is not whole: " + err.Error())
			}
		}()
		opt.Archive = w.Add
	}
	defer s.open(ctx, opt)()
	if err := s.start(ctx); err != nil {
		return err
	}
	for more := true; more; {
		g, gctx := errgroup.WithContext(ctx)
		for range min(workers, s.src.Concurrency*4) {
			g.Go(func() error { return s.work(gctx, workers) })
		}
		if err := g.Wait(); err != nil {
			return err
		}
		var err error
		if more, err = s.settleVersions(); err != nil {
			return err
		}
	}
	if err := s.settleAll(ctx); err != nil {
		return err
	}
	return s.conclude()
}

// open makes what fetches, and returns what closes it.
func (s *Site) open(ctx context.Context, opt fetch.Options) (done func()) {
	s.client = fetch.New(ctx, opt)
	opt.MaxBytes = max(opt.MaxBytes, maxMapBytes)
	s.maps = fetch.New(ctx, opt)
	s.robots = fetch.NewRobotsCache(s.client, Agent)
	return func() { s.client.Close(); s.maps.Close() }
}

// start makes the start addresses and the sitemaps' pages pending.
func (s *Site) start(ctx context.Context) error {
	if err := s.fingerprint(); err != nil {
		return err
	}
	for _, a := range s.src.Starts() {
		u, err := address.Parse(a)
		if err != nil {
			return fmt.Errorf("start address: %w", err)
		}
		s.scope.AddRoot(u)
	}
	if err := s.beginVersions(ctx); err != nil {
		return err
	}
	for _, a := range s.src.Starts() {
		u, err := address.Parse(a)
		if err != nil {
			return fmt.Errorf("start address: %w", err)
		}
		if _, err := s.add(u, 0, 0); err != nil {
			return err
		}
	}
	s.lang = s.v.Frontier.Meta(metaLanguage)
	// Where a start address was redirected in an earlier visit is a root too.
	s.v.Frontier.Each(func(r *frontier.Record) {
		if r.Depth == 0 {
			if u, err := url.Parse(r.URL); err == nil {
				s.scope.AddRoot(u)
			}
		}
	})
	if !s.v.Resumed && s.v.Frontier.Counts().Known <= len(s.src.Starts()) {
		// A new source: its start pages come first, since their language is
		// the one that translations are compared with.
		if err := s.work(ctx, len(s.src.Starts())+2); err != nil {
			return err
		}
	}
	if s.src.IgnoreSitemaps {
		return nil
	}
	return s.readMaps(ctx)
}

// metaLanguage keeps the language of the start page.
const metaLanguage = "language"

// fingerprint makes the visit read every page anew when what decides about
// links or documents is not what it was: an unchanged page is not parsed
// otherwise.
func (s *Site) fingerprint() error {
	f := fmt.Sprintf("%s %s %v %q %q %q %q %d %v%s", Format+map[bool]string{true: "i"}[s.src.Indices]+s.src.Language, s.src.Render, s.auth != "", s.src.Starts(), s.src.Include, s.src.Exclude, s.src.Languages, s.src.Depth, s.src.IgnoreRobots, s.src.Versions)
	if s.v.Resumed {
		s.fresh = s.v.Frontier.Meta("fresh") == "yes"
		return nil
	}
	s.fresh = s.v.Frontier.Meta("fingerprint") != f
	if err := s.v.Frontier.SetMeta("fresh", map[bool]string{true: "yes", false: "no"}[s.fresh]); err != nil {
		return err
	}
	return s.v.Frontier.SetMeta("fingerprint", f)
}

func (s *Site) origins() []string {
	var out []string
	for _, a := range s.src.Starts() {
		if u, err := url.Parse(a); err == nil {
			out = append(out, fetch.Origin(u))
		}
	}
	return out
}

// add makes an address pending if it is a page of this source.
func (s *Site) add(u *url.URL, depth, hops int32) (bool, error) {
	c := u.String()
	return s.pend(frontier.Record{Key: address.Key(c), URL: c, Depth: depth, Hops: hops})
}

// follow adds the links of a page.
func (s *Site) follow(links []string, depth int32) error {
	if s.src.Depth > 0 && int(depth) > s.src.Depth {
		return nil
	}
	for _, l := range links {
		u, err := address.Parse(l)
		if err != nil || !s.scope.Contains(u) || address.IsAsset(u) || address.IsAction(u) {
			continue
		}
		c := u.String()
		key := address.Key(c)
		if _, known := s.v.Frontier.Get(key); !known {
			if why := s.traps.Check(u); why != "" {
				s.v.Warn("links were not followed: " + why + " below " + u.Host)
				continue
			}
		}
		if _, err := s.pend(frontier.Record{Key: key, URL: c, Depth: depth}); err != nil {
			return err
		}
	}
	return nil
}

// work visits one address after the other until none is left, or limit of them
// where it is below workers.
func (s *Site) work(ctx context.Context, limit int) error {
	for n := 0; n < limit || limit >= workers; n++ {
		r, err := s.v.Frontier.Claim(ctx)
		if errors.Is(err, frontier.ErrEmpty) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := s.page(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// page visits one address. Every path ends the claim: by Release after a
// report, by Requeue, or by Move.
func (s *Site) page(ctx context.Context, r *frontier.Record) error {
	u, err := url.Parse(r.URL)
	if err != nil {
		return s.report(ctx, r, visit.Page{Outcome: visit.Refused, Reason: "address cannot be parsed"})
	}
	if s.dropped(r) {
		return s.leftOut(ctx, r, visit.Page{}, reasonVersion)
	}
	if !s.src.IgnoreRobots {
		rules, first := s.robots.For(ctx, u)
		if first {
			s.learn(u, rules)
		}
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(rules.Err, fetch.ErrAddress):
			s.note(rules.Err)
			return s.report(ctx, r, visit.Page{Outcome: visit.Refused, Reason: reason(rules.Err)})
		case rules.Err != nil:
			s.note(rules.Err)
			return s.report(ctx, r, visit.Page{Outcome: visit.Failed, Reason: reason(rules.Err)})
		case !rules.Allowed(u):
			return s.report(ctx, r, visit.Page{Outcome: visit.Refused, Reason: "robots.txt forbids it"})
		}
	}
	req := fetch.Request{URL: r.URL}
	if r.Live() && !s.fresh {
		req.ETag, req.LastModified = r.ETag, r.Modified
	}
	resp, err := s.client.Get(ctx, req)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return s.failed(ctx, r, u, err)
	}
	return s.answered(ctx, r, u, resp)
}

// learn applies what a site's robots.txt says beyond its rules, and reads its
// sitemaps.
func (s *Site) learn(u *url.URL, rules *fetch.Robots) {
	limit := frontier.Limit{Concurrency: s.src.Concurrency, Delay: max(rules.Delay, s.src.Delay.D())}
	s.v.Frontier.LimitHost(u.Host, limit)
}

// report ends the visit of an address, and its claim.
func (s *Site) report(ctx context.Context, r *frontier.Record, p visit.Page) error {
	s.v.Frontier.Release(r)
	if err := s.v.Report(ctx, r, p); err != nil {
		return err
	}
	return s.settle(ctx, r, p)
}

const (
	maxTries = 4
	// maxPause bounds what a Retry-After may ask for in the middle of a run;
	// a longer wait is left to the next night.
	maxPause = 2 * time.Minute
	// maxStrikes is after how many failures in a row a host is given up for
	// this run.
	maxStrikes = 30
)

// failed handles an address that gave no answer.
func (s *Site) failed(ctx context.Context, r *frontier.Record, u *url.URL, err error) error {
	p := visit.Page{Outcome: visit.Failed, Reason: reason(err)}
	s.note(err)
	switch {
	case errors.Is(err, fetch.ErrAddress):
		p.Outcome = visit.Refused
	case errors.Is(err, fetch.ErrTooLarge), errors.Is(err, fetch.ErrScheme):
	case s.again(r, u):
		s.v.Frontier.Requeue(r, s.backoff(r))
		return nil
	}
	return s.report(ctx, r, p)
}

// again reports whether an address that failed is tried once more in this run.
func (s *Site) again(r *frontier.Record, u *url.URL) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tries[r.Key]++
	s.strikes[u.Host]++
	return s.tries[r.Key] < maxTries && s.strikes[u.Host] < maxStrikes
}

func (s *Site) backoff(r *frontier.Record) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return 250 * time.Millisecond << (2 * (s.tries[r.Key] - 1)) // 0.25, 1, 4 s
}

// reason is an error for people, without the address that they see anyway.
func reason(err error) string {
	text := err.Error()
	if i := strings.LastIndex(text, "http"); i >= 0 {
		if j := strings.Index(text[i:], ": "); j >= 0 {
			text = text[i+j+2:]
		}
	}
	return text[:min(len(text), 200)]
}

// note keeps the first trouble, to tell when nothing answered.
func (s *Site) note(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.trouble == nil {
		s.trouble = err
	}
}

// conclude says what the limits kept out, and whether anything answered.
func (s *Site) conclude() error {
	s.mu.Lock()
	trouble := s.trouble
	s.mu.Unlock()
	if trouble != nil && s.answers.Load() == 0 {
		return fmt.Errorf("%w: %w", visit.ErrSource, explain(trouble))
	}
	if err := s.concludeVersions(); err != nil {
		return err
	}
	s.v.LeaveOut(func(uri string) bool {
		u, err := url.Parse(uri)
		return err == nil && s.scope.Excludes(u) || s.versions.unwanted(uri)
	})
	s.warnHollow()
	if n := s.v.Frontier.Counts().Capped; n > 0 {
		s.v.Warn(fmt.Sprintf("max_pages of %d was reached; %d addresses were left out", s.src.MaxPages, n))
	}
	return nil
}
