package main

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// reader collects what is compared, from a page and from what CommonMark makes
// of its Markdown alike.
type reader struct {
	base                            *url.URL
	words, code, heads, links, rows []string
	short                           []string // code within a line, which code of one line becomes in a table
}

func newReader(base *url.URL) *reader { return &reader{base: base} }

func (r *reader) read(n *html.Node) {
	r.words = append(r.words, wordsOf(text(n))...)
	var visit func(*html.Node)
	visit = func(n *html.Node) {
		switch n.DataAtom {
		case atom.Pre:
			if t := codeOf(n); t != "" {
				r.code = append(r.code, t)
			}
			return // Markdown has no links in code
		case atom.Code:
			r.short = append(r.short, strings.TrimSpace(text(n)))
		case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
			if w := wordsOf(text(n)); len(w) > 0 && !note.MatchString(attr(n.Parent, "class")) {
				r.heads = append(r.heads, strings.Join(w, " "))
			}
		case atom.A:
			r.link(n)
		case atom.Tr:
			r.row(n)
		case atom.Div:
			if strings.HasPrefix(attr(n, "class"), "fragment") {
				if t := codeOf(n); t != "" {
					r.code = append(r.code, t)
				}
				return
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			visit(c)
		}
	}
	visit(n)
}

// note matches the classes of notes, whose titles are no headings in Markdown.
var note = regexp.MustCompile(`\b(?:note|tip|warning|caution|important|admonition)\b`)

// inHeading reports whether n stands in a heading: a link within the page there leads to itself.
func inHeading(n *html.Node) bool {
	for n = n.Parent; n != nil; n = n.Parent {
		if len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6' {
			return true
		}
	}
	return false
}

// link notes where a link with a text leads to.
func (r *reader) link(n *html.Node) {
	href := attr(n, "href")
	if href == "" || href == "#" || strings.HasPrefix(strings.ToLower(href), "javascript:") || len(wordsOf(text(n))) == 0 {
		return
	}
	if u, err := r.base.Parse(strings.TrimSpace(href)); err == nil && !(u.Path == r.base.Path && inHeading(n)) {
		r.links = append(r.links, u.String())
	}
}

// row notes the cells of a row with several.
func (r *reader) row(n *html.Node) {
	var cells []string
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.DataAtom == atom.Td || c.DataAtom == atom.Th {
			if w := wordsOf(text(c)); len(w) > 0 {
				cells = append(cells, strings.Join(w, " "))
			}
		}
	}
	if len(cells) > 1 {
		r.rows = append(r.rows, strings.Join(cells, cellEnd))
	}
}

// cellEnd parts the cells of a row.
const cellEnd = "\n"

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// inline are the elements within a word.
var inline = []atom.Atom{atom.A, atom.Abbr, atom.Acronym, atom.B, atom.Big, atom.Cite, atom.Code, atom.Del, atom.Dfn, atom.Em, atom.Font, atom.I, atom.Ins, atom.Kbd,
	atom.Mark, atom.Q, atom.S, atom.Samp, atom.Small, atom.Span, atom.Strong, atom.Sub, atom.Sup, atom.Tt, atom.U, atom.Var, atom.Wbr, 0}

// text returns what a reader sees of n, elements that begin a line apart.
func text(n *html.Node) string {
	var b strings.Builder
	var visit func(*html.Node)
	visit = func(n *html.Node) {
		switch {
		case n.Type == html.TextNode:
			b.WriteString(n.Data)
		case n.Type == html.ElementNode || n.Type == html.DocumentNode:
			apart := n.Type == html.DocumentNode || !slices.Contains(inline, n.DataAtom)
			if apart {
				b.WriteByte('\n')
			}
			for c := n.FirstChild; c != nil; c = c.NextSibling {
				visit(c)
			}
			if apart {
				b.WriteByte('\n')
			}
		}
	}
	visit(n)
	return b.String()
}

var invisible = strings.NewReplacer("\u200b", "", "\u00ad", "", "\u2060", "", "\ufeff", "")

func wordsOf(s string) []string {
	return strings.FieldsFunc(strings.ToLower(invisible.Replace(s)), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// codeOf returns the text of a block of code without blanks at the ends of
// lines and empty lines around it. A block element or a br ends a line.
func codeOf(n *html.Node) string {
	var b strings.Builder
	fresh := func() {
		if s := b.String(); s != "" && !strings.HasSuffix(s, "\n") {
			b.WriteByte('\n')
		}
	}
	var visit func(*html.Node)
	visit = func(n *html.Node) {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			switch {
			case c.Type == html.TextNode:
				b.WriteString(strings.ReplaceAll(c.Data, "\u00a0", " "))
			case c.DataAtom == atom.Br:
				if next := c.NextSibling; next == nil || next.Type != html.TextNode || !strings.HasPrefix(next.Data, "\n") {
					b.WriteByte('\n')
				}
			case c.DataAtom == atom.Div || c.DataAtom == atom.P:
				fresh()
				at := b.Len()
				visit(c)
				if b.Len() == at {
					b.WriteByte('\n')
				}
				fresh()
			default:
				visit(c)
			}
		}
	}
	visit(n)
	lines := strings.Split(invisible.Replace(b.String()), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \t\r")
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}

// dropHidden takes the lines that mdBook hides out of Rust code, where they stand behind a "# ".
func dropHidden(n *html.Node) {
	if n.DataAtom == atom.Code && attr(n, "class") == "language-rust" && n.FirstChild != nil {
		lines := strings.SplitAfter(n.FirstChild.Data, "\n")
		n.FirstChild.Data = strings.Join(slices.DeleteFunc(lines, func(l string) bool {
			return strings.HasPrefix(l, "# ") || l == "#\n" || l == "#"
		}), "")
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		dropHidden(c)
	}
}
