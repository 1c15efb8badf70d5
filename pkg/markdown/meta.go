package markdown

import (
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// readMeta fills what the page says about itself: meta and link elements first, then JSON-LD for what is still open.
func (p *Page) readMeta(ix *index, base *url.URL) {
	m := metaValues(ix.metas)
	p.readRobots(m)
	p.readHeadLinks(ix.heads, base)
	ld := ix.linked

	p.Language = first(attr(ix.root, "lang"), attr(ix.root, "xml:lang"), m["content-language"], m["og:locale"], ld.language)
	p.Language = strings.ReplaceAll(squeeze(p.Language), "_", "-")
	p.Site = squeeze(first(m["og:site_name"], m["application-name"], ld.site))
	p.Author = squeeze(first(m["author"], m["article:author_name"], m["dc.creator"], m["parsely-author"], ld.author, notURL(m["article:author"])))
	p.Description = squeeze(first(m["description"], m["og:description"], m["dc.description"], m["twitter:description"], ld.description))
	p.License = first(p.License, squeeze(m["dc.rights"]), squeeze(m["license"]), ld.license)
	p.readVersion(ix, m, base)
	p.Published = firstTime(m["article:published_time"], m["datepublished"], m["dc.date"], m["dc.date.issued"], m["date"], m["pubdate"],
		m["parsely-pub-date"], m["sailthru.date"], m["publish-date"], ld.published, pubTime(ix.times))
	p.Modified = firstTime(m["article:modified_time"], m["og:updated_time"], m["datemodified"], m["dc.date.modified"],
		m["last-modified"], m["docbuild:last-update"], ld.modified)
	p.Title = pageTitle(ix, first(m["og:title"], m["twitter:title"], m["dc.title"], ld.headline), p.Site)
	if p.Canonical == "" {
		p.Canonical = httpOnly(resolve(base, m["og:url"]))
	}
	if seconds, target, ok := strings.Cut(m["refresh"], ";"); ok && len(strings.TrimSpace(seconds)) <= 1 {
		target = strings.TrimSpace(target)
		if len(target) > 4 && strings.EqualFold(target[:4], "url=") {
			p.Refresh = httpOnly(resolve(base, strings.Trim(target[4:], `'" `)))
		}
	}
}

// version returns the first version that a page says to be of. Docusaurus calls
// current what has no other name yet.
func version(said ...string) string {
	for _, s := range said {
		for v := range strings.SplitSeq(s, ",") {
			if v = squeeze(v); v != "" && v != "current" && len(v) <= 32 {
				return v
			}
		}
	}
	return ""
}

// metaValues maps the lower-case name, property, itemprop or http-equiv of each meta element to its first content.
func metaValues(metas []*html.Node) map[string]string {
	m := make(map[string]string, len(metas))
	for _, n := range metas {
		content := strings.TrimSpace(attr(n, "content"))
		if content == "" {
			continue
		}
		for _, key := range []string{"name", "property", "itemprop", "http-equiv"} {
			if name := strings.ToLower(strings.TrimSpace(attr(n, key))); name != "" && m[name] == "" {
				m[name] = content
			}
		}
	}
	return m
}

func (p *Page) readRobots(m map[string]string) {
	// For everybody, and for the product token of panther-crawl.
	for _, token := range strings.FieldsFunc(strings.ToLower(m["robots"]+","+m["panther-crawl"]), func(r rune) bool { return r == ',' || r == ' ' }) {
		switch token {
		case "noindex":
			p.NoIndex = true
		case "nofollow":
			p.NoFollow = true
		case "none":
			p.NoIndex, p.NoFollow = true, true
		}
	}
}

func (p *Page) readHeadLinks(heads []*html.Node, base *url.URL) {
	for _, n := range heads {
		href := httpOnly(resolve(base, attr(n, "href")))
		if href == "" {
			continue
		}
		kind := strings.ToLower(attr(n, "type"))
		for _, rel := range strings.Fields(strings.ToLower(attr(n, "rel"))) {
			switch {
			case rel == "canonical" && p.Canonical == "":
				p.Canonical = href
			case rel == "license" && p.License == "":
				p.License = href
			case rel == "alternate" && attr(n, "hreflang") != "":
				if p.Alternates == nil {
					p.Alternates = make(map[string]string)
				}
				p.Alternates[attr(n, "hreflang")] = href
			case rel == "alternate" && (strings.Contains(kind, "rss") || strings.Contains(kind, "atom") || kind == "application/feed+json"):
				p.Feeds = append(p.Feeds, href)
			}
		}
	}
}

// setSiteApart takes the first of several first-level headings out of them where it is the site's name: the page's title
// has it, and it is nothing but a link to another page, or the title starts with the heading after it and ends with this.
func (ix *index) setSiteApart(base *url.URL) {
	if len(ix.h1) < 2 || textLen(ix.h1[0], 200) >= 200 {
		return
	}
	h, title := ix.h1[0], ix.titleText
	text := textOf(h)
	if text == "" || !strings.Contains(title, text) {
		return
	}
	next := strings.TrimRight(textOf(ix.h1[1]), " ¶#🔗")
	behind := next != "" && next != text && strings.HasPrefix(title, next) && strings.HasSuffix(title, text)
	if behind || leadsElsewhere(h, text, base) {
		ix.site, ix.h1 = h, ix.h1[1:]
	}
}

// leadsElsewhere reports whether text, which is that of n, is a link to another page.
func leadsElsewhere(n *html.Node, text string, base *url.URL) bool {
	a := find(n, func(c *html.Node) bool { return isElement(c, atom.A) && hasAttr(c, "href") })
	if a == nil || textOf(a) != text || strings.HasPrefix(attr(a, "href"), "#") {
		return false
	}
	return base == nil || withoutFragment(resolve(base, attr(a, "href"))) != withoutFragment(base.String())
}

func withoutFragment(address string) string {
	address, _, _ = strings.Cut(address, "#")
	return address
}

// titleSeparators stand between a page's title and its site's name in the title element.
var titleSeparators = []string{" | ", " — ", " – ", " · ", " :: ", " » ", " • ", " ‹ ", " - "}

// pageTitle chooses among the title element, the title given for sharing, and the only level-one heading. The
// heading wins where the title element contains it: the rest is then the site's name.
func pageTitle(ix *index, shared, site string) string {
	full, shared := ix.titleText, squeeze(shared)
	heading := ""
	for i, n := range ix.h1 {
		h := strings.TrimRight(textOf(n), " ¶#🔗")
		if strings.EqualFold(h, site) && !strings.EqualFold(full, site) {
			continue // the site's name above a page that has another
		}
		if h == "" || len(h) >= 200 || !strings.Contains(full, h) && !strings.Contains(shared, h) {
			continue
		}
		if i == 0 {
			heading = h
		} else if strings.HasPrefix(full, h) && !strings.HasPrefix(full, heading) {
			heading = h // the site's name is behind
		}
	}
	if heading != "" {
		return heading
	}
	title := first(shared, full)
	for _, sep := range titleSeparators {
		if head, tail, ok := cutLast(title, sep); ok && site != "" && strings.EqualFold(strings.TrimSpace(tail), site) {
			return strings.TrimSpace(head)
		}
		if head, tail, ok := strings.Cut(title, sep); ok && site != "" && strings.EqualFold(strings.TrimSpace(head), site) {
			return strings.TrimSpace(tail)
		}
	}
	if shared != "" && shared != full {
		return shared
	}
	for _, sep := range titleSeparators[:len(titleSeparators)-1] {
		if head, tail, ok := cutLast(title, sep); ok && len(tail) <= 40 && len(head) >= 3 {
			return strings.TrimSpace(head)
		}
	}
	if title == "" && len(ix.h1) > 0 {
		return textOf(ix.h1[0])
	}
	return title
}

func cutLast(s, sep string) (head, tail string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// pubTime returns the datetime of the first time element that is marked as the publication.
func pubTime(times []*html.Node) string {
	for _, n := range times {
		if isElement(n, atom.Time) && (hasAttr(n, "pubdate") || attr(n, "itemprop") == "datePublished" ||
			hasClass(n, "entry-date", "published", "dt-published", "post-date")) {
			return attr(n, "datetime")
		}
	}
	return ""
}

var timeLayouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05-0700", "2006-01-02T15:04:05", "2006-01-02T15:04-07:00", "2006-01-02T15:04Z07:00",
	"2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02", "2006/01/02", "20060102", time.RFC1123, time.RFC1123Z,
	"January 2, 2006", "Jan 2, 2006", "2 January 2006", "2 Jan 2006"}

// firstTime parses the first value that is a date; a date without zone is taken as UTC.
func firstTime(values ...string) time.Time {
	for _, v := range values {
		v = squeeze(v)
		if v == "" || len(v) > 40 {
			continue
		}
		for _, layout := range timeLayouts {
			if t, err := time.Parse(layout, v); err == nil && t.Year() > 1970 && t.Year() < 2200 {
				return t.UTC()
			}
		}
	}
	return time.Time{}
}

func first(values ...string) string {
	for _, v := range values {
		if strings.TrimSpace(v) != "" {
			return v
		}
	}
	return ""
}

func notURL(s string) string {
	if strings.Contains(s, "://") {
		return ""
	}
	return s
}

func httpOnly(link string) string {
	if strings.HasPrefix(link, "http://") || strings.HasPrefix(link, "https://") {
		return link
	}
	return ""
}
