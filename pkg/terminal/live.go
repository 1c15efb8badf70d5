package terminal

import (
	"bytes"
	"strings"
	"sync"
)

// Live is an area of lines at the end of the output that is redrawn in place.
// Where the output is no terminal only committed lines are written. Its methods
// may be called by several goroutines.
type Live struct {
	out   *Output
	mu    sync.Mutex
	shown int // lines of the area on the screen now
}

// NewLive returns a live area. Close removes it.
func NewLive(out *Output) *Live { return &Live{out: out} }

// Update writes commit as lines that stay and replaces the area by lines. Lines
// may carry styles; those of the area must fit the terminal's width, and only
// the last of them that fit its height are drawn.
func (l *Live) Update(commit, lines []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var b bytes.Buffer
	if l.out.Live {
		l.erase(&b)
	}
	for _, s := range commit {
		b.WriteString(s)
		b.WriteByte('\n')
	}
	if l.out.Live {
		if n := l.out.rows() - 1; len(lines) > n {
			lines = lines[len(lines)-n:]
		}
		for _, s := range lines {
			b.WriteString(s)
			b.WriteByte('\n')
		}
		l.shown = len(lines)
	}
	if b.Len() > 0 {
		_, _ = l.out.Write(b.Bytes()) // a closed pipe ends the process by SIGPIPE
	}
}

// Close removes the area and leaves what was committed.
func (l *Live) Close() { l.Update(nil, nil) }

func (l *Live) erase(b *bytes.Buffer) {
	if l.shown == 0 {
		return
	}
	b.WriteByte('\r')
	b.WriteString(strings.Repeat("\x1b[A", l.shown))
	b.WriteString("\x1b[J")
	l.shown = 0
}

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
