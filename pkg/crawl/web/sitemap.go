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

	"golang.org/x/net/html/charset"
)

const (
	// maxMaps is how many sitemap files of one source are read: sites larger
	// than that exceed max_pages by far.
	maxMaps = 100
	// maxMapBytes is the size of a sitemap by the protocol.
	maxMapBytes = 50 << 20
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
		maps := rules.Sitemaps
		if len(maps) == 0 {
			maps = []string{u.ResolveReference(&url.URL{Path: "/sitemap.xml"}).String()}
		}
		folder := u.ResolveReference(&url.URL{Path: "."})
		if folder.Path != "/" && len(rules.Sitemaps) == 0 {
			maps = append(maps, folder.JoinPath("sitemap.xml").String())
		}
		if err := s.readSitemaps(ctx, maps, seen); err != nil {
			return err
		}
		if err := s.readLLMs(ctx, folder.JoinPath("llms.txt").String(), seen); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// sitemap is the root element of both kinds of file (sitemaps.org).
type sitemap struct {
	Pages []struct {
		Loc string `xml:"loc"`
	} `xml:"url"`
	Maps []struct {
		Loc string `xml:"loc"`
	} `xml:"sitemap"`
}

// readSitemaps reads files and the files that they list.
func (s *Site) readSitemaps(ctx context.Context, queue []string, seen map[string]bool) error {
	for ; len(queue) > 0; queue = queue[1:] {
		if seen[queue[0]] || len(seen) >= maxMaps {
			continue
		}
		seen[queue[0]] = true
		body := s.mapBody(ctx, queue[0])
		if body == nil {
			continue
		}
		var m sitemap
		d := xml.NewDecoder(bytes.NewReader(body))
		d.Strict, d.CharsetReader = false, charset.NewReaderLabel
		if d.Decode(&m) != nil {
			continue
		}
		links := make([]string, len(m.Pages))
		for i, p := range m.Pages {
			links[i] = strings.TrimSpace(p.Loc)
		}
		if err := s.follow(links, 1); err != nil {
			return err
		}
		for _, sub := range m.Maps {
			queue = append(queue, strings.TrimSpace(sub.Loc))
		}
	}
	return ctx.Err()
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
	resp, err := s.client.Patient(ctx, u.String(), maxHops)
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
	if err != nil {
		return nil
	}
	return b
}
