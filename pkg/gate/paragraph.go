package gate

import (
	"bytes"
	"unicode/utf8"

	"github.com/yuin/goldmark/util"
)

// paragraph is the text of one that is open, as far as it was not let go of.
type paragraph struct {
	buf    []byte
	at     int  // that was scanned
	line   int  // where its last line begins
	lines  int  // before the last one
	part   bool // of the last line was let go of
	header bool // the last line may be the header of a table, and waits
	noted  bool // that it is none
	white  bool // buf begins with white space, which is due before what follows
	hard   bool // a backslash stood before it
	word   int  // length of the word

	open // constructs
}

// open are the constructs that a place in a text lies in.
type open struct {
	escape  bool
	less    bool // a mark that could open a tag, just now
	tag     bool
	code    int // marks that opened a span
	square  int
	round   int    // in the destination of a link
	closed  bool   // a bracket, just now
	marks   [3]int // of emphasis
	run     byte   // mark of which there are several
	runs    int
	runPrev rune
	prev    rune
}

const (
	// maxHeld bounds what is held back for a construct that does not end: longer
	// than any link.
	maxHeld = 8 << 10
	// maxWord bounds a word, into which a space is put: longer than any address.
	maxWord = maxAddress
)

// goOn takes another line of a paragraph.
func (g *Gate) goOn(rest []byte) {
	p := &g.para
	g.noHeader()
	p.buf = append(p.buf, '\n')
	p.line, p.part, p.noted = len(p.buf), false, false
	p.lines++
	p.buf = append(p.buf, rest...)
	g.scan()
}

// noHeader lets go of a line that turned out to be no header of a table.
func (g *Gate) noHeader() {
	p := &g.para
	if p.header {
		p.header, p.noted = false, true
		p.at, p.open, p.word = 0, open{prev: ' '}, 0
		g.scan()
	}
}

// finish ends a paragraph.
func (g *Gate) finish() {
	g.noHeader()
	p := &g.para
	if rest := bytes.TrimRight(p.buf, " \t\n"); len(rest) > 0 {
		if p.white {
			g.white(len(p.buf) - len(bytes.TrimLeft(p.buf, " \t\n")))
			rest = bytes.TrimLeft(rest, " \t\n")
		}
		g.inline(rest, context{})
	}
	g.pend = ""
	g.para = paragraph{}
}

// scan follows the constructs of a paragraph and lets go of what is behind the
// last of them, word by word: where a text is cut depends on it alone.
func (g *Gate) scan() {
	p := &g.para
	for p.at < len(p.buf) {
		b := p.buf[p.at]
		space := b == ' ' || b == '\t' || b == '\n'
		if p.white {
			if space {
				p.at++
				continue
			}
			g.white(p.at)
		}
		r, n := rune(b), 1
		if b >= utf8.RuneSelf {
			r, n = utf8.DecodeRune(p.buf[p.at:])
		}
		p.endRun(r)
		switch free := p.free() && !p.header; {
		case space && free && p.at > 0:
			g.cut(p.at, true)
			continue
		case free && b >= utf8.RuneSelf && p.prev >= utf8.RuneSelf && p.at > 0 && !isBracket(r) && !isBracket(p.prev):
			g.cut(p.at, false)
			continue
		case free && p.word >= maxWord || p.at >= maxHeld:
			if p.header { // a line too long for one
				g.noHeader()
				continue
			}
			g.cut(p.at, false)
			g.pend = " "
			continue
		}
		if space {
			p.word = 0
		} else {
			p.word += n
		}
		if b == '|' && !p.escape && !p.noted && !p.header && (p.lines == 0 || p.at == p.line && !p.part) {
			p.header = true
		}
		p.read(r)
		p.prev = r
		p.at += n
	}
}

// white notes the white space at the begin of what is held.
func (g *Gate) white(n int) {
	p := &g.para
	s := p.buf[:n]
	if i := bytes.IndexByte(s, '\n'); i < 0 {
		g.pend = string(s)
	} else if p.hard || bytes.HasSuffix(s[:i], []byte("  ")) {
		g.pend = "  \n"
	} else {
		g.pend = "\n"
	}
	g.prev = ' '
	p.white, p.hard = false, false
	p.drop(n)
}

// cut lets go of what is before a place, where white space may follow.
func (g *Gate) cut(at int, white bool) {
	p := &g.para
	s := p.buf[:at]
	if white && p.buf[at] == '\n' && p.escape {
		s, p.hard = s[:at-1], true
	}
	if len(s) > 0 {
		g.inline(s, context{})
	}
	p.white = white
	p.drop(at)
	prev := p.prev
	p.open, p.word = open{prev: prev}, 0
	if white {
		p.prev = ' '
	}
}

func (p *paragraph) drop(n int) {
	p.buf = p.buf[n:]
	p.at = 0
	if p.line -= n; p.line < 0 {
		p.line, p.part = 0, true
	}
}

// free reports whether no construct is open.
func (o *open) free() bool {
	return o.code == 0 && !o.tag && o.square == 0 && o.round == 0 && o.marks == [3]int{}
}

func isBracket(r rune) bool { return r == '【' || r == '】' || r == '［' || r == '］' }

const emphasis = "*_~"

// endRun reads several marks, before r.
func (o *open) endRun(r rune) {
	if o.runs == 0 || r == rune(o.run) {
		return
	}
	n := o.runs
	o.runs = 0
	if o.run == '`' {
		switch o.code {
		case 0:
			o.code = n
		case n:
			o.code = 0
		}
		return
	}
	space, punct := util.IsSpaceRune(r), util.IsPunctRune(r)
	spaceBefore, punctBefore := o.runPrev == 0 || util.IsSpaceRune(o.runPrev), util.IsPunctRune(o.runPrev)
	left := !space && (!punct || spaceBefore || punctBefore)
	right := !spaceBefore && (!punctBefore || space || punct)
	if o.run == '_' {
		left, right = left && (!right || punctBefore), right && (!left || punct)
	}
	m := &o.marks[bytes.IndexByte([]byte(emphasis), o.run)]
	if right && *m > 0 {
		if n <= *m || !left {
			*m = max(0, *m-n)
			return
		}
		n -= *m
		*m = 0
	}
	if left {
		*m += n
	}
}

// read follows one character.
func (o *open) read(r rune) {
	closed, less := o.closed, o.less
	o.closed, o.less = false, r == '<' && !o.escape && o.code == 0
	switch {
	case r == '`' && !o.tag && (!o.escape || o.code > 0), o.code == 0 && !o.escape && !o.tag && o.round == 0 && (r == '*' || r == '_' || r == '~'):
		if o.runs == 0 {
			o.run, o.runPrev = byte(r), o.prev
		}
		o.runs++
	case o.code > 0:
	case o.escape:
	case r == '\\':
		o.escape = true
		return
	case o.tag:
		o.tag = r != '>'
	case less && (r < utf8.RuneSelf && isAlnum(byte(r)) || r == '/' || r == '!' || r == '?'):
		o.tag = true
	case o.round > 0:
		switch r {
		case '(':
			o.round++
		case ')':
			o.round--
		}
	case r == '[' || r == '【' || r == '［':
		o.square++
	case r == ']' || r == '】' || r == '］':
		o.closed = o.square > 0
		o.square = max(0, o.square-1)
	case r == '(' && closed:
		o.round = 1
	}
	o.escape = false
}
