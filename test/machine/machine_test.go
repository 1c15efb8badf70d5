// Package machine tests the installed suite on a booted Debian 13: a real
// systemd as PID 1, PostgreSQL with pgvector, and a web server with a thousand
// real pages. scripts/test sets PANTHER_MACHINE; without it, nothing runs. It
// needs root. scripts/machine makes the machine; whatever fails, it is removed.
package machine

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"panther/pkg/knowledge"
)

// box is the machine that the tests share; they run one after the other, each
// on what the ones before it left.
var box *machine

func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == crashCommand {
		if err := crash(os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if os.Getenv("PANTHER_MACHINE") == "" {
		fmt.Println("skipped: PANTHER_MACHINE is not set; scripts/test sets it")
		os.Exit(0)
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	box = &machine{name: "test-" + strconv.Itoa(os.Getpid()), script: "../../scripts/machine"}
	defer box.verb("stop")
	for _, verb := range []string{"boot", "install"} {
		began := time.Now()
		if out, err := box.verb(verb); err != nil {
			fmt.Printf("machine %s: %v\n%s", verb, err, out)
			return 1
		}
		fmt.Printf("machine %s: %s\n", verb, time.Since(began).Round(time.Millisecond))
	}
	out, err := box.verb("leader")
	if err != nil {
		fmt.Printf("machine leader: %v\n%s", err, out)
		return 1
	}
	box.root = "/proc/" + strings.TrimSpace(out) + "/root"
	code := m.Run()
	if code != 0 {
		out, _ := box.verb("run", "--", "journalctl", "--no-pager", "-o", "short-precise", "-n", "300", "-p", "info")
		fmt.Printf("--- the end of the machine's journal\n%s", out)
	}
	return code
}

type machine struct {
	name, script string
	root         string // its file system, as this host sees it
}

// verb calls scripts/machine.
func (m *machine) verb(args ...string) (string, error) {
	cmd := exec.Command(m.script, append([]string{"-n", m.name}, args...)...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// try runs a command in the machine and returns what it printed.
func (m *machine) try(args ...string) (string, error) {
	return m.verb(append([]string{"run", "--"}, args...)...)
}

// run runs a command in the machine that must succeed and returns its standard
// output.
func (m *machine) run(t *testing.T, args ...string) string {
	t.Helper()
	cmd := exec.Command(m.script, append([]string{"-n", m.name, "run", "--"}, args...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", strings.Join(args, " "), err, out, &stderr)
	}
	return string(out)
}

// write puts a file into the machine, readable by everybody there.
func (m *machine) write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(m.root+path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(m.root+path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// show returns a property of a unit.
func (m *machine) show(t *testing.T, unit, property string) string {
	t.Helper()
	return strings.TrimSpace(m.run(t, "systemctl", "show", "-P", property, unit))
}

// usec returns a property that is a monotonic time stamp in microseconds.
func (m *machine) usec(t *testing.T, unit, property string) int64 {
	t.Helper()
	s := m.show(t, unit, property)
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n == 0 {
		t.Fatalf("%s of %s is %q", property, unit, s)
	}
	return n
}

// knowledge returns a client for the machine's agentdb.
func (m *machine) knowledge(t *testing.T) *knowledge.Client {
	t.Helper()
	c := knowledge.NewClient("unix:"+m.root+"/run/agentdb/agentdb.sock", "")
	t.Cleanup(c.Close)
	return c
}

// get asks a path of a service behind a unix socket and returns the status.
func (m *machine) get(t *testing.T, socket, path string) (int, string) {
	t.Helper()
	c := http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, "unix", m.root+socket)
		}}}
	resp, err := c.Get("http://machine" + path)
	if err != nil {
		t.Fatalf("GET %s of %s: %v", path, socket, err)
	}
	defer resp.Body.Close()
	var b bytes.Buffer
	_, _ = b.ReadFrom(resp.Body)
	return resp.StatusCode, b.String()
}

// eventually asks every 100 ms whether something is so. within is what it takes on a machine of its own; ten times that
// is waited, so that other work on the machine makes no test fail.
func eventually(t *testing.T, within time.Duration, what string, so func() bool) {
	t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(10 * within)
	for !so() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("not within %s: %s", 10*within, what)
		}
	}
}
