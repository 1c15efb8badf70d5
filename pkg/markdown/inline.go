package markdown

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// writeLine writes a line of text. Where delimiters would not be read as such, HTML stands for them.
func (p *printer) writeLine(w *bytes.Buffer, line []token) {
	p.settleMarks(line)
	for i, t := range line {
		switch t.kind {
		case textToken:
			p.text(w, t.text, p.opening(line, i+1))
		case codeToken:
			writeCode(w, t.text)
		case rawToken:
			w.WriteString(t.text)
		case imageToken:
			p.image(w, t)
		case breakToken:
			if p.cell {
				w.WriteString("<br>")
			} else {
				w.WriteString("  \n")
			}
		case openToken:
			p.openMark(w, t.mark)
		case closeToken:
			p.closeMark(w, t.mark)
		}
	}
}

func (p *printer) openMark(w *bytes.Buffer, m *mark) {
	switch {
	case m.tag == "a":
		p.link++
		w.WriteByte('[')
	case m.delimiter() != "":
		w.WriteString(m.delimiter())
		p.struck = p.struck || m.tag == "del"
	default:
		w.WriteString("<" + m.tag + ">")
	}
}

func (p *printer) closeMark(w *bytes.Buffer, m *mark) {
	switch {
	case m.tag == "a":
		p.link--
		w.WriteString("](" + target(m.href) + ")")
	case m.delimiter() != "":
		w.WriteString(m.delimiter())
		p.struck = p.struck && m.tag != "del"
	default:
		w.WriteString("</" + m.tag + ">")
	}
}

// target returns an address as it stands in a link: without parentheses that do not pair, and without what ends a link
// or starts code.
func target(href string) string {
	if strings.Count(href, "(") != strings.Count(href, ")") || strings.Contains(href, "((") {
		href = parentheses.Replace(href)
	}
	return strings.ReplaceAll(escapeRef(href), "`", "%60")
}

var parentheses = strings.NewReplacer("(", "%28", ")", "%29")

func (p *printer) image(w *bytes.Buffer, t token) {
	w.WriteString("![")
	in := printer{link: 1, cell: true}
	text, _, _ := collapse(t.text)
	in.text(w, text, ']')
	w.WriteString("](" + target(t.mark.href) + ")")
}

// writeCode writes inline code, fenced by more backticks than it contains.
func writeCode(w *bytes.Buffer, code string) {
	fence := strings.Repeat("`", longestRun(code, '`')+1)
	if len(fence) > 1 {
		code = " " + code + " "
	}
	w.WriteString(fence + code + fence)
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

// opening returns the byte that the token at i is written with first, 0 at the end of the line.
func (p *printer) opening(line []token, i int) byte {
	if i >= len(line) {
		return 0
	}
	if r := p.firstOf(line, i); r < utf8.RuneSelf {
		return byte(r)
	}
	return 'x'
}
