package gate

import "strings"

// Sources tell what a text may refer to.
type Sources interface {
	// Address returns an address as it is to be written, and whether a text may
	// link to it. Addresses.Find does so.
	Address(dest string) (string, bool)
	// Cite returns the number under which a source is shown, and whether there
	// is one of that number; it counts as cited.
	Cite(n int) (int, bool)
}

// Gate passes one text. It is not safe for use by several goroutines.
type Gate struct {
	src  Sources
	kind kind

	Invented []int // numbers that were cited and do not exist
	Removed  int   // addresses that were taken out

	state
}

// state is what a text leaves behind for what follows in it.
type state struct {
	clean cleaner
	in    []byte // cleaned, of the last piece
	line  []byte // begin of a line that is not understood yet
	whole bool   // it is understood only when it has ended
	rest  rest   // what the rest of the running line is

	containers []container
	leaf       leaf
	code       codeBlock
	columns    int // of the table
	para       paragraph
	layout

	out    []byte // to be let go of
	last   byte   // that was written
	prev   rune   // that a reader sees before what comes next
	bol    bool   // a block could begin here
	label  bool   // a citation begins the line, and a colon would define it
	digits bool   // only digits stand before this in the line
	pend   string // white space before what comes next
	opened int    // where in out a mark was opened
}

// rest is what the rest of a line belongs to.
type rest int

const (
	restUnknown rest = iota
	restText
	restCode
)

// kind tells what a number in brackets is.
type kind int

const (
	answer kind = iota // a citation
	aside              // nothing
	quote              // of another text's sources
)

// New returns a gate for an answer.
func New(src Sources) *Gate { return &Gate{src: src} }

// Aside returns a gate for text beside an answer, such as a model's thoughts,
// in which a number in brackets cites nothing.
func Aside(src Sources) *Gate { return &Gate{src: src, kind: aside} }

// Quote returns a gate for what is quoted from a source, whose numbers in
// brackets must not be taken for citations of the answer.
func Quote(src Sources) *Gate { return &Gate{src: src, kind: quote} }

// maxLine bounds a line that has to be read whole: longer ones, which are no
// row of a table that anybody reads, are cut.
const maxLine = 16 << 10

// Write returns what may be shown of the text so far.
func (g *Gate) Write(s string) string {
	g.in = g.clean.write(g.in[:0], s)
	g.feed(g.in)
	return g.take()
}

// Close returns the rest. The gate is then ready for another text.
func (g *Gate) Close() string {
	g.feed(g.clean.close(nil))
	if len(g.line) > 0 {
		g.begin(g.line, true)
	}
	g.settle(0, nil)
	out := g.take()
	g.Reset()
	return out
}

// Reset forgets the text, for one that begins anew.
func (g *Gate) Reset() { g.state = state{} }

func (g *Gate) take() string {
	s := string(g.out)
	g.out, g.opened = g.out[:0], 0
	return s
}

// feed reads cleaned text.
func (g *Gate) feed(s []byte) {
	for len(s) > 0 {
		n, eol := len(s), false
		for i, c := range s {
			if c == '\n' {
				n, eol = i, true
				break
			}
		}
		part := s[:n]
		switch g.rest {
		case restText:
			g.para.buf = append(g.para.buf, part...)
			g.scan()
		case restCode:
			g.raw(part)
		default:
			if room := maxLine - len(g.line); n > room {
				for room > 0 && s[room]&0xc0 == 0x80 {
					room--
				}
				part, n, eol = s[:room], room, true
			}
			g.line = append(g.line, part...)
			cut := eol && n < len(s) && s[n] != '\n'
			if (eol || !g.whole) && g.begin(g.line, eol) {
				g.line, g.whole = g.line[:0], false
			}
			if cut {
				g.rest = restUnknown
				s = s[n:]
				continue
			}
		}
		if eol {
			g.rest = restUnknown
			n++
		}
		s = s[n:]
	}
}

// write adds to what is let go of.
func (g *Gate) write(s string) {
	if s != "" {
		g.out = append(g.out, s...)
		g.last = s[len(s)-1]
		g.bol, g.digits, g.label = false, false, false
	}
}

// raw adds code, which ends no line.
func (g *Gate) raw(s []byte) { g.write(string(s)) }

// place is where something is written.
type place struct {
	out         int
	last        byte
	prev        rune
	bol, digits bool
}

func (g *Gate) place() place { return place{len(g.out), g.last, g.prev, g.bol, g.digits} }

// back takes back what was written since.
func (g *Gate) back(p place) {
	g.out = g.out[:p.out]
	g.last, g.prev, g.bol, g.digits = p.last, p.prev, p.bol, p.digits
}

// ready writes the white space that is due.
func (g *Gate) ready() {
	pend := g.pend
	g.pend = ""
	if i := strings.IndexByte(pend, '\n'); i >= 0 {
		g.write(pend[:i])
		g.newline()
	} else if !g.bol {
		g.write(pend)
	}
}
