package terminal

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"golang.org/x/term"
)

// Fallback sizes where the terminal does not tell its own.
const (
	defaultWidth  = 80
	defaultHeight = 24
	maxWidth      = 100 // longer lines of prose are hard to read
)

// Output is where a command writes: a terminal, or anything else.
type Output struct {
	io.Writer
	Color bool // styles are wanted
	Live  bool // the cursor can be moved: progress may be redrawn in place

	size func() (width, height int)
}

// New returns the output for a file. NO_COLOR, CLICOLOR=0 and TERM=dumb are
// honoured; CLICOLOR_FORCE asks for styles on a pipe as well.
func New(f *os.File) *Output {
	tty := term.IsTerminal(int(f.Fd())) && os.Getenv("TERM") != "dumb"
	o := &Output{Writer: f, Live: tty, Color: tty && os.Getenv("NO_COLOR") == "" && os.Getenv("CLICOLOR") != "0"}
	if force := os.Getenv("CLICOLOR_FORCE"); force != "" && force != "0" {
		o.Color = true
	}
	o.size = func() (int, int) {
		w, h, err := term.GetSize(int(f.Fd()))
		if err != nil || w < 1 || h < 1 { // a terminal that was not told its size says 0
			return defaultWidth, defaultHeight
		}
		return w, h
	}
	return o
}

// Plain returns an output without styles over any writer.
func Plain(w io.Writer) *Output { return &Output{Writer: w} }

// Width is the number of columns that text should use.
func (o *Output) Width() int { return min(o.columns(), maxWidth) }

func (o *Output) columns() int {
	if o.size == nil {
		return defaultWidth
	}
	w, _ := o.size()
	return w
}

func (o *Output) rows() int {
	if o.size == nil {
		return defaultHeight
	}
	_, h := o.size()
	return h
}

// Printf writes a line; the format carries the line break.
func (o *Output) Printf(format string, args ...any) { fmt.Fprintf(o.Writer, format, args...) }

// Indented writes one text behind a first, which takes so many columns as the
// text is indented. On a terminal it goes on in lines that are indented alike.
func (o *Output) Indented(first string, indent int, st Style, s string) {
	lines := []string{oneLine(s)}
	if o.Live {
		lines = strings.Split(ansi.Wrap(lines[0], max(o.Width()-indent, 10), "/"), "\n")
	}
	for i, l := range lines {
		if i > 0 || first == "" {
			first = strings.Repeat(" ", indent)
		}
		o.Printf("%s%s\n", first, o.Paint(st, l))
	}
}

// Style is how a piece of text looks. The zero value is plain.
type Style struct {
	Bold, Dim, Italic, Underline, Strike bool

	Color Color
	Link  string // target of a hyperlink (OSC 8)
}

// Color is one of the terminal's own colours, so that the user's theme decides.
type Color uint8

// Colours. None keeps the terminal's text colour.
const (
	None Color = iota
	Red
	Green
	Yellow
	Blue
	Magenta
	Cyan
)

// Styles that commands share.
var (
	Strong  = Style{Bold: true}
	Faint   = Style{Dim: true}
	Good    = Style{Color: Green}
	Bad     = Style{Color: Red, Bold: true}
	Careful = Style{Color: Yellow}
	Accent  = Style{Color: Cyan}
)

// Paint returns s in a style, cleaned, or just cleaned where styles are not
// wanted.
func (o *Output) Paint(st Style, s string) string {
	s = Clean(s)
	if !o.Color || s == "" || st == (Style{}) {
		return s
	}
	return st.open() + s + st.close()
}

func (st Style) open() string {
	var b []byte
	add := func(on bool, code string) {
		if !on {
			return
		}
		if len(b) > 0 {
			b = append(b, ';')
		}
		b = append(b, code...)
	}
	add(st.Bold, "1")
	add(st.Dim, "2")
	add(st.Italic, "3")
	add(st.Underline, "4")
	add(st.Strike, "9")
	add(st.Color != None, fmt.Sprint(30+int(st.Color)))
	s := ""
	if len(b) > 0 {
		s = "\x1b[" + string(b) + "m"
	}
	if st.Link != "" {
		s = "\x1b]8;;" + st.Link + "\x1b\\" + s
	}
	return s
}

func (st Style) close() string {
	s := ""
	if st.Link != "" {
		s = "\x1b]8;;\x1b\\"
		st.Link = ""
	}
	if st != (Style{}) {
		s = "\x1b[0m" + s
	}
	return s
}
