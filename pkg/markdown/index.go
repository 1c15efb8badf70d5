package markdown

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// index is what one walk over the document finds, so that later steps need no walk of their own.
type index struct {
	doc, root, body *html.Node
	marks           map[string]bool // "#id", ".class" and "<tag" of elements that some theme is recognized by
	metas           []*html.Node    // meta elements
	heads           []*html.Node    // link elements
	links           []*html.Node    // a and area elements with an href
	ld              []*html.Node    // application/ld+json scripts
	linked          linkedData      // what they say
	h1              []*html.Node
	site            *html.Node // a first-level heading that is the site's name, apart from h1
	titleText       string
	generator       string // content of meta generator, lower case
	times           []*html.Node
	tex             *texReader // nil where no script typesets the formulas in the text
	told            told       // of its version
	options         []string   // values of version switchers that are forms
	caption         *html.Node // of a page of Haddock
	comment         string     // first comment that names a generator, lower case
}

func newIndex(doc *html.Node) *index {
	ix := &index{doc: doc, marks: make(map[string]bool)}
	walk(doc, ix.visit)
	ix.linked = readLinkedData(ix.ld)
	if ix.body == nil {
		ix.body = doc
	}
	if ix.root == nil {
		ix.root = doc
	}
	return ix
}

func (ix *index) visit(n *html.Node) bool {
	if n.Type == html.CommentNode {
		if ix.comment == "" && len(n.Data) < 200 && strings.Contains(strings.ToLower(n.Data), "generated ") {
			ix.comment = strings.ToLower(n.Data)
		}
		return false
	}
	if n.Type != html.ElementNode {
		return n.Type == html.DocumentNode
	}
	ix.readVersion(n, ix.mark(n))
	switch n.DataAtom {
	case atom.Html:
		ix.root = n
	case atom.Body:
		if ix.body == nil {
			ix.body = n
		}
	case atom.Meta:
		ix.metas = append(ix.metas, n)
		if strings.EqualFold(attr(n, "name"), "generator") && ix.generator == "" {
			ix.generator = strings.ToLower(attr(n, "content"))
		}
	case atom.Link:
		ix.heads = append(ix.heads, n)
	case atom.A, atom.Area:
		if hasAttr(n, "href") {
			ix.links = append(ix.links, n)
		}
	case atom.Script:
		ix.readTeX(n)
		if strings.EqualFold(strings.TrimSpace(attr(n, "type")), "application/ld+json") {
			ix.ld = append(ix.ld, n)
		}
		return false
	case atom.Style, atom.Template:
		return false
	case atom.Title:
		if ix.titleText == "" && n.Namespace == "" {
			ix.titleText = textOf(n)
		}
	case atom.H1:
		if !hasClass(n, "menu-title", "site-title", "site-name", "logo", "navbar-brand", "book-brand") && !under(n, atom.Nav) {
			ix.h1 = append(ix.h1, n)
		}
	case atom.Time:
		ix.times = append(ix.times, n)
	}
	return true
}

// mark notes the id and classes of n that themes look for, and reports whether
// versions are shown in such an element.
func (ix *index) mark(n *html.Node) (version bool) {
	for i := range n.Attr {
		switch n.Attr[i].Key {
		case "id":
			version = version || versionMarks["#"+n.Attr[i].Val]
			if themeMarks["#"+n.Attr[i].Val] {
				ix.marks["#"+n.Attr[i].Val] = true
			}
		case "itemtype":
			if kind := "@" + n.Attr[i].Val[strings.LastIndexByte(n.Attr[i].Val, '/')+1:]; themeMarks[kind] {
				ix.marks[kind] = true
			}
		case "class":
			for rest := n.Attr[i].Val; rest != ""; {
				var token string
				token, rest = nextToken(rest)
				version = version || versionMarks["."+token]
				if token == "caption" && n.Parent != nil && attr(n.Parent, "id") == "package-header" {
					ix.caption = n
				}
				if token != "" && themeMarks["."+token] {
					ix.marks["."+token] = true
				}
			}
		}
	}
	if n.DataAtom == 0 && themeMarks["<"+n.Data] {
		ix.marks["<"+n.Data] = true
	}
	return version
}
