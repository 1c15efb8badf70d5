package markdown

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// attr returns the value of an attribute, "" when it is absent.
func attr(n *html.Node, key string) string {
	for i := range n.Attr {
		if n.Attr[i].Key == key {
			return n.Attr[i].Val
		}
	}
	return ""
}

func hasAttr(n *html.Node, key string) bool {
	for i := range n.Attr {
		if n.Attr[i].Key == key {
			return true
		}
	}
	return false
}

func setAttr(n *html.Node, key, val string) {
	for i := range n.Attr {
		if n.Attr[i].Key == key {
			n.Attr[i].Val = val
			return
		}
	}
	n.Attr = append(n.Attr, html.Attribute{Key: key, Val: val})
}

// hasClass reports whether one of the class tokens of n equals one of names.
func hasClass(n *html.Node, names ...string) bool {
	class := attr(n, "class")
	for class != "" {
		var token string
		token, class = nextToken(class)
		for _, name := range names {
			if token == name {
				return true
			}
		}
	}
	return false
}

// nameHas reports whether the class or the id of n contains one of words.
func nameHas(n *html.Node, words ...string) bool {
	name := strings.ToLower(attr(n, "class") + " " + attr(n, "id"))
	if len(name) < 4 {
		return false
	}
	for _, w := range words {
		if strings.Contains(name, w) {
			return true
		}
	}
	return false
}

// nextToken cuts the first space-separated token off s.
func nextToken(s string) (token, rest string) {
	i := 0
	for i < len(s) && isSpace(s[i]) {
		i++
	}
	j := i
	for j < len(s) && !isSpace(s[j]) {
		j++
	}
	return s[i:j], s[j:]
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' }

func isElement(n *html.Node, tags ...atom.Atom) bool {
	if n == nil || n.Type != html.ElementNode {
		return false
	}
	for _, a := range tags {
		if n.DataAtom == a {
			return true
		}
	}
	return false
}

// visits, where a test sets it, counts the nodes that are looked at on the way from one to others: the work of a page.
var visits *int

func visit() {
	if visits != nil {
		*visits++
	}
}

// walk calls fn for n and its descendants in document order; where fn returns false the children are skipped. fn may
// remove the node it is given, and nothing else.
func walk(n *html.Node, fn func(*html.Node) bool) {
	visit()
	if !fn(n) {
		return
	}
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		walk(c, fn)
		c = next
	}
}

// find returns the first descendant element of n that fn accepts.
func find(n *html.Node, fn func(*html.Node) bool) *html.Node {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		visit()
		if c.Type != html.ElementNode {
			continue
		}
		if fn(c) {
			return c
		}
		if hit := find(c, fn); hit != nil {
			return hit
		}
	}
	return nil
}

// findAll returns the outermost descendants of n that fn accepts.
func findAll(n *html.Node, fn func(*html.Node) bool) []*html.Node {
	var out []*html.Node
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		visit()
		if c.Type != html.ElementNode {
			continue
		}
		if fn(c) {
			out = append(out, c)
		} else {
			out = append(out, findAll(c, fn)...)
		}
	}
	return out
}

// textOf returns the text below n with runs of white space made one space.
func textOf(n *html.Node) string {
	var b strings.Builder
	appendText(&b, n)
	return squeeze(b.String())
}

// says reports whether the text below n is text. It looks at no more than it must, since elements nest.
func says(n *html.Node, text string) bool {
	return textLen(n, len(text)+1) <= len(text) && textOf(n) == text
}

func appendText(b *strings.Builder, n *html.Node) {
	visit()
	switch {
	case n.Type == html.TextNode:
		b.WriteString(n.Data)
		return
	case isElement(n, atom.Script, atom.Style, atom.Template, atom.Noscript):
		return
	case isElement(n, atom.Br) || isBlock(n):
		b.WriteByte(' ')
		defer b.WriteByte(' ')
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		appendText(b, c)
	}
}

// squeeze trims s and makes each run of white space one space; zero-width characters go.
func squeeze(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	space := false
	for _, r := range s {
		switch r {
		case ' ', '\n', '\t', '\r', '\f', '\u00a0', '\u2028', '\u2029':
			space = b.Len() > 0
			continue
		case '\u200b', '\u200c', '\ufeff', '\u00ad', '\u2060':
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
	}
	return b.String()
}

// textLen counts the characters of text below n up to limit; white space counts as one where it separates.
func textLen(n *html.Node, limit int) int {
	visit()
	if n.Type == html.TextNode {
		return utf8.RuneCountInString(strings.TrimSpace(n.Data))
	}
	if isElement(n, atom.Script, atom.Style, atom.Template, atom.Noscript) {
		return 0
	}
	total := 0
	for c := n.FirstChild; c != nil && total < limit; c = c.NextSibling {
		total += textLen(c, limit-total)
	}
	return total
}

func remove(n *html.Node) {
	if n.Parent != nil {
		n.Parent.RemoveChild(n)
	}
}

// replace puts the nodes where old was.
func replace(old *html.Node, nodes ...*html.Node) {
	for _, n := range nodes {
		remove(n)
		old.Parent.InsertBefore(n, old)
	}
	remove(old)
}

// unwrap replaces n by its children.
func unwrap(n *html.Node) {
	for n.FirstChild != nil {
		c := n.FirstChild
		n.RemoveChild(c)
		n.Parent.InsertBefore(c, n)
	}
	remove(n)
}

// moveChildren appends the children of from to to.
func moveChildren(to, from *html.Node) {
	for from.FirstChild != nil {
		c := from.FirstChild
		from.RemoveChild(c)
		to.AppendChild(c)
	}
}

func element(tag string, attrs ...string) *html.Node {
	n := &html.Node{Type: html.ElementNode, Data: tag, DataAtom: atom.Lookup([]byte(tag))}
	for i := 0; i+1 < len(attrs); i += 2 {
		n.Attr = append(n.Attr, html.Attribute{Key: attrs[i], Val: attrs[i+1]})
	}
	return n
}

func textNode(s string) *html.Node { return &html.Node{Type: html.TextNode, Data: s} }

func rename(n *html.Node, tag string) {
	n.Data, n.DataAtom = tag, atom.Lookup([]byte(tag))
}

// clone copies n and everything below it, without parent or siblings.
func clone(n *html.Node) *html.Node {
	c := &html.Node{Type: n.Type, DataAtom: n.DataAtom, Data: n.Data, Namespace: n.Namespace}
	if len(n.Attr) > 0 {
		c.Attr = append([]html.Attribute(nil), n.Attr...)
	}
	for k := n.FirstChild; k != nil; k = k.NextSibling {
		c.AppendChild(clone(k))
	}
	return c
}

// isBlock reports whether n starts a new line of text.
func isBlock(n *html.Node) bool {
	if n.Type != html.ElementNode {
		return false
	}
	switch n.DataAtom {
	case atom.Address, atom.Article, atom.Aside, atom.Blockquote, atom.Body, atom.Center, atom.Dd, atom.Details,
		atom.Dialog, atom.Dir, atom.Div, atom.Dl, atom.Dt, atom.Fieldset, atom.Figcaption, atom.Figure, atom.Footer,
		atom.Form, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Header, atom.Hgroup, atom.Hr, atom.Html,
		atom.Legend, atom.Li, atom.Main, atom.Menu, atom.Nav, atom.Ol, atom.Optgroup, atom.Option, atom.P, atom.Pre, atom.Section, atom.Summary, atom.Table,
		atom.Tbody, atom.Td, atom.Tfoot, atom.Th, atom.Thead, atom.Tr, atom.Ul, atom.Caption:
		return true
	}
	return blockElement[n.Data]
}

func isHeading(n *html.Node) bool {
	return isElement(n, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6)
}

// describe names an element for a person: tag, id and the first classes.
func describe(n *html.Node) string {
	var b strings.Builder
	b.WriteString(n.Data)
	if id := attr(n, "id"); id != "" {
		b.WriteByte('#')
		b.WriteString(id)
	}
	for i, class := range strings.Fields(attr(n, "class")) {
		if i == 3 {
			break
		}
		b.WriteByte('.')
		b.WriteString(class)
	}
	return clip(b.String(), 80)
}

// clip shortens s to at most limit characters.
func clip(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	return string([]rune(s)[:limit-1]) + "…"
}
