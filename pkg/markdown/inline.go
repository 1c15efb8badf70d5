package markdown

import (
	"bytes"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// wrap writes the inline content of the nodes between open and end. White space at its edges goes outside, where
// Markdown needs it; where nothing else is inside, the marks are left out.
func (p *printer) wrap(w *bytes.Buffer, open, end string, nodes ...*html.Node) {
	start := w.Len()
	w.WriteString(open)
	for _, n := range nodes {
		p.children(w, n)
	}
	inner := w.Bytes()[start+len(open):]
	body := bytes.TrimLeft(inner, " \n")
	lead := len(body) < len(inner)
	body = bytes.TrimRight(body, " \n")
	broken := bytes.HasSuffix(inner, []byte("\n"))
	tail := bytes.HasSuffix(inner, []byte(" "))
	if lead || len(body) == 0 {
		body = bytes.Clone(body)
		w.Truncate(start)
		if lead {
			p.space(w)
		}
		if len(body) > 0 {
			w.WriteString(open)
			w.Write(body)
		}
	} else {
		w.Truncate(start + len(open) + len(body))
	}
	if len(body) > 0 {
		w.WriteString(end)
	}
	switch {
	case broken:
		p.breakLine(w)
	case tail:
		p.space(w)
	}
}

// emphasisMark returns the mark around the content of n, "" where n is no emphasis.
func emphasisMark(n *html.Node) string {
	switch n.DataAtom {
	case atom.Strong, atom.B:
		return "**"
	case atom.Em, atom.I:
		return "*"
	case atom.Del, atom.S, atom.Strike:
		return "~~"
	}
	return ""
}

// emphasis writes n together with the siblings right behind it that have the same mark, and returns the last: two runs
// of emphasis that touch would end each other. Inside emphasis of the same mark there is nothing to add.
func (p *printer) emphasis(w *bytes.Buffer, n *html.Node) *html.Node {
	mark, nodes := emphasisMark(n), []*html.Node{n}
	for next := n.NextSibling; next != nil && next.Type == html.ElementNode && emphasisMark(next) == mark; next = next.NextSibling {
		nodes = append(nodes, next)
		n = next
	}
	for outer := n.Parent; outer != nil && !isBlock(outer); outer = outer.Parent {
		if emphasisMark(outer) == mark {
			for _, n := range nodes {
				p.children(w, n)
			}
			return n
		}
	}
	p.wrap(w, mark, mark, nodes...)
	return n
}

// anchor writes an inline link. Its text stays on one line; an address in which parentheses do not pair has them
// escaped.
func (p *printer) anchor(w *bytes.Buffer, n *html.Node) {
	href := attr(n, "href")
	if href == "" {
		p.children(w, n)
		return
	}
	if strings.Count(href, "(") != strings.Count(href, ")") || strings.Contains(href, "((") {
		href = parentheses.Replace(href)
	}
	if b := w.Bytes(); len(b) > 0 && b[len(b)-1] == '!' {
		w.Truncate(len(b) - 1)
		w.WriteString(`\!`) // or it would be an image
	}
	p.link++
	start := w.Len()
	p.wrap(w, "[", "]("+href+")", n)
	p.link--
	start = min(start, w.Len()) // a link of a break alone ends the line before it, and the space there
	if !p.cell && bytes.IndexByte(w.Bytes()[start:], '\n') >= 0 {
		end := bytes.HasSuffix(w.Bytes(), []byte("\n"))
		text := bytes.Join(bytes.Fields(w.Bytes()[start:]), []byte(" "))
		w.Truncate(start)
		w.Write(text)
		if end {
			p.breakLine(w)
		}
	}
}

var parentheses = strings.NewReplacer("(", "%28", ")", "%29")

func (p *printer) image(w *bytes.Buffer, n *html.Node) {
	alt := strings.NewReplacer("[", `\[`, "]", `\]`, "\n", " ").Replace(attr(n, "alt"))
	src := attr(n, "src")
	if strings.Count(src, "(") != strings.Count(src, ")") {
		src = parentheses.Replace(src)
	}
	w.WriteString("![" + alt + "](" + src + ")")
}

// inlineCode writes n together with the code right behind it, and returns the last: two pieces that touch would be
// read as one with backticks in it. The text is fenced by more backticks than it contains.
func (p *printer) inlineCode(w *bytes.Buffer, n *html.Node) *html.Node {
	var text strings.Builder
	text.WriteString(rawText(n))
	for n.NextSibling != nil && n.NextSibling.Data == inlineCodeTag {
		n = n.NextSibling
		text.WriteString(rawText(n))
	}
	code := strings.Join(strings.Fields(text.String()), " ")
	if code == "" {
		return n
	}
	fence := strings.Repeat("`", longestRun(code, '`')+1)
	if len(fence) > 1 {
		code = " " + code + " "
	}
	w.WriteString(fence + code + fence)
	return n
}

func longestRun(s string, c byte) int {
	longest, run := 0, 0
	for i := 0; i < len(s); i++ {
		if s[i] == c {
			run++
			longest = max(longest, run)
		} else {
			run = 0
		}
	}
	return longest
}
