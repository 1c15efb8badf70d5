package web

import (
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestSitemapsOfEveryForm(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		body        string
		pages, maps []string
	}{
		"pages":     {`<?xml version="1.0"?><urlset><url><loc> https://e.com/a </loc><lastmod>2026-01-01</lastmod></url><url><loc>https://e.com/b?x=1&amp;y=2</loc></url></urlset>`, []string{"https://e.com/a", "https://e.com/b?x=1&y=2"}, nil},
		"index":     {`<sitemapindex><sitemap><loc>https://e.com/1.xml</loc></sitemap></sitemapindex>`, nil, []string{"https://e.com/1.xml"}},
		"images":    {`<urlset xmlns:image="i"><url><loc>https://e.com/a</loc><image:image><image:loc>https://e.com/a.png</image:loc></image:image></url></urlset>`, []string{"https://e.com/a"}, nil},
		"cut off":   {`<urlset><url><loc>https://e.com/a</loc></url><url><loc>https://e.com/b`, []string{"https://e.com/a"}, nil},
		"text":      {"https://e.com/a\r\n\nhttps://e.com/b\nno address\n", []string{"https://e.com/a", "https://e.com/b"}, nil},
		"html":      {"<!doctype html><html><body><p><loc>https://e.com/a</loc></p></body></html>", nil, nil},
		"feed":      {"<rss><channel><loc>https://e.com/a</loc></channel></rss>", nil, nil},
		"one extra": {strings.Repeat("https://e.com/a\n", maxListed+1), slices.Repeat([]string{"https://e.com/a"}, maxListed), nil},
	} {
		pages, maps := parseSitemap([]byte(tc.body))
		if !slices.Equal(pages, tc.pages) || !slices.Equal(maps, tc.maps) {
			t.Errorf("%s: %d pages %.200q, maps %q", name, len(pages), pages, maps)
		}
	}
}

func FuzzSitemap(f *testing.F) {
	f.Add([]byte(`<urlset><url><loc>https://e.com/a</loc></url></urlset>`))
	f.Add([]byte("https://e.com/a\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		if len(body) == 0 {
			return
		}
		if pages, maps := parseSitemap(body); len(pages)+len(maps) > len(body) {
			t.Fatalf("%d bytes list %d", len(body), len(pages)+len(maps))
		}
	})
}

func FuzzSplitFull(f *testing.F) {
	f.Add("# A\nSource: https://e.com/a\n\ntext\n\n---\ntitle: B\nurl: /b\n---\n\n```\n# no\n```\n")
	f.Fuzz(func(t *testing.T, text string) {
		n := 0
		for _, s := range splitFull(&url.URL{Scheme: "https", Host: "e.com", Path: "/docs/"}, text) {
			n += len(s.text)
		}
		if n > 2*len(text)+1000 {
			t.Fatalf("%d bytes became %d", len(text), n)
		}
	})
}
