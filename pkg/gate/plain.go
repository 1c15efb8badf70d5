package gate

import (
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// Text writes one line of plain text as Markdown in which nothing is markup,
// to stand inside of a text that the caller writes.
func Text(src Sources, s string) string {
	g := Aside(src)
	var p plain
	p.add(oneLine(s), false)
	g.prev = ' '
	g.text(p, context{link: true, heading: true, table: true}, true)
	return g.take()
}

// Link writes a link, or its text where the address is not allowed.
func Link(src Sources, s, dest string) string {
	s = Text(src, s)
	if addr, ok := src.Address(dest); ok && s != "" {
		return "[" + s + "](" + destination(addr) + ")"
	}
	return s
}

// Plain returns at most size characters of a text as one line for a place that
// shows plain text, such as a title: without marks or addresses, so that it
// reads the same where it is rendered after all.
func Plain(src Sources, s string, size int) string {
	if len(s) > 8*size+maxHeld {
		s = s[:8*size+maxHeld]
	}
	line := []byte(oneLine(s))
	var p plain
	collect(&p, inlines.Parse(text.NewReader(line)), line)
	out := string(p.s)
	for range 4 { // what is left may be one again
		next := unmarked(strings.Join(strings.Fields(unlinked(src, out)), " "))
		if next == out {
			break
		}
		out = next
	}
	if nextAddress([]byte(out), 0, false).from >= 0 {
		return removed
	}
	if utf8.RuneCountInString(out) > size {
		out = strings.TrimRight(string([]rune(out)[:size-1]), " ") + "…"
	}
	return out
}

// unlinked writes addresses so that they are none.
func unlinked(src Sources, s string) string {
	var b strings.Builder
	for {
		a := nextAddress([]byte(s), 0, false)
		if a.from < 0 {
			return b.String() + s
		}
		b.WriteString(s[:a.from] + shownAddress(src, s[a.from:a.to]))
		s = s[a.to:]
	}
}

func oneLine(s string) string { return strings.Join(strings.Fields(Clean(s)), " ") }

// collect adds what a reader of a node sees.
func collect(p *plain, n ast.Node, src []byte) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			if n.Kind() == ast.KindCodeSpan {
				p.add(string(c.Segment.Value(src)), false)
			} else {
				p.decode(c.Segment.Value(src))
			}
		case *ast.AutoLink:
			p.add(string(c.Label(src)), false)
		case *ast.RawHTML:
			for i := range c.Segments.Len() {
				s := c.Segments.At(i)
				p.add(string(s.Value(src)), false)
			}
		default:
			collect(p, c, src)
		}
	}
}

// shownAddress returns what a title shows of an address, which no renderer
// makes a link of.
func shownAddress(src Sources, addr string) string {
	if _, ok := src.Address(addr); !ok && !harmless(addr) {
		return removed
	}
	if i := strings.LastIndex(addr, "//"); i >= 0 {
		addr = addr[i+2:]
	}
	for len(addr) > 4 && strings.EqualFold(addr[:4], "www.") {
		addr = addr[4:]
	}
	return strings.ReplaceAll(strings.ReplaceAll(addr, "@", " at "), ":", " ")
}

// unmarked replaces what is markup somewhere.
func unmarked(s string) string {
	s = strings.TrimLeft(s, "#>+-=|:*~` ")
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	if n > 0 && n < len(s) && (s[n] == '.' || s[n] == ')') && (n+1 == len(s) || s[n+1] == ' ') {
		s = s[:n] + ":" + s[n+1:]
	}
	var b strings.Builder
	for i, r := range s {
		next := byte(' ')
		if i+1 < len(s) {
			next = s[i+1]
		}
		switch r {
		case '[', '【', '［':
			r = '('
		case ']', '】', '］':
			r = ')'
		case '<':
			r = '‹'
		case '>':
			r = '›'
		case '|':
			r = '¦'
		case '`':
			r = '\''
		case '*':
			r = '∗'
		case '~':
			r = '∼'
		case '\\':
			if !isAlnum(next) {
				r = '/'
			}
		case '_':
			if i == 0 || !isAlnum(s[i-1]) || !isAlnum(next) {
				r = '‗'
			}
		case '&':
			if next == '#' || isAlnum(next) {
				r = '＆'
			}
		}
		b.WriteRune(r)
	}
	return strings.TrimSpace(b.String())
}
