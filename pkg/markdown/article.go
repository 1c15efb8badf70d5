package markdown

import (
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// boilerplate decides in pages without a documentation theme, where classes are less telling and link density counts.
// It returns why n is no content, or "".
func (x *extraction) boilerplate(n *html.Node) string {
	if !isElement(n, atom.Div, atom.Section, atom.Aside, atom.Ul, atom.Ol, atom.P, atom.Span, atom.Header, atom.Figure, atom.Table) {
		return ""
	}
	if under(n, atom.Pre, atom.Code) { // highlighters name the comments in code so
		return ""
	}
	if word := x.nameWord(n, boilerplateWords); word != "" && (linkDense(n) || textLen(n, 400) < 300 && (x.prose || find(n, isHeading) == nil)) && !holdsCode(n) && !holdsQuote(n) {
		return "named " + word
	}
	return ""
}

var boilerplateWords = strings.Fields(`related share social comment newsletter subscribe promo sponsor advert cookie
	author-bio byline breadcrumb recommend read-more readmore trending popular tags outbrain taboola
	post-meta entry-meta article-meta signup sign-up paywall banner pagination print-only footer`)

// showWords name the parts of an article that show pictures or other articles one after the other.
var showWords = strings.Fields(`gallery slideshow carousel slider swiper most-read mostread read-next up-next also-like you-may more-stories
	more-from recirc breaking teaser inline-story donat call-to-action cta-`)

// introduction is the text, in characters, up to which what stands between many teasers is only their introduction.
const introduction = 800

// dropTeasers removes from an article what only points at other articles. A page most of which does is no article.
func (x *extraction) dropTeasers() {
	type part struct {
		n      *html.Node
		reason string
	}
	var parts []part
	size := 0
	walk(x.region, func(n *html.Node) bool {
		if n.Type != html.ElementNode || n == x.region {
			return n == x.region
		}
		reason := x.teaser(n)
		if reason == "" {
			return true
		}
		parts, size = append(parts, part{n, reason}), size+textLen(n, 1<<20)
		return false
	})
	if rest := x.size - size; size > rest && rest < introduction || size > 4*rest {
		x.prose = false
		return
	}
	for _, p := range parts {
		x.drop(p.n, p.reason)
	}
}

// teaser returns why n, a part of a news article, only points at other articles, or "".
func (x *extraction) teaser(n *html.Node) string {
	switch {
	case isElement(n, atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Span, atom.Strong, atom.Div, atom.Em):
		if textLen(n, 80) < 80 && labelWords[strings.ToLower(strings.Trim(textOf(n), " .:-"))] {
			return "label of an advertisement"
		}
		if isElement(n, atom.H1) && says(n, x.page.Title) {
			return "the page's title"
		}
		if isElement(n, atom.P, atom.H2, atom.H3, atom.H4) && textLen(n, 1) > 0 && x.linksHome(n) {
			return "link to another article"
		}
	case isElement(n, atom.Article) && n.Parent != nil && !x.listed && x.size > 2*textLen(n, 1<<20):
		return "article of its own"
	}
	if !isElement(n, atom.Div, atom.Section, atom.Aside, atom.Ul, atom.Li, atom.Figure) || holdsQuote(n) {
		return ""
	}
	if word := x.nameWord(n, showWords); word != "" && !holdsParagraph(n) {
		return "named " + word
	}
	h := find(n, isHeading)
	switch {
	case h != nil && (x.linksHome(h) || under(h, atom.A)) && !holdsParagraph(n):
		return "teaser"
	case isElement(n, atom.Ul, atom.Div, atom.Section) && linkDense(n) && !holdsParagraph(n) && (h == nil || x.linksHome(h)) && !under(n, atom.Pre, atom.Code):
		return "mostly links"
	case isElement(n, atom.Aside) && alertKind(n) == "":
		return "aside"
	}
	return ""
}

var labelWords = map[string]bool{"advertisement": true, "advert": true, "ad": true, "sponsored": true, "story continues below": true,
	"continue reading below": true, "image copyright": true, "media playback is unsupported on your device": true, "back to gallery": true,
	"article continues below": true, "this slideshow requires javascript": true}

// linksHome reports whether the whole text of n is in links to the page's own site.
func (x *extraction) linksHome(n *html.Node) bool {
	if x.base == nil || textLen(n, 400) > linkLen(n) {
		return false
	}
	for _, a := range findAll(n, func(c *html.Node) bool { return isElement(c, atom.A) && hasAttr(c, "href") }) {
		u, err := url.Parse(resolve(x.base, attr(a, "href")))
		if err != nil || siteOf(u.Hostname()) != siteOf(x.base.Hostname()) {
			return false
		}
	}
	return true
}

// siteOf returns the last two labels of a host: enough to tell a site's own links from others.
func siteOf(host string) string {
	if i := strings.LastIndexByte(host, '.'); i > 0 {
		return host[strings.LastIndexByte(host[:i], '.')+1:]
	}
	return host
}

// nameWord returns the first of words that the class of n contains, or "". In news its id counts too; elsewhere ids are
// the headings of sections.
func (x *extraction) nameWord(n *html.Node, words []string) string {
	name := attr(n, "class")
	if x.prose {
		name += " " + attr(n, "id")
	}
	if name = strings.ToLower(name); len(name) < 2 {
		return ""
	}
	for _, word := range words {
		if strings.Contains(name, word) {
			return word
		}
	}
	return ""
}

// holdsParagraph reports whether n contains running text.
func holdsParagraph(n *html.Node) bool {
	return find(n, func(c *html.Node) bool {
		return isElement(c, atom.P) && textLen(c, 200) >= 80 && !linkDense(c) && !under(c, atom.A)
	}) != nil
}

func holdsQuote(n *html.Node) bool {
	return find(n, func(c *html.Node) bool { return isElement(c, atom.Blockquote) }) != nil
}

// caption makes the caption of a picture in an article the picture's text, so that it does not read as a paragraph of
// the article.
func (x *extraction) caption(figure *html.Node) {
	img := find(figure, func(c *html.Node) bool { return isElement(c, atom.Img) })
	text := find(figure, func(c *html.Node) bool { return isElement(c, atom.Figcaption) })
	if img == nil || text == nil || contains(text, img) {
		return
	}
	if s := textOf(text); s != "" {
		setAttr(img, "alt", s)
	}
	x.drop(text, "caption, kept as the text of its picture")
}
