package web

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"panther/pkg/commonmark"
	"panther/pkg/crawl/address"
	"panther/pkg/crawl/fetch"
	"panther/pkg/crawl/frontier"
	"panther/pkg/crawl/source"
	"panther/pkg/crawl/text"
	"panther/pkg/crawl/visit"
	"panther/pkg/knowledge"
	"panther/pkg/markdown"

	"golang.org/x/net/html/charset"
)

// acceptable reports whether a body of that type can become a document.
func acceptable(contentType string) bool {
	t, _, _ := strings.Cut(strings.ToLower(contentType), ";")
	switch strings.TrimSpace(t) {
	case "", "text/html", "application/xhtml+xml", "text/plain", "text/markdown", "text/x-markdown":
		return true
	}
	return false
}

// answered handles an address by the status it answered with.
func (s *Site) answered(ctx context.Context, r *frontier.Record, u *url.URL, resp *fetch.Response) error {
	p := visit.Page{Status: resp.Status, Bytes: int64(len(resp.Body)), Elapsed: resp.Elapsed,
		ETag: resp.Header.Get("ETag"), Modified: resp.Header.Get("Last-Modified")}
	if resp.Status == http.StatusTooManyRequests || resp.Status >= 500 {
		return s.unavailable(ctx, r, u, resp, p)
	}
	s.answers.Add(1)
	s.mu.Lock()
	s.strikes[u.Host] = 0
	s.mu.Unlock()
	switch {
	case resp.Status == http.StatusOK && resp.Skipped:
		p.Outcome, p.Reason = visit.Refused, "content type "+mediaType(resp.ContentType)
	case resp.Status == http.StatusOK:
		return s.read(ctx, r, resp, p)
	case resp.Status == http.StatusNotModified:
		p.Outcome = visit.Unchanged
	case resp.Location != "":
		return s.redirected(ctx, r, resp, p)
	case resp.Status == http.StatusGone:
		p.Outcome, p.Final, p.Reason = visit.Gone, true, "gone for good"
	case resp.Status == http.StatusNotFound && s.offered(r.Key) != "":
		return s.onlyMarkdown(ctx, r, p)
	case resp.Status == http.StatusNotFound:
		p.Outcome, p.Reason = visit.Gone, "not found"
	case resp.Status == http.StatusUnauthorized, resp.Status == http.StatusForbidden:
		p.Outcome, p.Reason = visit.Refused, "server wants a login"
		if s.auth != "" {
			p.Outcome, p.Reason = visit.Failed, "server refused the credential"
			s.v.Warn("pages refuse the credential: renew the token that credential names")
		}
	default:
		p.Outcome, p.Reason = visit.Failed, fmt.Sprintf("server answered %d", resp.Status)
	}
	return s.report(ctx, r, p)
}

// mediaType is the bare type of a header, safe to show.
func mediaType(contentType string) string {
	t, _, _ := strings.Cut(contentType, ";")
	t = strings.TrimSpace(t)
	return strconv.Quote(t[:min(len(t), 60)])
}

// unavailable waits as the server asks, or tries again later.
func (s *Site) unavailable(ctx context.Context, r *frontier.Record, u *url.URL, resp *fetch.Response, p visit.Page) error {
	p.Outcome, p.Reason = visit.Failed, fmt.Sprintf("server answered %d", resp.Status)
	s.note(fmt.Errorf("%s: server answered %d", u.Host, resp.Status))
	if !s.again(r, u) {
		return s.report(ctx, r, p)
	}
	wait := s.backoff(r)
	if resp.Status == http.StatusTooManyRequests || resp.Status == http.StatusServiceUnavailable {
		if d, ok := fetch.RetryAfter(resp.Header.Get("Retry-After"), time.Now()); ok {
			if d > maxPause {
				p.Reason += ", wants " + d.Round(time.Second).String()
				return s.report(ctx, r, p)
			}
			wait = max(d, 10*time.Millisecond)
		}
		s.v.Frontier.Pause(u.Host, wait)
	}
	s.v.Frontier.Requeue(r, wait)
	return nil
}

// maxHops is how many redirects may lead to a page: what browsers allow is
// twice that.
const maxHops = 10

// redirected makes the target of a redirect pending in place of its origin.
func (s *Site) redirected(ctx context.Context, r *frontier.Record, resp *fetch.Response, p visit.Page) error {
	target, err := address.Parse(resp.Location)
	switch {
	case err != nil:
		p.Outcome, p.Reason = visit.Refused, "redirect to what is no web page"
		return s.report(ctx, r, p)
	case r.Hops >= maxHops:
		p.Outcome, p.Reason = visit.Failed, "redirects without end"
		return s.report(ctx, r, p)
	case address.Key(target.String()) == r.Key:
		if target.String() == r.URL {
			p.Outcome, p.Reason = visit.Failed, "redirects to itself"
			return s.report(ctx, r, p)
		}
		s.v.Frontier.Move(r, target.String())
		return nil
	case address.IsLogin(target) && !s.scope.Contains(target) || address.IsAction(target):
		p.Outcome, p.Reason, p.Status = visit.Refused, "redirect to a login page", http.StatusUnauthorized
		return s.report(ctx, r, p)
	}
	if r.Depth == 0 && r.Hops < 3 {
		s.scope.AddRoot(target) // the site has moved, or begins elsewhere
	}
	if !s.scope.Contains(target) && !r.Live() {
		return s.report(ctx, r, p) // a link that leads elsewhere after all
	}
	if !s.scope.Contains(target) {
		// It left the source: the document goes as one that is not found.
		p.Outcome, p.Reason = visit.Gone, "redirects out of the source"
		return s.report(ctx, r, p)
	}
	if from, err := url.Parse(r.URL); err == nil && s.leadsNowhere(ctx, from, target, r.Depth) {
		p.Outcome, p.Reason = visit.Gone, "redirects where pages go that are not there"
		return s.report(ctx, r, p)
	}
	p.Target = target.String()
	s.versions.move(r.URL, p.Target)
	if _, err := s.add(target, r.Depth, r.Hops+1); err != nil {
		return err
	}
	return s.report(ctx, r, p)
}

// read turns a body into a document and follows its links.
func (s *Site) read(ctx context.Context, r *frontier.Record, resp *fetch.Response, p visit.Page) error {
	asked := robotsHeader(resp.Header, time.Now())
	if t := mediaTypeOf(resp.ContentType); t == "text/plain" || t == "text/markdown" || t == "text/x-markdown" {
		if asked.noIndex {
			return s.noIndex(ctx, r, p)
		}
		p.Document = s.plainDocument(ctx, r.URL, resp)
		p.Document.Language = cmp.Or(p.Document.Language, headerLanguage(resp.Header))
		s.noteWords(r.Key, p.Document.Title, p.Document.Markdown)
		return s.report(ctx, r, p)
	}
	page, err := s.extract(resp)
	if err != nil {
		p.Outcome, p.Reason, p.Err = visit.Failed, "page cannot be read as HTML", err
		return s.report(ctx, r, p)
	}
	if isLoginForm(resp.Body, page) {
		return s.loginForm(ctx, r, p)
	}
	asked.noIndex, asked.noFollow = asked.noIndex || page.NoIndex, asked.noFollow || page.NoFollow
	frames, set := framesOf(resp.Body, resp.URL)
	full, hollow := s.readInterface(ctx, resp, page)
	if full == nil && (isHollow(resp.Body, page) || s.src.Render == source.Always) {
		full, hollow = s.filled(ctx, r.Key, resp, page)
	}
	if full != nil {
		page = full
		p.ETag, p.Modified = "", "" // they are the empty page's
	}
	if !asked.noFollow {
		if err := s.follow(append(page.Links, frames...), r.Depth+1); err != nil {
			return err
		}
	}
	if page.Refresh != "" && len(page.Markdown) < 500 {
		resp.Location = page.Refresh
		return s.redirected(ctx, r, resp, p)
	}
	if asked.noIndex {
		return s.noIndex(ctx, r, p)
	}
	if set {
		p.Outcome, p.Reason = visit.Refused, "page is a set of frames, which are read"
		return s.report(ctx, r, p)
	}
	if u, err := url.Parse(r.URL); err == nil && s.isMissing(ctx, u, r.Depth, page) {
		p.Outcome, p.Reason = visit.Gone, "page says that it is not there"
		return s.report(ctx, r, p)
	}
	if s.translated(r, page) {
		p.Outcome, p.Reason = visit.Refused, "translation"
		return s.report(ctx, r, p)
	}
	if page.LeftOut != "" {
		return s.leftOut(ctx, r, p, page.LeftOut)
	}
	if page.Hides {
		s.v.HidesText(r.URL)
	}
	if err := s.learnVersion(ctx, r, page); err != nil {
		return err
	}
	s.noteWords(r.Key, page.Title, page.Markdown)
	uri, target := s.identity(r, page)
	p.Codes = strings.Count(page.Markdown, "\n```") / 2
	p.Document = document(uri, page)
	p.Document.Language = cmp.Or(p.Document.Language, headerLanguage(resp.Header))
	if strings.TrimSpace(page.Markdown) == "" && !r.Live() {
		p.Document, p.Outcome, p.Reason = nil, visit.Refused, "page has no text"
	}
	if hollow != "" && len(page.Markdown) < thin { // a placeholder is no document
		s.noteHollow(r.URL)
		p.Document, p.Outcome, p.Reason = nil, visit.Refused, hollow
		if r.Live() {
			p.Outcome, p.Reason = visit.Failed, hollow+"; the document was kept"
		}
	}
	if target != "" && p.Document != nil {
		s.v.Frontier.Release(r)
		if err := s.settle(ctx, r, p); err != nil {
			return err
		}
		return s.claim(ctx, claim{rec: r, page: p, target: target})
	}
	return s.report(ctx, r, p)
}

// noIndex ends the visit of a page that asks to be in no index.
func (s *Site) noIndex(ctx context.Context, r *frontier.Record, p visit.Page) error {
	return s.leftOut(ctx, r, p, "page asks not to be indexed")
}

// leftOut ends the visit of a page that is no document. One that was made of it
// before goes.
func (s *Site) leftOut(ctx context.Context, r *frontier.Record, p visit.Page, reason string) error {
	p.Outcome, p.Reason = visit.Refused, reason
	if r.Live() {
		p.Outcome, p.Final = visit.Gone, true
	}
	return s.report(ctx, r, p)
}

// loginForm ends the visit of a page that asks for a password, whatever its
// status says. What it was before stays.
func (s *Site) loginForm(ctx context.Context, r *frontier.Record, p visit.Page) error {
	s.v.Warn("pages ask for a login: set credential to the name of a token that may read them")
	p.Outcome, p.Reason, p.Status = visit.Refused, "page asks for a login", http.StatusUnauthorized
	if r.Live() {
		p.Outcome, p.Reason = visit.Failed, "page asks for a login now; the document was kept"
	}
	p.ETag, p.Modified = "", ""
	return s.report(ctx, r, p)
}

// onlyMarkdown makes the document of a page that llms.txt lists and that is
// nowhere but in its Markdown.
func (s *Site) onlyMarkdown(ctx context.Context, r *frontier.Record, p visit.Page) error {
	md := s.offered(r.Key)
	body := s.markdownAt(ctx, md)
	if strings.TrimSpace(body) == "" {
		p.Outcome, p.Reason = visit.Gone, "not found"
		return s.report(ctx, r, p)
	}
	p.Status, p.ETag, p.Modified = http.StatusOK, "", ""
	p.Document = s.plainDocument(ctx, md, &fetch.Response{Body: []byte(body)})
	p.Codes = strings.Count(body, "\n```") / 2
	return s.report(ctx, r, p)
}

func mediaTypeOf(contentType string) string {
	t, _, _ := strings.Cut(strings.ToLower(contentType), ";")
	return strings.TrimSpace(t)
}

// translated reports whether a page is the translation of one that the source
// has: it names its versions in several languages, and its own is not wanted.
// Wanted are the configured ones, else the one of the start page.
func (s *Site) translated(r *frontier.Record, page *markdown.Page) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	own := primary(page.Language)
	if r.Depth == 0 && s.lang == "" && own != "" {
		s.lang = own
		if err := s.v.Frontier.SetMeta(metaLanguage, own); err != nil {
			return false // the frontier tells the error to whoever asks next
		}
	}
	for lang, link := range page.Alternates {
		if u, err := address.Parse(link); err == nil && address.Key(u.String()) == r.Key && lang != "x-default" {
			own = primary(lang)
		}
	}
	if own == "" || len(page.Alternates) < 2 && len(s.src.Languages) == 0 {
		return false
	}
	if len(s.src.Languages) == 0 {
		return s.lang != "" && own != s.lang && s.hasVersion(page, s.lang)
	}
	for _, l := range s.src.Languages {
		if primary(l) == own {
			return false
		}
	}
	return true
}

// hasVersion reports whether the page has a version in lang.
func (s *Site) hasVersion(page *markdown.Page, lang string) bool {
	for l := range page.Alternates {
		if primary(l) == lang {
			return true
		}
	}
	return false
}

// primary is the language of a BCP 47 tag without region and script.
func primary(tag string) string {
	p, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
	return p
}

// headerLanguage is what a server says of the language of a page; of several it
// says nothing.
func headerLanguage(h http.Header) string {
	if l := strings.TrimSpace(h.Get("Content-Language")); !strings.Contains(l, ",") {
		return l
	}
	return ""
}

func document(uri string, page *markdown.Page) *knowledge.Document {
	d := &knowledge.Document{URI: uri, Title: page.Title, Markdown: page.Markdown, Language: page.Language, PublishedAt: page.Published}
	meta := map[string]string{}
	for k, v := range map[string]string{"author": page.Author, "site": page.Site, "description": page.Description, knowledge.MetaVersion: page.Version,
		"license": page.License, "generator": page.Generator} {
		if v != "" {
			meta[k] = v
		}
	}
	if !page.Modified.IsZero() {
		meta["modified"] = page.Modified.Format(time.RFC3339)
	}
	if len(meta) > 0 {
		d.Meta = meta
	}
	return d
}

// decoded is the text of a body that is no HTML: in the charset of its header or
// its byte order mark where it is not UTF-8, else in the one that such texts have.
func decoded(resp *fetch.Response) string {
	body := bytes.TrimPrefix(resp.Body, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(body) {
		if r, err := charset.NewReader(bytes.NewReader(body), resp.ContentType); err == nil {
			if all, err := io.ReadAll(r); err == nil {
				body = all
			}
		}
	}
	return strings.ToValidUTF8(string(body), "\uFFFD")
}

// plainDocument is a page that is text already, or a source that documentation is
// written in: Markdown, by its type or its name, and what else package text knows.
func (s *Site) plainDocument(ctx context.Context, uri string, resp *fetch.Response) *knowledge.Document {
	body := decoded(resp)
	d := &knowledge.Document{URI: uri, Markdown: body}
	name := ""
	if u, err := url.Parse(uri); err == nil {
		name = path.Base(u.Path)
	}
	as := name
	if t := mediaTypeOf(resp.ContentType); !text.Known(name) && (t == "" || strings.Contains(t, "markdown")) {
		as = name + ".md"
	}
	if text.Known(as) {
		p, err := text.Convert(ctx, text.File{Name: as, URI: uri, Body: strings.NewReader(body), MaxBytes: 2*int64(s.src.MaxPageSize) + 1<<20})
		if err == nil && p.Document != nil {
			d.Markdown, d.Title, d.Language = p.Document.Markdown, p.Document.Title, p.Document.Language
		}
	}
	if d.Title == "" || d.Title == strings.TrimSuffix(name, path.Ext(name)) {
		d.Title = cmp.Or(commonmark.Title(d.Markdown), name)
	}
	return d
}
