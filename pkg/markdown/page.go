package markdown

import (
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/html"
)

// DefaultMaxBytes is the size above which Extract refuses a page when Options.MaxBytes is zero. The largest
// single-page manuals (a whole book as one file) stay under it.
const DefaultMaxBytes = 16 << 20

// Options says where a page came from. The zero value is usable: links then stay relative.
type Options struct {
	// URL is the address the page was fetched from, after redirects. Relative links resolve against it.
	URL string
	// ContentType is the Content-Type header; its charset wins over the one the page declares.
	ContentType string
	// MaxBytes bounds what is read from the page; 0 means DefaultMaxBytes.
	MaxBytes int64
	// Indices takes also pages that only list what others say for documents: none is LeftOut.
	Indices bool
	// Why asks for Page.Removed to be filled, which costs time and is meant for a person.
	Why bool
}

// Page is what Extract found. Texts are plain UTF-8 unless said otherwise; empty means unknown.
type Page struct {
	Title       string // of the document, without the site's name
	Markdown    string // the main region, CommonMark with GitHub's tables, alerts, footnotes and $math$; ends in one newline
	URL         string // Options.URL
	Canonical   string // absolute address the page names as its own, or ""
	Language    string // BCP 47 tag the page declares, "en" or "pt-BR"
	Author      string
	Site        string // the site's name
	Description string
	License     string // name or address of the licence the page links to with rel=license
	Version     string // of what the page documents
	Switcher    string // absolute address of the list from which the page's version switcher is made, or ""
	Published   time.Time
	Modified    time.Time

	// Links are the addresses of the whole page, navigation included: absolute http or https without fragment,
	// each once, in document order. Links marked rel=nofollow are left out.
	Links []string
	// Alternates maps an hreflang value to the absolute address of that translation.
	Alternates map[string]string
	// Feeds are the absolute addresses of the feeds that the page announces.
	Feeds []string

	NoIndex  bool   // the page asks not to be indexed (meta robots)
	NoFollow bool   // the page asks that its links are not followed (meta robots)
	Refresh  string // absolute target of an immediate meta refresh, or ""

	// LeftOut is the reason why the page is no document of its own, though it can be read: it lists what other pages of
	// the manual say. Empty for all others.
	LeftOut string

	Generator string    // name of the theme or generator recognized, "" when none was
	Region    string    // the element that was converted and how it was chosen
	Headings  []Heading // headings of Markdown in order
	Removed   []Removal // what was taken out of the region; only with Options.Why
	Hides     bool      // the region held much text that no reader sees, or hidden instructions to a model; none is in Markdown
	Warnings  []string  // oddities worth an operator's eye, in a fixed wording without page text
}

// Heading is one heading of Page.Markdown. ID is the fragment that addresses it on the original page, or "". Where it
// differs from commonmark.Slug(Text), the heading in the Markdown starts with an empty <a id="ID"></a>.
type Heading struct {
	Level int
	Text  string
	ID    string
}

// Removal says what was removed from the region and why.
type Removal struct {
	Element string // tag with id and classes, "div#toc.sidebar"
	Reason  string
	Text    string // the first characters of the text that went with it
	Size    int    // how many characters went
}

// Extract reads one HTML page from r and returns its content as Markdown together with what the page says about
// itself. It fails when r fails, when the page exceeds the limit, or when it is not text at all (a NUL in the first
// kilobyte of something that is not UTF-16). A page without any content gives a Page with an empty Markdown and a
// warning.
func Extract(r io.Reader, opt Options) (*Page, error) {
	text, err := decode(r, opt)
	if err != nil {
		return nil, fmt.Errorf("read page %s: %w", opt.URL, err)
	}
	if p, err := longIndex(text, opt); p != nil || err != nil {
		return p, err
	}
	x, err := extract(text, opt, false)
	if err == nil && strings.TrimSpace(x.page.Markdown) == "" && (x.theme == nil || x.theme.region == nil) {
		x, err = extract(text, opt, true)
	}
	if err != nil {
		return nil, fmt.Errorf("read page %s: %w", opt.URL, err)
	}
	return x.page, nil
}

// extract makes the Markdown of a page. With whole nothing is left out for being like what stands beside an article: so
// is a page taken of which else nothing is left.
func extract(text []byte, opt Options, whole bool) (*extraction, error) {
	doc, err := parseDocument(text)
	if err != nil {
		return nil, err
	}
	prepare(doc)
	p := &Page{URL: opt.URL}
	base := baseURL(doc, opt.URL)
	ix := newIndex(doc)
	ix.setSiteApart(base)
	p.readMeta(ix, base)
	p.collectLinks(ix, base)

	x := &extraction{page: p, base: base, index: ix, why: opt.Why, indices: opt.Indices}
	x.hide(whole)
	if whole {
		x.take(onlyPart(ix.body), "the whole page")
	} else {
		x.choose()
	}
	x.hiddenHere()
	if ix.site != nil && contains(x.region, ix.site) {
		x.drop(ix.site, "the site's name")
	}
	x.embed()
	x.rewriteCodeTables()
	x.clean()
	x.rewrite()
	p.Markdown = x.render()
	x.check()
	return x, nil
}

// extraction is the state of one Extract: the region is the chosen part of the DOM, of which nothing else is used any
// more, and is rewritten.
type extraction struct {
	page   *Page
	base   *url.URL
	index  *index
	theme  *theme // nil when no generator was recognized
	region *html.Node
	why    bool

	indices bool               // pages that list others are not left out
	prices  map[*html.Node]int // how many prices are below an element, once that was asked
	kind    kind               // what the page calls itself
	article bool               // the page calls itself an article, or the generic extractor took it for one
	prose   bool               // an article without code: news, where more than half of the page may be about other articles
	listed  bool               // the region is made of articles
	size    int                // characters of the region, where it is prose
	title   *html.Node         // the page's heading when it lies outside the region
	hidden  []hiding           // what a browser does not show, taken out of the whole page
	notes   []*html.Node       // footnote definitions, rendered after the region
	codes   int                // code blocks seen in the region before conversion
	depth   int                // nesting of lists and quotes while rewriting
}

// check records what looks wrong about the result.
func (x *extraction) check() {
	p := x.page
	if strings.TrimSpace(p.Markdown) == "" {
		p.Warnings = append(p.Warnings, "no content found")
	}
	if p.Hides = x.hidesMuch(); p.Hides {
		p.Warnings = append(p.Warnings, "text was hidden from readers")
	}
	if fences := strings.Count(p.Markdown, "```"); x.codes > 0 && fences < x.codes {
		p.Warnings = append(p.Warnings, "code blocks were lost")
	}
}
