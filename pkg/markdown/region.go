package markdown

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// choose finds the main region and takes it. A theme that is recognized but whose selectors find nothing falls
// through to the generic extractor, and a page on which that finds nothing is taken whole, unless the theme says where
// its content would be.
func (x *extraction) choose() {
	p := x.page
	if x.thread() {
		return
	}
	var empty *html.Node // where the content of a theme would be
	ld := x.index.linked
	x.kind = readKind(x.index, ld)
	x.article = x.kind == articleKind
	if x.theme = recognize(x.index); x.theme != nil {
		p.Generator = x.theme.name
		if !x.indices && x.theme.isIndex(p.URL) {
			p.LeftOut = x.theme.leftOut()
		}
		var n *html.Node
		var by string
		if n, by, empty = x.theme.regionOf(x.index.doc); n != nil {
			x.article = x.theme.article || x.article && x.theme.region == nil
			x.take(n, x.theme.name+" "+by)
			return
		}
		if x.theme.static {
			x.article = ld.article // such generators call every page an article
		}
	}
	n, by := x.genericRegion(x.article)
	if !ld.article && n != x.index.body {
		if around := x.withShelves(n, x.index.body); around != n {
			n, by, x.article = around, by+", with what is for sale", false
		}
	}
	if empty != nil && n == x.index.body {
		n, by = empty, x.theme.name+", which has little text"
	}
	x.take(n, by)
}

// take makes n the region, moved out of the document, and remembers the page's heading when it lies outside.
func (x *extraction) take(n *html.Node, by string) {
	x.page.Region = describe(n) + ", by " + by
	if x.prose = x.article && !holdsCode(n); x.prose {
		x.size = textLen(n, 1<<20)
		inner := 0
		for _, a := range findAll(n, func(c *html.Node) bool { return isElement(c, atom.Article) }) {
			inner += textLen(a, 1<<20)
		}
		x.listed = inner*2 > x.size && inner > 0
	}
	x.title = x.outerTitle(n)
	x.region = element("div")
	if isElement(n, atom.Pre, atom.Table, atom.Ul, atom.Ol, atom.Dl) {
		remove(n)
		x.region.AppendChild(n)
		return
	}
	for i := range x.hidden {
		if x.hidden[i].parent == n {
			x.hidden[i].parent = x.region
		}
	}
	moveChildren(x.region, n)
	x.region.Attr = append(x.region.Attr, html.Attribute{Key: "id", Val: attr(n, "id")})
}

// outerTitle returns the page's heading when region does not contain one: what the theme says, the only level-one
// heading of the page, or the heading that says the page's title where level one is the site's name.
func (x *extraction) outerTitle(region *html.Node) *html.Node {
	if x.theme != nil && x.theme.titles != nil {
		t := x.theme.titles.MatchFirst(x.index.doc)
		if t == nil || t == region || contains(region, t) || isHeading(t) && t.DataAtom != atom.H1 && holdsTitle(region) {
			return nil
		}
		return clone(t)
	}
	if x.prose {
		return nil
	}
	title := x.page.Title
	within := find(region, func(n *html.Node) bool { return isHeading(n) && (n.DataAtom == atom.H1 || says(n, title)) })
	if len(x.index.h1) == 1 && (within == nil || within.DataAtom == atom.H1) {
		h := x.index.h1[0]
		if h == region || contains(region, h) || contains(h, region) || textOf(h) == "" {
			return nil
		}
		site := strings.EqualFold(textOf(h), x.page.Site) && textOf(h) != title
		if !site && (title == "" || strings.Contains(x.index.titleText, strings.TrimRight(textOf(h), " ¶#"))) {
			return clone(h)
		}
	}
	if within != nil || title == "" || x.index.titleText == "" {
		return nil
	}
	h := find(x.index.body, func(n *html.Node) bool {
		return isElement(n, atom.H1, atom.H2) && says(n, title) && !contains(region, n) && !contains(n, region)
	})
	if h == nil {
		return nil
	}
	return clone(h)
}

// holdsTitle reports whether region has a first-level heading.
func holdsTitle(region *html.Node) bool {
	return find(region, func(n *html.Node) bool { return isElement(n, atom.H1) }) != nil
}

func hasMeta(metas []*html.Node, key string) bool {
	for _, n := range metas {
		if strings.EqualFold(attr(n, "property"), key) {
			return true
		}
	}
	return false
}

// genericRegion chooses the region of a page no theme is known for: what the page declares to be its content, or all
// that is not recognized as standing beside it. The text of an article is narrowed to where its paragraphs are.
func (x *extraction) genericRegion(article bool) (*html.Node, string) {
	body := x.index.body
	x.clear(body)
	if x.kind == plainKind && x.offersMany(body) {
		x.kind = shelfKind
	}
	if x.kind == productKind || x.kind == shelfKind {
		x.clearShop(body)
	}
	mass := make(map[*html.Node]int)
	weigh(body, mass, true)
	if mass[body] <= 200 { // a wrapper of the whole page bears the name of what stands beside the content
		weigh(body, mass, false)
	}
	if n := landmark(body, mass, article); n != nil {
		if article {
			return narrow(n, mass, true), "landmark and paragraphs"
		}
		return n, "landmark"
	}
	main := declared(body)
	if article {
		main = nil
	}
	if main != nil && mass[main]*3 >= mass[body] {
		return main, "landmark"
	}
	if mass[body] > 200 {
		n := narrow(body, mass, article)
		for main != nil && n != body && n != main && !contains(n, main) {
			n = n.Parent // most of the text is outside of what is called the content
		}
		if x.kind == productKind {
			n = x.withHeadline(n)
		}
		return n, "paragraphs"
	}
	return onlyPart(body), "what is not beside it"
}

// withHeadline returns the smallest element around n that has the heading of the page too, where it is not the page.
func (x *extraction) withHeadline(n *html.Node) *html.Node {
	for p := n; p != nil && !isElement(p, atom.Body); p = p.Parent {
		if x.holdsHeadline(p) {
			return p
		}
	}
	return n
}

// declared returns the one element that HTML calls the content, where it holds most of the page.
func declared(body *html.Node) *html.Node {
	total := textLen(body, 1<<20)
	mains := findAll(body, func(n *html.Node) bool { return isElement(n, atom.Main) || attr(n, "role") == "main" })
	var best *html.Node
	size := 0
	for _, n := range mains {
		if own := textLen(n, 1<<20); own > size {
			best, size = n, own
		}
	}
	if best != nil && size*100 >= total*mainShare {
		return best
	}
	return nil
}

// mainShare is the percentage of the text that an element called the content must have to be believed.
const mainShare = 40

// onlyPart descends to the element that holds all text: wrappers say nothing.
func onlyPart(n *html.Node) *html.Node {
	for {
		var next *html.Node
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if c.Type == html.TextNode && strings.TrimSpace(c.Data) == "" || c.Type == html.CommentNode || c.Type == html.ElementNode && textLen(c, 1) == 0 && !isElement(c, atom.Img) {
				continue
			}
			if next != nil || !isElement(c, atom.Div, atom.Main, atom.Article, atom.Section, atom.Center) {
				return n
			}
			next = c
		}
		if next == nil {
			return n
		}
		n = next
	}
}

// landmark returns the element that the page itself declares to be its content.
func landmark(body *html.Node, mass map[*html.Node]int, article bool) *html.Node {
	total := max(mass[body], 1)
	for _, test := range landmarks {
		var best *html.Node
		all := findAll(body, test.is)
		for _, n := range all {
			if best == nil || ownMass(n, mass) > ownMass(best, mass) {
				best = n
			}
		}
		if best == nil {
			continue
		}
		if test.parts {
			best = joinParts(best, all, mass)
		}
		if test.main && len(all) == 1 && !article && total < shortPage && textLen(best, minRegionText) >= minRegionText {
			return best
		}
		if mass[best]*100 >= total*test.share && (mass[best] > 140 || !article && textLen(best, 80) >= 80) {
			return best
		}
	}
	return nil
}

// shortPage is the weight of a page on which the text of the footer may outweigh the content.
const shortPage = 1000

// ownMass is the weight of n without that of articles inside it: those are comments or other articles.
func ownMass(n *html.Node, mass map[*html.Node]int) int {
	own := mass[n]
	if isElement(n, atom.Article) {
		for _, inner := range findAll(n, func(c *html.Node) bool { return isElement(c, atom.Article) }) {
			own -= mass[inner]
		}
	}
	return own
}

// joinParts returns the element around all parts of a text that is cut in several, by advertisements or pictures: those
// that are marked as best is and weigh at least a tenth of it.
func joinParts(best *html.Node, all []*html.Node, mass map[*html.Node]int) *html.Node {
	joined := best
	for _, n := range all {
		if mass[n]*10 < mass[best] {
			continue
		}
		for n != joined && !contains(joined, n) {
			if joined.Parent == nil || isElement(joined.Parent, atom.Body) {
				return best
			}
			joined = joined.Parent
		}
	}
	return joined
}

// landmarks are tried in order; the element must hold at least share percent of the weight of the page. Where parts is
// set, the text may be cut in several such elements.
var landmarks = []struct {
	share int
	parts bool
	main  bool // what HTML itself calls the content
	is    func(*html.Node) bool
}{
	{30, true, false, func(n *html.Node) bool { return strings.Contains(attr(n, "itemprop"), "articleBody") }},
	{40, true, false, func(n *html.Node) bool {
		return hasClass(n, "markdown-body", "e-content", "entry-content", "post-content", "article-content", "article-body",
			"post-body", "articleBody", "markdown-section", "mdx-content", "article__body", "story-body", "post__content")
	}},
	{50, false, false, func(n *html.Node) bool { return isElement(n, atom.Article) }},
	{30, false, true, func(n *html.Node) bool { return isElement(n, atom.Main) || attr(n, "role") == "main" }},
}

// weigh sums for each element the characters of the paragraphs below it, links counted against them, and skips what
// is furniture, with names also by its class and id. It returns the weight of n.
func weigh(n *html.Node, mass map[*html.Node]int, names bool) int {
	if n.Type != html.ElementNode || isElement(n, atom.Script, atom.Style, atom.Template, atom.Noscript, atom.Nav, atom.Footer, atom.Aside,
		atom.Button, atom.Select, atom.Svg, atom.A) || names && sideName(n) {
		return 0
	}
	own := 0
	switch {
	case isElement(n, atom.P, atom.Pre):
		own = max(0, textLen(n, 1<<20)-2*linkLen(n))
		if own < 20 {
			own = 0
		}
		mass[n] = own
		return own
	case isElement(n, atom.Div, atom.Article, atom.Section, atom.Td, atom.Span, atom.Li, atom.Dd, atom.Font, atom.Body):
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if c.Type == html.TextNode {
				if size := textLen(c, 1<<20); size > 60 {
					own += size
				}
			}
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		own += weigh(c, mass, names)
	}
	mass[n] = own
	return own
}

// sideName reports whether the class or id says that n stands beside the content. Elements that wrap the page often
// have such words among their states, so body and main are exempt.
func sideName(n *html.Node) bool {
	if isElement(n, atom.Body, atom.Html, atom.Main, atom.Article, atom.P) {
		return false
	}
	name := strings.ToLower(attr(n, "id") + " " + attr(n, "class"))
	if len(name) < 4 || len(name) > 200 {
		return false
	}
	for _, word := range []string{"comment", "sidebar", "related", "disqus", "footer", "cookie", "consent", "disclosure", "newsletter", "promo", "outbrain", "taboola", "recommend", "modal", "popup", "gdpr"} {
		if i := strings.Index(name, word); i >= 0 && !strings.Contains(name, "with-"+word) && !strings.Contains(name, "has-"+word) && !strings.Contains(name, "no-"+word) {
			return true
		}
	}
	return false
}

// narrow descends from n to the smallest element that still holds nearly all of its weight, and every section beside it,
// or with kin every section like it.
func narrow(n *html.Node, mass map[*html.Node]int, kin bool) *html.Node {
	for {
		var next *html.Node
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if mass[c]*100 >= mass[n]*narrowShare && mass[c] > 0 && !isElement(c, atom.P, atom.Pre, atom.Blockquote, atom.Li) {
				next = c
			}
		}
		if next == nil || hasSections(n, next, kin) {
			return n
		}
		n = next
	}
}

// hasSections reports whether beside next there is more of the text of n. With kin only a heading that stands right in n
// counts, and a section of the same kind as next: beside an article stand boxes with headings of their own.
func hasSections(n, next *html.Node, kin bool) bool {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c == next || c.Type != html.ElementNode || isElement(c, atom.Script, atom.Style, atom.Button, atom.Form) {
			continue
		}
		if kin && !isHeading(c) && (c.DataAtom != next.DataAtom || attr(c, "class") != attr(next, "class")) {
			continue
		}
		h := c
		if !isHeading(c) {
			h = find(c, isHeading)
		}
		switch {
		case h == nil && kin:
			continue
		case h == c && !kin && h.DataAtom != atom.H1 && nextElement(c) == next && textLen(h, 1) > 0:
			return true // the heading of next
		case h == nil:
			if isElement(c, atom.P, atom.Pre, atom.Dl, atom.Table, atom.Ul, atom.Ol, atom.Blockquote) && textLen(c, 1<<20)-linkLen(c) >= minSection {
				return true
			}
			continue
		case h.DataAtom == atom.H1 || textLen(h, 1) == 0 || find(h, func(k *html.Node) bool {
			return isElement(k, atom.A) && hasAttr(k, "href") && !strings.HasPrefix(attr(k, "href"), "#")
		}) != nil || under(h, atom.A):
			continue
		}
		if textLen(c, 1<<20)-textLen(h, 1<<20)-linkLen(c) >= minSection {
			return true
		}
	}
	return false
}

// minSection is the text, in characters, that makes a heading and what follows a section.
const minSection = 12

// narrowShare is the percentage of weight a child must hold to stand for its parent: what lies outside is an
// introduction or a note too short to be a paragraph of its own.
const narrowShare = 80

// linkLen counts the characters of text in links below n.
func linkLen(n *html.Node) int {
	visit()
	if isElement(n, atom.A) {
		return textLen(n, 1000)
	}
	total := 0
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		total += linkLen(c)
	}
	return total
}
