package markdown

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// rewriteMath turns every formula of the region into one mathTag with its TeX, whichever of the usual renderings the
// page has of it, so that it appears once.
func (x *extraction) rewriteMath() {
	for _, n := range findAll(x.region, isMath) {
		tex, display := texOf(n)
		if tex == "" {
			continue
		}
		kind := ""
		if display {
			kind = "block"
		}
		replace(n, element(mathTag, "tex", tex, "display", kind))
	}
	if x.index.tex != nil {
		x.rewriteTeX(x.region)
	}
}

func isMath(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Math:
		return true
	case atom.Script:
		return strings.HasPrefix(attr(n, "type"), "math/tex")
	case atom.Span, atom.Div:
		return hasClass(n, "katex-display", "katex", "mwe-math-element", "math", "arithmatex", "MathJax", "MathJax_Display", "katex-block")
	case atom.Img:
		return hasClass(n, "mwe-math-fallback-image-inline", "mwe-math-fallback-image-display", "tex", "latex") && attr(n, "alt") != ""
	}
	return n.Data == "mjx-container" || n.Data == "math"
}

// texOf finds the TeX source of a formula and whether it stands on a line of its own.
func texOf(n *html.Node) (tex string, display bool) {
	display = hasClass(n, "katex-display", "MathJax_Display", "katex-block", "mwe-math-fallback-image-display") || attr(n, "display") == "block" || attr(n, "display") == "true" ||
		strings.Contains(attr(n, "type"), "mode=display") || hasClass(n, "math", "arithmatex") && isElement(n, atom.Div) || hasClass(n, "display") && hasClass(n, "math")
	if note := find(n, func(c *html.Node) bool { return c.Data == "annotation" && strings.Contains(attr(c, "encoding"), "tex") }); note != nil {
		return strings.TrimSpace(rawText(note)), display || isDisplayMath(n)
	}
	if m := mathElement(n); m != nil {
		display = display || isDisplayMath(n)
		if tex := first(attr(m, "alttext"), attr(m, "data-tex"), attr(m, "data-latex")); tex != "" {
			return trimStyle(tex), display
		}
		return squeeze(mathML(m)), display
	}
	if isElement(n, atom.Img) {
		return trimStyle(attr(n, "alt")), display
	}
	if s := find(n, func(c *html.Node) bool { return isElement(c, atom.Script) }); s != nil {
		return strings.TrimSpace(rawText(s)), display || strings.Contains(attr(s, "type"), "mode=display")
	}
	tex = strings.TrimSpace(rawText(n))
	for _, d := range [][2]string{{`\(`, `\)`}, {`\[`, `\]`}, {"$$", "$$"}, {"$", "$"}} {
		if strings.HasPrefix(tex, d[0]) && strings.HasSuffix(tex, d[1]) && len(tex) > len(d[0])+len(d[1]) {
			return strings.TrimSpace(tex[len(d[0]) : len(tex)-len(d[1])]), display || d[0] == `\[` || d[0] == "$$"
		}
	}
	if isElement(n, atom.Script) {
		return tex, display
	}
	return "", false
}

func isDisplayMath(n *html.Node) bool {
	m := mathElement(n)
	return m != nil && attr(m, "display") == "block"
}

func mathElement(n *html.Node) *html.Node {
	if n.Data == "math" {
		return n
	}
	return find(n, func(c *html.Node) bool { return c.Data == "math" })
}

// trimStyle drops the wrapper MediaWiki puts around a formula.
func trimStyle(tex string) string {
	tex = strings.TrimSpace(tex)
	if inner, ok := strings.CutPrefix(tex, `{\displaystyle `); ok && strings.HasSuffix(inner, "}") {
		return strings.TrimSpace(inner[:len(inner)-1])
	}
	return tex
}

func rawText(n *html.Node) string {
	var b strings.Builder
	walk(n, func(c *html.Node) bool {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
		return true
	})
	return b.String()
}

// mathML writes presentation MathML as TeX, for formulas that come without their source.
func mathML(n *html.Node) string {
	if n.Type == html.TextNode {
		return squeeze(n.Data)
	}
	var parts []string
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if s := mathML(c); s != "" {
			parts = append(parts, s)
		}
	}
	arg := func(i int) string {
		if i < len(parts) {
			return "{" + parts[i] + "}"
		}
		return "{}"
	}
	switch n.Data {
	case "mfrac":
		return `\frac` + arg(0) + arg(1)
	case "msqrt":
		return `\sqrt{` + strings.Join(parts, " ") + "}"
	case "mroot":
		return `\sqrt[` + strings.Trim(arg(1), "{}") + "]" + arg(0)
	case "msup", "mover":
		return arg(0) + "^" + arg(1)
	case "msub", "munder":
		return arg(0) + "_" + arg(1)
	case "msubsup", "munderover":
		return arg(0) + "_" + arg(1) + "^" + arg(2)
	case "mtext":
		return `\text{` + strings.Join(parts, " ") + "}"
	case "mtr":
		return strings.Join(parts, " & ")
	case "mtable":
		return `\begin{matrix} ` + strings.Join(parts, ` \\ `) + ` \end{matrix}`
	case "annotation", "annotation-xml", "mspace", "mphantom":
		return ""
	}
	return strings.Join(parts, " ")
}
