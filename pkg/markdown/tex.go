package markdown

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// texReader finds the formulas in the text of a page whose scripts typeset them, by the delimiters that MathJax and KaTeX
// read unless told otherwise.
type texReader struct {
	dollars bool // the page asks for single dollars too
}

var dollarSetting = regexp.MustCompile(`\[\s*["']\$["']|left:\s*["']\$["']`)

// readTeX notes whether a script typesets the formulas in the page's text.
func (ix *index) readTeX(script *html.Node) {
	src, text := strings.ToLower(attr(script, "src")), ""
	if script.FirstChild != nil && src == "" {
		text = script.FirstChild.Data
	}
	if !strings.Contains(src, "mathjax") && !strings.Contains(src, "katex") && !strings.Contains(text, "MathJax") && !strings.Contains(text, "katex") &&
		!strings.Contains(text, "renderMathInElement") {
		return
	}
	if ix.tex == nil {
		ix.tex = new(texReader)
	}
	ix.tex.dollars = ix.tex.dollars || dollarSetting.MatchString(text)
}

// formulaAt is a formula in a text.
type formulaAt struct {
	start, end int // with its delimiters
	tex        string
	display    bool
}

// find returns the formulas in text in order. A delimiter that is not closed opens nothing.
func (t *texReader) find(text string) []formulaAt {
	var out []formulaAt
	unclosed := make(map[string]bool) // what does not close any more from here on
	for i := 0; i < len(text); {
		j := strings.IndexAny(text[i:], `\$`)
		if j < 0 {
			break
		}
		i += j
		open, end := t.delimiters(text[i:])
		if open == "" || unclosed[end] {
			i += max(1, len(open))
			if open == "" && i < len(text) && text[i-1] == '\\' {
				i++ // what a backslash stands before opens nothing
			}
			continue
		}
		size := strings.Index(text[i+len(open):], end)
		if size < 0 {
			unclosed[end] = true
			i += len(open)
			continue
		}
		f := formulaAt{start: i, end: i + len(open) + size + len(end), tex: text[i+len(open) : i+len(open)+size], display: open != "$" && open != `\(`}
		if strings.TrimSpace(f.tex) == "" || open == "$" && f.tex != strings.TrimSpace(f.tex) {
			i += len(open)
			continue
		}
		if strings.HasPrefix(open, `\b`) {
			f.tex = text[f.start:f.end]
		}
		out = append(out, f)
		i = f.end
	}
	return out
}

// delimiters returns what opens a formula at the start of s, and what closes it.
func (t *texReader) delimiters(s string) (open, end string) {
	switch {
	case strings.HasPrefix(s, `\(`):
		return `\(`, `\)`
	case strings.HasPrefix(s, `\[`):
		return `\[`, `\]`
	case strings.HasPrefix(s, "$$"):
		return "$$", "$$"
	case t.dollars && s[0] == '$':
		return "$", "$"
	case strings.HasPrefix(s, `\begin{`):
		name, _, ok := strings.Cut(s[len(`\begin{`):min(len(s), 20)], "}")
		if ok && displayed[strings.TrimSuffix(name, "*")] {
			return `\begin{` + name + "}", `\end{` + name + "}"
		}
	}
	return "", ""
}

// displayed are the environments that need no delimiters.
var displayed = set("equation align gather multline eqnarray")

// rewriteTeX makes the formulas in the text below n elements. A formula may run over line breaks, not over other
// elements.
func (x *extraction) rewriteTeX(n *html.Node) {
	if isElement(n, atom.Pre, atom.Code, atom.Kbd, atom.Samp, atom.Script, atom.Textarea) || n.Data == mathTag || hasClass(n, "tex2jax_ignore", "mathjax_ignore") {
		return
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.TextNode {
			c = x.texRun(c)
		} else {
			x.rewriteTeX(c)
		}
	}
}

// lineMark stands for a br in the text of a run; the text of the page has none.
const lineMark = "\x00"

// texRun rewrites the run of texts and breaks that starts at n, and returns its last node.
func (x *extraction) texRun(n *html.Node) *html.Node {
	var b strings.Builder
	last := n
	for c := n; c != nil && (c.Type == html.TextNode || isElement(c, atom.Br)); c = c.NextSibling {
		if last = c; c.Type == html.TextNode {
			b.WriteString(c.Data)
		} else {
			b.WriteString(lineMark)
		}
	}
	text := b.String()
	found := x.index.tex.find(text)
	if found == nil {
		return last
	}
	parent, after := n.Parent, last.NextSibling
	for c := n; c != after; {
		next := c.NextSibling
		remove(c)
		c = next
	}
	put := func(n *html.Node) { parent.InsertBefore(n, after); last = n }
	plain := func(s string) {
		for i, line := range strings.Split(s, lineMark) {
			if i > 0 {
				put(element("br"))
			}
			put(textNode(line))
		}
	}
	end := 0
	for _, f := range found {
		plain(text[end:f.start])
		display := ""
		if f.display {
			display = "block"
		}
		put(element(mathTag, "tex", strings.TrimSpace(strings.ReplaceAll(f.tex, lineMark, "\n")), "display", display))
		end = f.end
	}
	plain(text[end:])
	return last
}
