package secrets

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"panther/pkg/opnix/connect/connecttest"
	"panther/pkg/opnix/vault/vaulttest"
)

// Somebody exchanges a folder on the way to a copy for a link to another place,
// all the time: nothing is ever written there.
func TestASwapperLeadsNothingOutside(t *testing.T) {
	t.Parallel()
	const runs = 25
	for _, at := range []string{"/p", "/p/q", "/p/q/r", "/p/q/r/two"} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			b := newBox(t)
			outside := t.TempDir()
			if err := os.MkdirAll(outside+"/q/r", 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.MkdirAll(b.dir+"/p/q/r", 0o755); err != nil {
				t.Fatal(err)
			}
			b.configure(strings.Replace(configuration, "DIR/opt/two", "DIR/p/q/r/two", 1))
			if err := os.Symlink(outside+strings.TrimPrefix(at, "/p"), b.dir+"/link"); err != nil {
				t.Fatal(err)
			}
			b.mustRun("materialize")
			refused := swapWhile(t, b.dir+at, b.dir+"/link", func() (refused int) {
				for i := range runs {
					b.set(fmt.Sprint(i))
					if code, _ := b.run("materialize"); code != 0 {
						refused++
					}
					if got := b.served(); strings.HasPrefix(got, "mixed") {
						t.Errorf("served %s", got)
					}
				}
				return refused
			})
			for _, dir := range []string{outside, outside + "/q", outside + "/q/r"} {
				entries, err := os.ReadDir(dir)
				if err != nil || len(entries) > 1 || len(entries) == 1 && !entries[0].IsDir() {
					t.Errorf("written outside: %v, %v", entries, err)
				}
			}
			b.mustRun("materialize")
			if got, err := os.ReadFile(b.dir + "/p/q/r/two"); string(got) != fmt.Sprint(runs-1) {
				t.Errorf("the copy holds %q, %v", got, err)
			}
			t.Logf("%d of %d runs were refused", refused, runs)
		})
	}
}

// swapWhile exchanges two names without a pause while f runs, and leaves them as
// they were.
func swapWhile(t *testing.T, a, b string, f func() int) int {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		for ctx.Err() == nil {
			for range 2 { // there and back
				if err := unix.Renameat2(unix.AT_FDCWD, a, unix.AT_FDCWD, b, unix.RENAME_EXCHANGE); err != nil {
					t.Errorf("swap: %v", err)
					return
				}
			}
		}
	})
	n := f()
	cancel()
	wg.Wait()
	return n
}

// What is planted in the folders of opnix itself is not followed either.
func TestPlantedFilesAreNotFollowed(t *testing.T) {
	t.Parallel()
	victim := filepath.Join(t.TempDir(), "victim")
	plants := map[string]func(p string) error{
		"symbolic link": func(p string) error { return os.Symlink(victim, p) },
		"hard link":     func(p string) error { return os.Link(victim, p) },
		"pipe":          func(p string) error { return unix.Mkfifo(p, 0o666) },
	}
	for _, at := range []string{"lib/state/status.json", "lib/state/key", "lib/state/last-good", "lib/state/intent.json", "run/lock", "run/life",
		"run/generations", "run/generations/2", "run/generations/.new-2", "lib/secrets", "lib", "opt/two", "etc/three"} {
		for name, plant := range plants {
			b := newBox(t)
			b.mustRun("materialize")
			if err := os.WriteFile(victim, []byte("precious"), 0o644); err != nil {
				t.Fatal(err)
			}
			if err := os.RemoveAll(filepath.Join(b.dir, at)); err != nil {
				t.Fatal(err)
			}
			if err := plant(filepath.Join(b.dir, at)); err != nil {
				t.Fatal(err)
			}
			b.set("2")
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
			out, err := exec.CommandContext(ctx, opnix, b.args("materialize", "-wait=1s")...).CombinedOutput()
			if ctx.Err() != nil {
				t.Fatalf("%s at %s: the run hangs", name, at)
			}
			cancel()
			if got, _ := os.ReadFile(victim); string(got) != "precious" {
				t.Fatalf("%s at %s: the victim holds %q (%v)\n%s", name, at, got, err, out)
			}
			if st, _ := os.Stat(victim); st.Mode().Perm() != 0o644 {
				t.Fatalf("%s at %s: the victim has mode %v", name, at, st.Mode())
			}
		}
	}
}

// A watcher that looks all the time never sees a file with another mode or
// owner than its own, whatever the umask.
func TestAWatcherNeverSeesALooseMode(t *testing.T) {
	t.Parallel()
	needTool(t, "strace")
	for _, umask := range []string{"000", "077"} {
		t.Run(umask, func(t *testing.T) {
			t.Parallel()
			b := newBox(t)
			modes := map[string]fs.FileMode{"one": 0o440, "two": 0o600, "three": 0o600, "env": 0o600, "manifest.json": 0o600}
			ctx, cancel := context.WithCancel(context.Background())
			seen := map[string]int{}
			var wg sync.WaitGroup
			wg.Go(func() {
				for ctx.Err() == nil {
					_ = filepath.WalkDir(b.dir, func(p string, d fs.DirEntry, err error) error {
						if err != nil || strings.HasSuffix(p, "/.git") {
							return nil
						}
						look(t, p, modes, seen)
						return nil
					})
				}
			})
			for i := range 10 {
				b.set(fmt.Sprint(i))
				// Each step waits a moment, so that the watcher sees the file before it.
				cmd := exec.Command("sh", "-c", "umask "+umask+`; exec strace -f -qq -o /dev/null -e inject=fchmod,fchown,renameat2:delay_enter=3000 "$0" "$@"`, opnix)
				cmd.Args = append(cmd.Args, b.args("materialize")...)
				if code, out := finish(t, cmd); code != 0 {
					t.Errorf("exit status %d\n%s", code, out)
				}
			}
			cancel()
			wg.Wait()
			if seen["one"] == 0 || seen["two"] == 0 {
				t.Errorf("the watcher saw nothing: %v", seen)
			}
		})
	}
}

// look checks one path: a secret has no permissions at all or exactly its own,
// and with permissions its owner.
func look(t *testing.T, p string, modes map[string]fs.FileMode, seen map[string]int) {
	st, err := os.Lstat(p)
	if err != nil {
		return
	}
	name := filepath.Base(p)
	switch want, known := modes[name]; {
	case st.IsDir():
		if st.Mode().Perm()&0o022 != 0 && !strings.Contains(p, "opt") {
			t.Errorf("folder %s has mode %v", p, st.Mode())
		}
	case known && st.Mode().IsRegular():
		seen[name]++
		if m := st.Mode().Perm(); m != 0 && m != want {
			t.Errorf("%s has mode %v", p, m)
		}
		if owner := st.Sys().(*syscall.Stat_t).Uid; os.Geteuid() == 0 && name == "one" && st.Mode().Perm() != 0 && owner == 0 {
			t.Errorf("%s can be read before it has its owner", p)
		}
	case strings.HasPrefix(name, ".opnix-") && st.Mode().IsRegular() && st.Mode().Perm()&0o037 != 0:
		t.Errorf("%s has mode %v while it is written", p, st.Mode())
	}
}

// The value is nowhere but in its file: not in the arguments or the environment
// of any process, not in what is said, not in the state, not in a core dump.
func TestACanaryIsNowhereElse(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	b.set(vaulttest.Canary)
	b.mustRun("materialize")
	token, err := json.Marshal([]byte(connecttest.Token))
	if err != nil {
		t.Fatal(err)
	}
	question := `{"type": "connect", "url": "` + b.server.URL + `", "token": ` + string(token) + `, "Requests": [{"reference": "op://V/one/x"}]}` + "\n"
	arrived, release := b.hanging()
	abortedWithoutATrace(t, arrived, "", b.args("materialize")...)
	release()
	arrived, release = b.hanging()
	abortedWithoutATrace(t, arrived, question, "fetch") // what asks for a run
	release()
	for _, verb := range [][]string{{"status", "-json"}, {"list", "-json"}, {"list"}, {"plan"}, {"diff", "-json"}, {"verify"}, {"rollback"}, {"refresh", "-retry"}} {
		_, out := b.run(verb...)
		noSecret(t, verb[0], out)
	}
	b.server.Override(func(w http.ResponseWriter, _ *http.Request) bool {
		connecttest.Answer(w, 500, map[string]string{"message": vaulttest.Canary + connecttest.Token})
		return true
	})
	_, out := b.run("materialize")
	noSecret(t, "an error", out)
	_ = filepath.WalkDir(b.dir+"/lib/state", func(p string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			got, _ := os.ReadFile(p)
			noSecret(t, p, string(got))
		}
		return nil
	})
}

// abortedWithoutATrace aborts opnix while the server is to answer: neither the
// process nor what is left of it shows a secret.
func abortedWithoutATrace(t *testing.T, arrived func() bool, in string, args ...string) {
	t.Helper()
	cores := t.TempDir()
	cmd := exec.Command("sh", append([]string{"-c", `ulimit -c unlimited; cd "$0" && exec "$@"`, cores, opnix}, args...)...)
	var said strings.Builder
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(in), &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the first request", arrived)
	for _, f := range []string{"cmdline", "environ", "comm", "status"} {
		got, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", cmd.Process.Pid, f))
		if err == nil {
			noSecret(t, f, string(got))
		}
	}
	limits, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", cmd.Process.Pid))
	if err == nil && !strings.Contains(string(limits), "Max core file size        0                    0") {
		t.Errorf("core dumps are allowed:\n%s", limits)
	}
	_ = cmd.Process.Signal(syscall.SIGABRT)
	_ = cmd.Wait()
	noSecret(t, "what is said at an abort", said.String())
	if left, _ := os.ReadDir(cores); len(left) > 0 {
		t.Errorf("dumped: %v", left)
	}
}

func noSecret(t *testing.T, where, text string) {
	t.Helper()
	for _, s := range []string{vaulttest.Canary, connecttest.Token} {
		for _, form := range vaulttest.Forms(s) {
			if strings.Contains(text, form) {
				t.Errorf("%s holds a secret: %.300s", where, text)
				return
			}
		}
	}
}
