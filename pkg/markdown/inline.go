package markdown

import (
	"bytes"
	"strings"
	"unicode"
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
	w.WriteString("](" + target(t.href) + ")")
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

// settleMarks makes HTML of the marks whose delimiters CommonMark would not read as they are meant, between the
// characters that they stand between. Each such change changes what the delimiters beside it stand between.
func (p *printer) settleMarks(line []token) {
	for again, rounds := true, 0; again; rounds++ {
		again = false
		open := make(map[byte]int) // marks by their delimiter
		for i := 0; i < len(line); {
			d := delimiterOf(line[i])
			j := i + 1
			opens, closes := line[i].kind == openToken, line[i].kind == closeToken
			for j < len(line) && d != 0 && delimiterOf(line[j]) == d {
				opens, closes = opens || line[j].kind == openToken, closes || line[j].kind == closeToken
				j++
			}
			before, after := p.lastOf(line, i-1), p.firstOf(line, j)
			clear, _ := flanks(before, after)
			closing, mayClose := flanks(after, before)
			switch {
			case d == 0:
				clear = true
			case opens && closes, d == '~' && (before == '~' || after == '~'), rounds > 3:
				clear = false
			case opens:
				clear = clear && (open[d] == 0 || !mayClose)
				open[d] += j - i
			default:
				clear = closing
				open[d] -= j - i
			}
			if !clear {
				for _, t := range line[i:j] {
					if t.kind == openToken || !opens {
						t.mark.asHTML, again = true, true
					}
				}
			}
			i = j
		}
	}
}

// delimiterOf returns the character that the delimiter of t consists of, 0 where t has none.
func delimiterOf(t token) byte {
	if t.kind != openToken && t.kind != closeToken || t.mark.delimiter() == "" {
		return 0
	}
	return t.mark.delimiter()[0]
}

// flanks reports whether a run of delimiters opens between the two characters, or closes when they are given the other
// way round. Versions of CommonMark differ in whether symbols are punctuation: it does surely where both say so, and may
// where one does.
func flanks(outer, inner rune) (surely, may bool) {
	if unicode.IsSpace(inner) {
		return false, false
	}
	loose := unicode.IsSpace(outer)
	one := !unicode.IsPunct(inner) || loose || unicode.IsPunct(outer)
	other := !isPunctuation(inner) || loose || isPunctuation(outer)
	return one && other, one || other
}

func isPunctuation(r rune) bool { return unicode.IsPunct(r) || unicode.IsSymbol(r) }

// firstOf returns the first character that the tokens from i on are written with, a space at the end of the line.
func (p *printer) firstOf(line []token, i int) rune {
	if i >= len(line) {
		return ' '
	}
	switch t := line[i]; t.kind {
	case textToken, rawToken:
		r, _ := utf8.DecodeRuneInString(t.text)
		return r
	case codeToken:
		return '`'
	case imageToken:
		return '!'
	case breakToken:
		if p.cell {
			return '<'
		}
		return ' '
	default:
		switch {
		case t.mark.delimiter() != "":
			return rune(t.mark.delimiter()[0])
		case t.mark.tag == "a" && t.kind == openToken:
			return '['
		case t.mark.tag == "a":
			return ']'
		}
		return '<'
	}
}

// lastOf returns the last character that the tokens up to i are written with, a space at the start of the line.
func (p *printer) lastOf(line []token, i int) rune {
	if i < 0 {
		return ' '
	}
	switch t := line[i]; t.kind {
	case textToken, rawToken:
		r, _ := utf8.DecodeLastRuneInString(t.text)
		return r
	case codeToken:
		return '`'
	case imageToken:
		return ')'
	case breakToken:
		if p.cell {
			return '>'
		}
		return ' '
	default:
		switch {
		case t.mark.delimiter() != "":
			return rune(t.mark.delimiter()[0])
		case t.mark.tag == "a" && t.kind == openToken:
			return '['
		case t.mark.tag == "a":
			return ')'
		}
		return '>'
	}
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
