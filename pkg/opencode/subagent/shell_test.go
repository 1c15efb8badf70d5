package subagent

import (
	"context"
	"encoding/json"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"panther/pkg/llm"
	"panther/pkg/opencode/loop"
)

func command(s string) json.RawMessage {
	b, _ := json.Marshal(map[string]string{"command": s})
	return b
}

func TestShell(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ command, want string }{
		"output":      {"echo a; echo b >&2", "a\nb\n"},
		"status":      {"echo a; exit 3", "a\n(exit status 3)\n"},
		"environment": {"echo ${CREDENTIALS_DIRECTORY-none} ${NOTIFY_SOCKET-none}", "none none\n"},
		"folder":      {"pwd -P | sed 's/.*/here/'; ls -A", "here\n"},
		"no input":    {"cat; echo end", "end\n"},
	} {
		got, err := runShell(t.Context(), t.TempDir(), command(tc.command))
		if err != nil || got != tc.want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if got, err := runShell(t.Context(), t.TempDir(), command("yes | head -c 1000000")); err != nil || len(got) > shellOutput+20 || !strings.HasSuffix(got, "(cut)\n") {
		t.Errorf("much output: %d bytes, %v", len(got), err)
	}
	if _, err := runShell(t.Context(), t.TempDir(), json.RawMessage(`{}`)); err == nil {
		t.Error("no command was run")
	}
}

// What a command leaves behind ends with it, and a command with its context.
func TestShellLeavesNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := runShell(t.Context(), dir, command("sleep 1000 & echo $! >pid")); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "pid"))
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		t.Fatal(err)
	}
	for alive := true; alive; { // until it is reaped
		alive = syscall.Kill(pid, 0) == nil && !zombie(pid)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := runShell(ctx, dir, command("sleep 100000")); err == nil {
		t.Error("a command that does not end was waited for")
	}
}

func zombie(pid int) bool {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	return err != nil || strings.Contains(string(b), ") Z ")
}

// The parent decides on a command before it runs and hears what came of it.
func TestShellAsksTheParent(t *testing.T) {
	t.Parallel()
	for allowed, want := range map[bool]string{true: "<42\n>", false: "Error: denied"} {
		ours, theirs := net.Pipe()
		go func() { _ = Serve(t.Context(), theirs, slog.New(slog.DiscardHandler)) }()
		p := parent{
			model: func(r *llm.Request) (*llm.Response, error) {
				if last := r.Messages[len(r.Messages)-1]; last.Role == llm.RoleTool {
					return says(last.Text), nil
				}
				return says("", llm.Call{ID: "c", Name: ShellName, Arguments: command("echo $((6 * 7))")}), nil
			},
			tool: func(llm.Call) (loop.Result, error) {
				if !allowed {
					return loop.Result{}, &Error{Code: codeFailed, Message: "denied"}
				}
				return loop.Result{}, nil
			},
		}
		r, err := Run(t.Context(), ours, Task{Prompt: "x", Tools: []llm.Tool{Shell}, Steps: 3}, p, nil)
		if err != nil || r.Text != want {
			t.Errorf("allowed %t: %+v, %v", allowed, r, err)
		}
	}
}
