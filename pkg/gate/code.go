package gate

import (
	"bytes"
	"strings"
)

// codeBlock is a block of code. What is indented is written with a fence.
type codeBlock struct {
	mark   byte
	fence  int // marks of the source's fence; 0 where it is indented
	out    int // marks of the one that was written
	indent int // of the source's fence
	blank  int // lines before the next one
}

// indentedFence is how many marks a block gets that had no fence: more than what
// it may quote has.
const indentedFence = 5

// longestFence is more marks than any text in a block needs.
const longestFence = 32

// fence reads the begin of a block of code.
func (g *Gate) fence(s *start, text []byte, indent int, eol bool) bool {
	n := 0
	for n < len(text) && text[n] == text[0] {
		n++
	}
	if n < len(text) && n < 3 {
		return false
	}
	if !eol {
		s.wait, s.whole = true, n < len(text)
		return false
	}
	info := bytes.TrimLeft(text[n:], " \t")
	if n < 3 || text[0] == '`' && bytes.IndexByte(info, '`') >= 0 {
		return false
	}
	mark := text[0]
	s.apply = func() {
		g.settle(s.matched, s.opens)
		g.openCode(mark, n, min(n, longestFence), language(info), indent)
	}
	return true
}

func (g *Gate) openCode(mark byte, fence, out int, lang string, indent int) {
	g.block()
	g.leaf, g.code = leafCode, codeBlock{mark: mark, fence: fence, out: out, indent: indent}
	g.write(strings.Repeat(string(mark), out) + lang)
}

// language returns the language of a block. Those that clients draw instead of
// showing, and that can load something, are left out.
func language(info []byte) string {
	n := 0
	for n < len(info) && n < 32 && (isAlnum(info[n]) || strings.IndexByte("+-_.#", info[n]) >= 0) {
		n++
	}
	lang := string(info[:n])
	switch strings.ToLower(lang) {
	case "mermaid", "plantuml", "puml", "dot", "graphviz", "d2", "vega", "vega-lite", "geojson", "topojson", "svg", "math", "katex", "latex", "html-preview":
		return ""
	}
	return lang
}

// codeLine reads a line of a block of code, behind what its containers take.
func (g *Gate) codeLine(c cursor, eol bool) bool {
	at, indent := c.next(), c.indent()
	marks := 0
	if at < len(c.l) && c.l[at] == g.code.mark && indent-min(indent, g.code.indent) < 4 {
		if !eol {
			g.whole = true
			return false
		}
		end := bytes.TrimRight(c.l[at:], " \t")
		if marks = bytes.Count(end, []byte{g.code.mark}); marks != len(end) {
			marks = 0
		}
	}
	if g.code.fence > 0 && marks >= g.code.fence && indent < 4 {
		g.closeLeaf()
		return true
	}
	for ; g.code.blank > 0; g.code.blank-- {
		g.emptyLine(len(g.containers))
	}
	c.skip(min(indent, g.code.indent))
	line := c.rest()
	if len(line) == 0 {
		g.emptyLine(len(g.containers))
		return true
	}
	g.newline()
	if marks >= g.code.out { // would end the fence that was written
		g.write("    ")
	}
	g.raw(line)
	g.rest = restCode
	return true
}
