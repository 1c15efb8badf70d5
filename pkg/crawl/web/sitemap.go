package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/xml"
	"io"
	"net/http"
	"net/url"
	"strings"

	"panther/pkg/crawl/address"
	"panther/pkg/sd"

	"github.com/mmcdole/gofeed"
	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

const (
	// maxMaps is how many sitemap files of one source are read: sites larger
	// than that exceed max_pages by far.
	maxMaps = 100
	// maxMapBytes is the size of a sitemap by the protocol.
	maxMapBytes = 50 << 20
	// maxListed is how many addresses one file may have by the protocol.
	maxListed = 50000
)

// readMaps makes the pages pending that the site lists itself: its sitemaps, as
// robots.txt names them or at their usual place, and its llms.txt. What a
// sitemap says of a page's age is not believed. A map that cannot be read is
// none.
func (s *Site) readMaps(ctx context.Context) error {
	seen := map[string]bool{}
	for _, a := range s.src.Starts() {
		u, err := url.Parse(a)
		if err != nil {
			continue
		}
		rules, first := s.robots.For(ctx, u)
		if first {
			s.learn(u, rules)
		}
		if rules.Err != nil {
			continue
		}
		folder := u.ResolveReference(&url.URL{Path: "."})
		found := func(links []string) error { return s.follow(links, 1) }
		if err := s.readSitemaps(ctx, sitemapsOf(u, rules), seen, found); err != nil {
			return err
		}
		if err := s.readLLMs(ctx, folder.JoinPath("llms.txt").String(), seen); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// readSitemaps reads files and the files that they list, in XML, or as plain
// text with one address a line. What a file that breaks off has is taken.
func (s *Site) readSitemaps(ctx context.Context, queue []string, seen map[string]bool, found func(links []string) error) error {
	for ; len(queue) > 0; queue = queue[1:] {
		if seen[queue[0]] || len(seen) >= maxMaps {
			continue
		}
		seen[queue[0]] = true
		body := bytes.TrimSpace(s.mapBody(ctx, queue[0]))
		base, err := url.Parse(queue[0])
		if len(body) == 0 || err != nil {
			continue
		}
		var links, maps []string
		if err := sd.Guard("read sitemap", body, func() error { links, maps = parseSitemap(body); return nil }); err != nil {
			s.v.Defect(queue[0], err)
			continue
		}
		links, maps = absolute(base, links), absolute(base, maps)
		if err := found(links); err != nil {
			return err
		}
		queue = append(queue, maps...)
	}
	return ctx.Err()
}

// absolute resolves addresses, which are absolute by the protocol, and often not.
func absolute(base *url.URL, refs []string) []string {
	out := refs[:0]
	for _, r := range refs {
		if u, err := base.Parse(r); err == nil {
			out = append(out, u.String())
		}
	}
	return out
}

// parseSitemap returns the pages and the other sitemaps that a file lists.
func parseSitemap(body []byte) (pages, maps []string) {
	body = bytes.TrimSpace(unmarked(body))
	if len(body) == 0 {
		return nil, nil
	}
	if body[0] != '<' {
		for line := range strings.Lines(string(body)) {
			if line = strings.TrimSpace(line); strings.HasPrefix(line, "http") && len(pages) < maxListed {
				pages = append(pages, line)
			}
		}
		return pages, nil
	}
	if gofeed.DetectFeedType(bytes.NewReader(body)) != gofeed.FeedTypeUnknown {
		return feedPages(body), nil
	}
	d := xml.NewDecoder(bytes.NewReader(body))
	d.Strict, d.CharsetReader = false, func(label string, r io.Reader) (io.Reader, error) {
		if strings.HasPrefix(strings.ToLower(label), "utf-16") {
			return r, nil // it is UTF-8 by now
		}
		return charset.NewReaderLabel(label, r)
	}
	inMap, depth := false, 0
	for len(pages)+len(maps) < maxListed {
		tok, err := d.Token()
		if err != nil { // also its end
			break
		}
		switch t := tok.(type) {
		case xml.EndElement:
			depth--
		case xml.StartElement:
			depth++
			switch {
			case depth == 1 && t.Name.Local != "urlset" && t.Name.Local != "sitemapindex":
				return nil, nil // a page that says the file is not there
			case depth == 2:
				inMap = t.Name.Local == "sitemap"
			case depth == 3 && t.Name.Local == "loc":
				var loc string
				if d.DecodeElement(&loc, &t) != nil {
					return pages, maps
				}
				depth--
				if loc = strings.TrimSpace(loc); inMap {
					maps = append(maps, loc)
				} else {
					pages = append(pages, loc)
				}
			}
		}
	}
	return pages, maps
}

// feedPages returns the pages of a feed, which the protocol takes for a sitemap
// too.
func feedPages(body []byte) (pages []string) {
	feed, err := gofeed.NewParser().Parse(bytes.NewReader(body))
	if err != nil {
		return nil
	}
	for _, it := range feed.Items[:min(len(feed.Items), maxListed)] {
		pages = append(pages, it.Link)
	}
	return pages
}

// unmarked is a text in UTF-8 without its byte order mark.
func unmarked(body []byte) []byte {
	if out, _, err := transform.Bytes(unicode.BOMOverride(encoding.Nop.NewDecoder()), body); err == nil {
		return out
	}
	return body
}

// mapBody fetches a file if robots.txt allows it, and unpacks it.
func (s *Site) mapBody(ctx context.Context, place string) []byte {
	u, err := address.Parse(place)
	if err != nil {
		return nil
	}
	if rules, _ := s.robots.For(ctx, u); !s.src.IgnoreRobots && !rules.Allowed(u) {
		return nil
	}
	resp, err := s.maps.Patient(ctx, u.String(), maxHops)
	if err != nil || resp.Status != http.StatusOK {
		return nil
	}
	if !bytes.HasPrefix(resp.Body, []byte{0x1f, 0x8b}) {
		return resp.Body
	}
	z, err := gzip.NewReader(bytes.NewReader(resp.Body))
	if err != nil {
		return nil
	}
	b, err := io.ReadAll(io.LimitReader(z, maxMapBytes))
	if err != nil && len(b) == 0 {
		return nil
	}
	return b
}
