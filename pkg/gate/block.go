package gate

import (
	"bytes"
	"strings"
)

// leaf is the block that is open.
type leaf int

const (
	leafNone leaf = iota
	leafParagraph
	leafCode
	leafTable
)

// cursor reads a line by columns, since a tab may belong to two parts of it.
type cursor struct {
	l       []byte
	i, col  int
	columns int // of a tab that are left
}

// next returns where the next letter is.
func (c *cursor) next() int {
	i := c.i
	for i < len(c.l) && (c.l[i] == ' ' || c.l[i] == '\t') {
		i++
	}
	return i
}

func (c *cursor) blank() bool { return c.next() == len(c.l) }

// indent returns the columns before the next letter.
func (c *cursor) indent() int {
	n, col := c.columns, c.col
	for _, b := range c.l[c.i:c.next()] {
		w := 1
		if b == '\t' {
			w = 4 - col%4
		}
		n, col = n+w, col+w
	}
	return n
}

// skip takes up to n columns of white space.
func (c *cursor) skip(n int) {
	for n > 0 {
		switch {
		case c.columns > 0:
			c.columns--
			n--
		case c.i < len(c.l) && c.l[c.i] == ' ':
			c.i, c.col, n = c.i+1, c.col+1, n-1
		case c.i < len(c.l) && c.l[c.i] == '\t':
			c.columns = 4 - c.col%4
			c.col += c.columns
			c.i++
		default:
			return
		}
	}
}

// mark takes the white space and n letters behind it.
func (c *cursor) mark(n int) {
	c.skip(c.indent())
	c.i, c.col = c.i+n, c.col+n
}

// rest returns the line from here on.
func (c *cursor) rest() []byte {
	if c.columns > 0 {
		return append(bytes.Repeat([]byte{' '}, c.columns), c.l[c.i:]...)
	}
	return c.l[c.i:]
}

// start is what a line begins.
type start struct {
	matched int         // containers that go on
	opens   []container // that begin
	apply   func()      // writes the block; nil for text
	wait    bool        // more of the line is needed
	whole   bool        // all of it
}

// begin reads the begin of a line, and reports false while it could still be
// several things.
func (g *Gate) begin(l []byte, eol bool) bool {
	c := cursor{l: l}
	matched := g.match(&c)
	if c.blank() && !eol {
		return false
	}
	all := matched == len(g.containers)
	if g.leaf == leafCode && all && g.code.fence > 0 {
		return g.codeLine(c, eol)
	}
	if c.blank() {
		g.blankLine(matched)
		return true
	}
	if g.leaf == leafCode && all && c.indent() >= 4 {
		c.skip(4)
		return g.codeLine(c, eol)
	}
	s := g.starts(&c, eol, matched)
	if s.wait {
		g.whole = s.whole
		return false
	}
	if s.apply != nil {
		s.apply()
		return true
	}
	rest := l[c.next():]
	switch {
	case len(s.opens) == 0 && g.leaf == leafParagraph: // or lazily so
		g.goOn(rest)
	case len(s.opens) == 0 && g.leaf == leafTable && all:
		if !eol {
			g.whole = true
			return false
		}
		g.row(rest)
		return true
	default:
		task := ""
		if n := len(s.opens); n > 0 && s.opens[n-1].marker != "" && rest[0] == '[' {
			if len(rest) < 5 && !eol {
				return false
			}
			if len(rest) > 4 && strings.ContainsRune(" xX", rune(rest[1])) && rest[2] == ']' && rest[3] == ' ' && rest[4] != ' ' && rest[4] != '\t' {
				task, rest = string(rest[:4]), rest[4:]
			}
		}
		g.settle(s.matched, s.opens)
		g.block()
		g.write(task)
		g.leaf, g.para = leafParagraph, paragraph{}
		g.para.buf = append(g.para.buf, rest...)
		g.scan()
	}
	g.rest = restText
	return true
}

// match returns how many containers go on in a line.
func (g *Gate) match(c *cursor) int {
	for i, k := range g.containers {
		at := c.next()
		switch {
		case k.marker == "":
			if at == len(c.l) || c.indent() > 3 || c.l[at] != '>' {
				return i
			}
			c.mark(1)
			c.skip(1)
		case at == len(c.l):
			if !k.written { // an item begins with one blank line at most
				return i
			}
			c.skip(k.width)
		case c.indent() >= k.width:
			c.skip(k.width)
		default:
			return i
		}
	}
	return len(g.containers)
}

// starts reads the marks of containers and what block they hold.
func (g *Gate) starts(c *cursor, eol bool, matched int) start {
	s := start{matched: matched}
	for {
		inside := g.leaf == leafParagraph && matched == len(g.containers) && len(s.opens) == 0 // of a paragraph, by right
		at, indent := c.next(), c.indent()
		if at == len(c.l) { // an item or quotation with nothing in it yet
			if s.wait = !eol; eol {
				s.apply = func() { g.settle(matched, s.opens) }
			}
			return s
		}
		if indent >= 4 {
			if g.leaf != leafParagraph || len(s.opens) > 0 {
				c.skip(4)
				cc := *c
				s.apply = func() {
					g.settle(matched, s.opens)
					g.openCode('`', 0, indentedFence, "", 0)
					g.codeLine(cc, true)
					g.rest = restCode
				}
				if !eol && c.l[at] == '`' { // could end the fence
					s.wait, s.whole = true, true
				}
			}
			return s
		}
		text := c.l[at:]
		if inside && g.para.header {
			if bytes.IndexByte([]byte("|:-"), text[0]) >= 0 {
				if !eol {
					s.wait, s.whole = true, true
					return s
				}
				if cells := g.delimiters(text); cells != nil {
					s.apply = func() { g.table(cells) }
					return s
				}
			}
		}
		var done bool
		switch text[0] {
		case '#':
			done = g.heading(&s, text, eol)
		case '`', '~':
			done = g.fence(&s, text, indent, eol)
		case '=':
			done = inside && g.rule(&s, text, eol, 1)
		case '*', '-', '_':
			n := 3
			if inside && text[0] == '-' {
				n = 1
			}
			done = g.rule(&s, text, eol, n)
		}
		if done || s.wait {
			return s
		}
		if matched+len(s.opens) >= maxDepth {
			return s
		}
		if text[0] == '>' {
			c.mark(1)
			c.skip(1)
			s.opens = append(s.opens, container{})
			continue
		}
		n, wait := listMarker(text, eol)
		if s.wait = wait; wait || n == 0 {
			return s
		}
		in := *c
		in.mark(n)
		if in.blank() && !eol {
			s.wait = true
			return s
		}
		if inside && (in.blank() || isDigit(text[0]) && string(text[:n-1]) != "1") {
			return s
		}
		pad := in.indent()
		if pad > 4 || in.blank() {
			pad = 1
		}
		in.skip(pad)
		*c = in
		s.opens = append(s.opens, container{marker: string(text[:n]), width: indent + n + pad})
	}
}

// listMarker returns the length of the mark of an item, 0 for none.
func listMarker(text []byte, eol bool) (n int, wait bool) {
	if bytes.IndexByte([]byte("-+*"), text[0]) >= 0 {
		n = 1
	} else {
		for n < len(text) && n < 10 && isDigit(text[n]) {
			n++
		}
		if n == 0 || n > 9 {
			return 0, false
		}
		if n == len(text) {
			return 0, !eol
		}
		if text[n] != '.' && text[n] != ')' {
			return 0, false
		}
		n++
	}
	if n == len(text) {
		return n, !eol
	}
	if text[n] != ' ' && text[n] != '\t' {
		return 0, false
	}
	return n, false
}

// heading reads a heading with its marks before it.
func (g *Gate) heading(s *start, text []byte, eol bool) bool {
	n := 0
	for n < len(text) && text[n] == '#' {
		n++
	}
	if n > 6 || n < len(text) && text[n] != ' ' && text[n] != '\t' {
		return false
	}
	if !eol {
		s.wait, s.whole = true, n < len(text)
		return false
	}
	body := bytes.Trim(text[n:], " \t")
	if end := bytes.TrimRight(body, "#"); len(end) == 0 || bytes.HasSuffix(end, []byte(" ")) || bytes.HasSuffix(end, []byte("\t")) {
		body = bytes.TrimRight(end, " \t")
	}
	s.apply = func() {
		g.settle(s.matched, s.opens)
		g.block()
		g.write(strings.Repeat("#", n))
		if len(body) > 0 {
			g.write(" ")
			g.inline(body, context{heading: true})
			g.pend = ""
		}
	}
	return true
}

// rule reads a line of n marks or more. Below a paragraph the underline of a
// heading is one too, without spaces between.
func (g *Gate) rule(s *start, text []byte, eol bool, n int) bool {
	marks := bytes.TrimRight(text, " \t")
	count := bytes.Count(marks, text[:1])
	if count != len(marks) {
		n = 3
		if text[0] == '=' || count+bytes.Count(marks, []byte(" "))+bytes.Count(marks, []byte("\t")) != len(marks) {
			return false
		}
	}
	if !eol {
		s.wait = true
		return false
	}
	if count < n {
		return false
	}
	s.apply = func() {
		g.settle(s.matched, s.opens)
		g.block()
		g.write("***")
	}
	return true
}

// settle closes what a line ends and opens what it begins.
func (g *Gate) settle(matched int, opens []container) {
	g.closeLeaf()
	g.leave(matched)
	for _, k := range opens {
		g.open(k)
	}
}

func (g *Gate) blankLine(matched int) {
	if g.leaf == leafCode && matched == len(g.containers) {
		g.code.blank++
	} else {
		g.closeLeaf()
	}
	g.leave(matched)
	g.blank, g.blankIn = true, matched
}

func (g *Gate) closeLeaf() {
	switch g.leaf {
	case leafParagraph:
		g.finish()
	case leafCode:
		g.newline()
		g.write(strings.Repeat(string(g.code.mark), g.code.out))
	}
	g.leaf = leafNone
}
