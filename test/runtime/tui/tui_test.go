// Package tui uses OpenCode's terminal interface, unmodified, in a terminal of tmux, and
// compares what it shows with goldens (go test -update writes them). test/tui.sh
// starts the runtime and says where it and OpenCode's program are.
package tui

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the goldens")

// patience is how long a screen may take to come: what only a hang reaches, and not a slow machine.
const patience = 3 * time.Minute

// terminal is one of tmux in which a program runs.
type terminal struct {
	t       *testing.T
	socket  string
	written map[string]bool // goldens, in this run
}

func (m *terminal) tmux(args ...string) string {
	m.t.Helper()
	out, err := exec.CommandContext(m.t.Context(), "tmux", append([]string{"-S", m.socket, "-f", "/dev/null"}, args...)...).CombinedOutput()
	if err != nil {
		m.t.Fatalf("tmux %v: %v: %s", args, err, out)
	}
	return string(out)
}

func (m *terminal) screen() string { return m.tmux("capture-pane", "-p") }

// until waits for a screen that ok is true of.
func (m *terminal) until(what string, ok func(screen string) bool) {
	m.t.Helper()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); ; <-tick.C {
		s := m.screen()
		if ok(s) {
			return
		}
		if time.Now().After(end) {
			m.t.Fatalf("waited for %s, and there is\n%s", what, s)
		}
	}
}

func (m *terminal) shows(text string) {
	m.t.Helper()
	m.until("“"+text+"”", func(s string) bool { return strings.Contains(s, text) })
}

func (m *terminal) key(name string) { m.t.Helper(); m.tmux("send-keys", name) }

// write types a text and waits for it to stand in the box.
func (m *terminal) write(text string) {
	m.t.Helper()
	m.tmux("send-keys", "-l", text)
	m.shows("┃  " + text)
}

func (m *terminal) ask(text string) {
	m.t.Helper()
	m.write(text)
	m.key("Enter")
}

// command chooses a command from the list that opens with the slash.
func (m *terminal) command(name string) {
	m.t.Helper()
	listed := regexp.MustCompile(`┃ ` + name + ` +\S`)
	m.write(name)
	m.until(name+" in the list", listed.MatchString)
	m.key("Enter")
	m.until("the list to close", func(s string) bool { return !listed.MatchString(s) })
}

var (
	changing = []struct {
		of *regexp.Regexp
		to string
	}{
		{regexp.MustCompile(`/\S*/state/opencode`), "DIR"},
		{regexp.MustCompile(`mem_\w+`), "ID"},
		{regexp.MustCompile(`\b\d+(\.\d+)?(ms|s)\b`), "TIME"},
		{regexp.MustCompile(`\d+(\.\d+)?K? \(\d+%\)`), "TOKENS"},
		{regexp.MustCompile(`Ask anything… ".*"`), "Ask anything…"},
		{regexp.MustCompile(` {2,}`), "  "},
	}
	// Of the list of sub-agents the order is that in which they were started.
	task = regexp.MustCompile(`(Critic|Researcher) Task — [\w ]*\w`)
)

// golden waits until the screen is the one of that name, but for times, counts, paths
// and the length of gaps.
func (m *terminal) golden(name string) {
	m.t.Helper()
	file := filepath.Join("testdata", name+".txt")
	if *update && !m.written[name] {
		m.written[name] = true
		before, same := "", 0
		m.until("a screen that stays", func(s string) bool { // Markdown is drawn a second time when it is read
			if same++; s != before {
				before, same = s, 0
			}
			return same == 15
		})
		if err := os.WriteFile(file, []byte(normalized(before)), 0o644); err != nil {
			m.t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		m.t.Fatal(err)
	}
	m.until("the screen of "+file+"\n"+string(want), func(s string) bool { return normalized(s) == string(want) })
}

func normalized(screen string) string {
	var b strings.Builder
	for line := range strings.Lines(screen) {
		for _, c := range changing {
			line = c.of.ReplaceAllString(line, c.to)
		}
		line = task.ReplaceAllString(line, "TASK")
		if line = strings.TrimRight(line, " \n"); line != "" {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

func TestTerminalInterface(t *testing.T) {
	program, url := os.Getenv("PANTHER_OPENCODE"), os.Getenv("PANTHER_URL")
	if program == "" || url == "" {
		t.Skip("test/tui.sh runs it")
	}
	dir, err := os.MkdirTemp("", "tui") // short: socket paths have a limit
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	m := &terminal{t: t, socket: filepath.Join(dir, "tmux"), written: map[string]bool{}}
	m.tmux("new-session", "-d", "-x", "100", "-y", "36", "env", "-u", "TMUX", "HOME="+dir, "LANG=C.UTF-8", "OPENCODE_DISABLE_AUTOUPDATE=1", program, "attach", url)
	t.Cleanup(func() { _ = exec.Command("tmux", "-S", m.socket, "kill-server").Run() })
	m.shows("Ask anything")

	m.ask("how do I make a partial index?")
	m.shows("Sources")
	m.golden("ask")
	for _, dialog := range []struct{ command, title, golden string }{
		{"/mcps", "MCPs", "mcps"}, {"/models", "Select model", "models"}, {"/sessions", "Sessions  ", "sessions"}, {"/diff", "No diff!", "diff"},
	} {
		m.command(dialog.command)
		m.shows(dialog.title)
		m.golden(dialog.golden)
		m.key("Escape")
		m.golden("ask")
	}

	m.ask("please keep that I like tea")
	m.shows("Permission required")
	m.golden("permission")
	m.key("Enter") // once
	m.shows("It is kept.")
	m.golden("allowed")

	m.command("/undo")
	m.shows("1 message reverted")
	m.golden("undo")
	m.tmux("send-keys", "C-x", "r") // redo, since the question is in the box again
	m.until("the answer", func(s string) bool { return strings.Contains(s, "It is kept.") })
	m.key("C-u")
	m.golden("allowed")

	m.command("/compact")
	m.shows("Compaction")
	m.golden("compact")

	m.ask("please research it")
	m.shows("view subagents")
	m.until("the end of the turn", func(s string) bool { return !strings.Contains(s, "esc interrupt") })
	m.golden("research")
}
