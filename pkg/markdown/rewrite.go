package markdown

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Elements that rewrite makes and render knows. They exist only between the two.
const (
	inlineCodeTag = "x-code"    // inline code; its text is not escaped
	headingTag    = "x-heading" // attributes level, id
	alertTag      = "x-alert"   // attributes kind, title; children are the body
	tableTag      = "x-table"   // children as in table
	listTag       = "x-list"    // attribute start where ordered
	quoteTag      = "x-quote"
	mathTag       = "x-math"       // attributes tex, display
	noteTag       = "x-note"       // attribute label: a reference to a footnote
	termsTag      = "x-terms"      // dl
	foldTag       = "x-fold"       // details; attribute summary
	boxTag        = "x-box"        // the check box of a task
	definitionTag = "x-definition" // attribute label: a footnote
)

// blockElement says which of them start a new line.
var blockElement = map[string]bool{codeTag: true, headingTag: true, alertTag: true, tableTag: true, listTag: true,
	quoteTag: true, termsTag: true, foldTag: true}

// maxNesting is the depth of lists, quotes and the like below which nested ones are flattened: each level repeats its
// indentation on every line, and no document nests this deep on purpose.
const maxNesting = 12

// rewrite turns the cleaned region into the vocabulary that render knows.
func (x *extraction) rewrite() {
	x.rewriteMath()
	x.rewriteNotes()
	x.rewriteTabs()
	x.rewriteCode()
	for _, root := range []*html.Node{x.region, x.title} {
		if root != nil {
			x.rewriteChildren(root)
		}
	}
	for _, n := range x.notes {
		x.rewriteChildren(n)
	}
}

// rewriteChildren rewrites what n holds and reports whether there are blocks in it.
func (x *extraction) rewriteChildren(n *html.Node) (blocks bool) {
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		if c.Type == html.ElementNode && x.rewriteNode(c) {
			blocks = true
		}
		c = next
	}
	return blocks
}

// rewriteNode rewrites n and everything below it, and reports whether n is a block or holds one.
func (x *extraction) rewriteNode(n *html.Node) bool {
	nests := isElement(n, atom.Ul, atom.Ol, atom.Dl, atom.Blockquote, atom.Details, atom.Table) || alertKind(n) != ""
	if nests {
		x.depth++
		defer func() { x.depth-- }()
		if x.depth > maxNesting {
			rename(n, "div")
			n.Attr = nil
		}
	}
	if kind := alertKind(n); kind != "" && !isHeading(n) {
		x.alert(n, kind)
	}
	switch n.DataAtom {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		x.heading(n)
	case atom.Code, atom.Tt, atom.Samp, atom.Kbd:
		rename(n, inlineCodeTag)
	case atom.A:
		x.link(n)
	case atom.Img:
		x.image(n)
		return false
	case atom.Input:
		rename(n, boxTag)
	case atom.Figure:
		if x.prose {
			x.caption(n)
		}
	case atom.Details:
		x.fold(n)
	case atom.Ul, atom.Menu, atom.Dir:
		rename(n, listTag)
	case atom.Ol:
		rename(n, listTag)
		setAttr(n, "ordered", attr(n, "start"))
	case atom.Dl:
		rename(n, termsTag)
	case atom.Blockquote:
		rename(n, quoteTag)
	case atom.Table:
		switch {
		case hasClass(n, "variablelist") && asTerms(n):
			rename(n, termsTag)
		case isLayoutTable(n):
			flattenTable(n)
		default:
			rename(n, tableTag)
		}
	case atom.Cite, atom.Dfn, atom.Var:
		rename(n, "em")
	case atom.Summary:
		rename(n, "div")
	case atom.Span:
		if hasClass(n, "description") && n.PrevSibling != nil && n.PrevSibling.Type == html.ElementNode {
			rename(n, "div") // of a card: it stands below the title
		}
	}
	blocks := x.rewriteChildren(n)
	if blocks && isElement(n, atom.A) {
		liftBlocks(n)
	}
	return blocks || isBlock(n)
}

// heading makes n a headingTag with the id that addresses it on the page. A heading around another is the wrapper that a
// missing end tag made of it, and no heading: so its text is in one heading at most, however deep they nest.
func (x *extraction) heading(n *html.Node) {
	if find(n, isHeading) != nil || find(n, func(c *html.Node) bool { return c.Data == codeTag || isElement(c, atom.Table) }) != nil {
		rename(n, "div")
		return
	}
	level, id, text := string(n.Data[1]), anchorOf(n), textOf(n)
	for _, a := range findAll(n, func(c *html.Node) bool { return isElement(c, atom.A) }) {
		if file, fragment, ok := strings.Cut(attr(a, "href"), "#"); ok && (fragment == id && x.isHere(file) || textOf(a) == text && file == "") {
			unwrap(a) // a heading that links to itself
		} else if label := strings.ToLower(strings.Trim(textOf(a), "[]() ")); hasAttr(a, "href") && headingTools[label] && textLen(n, 100) > textLen(a, 100) {
			x.drop(a, "link beside a heading")
		}
	}
	n.Attr = []html.Attribute{{Key: "level", Val: level}, {Key: "id", Val: id}}
	rename(n, headingTag)
}

// isHere reports whether a link to file leads to the page itself.
func (x *extraction) isHere(file string) bool {
	if file == "" || x.base == nil {
		return true
	}
	folder := func(address string) string { return strings.TrimRight(strings.TrimSuffix(address, "index.html"), "/") }
	return folder(resolve(x.base, file)) == folder(x.base.Scheme+"://"+x.base.Host+x.base.EscapedPath())
}

// headingTools are the labels of links that stand in a heading and are not of it.
var headingTools = map[string]bool{"src": true, "source": true, "view source": true, "edit": true, "link": true, "permalink": true,
	"¶": true, "#": true, "§": true, "🔗": true}

// anchorOf returns the fragment that addresses a heading: its own id, that of an anchor inside or right before it, or
// that of the section it opens.
func anchorOf(h *html.Node) string {
	if id := first(attr(h, "id"), attr(h, "data-id")); id != "" {
		return id
	}
	if a := find(h, func(n *html.Node) bool {
		return isElement(n, atom.A, atom.Span) && (hasAttr(n, "id") || hasAttr(n, "name"))
	}); a != nil {
		return first(attr(a, "id"), attr(a, "name"))
	}
	n := h
	for range 5 {
		if prev := previousElement(n); prev != nil {
			if isElement(prev, atom.A, atom.Span) && textLen(prev, 1) == 0 {
				return first(attr(prev, "id"), attr(prev, "name"))
			}
			return ""
		}
		if n = n.Parent; n == nil || n.Type != html.ElementNode {
			return ""
		}
		if id := attr(n, "id"); id != "" && isElement(n, atom.Section, atom.Div, atom.Article, atom.Header) {
			return id
		}
	}
	return ""
}

func nextElement(n *html.Node) *html.Node {
	for c := n.NextSibling; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode {
			return c
		}
	}
	return nil
}

func previousElement(n *html.Node) *html.Node {
	for p := n.PrevSibling; p != nil; p = p.PrevSibling {
		if p.Type == html.ElementNode {
			return p
		}
		if p.Type == html.TextNode && strings.TrimSpace(p.Data) != "" {
			return nil
		}
	}
	return nil
}

// link makes the address absolute, and moves the link into the blocks it wraps.
func (x *extraction) link(a *html.Node) {
	href := ""
	if hasAttr(a, "href") {
		href = x.address(attr(a, "href"))
	}
	if mail := protectedMail(a); mail != "" {
		href = "mailto:" + mail
		for a.FirstChild != nil {
			a.RemoveChild(a.FirstChild)
		}
		a.AppendChild(textNode(mail))
	}
	if href == "" {
		rename(a, "span")
		return
	}
	title := squeeze(attr(a, "title"))
	a.Attr = []html.Attribute{{Key: "href", Val: href}}
	if title != "" && len(title) < 100 && title != textOf(a) && hasClass(a, "titled") {
		setAttr(a, "title", title)
	}
}

// address resolves a reference of the page. A bare fragment stays on the page's own address, whatever the base.
func (x *extraction) address(ref string) string {
	ref = cleanRef(ref)
	if strings.HasPrefix(ref, "#") && x.page.URL != "" {
		if len(ref) == 1 {
			return ""
		}
		page, _, _ := strings.Cut(x.page.URL, "#")
		return escapeRef(page + ref)
	}
	return resolve(x.base, ref)
}

// protectedMail decodes an address hidden by Cloudflare's e-mail protection.
func protectedMail(a *html.Node) string {
	code := attr(a, "data-cfemail")
	if code == "" {
		if _, rest, ok := strings.Cut(attr(a, "href"), "/cdn-cgi/l/email-protection#"); ok {
			code = rest
		} else if c := find(a, func(n *html.Node) bool { return hasAttr(n, "data-cfemail") }); c != nil {
			code = attr(c, "data-cfemail")
		}
	}
	if len(code) < 8 || len(code) > 400 || len(code)%2 != 0 {
		return ""
	}
	raw := make([]byte, len(code)/2)
	for i := range raw {
		hi, lo := strings.IndexByte(hexDigits, code[2*i]|0x20), strings.IndexByte(hexDigits, code[2*i+1]|0x20)
		if hi < 0 || lo < 0 {
			return ""
		}
		raw[i] = byte(hi<<4 | lo)
	}
	for i := 1; i < len(raw); i++ {
		raw[i] ^= raw[0]
	}
	mail := string(raw[1:])
	if strings.Count(mail, "@") != 1 || strings.ContainsAny(mail, " \n<>()[]") {
		return ""
	}
	return mail
}

const hexDigits = "0123456789abcdef"

// image makes the address absolute and drops pictures that carry nothing for a reader.
func (x *extraction) image(img *html.Node) {
	alt := squeeze(attr(img, "alt"))
	if hasClass(img, "emoji", "twemoji", "emojione", "gemoji") && alt != "" {
		replace(img, textNode(alt))
		return
	}
	if attr(img, "width") == "1" && attr(img, "height") == "1" {
		x.drop(img, "tracking pixel")
		return
	}
	src := resolve(x.base, pictureAddress(img))
	if src == "" {
		if alt != "" {
			replace(img, textNode(alt))
		} else {
			remove(img)
		}
		return
	}
	img.Attr = []html.Attribute{{Key: "src", Val: src}, {Key: "alt", Val: alt}}
}

// liftBlocks makes an inline element around blocks a plain wrapper, and moves a link or emphasis into the first block
// with text: Markdown has no link around a heading or a list.
func liftBlocks(n *html.Node) {
	if isElement(n, atom.A) {
		if target := linkTarget(n); target != nil {
			inner := element("a")
			inner.Attr = n.Attr
			moveChildren(inner, target)
			target.AppendChild(inner)
		}
	}
	rename(n, "div")
	n.Attr = nil
}

// linkTarget is the block of a wrapped card that takes its link: the heading, else the first block without others.
func linkTarget(a *html.Node) *html.Node {
	if h := find(a, func(c *html.Node) bool { return c.Data == headingTag }); h != nil {
		return h
	}
	return find(a, func(c *html.Node) bool {
		return isBlock(c) && c.Data != codeTag && c.Data != tableTag && find(c, isBlock) == nil && textLen(c, 1) > 0
	})
}
