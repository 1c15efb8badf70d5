// Package secrets runs opnix as a real process against a scripted Connect server
// and does to it what happens to processes: kills at every system call, full
// disks, concurrent runs, hostile neighbours. It needs Linux, and for some tests
// root and strace; those say so where they are skipped.
package secrets

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "panther/pkg/opnix/command" // what the binary is made of, so that its changes are tested anew
	"panther/pkg/opnix/connect/connecttest"
	"panther/pkg/opnix/vault/vaulttest"
)

// opnix is the binary under test.
var opnix string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "opnix-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	opnix = filepath.Join(dir, "opnix")
	build := exec.Command("go", "build", "-o", opnix, "panther/cmd/opnix")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	code := 1
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build opnix: %v\n%s", err, out)
	} else if err := errors.Join(os.Chmod(dir, 0o755), os.Chmod(opnix, 0o755)); err != nil { // for tests that are another user
		fmt.Fprintln(os.Stderr, err)
	} else {
		code = m.Run()
	}
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// box is one machine's worth of folders and a Connect server.
type box struct {
	t      *testing.T
	dir    string
	server *connecttest.Server
}

const configuration = `{"backend": {"type": "connect", "url": "URL"}, "tokenFile": "DIR/token", "outputDir": "DIR/lib/secrets",
 "deadline": "5s", "lastGood": {"sealer": "age", "identity": "DIR/id"},
 "secrets": [
  {"path": "a/one", "reference": "op://V/one/x", OWNER"mode": "0440"},
  {"path": "b/two", "reference": "op://V/two/x", "copies": ["DIR/opt/two"]},
  {"path": "DIR/etc/three", "reference": "op://V/three/x"}],
 "templates": [{"path": "env", "content": "ONE={{ a/one }}\n"}]}`

// newBox makes a box.
func newBox(t *testing.T) *box {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	b := &box{t: t, dir: dir, server: connecttest.New(t, nil)}
	b.set("1")
	b.write("token", connecttest.Token)
	b.write("id", connecttest.AgeIdentity())
	b.configure(configuration)
	return b
}

func (b *box) write(name, content string) {
	b.t.Helper()
	if err := os.WriteFile(filepath.Join(b.dir, name), []byte(content), 0o600); err != nil {
		b.t.Fatal(err)
	}
}

func (b *box) configure(js string) {
	owner := ""
	if os.Geteuid() == 0 { // only root can give files away
		owner = `"owner": "nobody", `
	}
	b.write("secrets.json", strings.NewReplacer("DIR", b.dir, "URL", b.server.URL, "OWNER", owner).Replace(js))
}

// set gives every secret the same value.
func (b *box) set(v string) {
	for _, item := range []string{"one", "two", "three"} {
		b.server.Put(vaulttest.Entry{Vault: "V", Item: item, Field: "x", Content: []byte(v)})
	}
}

// args are the arguments for a command of the box.
func (b *box) args(verb ...string) []string {
	return append([]string{"-config", b.dir + "/secrets.json", "-run-dir", b.dir + "/run", "-state-dir", b.dir + "/lib/state"}, verb...)
}

func (b *box) command(verb ...string) *exec.Cmd { return exec.Command(opnix, b.args(verb...)...) }

// run runs a command and returns its exit status and what it said.
func (b *box) run(verb ...string) (int, string) {
	b.t.Helper()
	return finish(b.t, b.command(verb...))
}

func finish(t *testing.T, cmd *exec.Cmd) (int, string) {
	t.Helper()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String()
}

func (b *box) mustRun(verb ...string) {
	b.t.Helper()
	if code, out := b.run(verb...); code != 0 {
		b.t.Fatalf("opnix %v: exit status %d\n%s", verb, code, out)
	}
}

// served returns the value that all secrets have, through every way to them;
// "mixed …" if they differ and "" if nothing is served.
func (b *box) served() string {
	b.t.Helper()
	root, err := os.OpenRoot(b.dir + "/lib/secrets")
	if err != nil {
		return ""
	}
	defer root.Close()
	values := map[string]bool{}
	for _, p := range []string{"a/one", "b/two", ".absolute" + b.dir + "/etc/three", "env"} {
		v, err := root.ReadFile(p)
		if err != nil {
			return "mixed: " + err.Error()
		}
		values[strings.TrimSpace(strings.TrimPrefix(string(v), "ONE="))] = true
	}
	if len(values) != 1 {
		return fmt.Sprint("mixed: ", values)
	}
	for v := range values {
		return v
	}
	return ""
}

// leftovers lists names that only a killed run leaves.
func (b *box) leftovers() []string {
	var out []string
	_ = filepath.WalkDir(b.dir, func(p string, d os.DirEntry, err error) error {
		if err == nil && (strings.HasPrefix(d.Name(), ".new-") || strings.HasPrefix(d.Name(), ".opnix-") || strings.Contains(d.Name(), ".former")) {
			out = append(out, p)
		}
		return nil
	})
	return out
}

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
}

func needTool(t *testing.T, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("needs %s", name)
	}
}

// eventually waits for a condition that another process brings about.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-ctx.Done():
			t.Fatalf("waited in vain for %s", what)
		case <-tick.C:
		}
	}
}
