package web

import (
	"context"
	"net/http"
	"net/url"

	"panther/pkg/crawl/address"
	"panther/pkg/crawl/frontier"
	"panther/pkg/crawl/visit"
	"panther/pkg/markdown"
)

// names are the pages that name another address as their own. A template copies
// such a link into every page, so it is believed only where the page that it
// names has the same words. A page waits for the one that it names, with its
// document, until that was visited.
type names struct {
	ended   map[string]bool    // keys of records whose visit has ended
	read    map[string]words   // of the pages that were read in this run, by key
	waiting map[string][]claim // by the key of the page that is named
	waits   int
}

// claim is a page that waits for the one that it names.
type claim struct {
	rec    *frontier.Record
	page   visit.Page
	target string
	hops   int
}

// maxClaims bounds the documents that wait in memory. Further pages are their own.
const maxClaims = 1000

// reasonCanonical marks a record whose page names another address as its own.
const reasonCanonical = "canonical link"

// identity returns the URI of a page, and the address that it names as its own
// where that is another page of the source.
func (s *Site) identity(r *frontier.Record, page *markdown.Page) (uri, target string) {
	c, err := address.Parse(page.Canonical)
	if page.Canonical == "" || err != nil {
		return r.URL, ""
	}
	own, _ := url.Parse(r.URL)
	switch {
	case address.Key(c.String()) != r.Key && s.scope.Contains(c):
		return r.URL, c.String()
	case address.Key(c.String()) == r.Key && c.Host == own.Host: // its own spelling, with or without the slash
		return c.String(), ""
	}
	return r.URL, ""
}

// claim reports a page that names another one, once it is clear whether they are
// the same. The record is released.
func (s *Site) claim(ctx context.Context, c claim) error {
	u, err := url.Parse(c.target)
	if err == nil {
		_, err = s.add(u, c.rec.Depth, c.rec.Hops)
	}
	if err != nil {
		return err
	}
	key := address.Key(c.target)
	// The record is looked at before what was read, and settle comes after that was
	// noted: no claim is left waiting.
	s.mu.Lock()
	t, known := s.v.Frontier.Get(key)
	sk, read := s.names.read[key]
	if known && !read && !s.names.ended[key] && t.State == frontier.Pending && s.names.waits < maxClaims {
		s.names.waiting[key] = append(s.names.waiting[key], c)
		s.names.waits++
		s.mu.Unlock()
		return nil
	}
	s.mu.Unlock()
	p := c.page
	switch {
	case s.leadsTo(t, c.rec.Key): // each names the other
	case read:
		p = s.judge(c, sk)
	case c.rec.Target != "" && address.Key(c.rec.Target) == key && known && t.Live():
		p = copyOf(c) // as in an earlier run, since which the other page has not changed
	}
	return s.v.Report(ctx, c.rec, p)
}

// leadsTo reports whether a page is said to be the one with that key, by others
// perhaps.
func (s *Site) leadsTo(t frontier.Record, key string) bool {
	for range maxHops {
		if t.Target == "" || t.State != frontier.Visited {
			return false
		}
		if address.Key(t.Target) == key {
			return true
		}
		t, _ = s.v.Frontier.Get(address.Key(t.Target))
	}
	return true
}

func (s *Site) judge(c claim, other words) visit.Page {
	if d := c.page.Document; wordsOf(d.Title, d.Markdown).sameAs(other) {
		return copyOf(c)
	}
	return c.page
}

// copyOf is a page that is the one at its target.
func copyOf(c claim) visit.Page {
	p := c.page
	p.Document, p.Target, p.Reason = nil, c.target, reasonCanonical
	return p
}

// noteWords keeps what a page says, for those that name it.
func (s *Site) noteWords(key, title, markdown string) {
	w := wordsOf(title, markdown)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.names.read[key] = w
}

// settle reports the pages that waited for a record, which has ended with p.
func (s *Site) settle(ctx context.Context, r *frontier.Record, p visit.Page) error {
	s.mu.Lock()
	s.names.ended[r.Key] = true
	claims := s.names.waiting[r.Key]
	delete(s.names.waiting, r.Key)
	s.names.waits -= len(claims)
	sk := s.names.read[r.Key]
	s.mu.Unlock()
	for _, c := range claims {
		page := c.page
		switch {
		case p.Document != nil || p.Reason == reasonCanonical:
			page = s.judge(c, sk)
		case p.Outcome == visit.Unchanged && c.rec.Target != "" && address.Key(c.rec.Target) == r.Key:
			page = copyOf(c)
		case p.Target != "" && address.Key(p.Target) != c.rec.Key && c.hops < maxHops && p.Status >= http.StatusMultipleChoices:
			c.target, c.hops = p.Target, c.hops+1 // it has moved
			if err := s.claim(ctx, c); err != nil {
				return err
			}
			continue
		}
		if err := s.v.Report(ctx, c.rec, page); err != nil {
			return err
		}
	}
	return nil
}

// settleAll reports the pages that wait for one that was not visited.
func (s *Site) settleAll(ctx context.Context) error {
	s.mu.Lock()
	waiting := s.names.waiting
	s.names.waiting, s.names.waits = map[string][]claim{}, 0
	s.mu.Unlock()
	for _, claims := range waiting {
		for _, c := range claims {
			if err := s.v.Report(ctx, c.rec, c.page); err != nil {
				return err
			}
		}
	}
	return nil
}
