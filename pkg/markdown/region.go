package markdown

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// choose finds the main region and copies it. A theme that is recognized but whose selectors find nothing falls
// through to the generic extractor, and a page on which that finds nothing is taken whole.
func (x *extraction) choose() {
	p := x.page
	x.article = readLinkedData(x.index.ld).article || metaIs(x.index.metas, "og:type", "article")
	if x.theme = recognize(x.index); x.theme != nil {
		p.Generator = x.theme.name
		if n, by := x.theme.regionOf(x.index.doc); n != nil {
			x.article = x.theme.article
			x.take(n, x.theme.name+" "+by)
			return
		}
	}
	n, by := genericRegion(x.index, x.article)
	x.take(n, by)
}

// take copies n as the region and remembers the page's heading when it lies outside.
func (x *extraction) take(n *html.Node, by string) {
	x.page.Region = describe(n) + ", by " + by
	x.title = x.outerTitle(n)
	x.region = element("div")
	if isElement(n, atom.Pre, atom.Table, atom.Ul, atom.Ol, atom.Dl) {
		x.region.AppendChild(clone(n))
		return
	}
	c := clone(n)
	moveChildren(x.region, c)
	x.region.Attr = append(x.region.Attr, html.Attribute{Key: "id", Val: attr(n, "id")})
}

// outerTitle returns the page's heading when region does not contain one: what the theme says, or the only level-one
// heading of the page.
func (x *extraction) outerTitle(region *html.Node) *html.Node {
	if x.theme != nil && x.theme.titles != nil {
		if t := x.theme.titles.MatchFirst(x.index.doc); t != nil && t != region && !contains(region, t) {
			return clone(t)
		}
		return nil
	}
	if x.article || len(x.index.h1) != 1 {
		return nil
	}
	h := x.index.h1[0]
	if h == region || contains(region, h) || contains(h, region) || textOf(h) == "" {
		return nil
	}
	if x.page.Title != "" && !strings.Contains(x.index.titleText, strings.TrimRight(textOf(h), " ¶#")) {
		return nil
	}
	return clone(h)
}

func metaIs(metas []*html.Node, key, value string) bool {
	for _, n := range metas {
		if strings.EqualFold(attr(n, "property"), key) && strings.EqualFold(attr(n, "content"), value) {
			return true
		}
	}
	return false
}

// genericRegion chooses the region of a page no theme is known for.
func genericRegion(ix *index, article bool) (*html.Node, string) {
	if n := landmark(ix.body, article); n != nil {
		return n, "landmark"
	}
	if n := densest(ix.body); n != nil {
		return n, "text density"
	}
	return ix.body, "whole page"
}

// landmark returns the element that the page itself declares to be its content.
func landmark(body *html.Node, article bool) *html.Node {
	bodyLen := textLen(body, 1<<20)
	for _, test := range landmarks {
		var best *html.Node
		most := 0
		for _, n := range findAll(body, test.is) {
			if size := textLen(n, 1<<20); size > most {
				best, most = n, size
			}
		}
		if best != nil && most >= 80 && most*test.share >= bodyLen {
			return best
		}
	}
	return nil
}

// landmarks are tried in order; the text found must be at least 1/share of the page's.
var landmarks = []struct {
	share int
	is    func(*html.Node) bool
}{
	{100, func(n *html.Node) bool { return strings.Contains(attr(n, "itemprop"), "articleBody") }},
	{100, func(n *html.Node) bool {
		return hasClass(n, "markdown-body", "e-content", "entry-content", "post-content", "article-content", "article-body",
			"post-body", "articleBody", "markdown-section", "mdx-content")
	}},
	{4, func(n *html.Node) bool { return isElement(n, atom.Article) }},
	{20, func(n *html.Node) bool { return isElement(n, atom.Main) || attr(n, "role") == "main" }},
}

// densest returns the element whose own paragraphs hold the most text outside links.
func densest(body *html.Node) *html.Node {
	scores := make(map[*html.Node]int)
	walk(body, func(n *html.Node) bool {
		if isElement(n, atom.Script, atom.Style, atom.Nav, atom.Footer, atom.Header, atom.Form, atom.Template) {
			return false
		}
		if !isElement(n, atom.P, atom.Pre, atom.Li, atom.Td, atom.Blockquote, atom.Dd) || n.Parent == nil {
			return true
		}
		score := textLen(n, 1000) - linkLen(n)
		if score < 25 {
			return true
		}
		scores[n.Parent] += score
		if g := n.Parent.Parent; g != nil {
			scores[g] += score / 2
		}
		return true
	})
	var best *html.Node
	for n, s := range scores {
		if best == nil || s > scores[best] {
			best = n
		}
	}
	return best
}

// linkLen counts the characters of text in links below n.
func linkLen(n *html.Node) int {
	if isElement(n, atom.A) {
		return textLen(n, 1000)
	}
	total := 0
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		total += linkLen(c)
	}
	return total
}
