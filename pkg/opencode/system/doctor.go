package system

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"panther/pkg/gate"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/rest"
)

const (
	// checkupTime bounds one examination, and checkupFor is how long its outcome is
	// told to others that ask.
	checkupTime = 40 * time.Second
	checkupFor  = 5 * time.Second
	// maxOutput bounds what is read of a program, in bytes.
	maxOutput = 4 << 20
)

// checkups lets one examination run at a time. The zero value is ready.
type checkups struct {
	mu   sync.Mutex
	last *api.Checkup
	at   time.Time
}

// doctor runs `panther doctor`, so that a page and a terminal are told the same.
// Models are not asked: their test is an operation of its own.
func (s *Server) doctor(ctx context.Context, _ *rest.None) (*api.Checkup, error) {
	s.checkups.mu.Lock()
	defer s.checkups.mu.Unlock()
	if s.checkups.last != nil && time.Since(s.checkups.at) < checkupFor {
		return s.checkups.last, nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, checkupTime, errors.New("panther doctor did not end"))
	defer cancel()
	path, err := s.Panther()
	if err != nil {
		return nil, unable("panther doctor", err, "run it in a terminal: panther doctor")
	}
	cmd := exec.CommandContext(ctx, path, "doctor", "--offline", "--json")
	cmd.Env = environment()
	if s.Local {
		cmd.Env = append(cmd.Env, "PANTHER_SOCKET="+s.Home)
	}
	out, err := output(cmd)
	var c api.Checkup
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || json.Unmarshal(out, &c) != nil || c.Checks == nil {
		return nil, unable("panther doctor", err, "run it in a terminal: panther doctor")
	}
	for i := range c.Checks {
		k := &c.Checks[i]
		k.Name, k.Reason, k.Hint = gate.Line(k.Name, 200), gate.Line(k.Reason, 1000), gate.Line(k.Hint, 500)
	}
	s.checkups.last, s.checkups.at = &c, time.Now()
	return &c, nil
}

// unable is why a program could not be run here, with what to run instead.
func unable(what string, err error, hint string) error {
	return api.Refuse(http.StatusServiceUnavailable, api.NameUnavailable, "%s cannot be run by the runtime: %v", what, err).WithHint("%s", hint)
}

// environment is what a program is given of this process's: no credential.
func environment() []string {
	out := []string{"LANG=C.UTF-8", "NO_COLOR=1", "SYSTEMD_COLORS=0"}
	for _, name := range []string{"PATH", "HOME", "PANTHER_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"} {
		if v := os.Getenv(name); v != "" {
			out = append(out, name+"="+v)
		}
	}
	return out
}

// output runs a program and returns what it writes, up to maxOutput.
func output(cmd *exec.Cmd) ([]byte, error) {
	var b, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &limited{&b, maxOutput}, &limited{&problems, 4096}
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	if text := gate.Line(problems.String(), 400); err != nil && text != "" {
		err = fmt.Errorf("%s: %w", text, err)
	}
	return b.Bytes(), err
}

// limited drops what is too much.
type limited struct {
	w    io.Writer
	left int
}

func (l *limited) Write(b []byte) (int, error) {
	n := min(len(b), l.left)
	l.left -= n
	if _, err := l.w.Write(b[:n]); err != nil {
		return 0, err
	}
	return len(b), nil
}

// Panther finds the command of this installation: this process where it is that,
// else beside the daemons or in the path.
func Panther() (string, error) {
	self, err := os.Executable()
	if err == nil && filepath.Base(self) == "panther" {
		return self, nil
	}
	if err == nil {
		for _, p := range []string{"../../bin/panther", "../../../bin/panther", "panther"} {
			p = filepath.Join(filepath.Dir(self), p)
			if info, err := os.Stat(p); err == nil && info.Mode().IsRegular() {
				return p, nil
			}
		}
	}
	return exec.LookPath("panther")
}
