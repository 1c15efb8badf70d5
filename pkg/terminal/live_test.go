package terminal

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
)

// screen is a terminal emulator and what has scrolled off it.
type screen struct {
	*vt.Emulator
	width, height int
}

func newScreen(width, height int) *screen {
	s := &screen{vt.NewEmulator(width, height), width, height}
	s.SetScrollbackSize(100_000)
	return s
}

// Write is what the line discipline of a terminal does to line breaks.
func (s *screen) Write(b []byte) (int, error) {
	_, err := s.Emulator.Write(bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n")))
	return len(b), err
}

func (s *screen) resize(width, height int) {
	s.width, s.height = width, height
	s.Resize(width, height)
}

// text is everything that was written and not erased, by rows.
func (s *screen) text() string {
	var b strings.Builder
	for _, line := range s.Scrollback().Lines() {
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	for y := range s.height {
		row := ""
		for x := 0; x < s.width; {
			c := s.CellAt(x, y)
			if c == nil || c.Width == 0 {
				x++
				continue
			}
			row += c.Content
			x += c.Width
		}
		b.WriteString(strings.TrimRight(row, " ") + "\n")
	}
	return strings.TrimRight(b.String(), "\n")
}

// output writes to the screen as to a terminal, or as to one that shows nothing
// while it goes on.
func (s *screen) output(live bool) *Output {
	return &Output{Writer: s, Color: true, Live: live, size: func() (int, int) { return s.width, s.height }}
}

// answer is a Markdown text of what makes lines wide, and lines hard to measure.
func answer(r *rand.Rand) string {
	pieces := []string{
		"A partial index covers a **subset** of a table [1]. ", "漢字かな交じり文は二桁の幅をとる。", "e\u0301 and 👩‍👩‍👧 and 🇩🇪 ",
		"```sql\nCREATE INDEX i ON t (a)\n\tWHERE b = 'a very long line of code that fits no narrow terminal at all, and goes on';\n```\n",
		"\n\n", "\n\n", "- one\n- two, which is longer than one\n", "| a | b |\n|---|---|\n| 1 | a cell with words |\n\n",
		strings.Repeat("x", 230) + " ", "tab\tstop ", "\x1b[2J\x1b[31mred\x1b]0;title\x07 ", "[page](https://example.org/a) ", "> quoted\n\n", "# Title\n\n",
	}
	var b strings.Builder
	for range 4 + r.IntN(20) {
		b.WriteString(pieces[r.IntN(len(pieces))])
	}
	return b.String()
}

// play streams a text in random pieces, with lines of status that change.
func play(r *rand.Rand, out *Output, md string, between func()) (committed []string) {
	l, s := NewLive(out), NewStream(out)
	for md != "" {
		n := min(1+r.IntN(60), len(md))
		commit := s.Write(md[:n])
		md = md[n:]
		committed = append(committed, commit...)
		area := s.Tail()
		for i := range r.IntN(4) {
			area = append(area, out.Paint(Faint, fmt.Sprintf("%s agent %d: 漢字 %s", Spin(n), i, strings.Repeat("busy ", r.IntN(30)))))
		}
		l.Update(commit, area)
		between()
	}
	commit := s.Close()
	l.Update(commit, nil)
	return append(committed, commit...)
}

// TestLiveLeavesWhatPlainOutputWrites holds for every width: once an answer has
// ended nothing on the screen or above it tells that it was live.
func TestLiveLeavesWhatPlainOutputWrites(t *testing.T) {
	t.Parallel()
	for width := 1; width <= 200; width++ {
		r := rand.New(rand.NewPCG(uint64(width), 7)) //nolint:gosec // repeatable
		md, height := answer(r), 1+r.IntN(40)
		live, plain := newScreen(width, height), newScreen(width, height)
		fmt.Fprintf(live, "$ panther ask\n")
		fmt.Fprintf(plain, "$ panther ask\n")
		play(r, live.output(true), md, func() {})
		play(r, plain.output(false), md, func() {})
		if got, want := live.text(), plain.text(); got != want {
			t.Fatalf("%d columns, %d rows:\n%q\nis on the screen, and is to be\n%q\nof\n%q", width, height, got, want, md)
		}
	}
}

// TestLiveSurvivesAWiderScreen uses an emulator that cuts lines at a resize, as
// xterm does, and so only makes it wider: what was cut is lost in any case.
func TestLiveSurvivesAWiderScreen(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 3)) //nolint:gosec // repeatable
		s := newScreen(30+r.IntN(20), 10+r.IntN(20))
		lines := play(r, s.output(true), answer(r), func() { s.resize(s.width+r.IntN(8), s.height+r.IntN(3)) })
		got, want := squeezed(s.text()), squeezed(escapes.ReplaceAllString(strings.Join(lines, "\n"), ""))
		if got != want {
			t.Fatalf("seed %d:\n%s\nis on the screen, and is to be\n%s", seed, got, want)
		}
	}
}

// squeezed is a text without its blanks and line breaks, which a resize moves.
func squeezed(s string) string { return strings.Join(strings.Fields(s), "") }

// pane is a terminal of tmux, which wraps its lines anew when it is resized.
type pane struct {
	t             *testing.T
	socket        string
	tty           *os.File
	width, height int
	marks         int
}

func newPane(t *testing.T, width, height int) *pane {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Skip("tmux is not installed")
	}
	p := &pane{t: t, socket: filepath.Join(t.TempDir(), "s"), width: width, height: height}
	p.tmux("-f/dev/null", "new-session", "-d", "-s", "x", "-x", fmt.Sprint(width), "-y", fmt.Sprint(height), "exec sleep 600")
	t.Cleanup(func() { p.tmux("kill-server") })
	p.tmux("set-option", "-g", "history-limit", "100000")
	p.tmux("set-option", "-g", "status", "off")
	p.tmux("set-option", "-g", "window-size", "manual")
	tty, err := os.OpenFile(strings.TrimSpace(p.tmux("display-message", "-p", "-t", "x", "#{pane_tty}")), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = tty.Close() })
	p.tty = tty
	p.resize(width, height)
	return p
}

func (p *pane) tmux(args ...string) string {
	p.t.Helper()
	out, err := exec.Command("tmux", append([]string{"-S", p.socket}, args...)...).CombinedOutput() //nolint:gosec // our own arguments
	if err != nil {
		p.t.Fatalf("tmux %v: %v\n%s", args, err, out)
	}
	return string(out)
}

// settle returns when tmux has read all that was written: it shows then the
// title that was written last.
func (p *pane) settle() {
	p.marks++
	want := fmt.Sprintf("mark-%d", p.marks)
	fmt.Fprintf(p.tty, "\x1b]2;%s\x1b\\", want)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); <-tick.C {
		if strings.TrimSpace(p.tmux("display-message", "-p", "-t", "x", "#{pane_title}")) == want {
			return
		}
	}
	p.t.Fatal("tmux did not read what was written")
}

func (p *pane) resize(width, height int) {
	p.settle()
	p.width, p.height = width, height
	p.tmux("resize-window", "-t", "x", "-x", fmt.Sprint(width), "-y", fmt.Sprint(height))
}

// TestLiveSurvivesARewrap resizes a terminal between redraws. The screen is full
// when it begins: tmux keeps the blank rows of one that is not, and moves what is
// above them out of reach.
func TestLiveSurvivesARewrap(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(11, 13)) //nolint:gosec // repeatable
	p := newPane(t, 80, 60)
	out := &Output{Writer: io.Writer(p.tty), Color: true, Live: true, size: func() (int, int) { return p.width, p.height }}
	want := strings.Split(strings.Repeat("before\n", 400), "\n")
	fmt.Fprint(p.tty, strings.Join(want, "\n"))
	for range 6 {
		want = append(want, play(r, out, answer(r), func() {
			if r.IntN(3) == 0 {
				p.resize(max(p.width*2/3, 12)+r.IntN(120), max(p.height*3/4, 10)+r.IntN(20))
			}
		})...)
	}
	p.resize(200, 60)
	got := p.tmux("capture-pane", "-p", "-J", "-S", "-", "-t", "x")
	if g, w := squeezed(got), squeezed(escapes.ReplaceAllString(strings.Join(want, "\n"), "")); g != w {
		t.Errorf("on the screen is\n%s\nand is to be\n%s", got, escapes.ReplaceAllString(strings.Join(want, "\n"), ""))
	}
}

// TestOnAPipeOnlyLinesThatStayAreWritten, and no escape sequence.
func TestOnAPipeOnlyLinesThatStayAreWritten(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	l := NewLive(Plain(&b))
	l.Update([]string{"kept"}, []string{"working"})
	l.Close()
	if b.String() != "kept\n" {
		t.Errorf("on a pipe: %q", b.String())
	}
}
