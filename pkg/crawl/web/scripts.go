package web

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"panther/pkg/commonmark"
	"panther/pkg/crawl/fetch"
	"panther/pkg/crawl/render"
	"panther/pkg/crawl/source"
	"panther/pkg/markdown"
)

const (
	// thin is the length of Markdown below which a page with scripts may get its
	// text from them.
	thin = 250
	// short is the length below which a page with a field for a password is
	// nothing but that.
	short = 800
)

var (
	// mount finds the element that the frameworks of today fill.
	mount = regexp.MustCompile(`(?i)<(?:div|main|section|app-root)\b[^>]*\bid\s*=\s*["']?(?:root|app|__next|__nuxt|___gatsby|svelte|docsify|application|main-app)\b[^>]*>\s*(?:<!--.*?-->\s*)*(?:loading[^<]{0,40}|please wait[^<]{0,40})?</|<app-root\b`)
	// wantsScripts finds the sentence for readers without scripts.
	wantsScripts = regexp.MustCompile(`(?is)<noscript>[^<]*(?:<[^/][^>]*>[^<]*)*?(?:javascript|scripts)`)
	password     = regexp.MustCompile(`(?i)<input\b[^>]*\btype\s*=\s*["']?password\b`)
)

// isHollow reports whether a page is empty until its scripts ran.
func isHollow(body []byte, p *markdown.Page) bool {
	if p.LeftOut != "" || len(p.Markdown) > thin || !bytes.Contains(bytes.ToLower(body), []byte("<script")) {
		return false
	}
	return strings.TrimSpace(p.Markdown) == "" || mount.Match(body) || wantsScripts.Match(body)
}

// isLoginForm reports whether a page is a form for a password instead of what
// was asked for.
func isLoginForm(body []byte, p *markdown.Page) bool {
	return p.LeftOut == "" && len(p.Markdown) < short && password.Match(body)
}

// filled returns what a page is once its scripts ran, or nil where that is not
// to be had: the Markdown that the site itself offers, before a browser.
// Otherwise it says why not.
func (s *Site) filled(ctx context.Context, key string, resp *fetch.Response, p *markdown.Page) (*markdown.Page, string) {
	if s.src.Render != source.Always {
		if md := s.markdownOf(ctx, key, resp.URL, resp.Body); strings.TrimSpace(md) != "" {
			out := *p
			out.Markdown, out.Region = md, "Markdown that the site offers"
			if t := commonmark.Title(md); t != "" {
				out.Title = t
			}
			return &out, ""
		}
	}
	if s.src.Render == "" || s.src.Render == source.Never {
		return nil, `page is empty without scripts; render = "auto" runs them`
	}
	html, _, err := s.renderer.Page(ctx, resp.URL, s.fetchFor)
	if err != nil {
		s.v.Warn("pages were not rendered: " + err.Error())
		return nil, "page is empty without scripts, and was not rendered"
	}
	out, err := extract([]byte(html), markdown.Options{URL: resp.URL, ContentType: "text/html; charset=utf-8", MaxBytes: int64(s.src.MaxPageSize), Indices: s.src.Indices})
	if err != nil {
		return nil, "page cannot be read as HTML"
	}
	return out, ""
}

var errRobots = errors.New("robots.txt forbids it")

// fetchFor fetches what a page asks for while it is rendered, under the rules
// that hold for the page: addresses, robots.txt, size, credentials.
func (s *Site) fetchFor(ctx context.Context, place string) (*render.Response, error) {
	u, err := url.Parse(place)
	if err != nil {
		return nil, err
	}
	if rules, _ := s.robots.For(ctx, u); !s.src.IgnoreRobots && !rules.Allowed(u) {
		return nil, errRobots
	}
	resp, err := s.client.Get(ctx, fetch.Request{URL: place, Any: true})
	if err != nil {
		return nil, err
	}
	h := http.Header{}
	for _, k := range []string{"Location", "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Content-Security-Policy", "X-Content-Type-Options"} {
		if v := resp.Header.Get(k); v != "" {
			h.Set(k, v)
		}
	}
	h.Set("Content-Type", resp.ContentType)
	return &render.Response{Status: resp.Status, Header: h, Body: resp.Body}, nil
}
