package terminal

import (
	"io"
	"strings"
	"sync"

	"github.com/charmbracelet/x/ansi"
)

// Live is an area of lines at the end of the output that is redrawn in place.
// Where the output is no terminal only committed lines are written. Its methods
// may be called by several goroutines.
//
// The cursor rests at the first line of the area, and what goes is whatever
// follows the cursor. So no rows are counted that an earlier call has drawn: a
// terminal that is resized wraps its lines anew, or cuts them, and takes the
// cursor along either way.
type Live struct {
	out   *Output
	mu    sync.Mutex
	shown bool // the area holds something
}

// NewLive returns a live area. Close removes it.
func NewLive(out *Output) *Live { return &Live{out: out} }

// Sequences of the live area. Without automatic margins a line takes one row
// however wide it is, and whatever the terminal takes for the width of its
// characters.
const (
	eraseBelow = "\r\x1b[J"
	marginsOff = "\x1b[?7l"
	marginsOn  = "\x1b[?7h"
)

// Update writes commit as lines that stay and replaces the area by lines. Lines
// may carry styles; those of the area are cut at the terminal's width, and only
// the last that fill half of its height are drawn: what scrolls off can not be
// erased, and a screen that is made half as wide wraps them into twice the rows.
func (l *Live) Update(commit, lines []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var b strings.Builder
	if l.shown {
		b.WriteString(eraseBelow)
		l.shown = false
	}
	for _, s := range commit {
		b.WriteString(s)
		b.WriteByte('\n')
	}
	if l.out.Live {
		l.draw(&b, lines)
	}
	if b.Len() > 0 {
		_, _ = io.WriteString(l.out, b.String()) // a closed pipe ends the process by SIGPIPE
	}
}

func (l *Live) draw(b *strings.Builder, lines []string) {
	width, height := l.out.columns(), l.out.rows()
	if n := height / 2; len(lines) > n {
		lines = lines[len(lines)-n:]
	}
	if len(lines) == 0 {
		return
	}
	b.WriteString(marginsOff)
	for i, s := range lines {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(ansi.Truncate(s, width, "…"))
	}
	b.WriteString(marginsOn + "\r")
	if n := len(lines) - 1; n > 0 {
		b.WriteString(ansi.CursorUp(n))
	}
	l.shown = true
}

// Close removes the area and leaves what was committed.
func (l *Live) Close() { l.Update(nil, nil) }

// Spinner frames, one a tick.
var spinner = []string{"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"}

// Spin returns the frame of a tick.
func Spin(tick int) string { return spinner[tick%len(spinner)] }

// Bar returns a progress bar of n columns for a share between 0 and 1.
func (o *Output) Bar(share float64, n int) string {
	share = min(max(share, 0), 1)
	full := int(share*float64(n) + 0.5)
	return o.Paint(Accent, strings.Repeat("━", full)) + o.Paint(Faint, strings.Repeat("━", n-full))
}
