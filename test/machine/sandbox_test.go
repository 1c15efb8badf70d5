package machine

import (
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// sandboxed looks at the running services as the kernel sees them: no
// capability, no way to get one, a filter on system calls, a file system that
// they cannot write to, and only their own credentials.
func sandboxed(t *testing.T) {
	box.run(t, "curl", "-sf", "--unix-socket", "/run/panther-embed/panther-embed.sock", "http://embed/v1/models")
	for _, s := range []struct {
		unit    string
		network bool
	}{{"agentdb", true}, {"opencode", true}, {"panther-embed", false}} {
		pid := box.show(t, s.unit+".service", "MainPID")
		proc := filepath.Join(box.root, "proc", pid)
		b, err := os.ReadFile(filepath.Join(proc, "status"))
		if err != nil {
			t.Errorf("%s: %v", s.unit, err)
			continue
		}
		for _, want := range []string{`CapEff:\s+0+\n`, `CapBnd:\s+0+\n`, `NoNewPrivs:\s+1\n`, `Seccomp:\s+2\n`} {
			if !regexp.MustCompile(want).Match(b) {
				t.Errorf("%s: /proc/%s/status does not match %s:\n%s", s.unit, pid, want, b)
			}
		}
		if regexp.MustCompile(`(?m)^Uid:\s+0\s`).Match(b) {
			t.Errorf("%s runs as root", s.unit)
		}
		for _, dir := range []string{"/etc", "/usr", "/var/lib/postgresql", "/home"} {
			inside := []string{"nsenter", "-t", pid, "-m", "--", "findmnt", "-no", "OPTIONS", "-T", dir}
			if out := box.run(t, inside...); !strings.HasPrefix(out, "ro,") && !strings.Contains(out, ",ro,") {
				t.Errorf("%s could write to %s: mounted %s", s.unit, dir, out)
			}
		}
		dev, err := os.ReadFile(filepath.Join(proc, "net/dev"))
		if err != nil {
			t.Fatal(err)
		}
		if same := sameNetwork(t, proc); same != s.network {
			t.Errorf("%s: in the machine's network: %t, want %t\n%s", s.unit, same, s.network, dev)
		}
	}
}

func sameNetwork(t *testing.T, proc string) bool {
	t.Helper()
	own, err := os.Readlink(filepath.Join(proc, "ns/net"))
	if err != nil {
		t.Fatal(err)
	}
	machine, err := os.Readlink(filepath.Join(box.root, "proc/1/ns/net"))
	if err != nil {
		t.Fatal(err)
	}
	return own == machine
}

// subagents opens connections as the agent does: each is a process of its own
// that sees nothing, and there are only so many.
func subagents(t *testing.T) {
	const most = 16 // MaxConnections=
	dial := func() net.Conn {
		c, err := net.Dial("unix", box.root+"/run/opencode/subagent.sock")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
	instances := func() []string {
		return strings.Fields(box.run(t, "systemctl", "list-units", "--plain", "--no-legend", "--state=running", "opencode-subagent@*"))
	}
	c := dial()
	var unit string
	eventually(t, 10*time.Second, "a connection starts a sub-agent", func() bool {
		for _, f := range instances() {
			if strings.HasPrefix(f, "opencode-subagent@") {
				unit = f
			}
		}
		return unit != ""
	})
	pid := box.show(t, unit, "MainPID")
	if sameNetwork(t, filepath.Join(box.root, "proc", pid)) {
		t.Error("a sub-agent is in the machine's network")
	}
	inside := func(args ...string) string {
		return box.run(t, append([]string{"nsenter", "-t", pid, "-m", "--"}, args...)...)
	}
	for _, socket := range strings.Fields(inside("find", "/run", "-type", "s")) {
		if !strings.HasPrefix(socket, "/run/systemd/") {
			t.Errorf("a sub-agent sees the socket %s", socket)
		}
	}
	for _, dir := range []string{"/var/lib", "/etc/panther", "/etc/opnix", "/home", "/root"} {
		if got := inside("sh", "-c", "ls -A "+dir+" 2>/dev/null || true"); strings.TrimSpace(got) != "" {
			t.Errorf("a sub-agent sees %s: %q", dir, got)
		}
	}
	for range most - 1 {
		dial()
	}
	more := dial()
	_ = more.SetDeadline(time.Now().Add(2 * time.Minute))
	if _, err := io.ReadAll(more); err != nil && !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("one connection more than MaxConnections=: %v", err)
	}
	_ = c.Close()
	eventually(t, 10*time.Second, "a sub-agent ends with its connection", func() bool {
		return box.show(t, unit, "ActiveState") == "inactive"
	})
}
