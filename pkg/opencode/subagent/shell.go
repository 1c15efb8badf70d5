package subagent

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"

	"panther/pkg/llm"
)

// ShellName is the tool that a sub-agent runs itself, in its own sandbox. The
// parent decides whether it may, and hears what came of it.
const ShellName = "shell"

// Shell describes the tool to models.
var Shell = llm.Tool{Name: ShellName, Description: "Run a command with sh in an empty folder of your own, for calculations and for working on text. There is no network, and no file of the user's.",
	Schema: json.RawMessage(`{"type":"object","properties":{"command":{"type":"string"}},"required":["command"]}`)}

const (
	// shellTime is how long a command may run: far below a task's deadline.
	shellTime = time.Minute
	// shellOutput is how much of its output a model sees, in bytes.
	shellOutput = 32 << 10
)

// runShell runs a command in dir and returns what it printed. Whatever it
// started ends with it.
func runShell(ctx context.Context, dir string, args json.RawMessage) (string, error) {
	var in struct {
		Command string `json:"command"`
	}
	if err := json.Unmarshal(args, &in); err != nil || in.Command == "" {
		return "", errors.New("give a command")
	}
	ctx, cancel := context.WithTimeoutCause(ctx, shellTime, fmt.Errorf("the command took longer than %s", shellTime))
	defer cancel()
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", in.Command)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=/usr/local/bin:/usr/bin:/bin:/run/current-system/sw/bin", "HOME=" + dir, "TMPDIR=" + dir, "LANG=C.UTF-8"}
	out := &head{}
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	if cmd.Process != nil {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // what it left behind
	}
	text := out.buf.String()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return text, context.Cause(ctx)
	case errors.As(err, &exit):
		return fmt.Sprintf("%s(exit status %d)\n", text, exit.ExitCode()), nil
	case err != nil && !errors.Is(err, exec.ErrWaitDelay):
		return text, fmt.Errorf("run command: %w", err)
	}
	return text, nil
}

// head keeps the beginning of what is written to it.
type head struct {
	buf bytes.Buffer
	cut bool
}

func (h *head) Write(p []byte) (int, error) {
	if room := shellOutput - h.buf.Len(); room >= len(p) {
		_, _ = h.buf.Write(p)
	} else if !h.cut {
		h.cut = true
		_, _ = h.buf.Write(p[:room])
		_, _ = h.buf.WriteString("\n(cut)\n")
	}
	return len(p), nil
}

// scratch makes the folder that the commands of one task share.
func scratch() (dir string, remove func(), err error) {
	dir, err = os.MkdirTemp("", "work")
	return dir, func() { _ = os.RemoveAll(dir) }, err
}
