package secrets

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// calls are the system calls by which a run changes files, and those around
// them. At each of their occurrences a run is killed.
var calls = []string{"openat2", "mkdirat", "write", "fchown", "fchmod", "fsync", "syncfs", "symlinkat", "renameat2", "unlinkat", "flock", "pread64"}

// Whenever a run is killed, readers have the old set or the new one, and the
// next run heals what it left.
func TestKilledAtEverySystemCall(t *testing.T) {
	t.Parallel()
	needTool(t, "strace")
	for _, call := range calls {
		t.Run(call, func(t *testing.T) {
			t.Parallel()
			b := newBox(t)
			b.mustRun("materialize")
			old := "1"
			for n := 1; ; n++ {
				next := fmt.Sprint(call, n)
				b.set(next)
				cmd := exec.Command("strace", append([]string{"-f", "-qq", "-o", "/dev/null", "-e", fmt.Sprintf("inject=%s:signal=KILL:when=%d", call, n), opnix},
					b.args("materialize")...)...)
				cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
				code, out := finish(t, cmd)
				got := b.served()
				if got != old && got != next {
					t.Fatalf("killed at %s %d: served %q, want %q or %q\n%s", call, n, got, old, next, out)
				}
				if code == 0 {
					if n == 1 {
						t.Logf("a run makes no %s", call)
					}
					return
				}
				b.mustRun("materialize")
				if got := b.served(); got != next {
					t.Fatalf("after %s %d: served %q, want %q", call, n, got, next)
				}
				if left := b.leftovers(); len(left) > 0 {
					t.Fatalf("after %s %d: left behind %v", call, n, left)
				}
				if code, out := b.run("verify"); code != 0 {
					t.Fatalf("after %s %d: %s", call, n, out)
				}
				if old = next; n > 400 {
					t.Fatal("a run makes too many calls")
				}
			}
		})
	}
}

// The folder that opnix 0.11 left is exchanged for the link: readers have its
// files or the new ones, and nothing of it stays.
func TestKilledWhileAFolderIsExchanged(t *testing.T) {
	t.Parallel()
	needTool(t, "strace")
	for _, call := range []string{"renameat2", "symlinkat", "fchmod", "unlinkat"} {
		t.Run(call, func(t *testing.T) {
			t.Parallel()
			b := newBox(t)
			for n := 1; n < 200; n++ {
				b.leaveFolder("old")
				cmd := exec.Command("strace", append([]string{"-f", "-qq", "-o", "/dev/null", "-e", fmt.Sprintf("inject=%s:signal=KILL:when=%d", call, n), opnix},
					b.args("materialize")...)...)
				cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
				code, out := finish(t, cmd)
				if got := b.served(); got != "old" && got != "1" {
					t.Fatalf("killed at %s %d: served %q\n%s", call, n, got, out)
				}
				b.mustRun("materialize")
				if got, left := b.served(), b.leftovers(); got != "1" || len(left) > 0 {
					t.Fatalf("after %s %d: served %q, left behind %v", call, n, got, left)
				}
				if code == 0 {
					return
				}
			}
		})
	}
}

// leaveFolder puts a folder of plain files in the place of the link.
func (b *box) leaveFolder(value string) {
	b.t.Helper()
	secrets := b.dir + "/lib/secrets"
	err := os.RemoveAll(secrets)
	for p, content := range map[string]string{"a/one": value, "b/two": value, ".absolute" + b.dir + "/etc/three": value, "env": "ONE=" + value} {
		p = filepath.Join(secrets, p)
		err = errors.Join(err, os.MkdirAll(filepath.Dir(p), 0o755), os.WriteFile(p, []byte(content), 0o600))
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// An error of any of these calls leaves the old set, says so, and exits 1.
func TestErrorsOfSystemCallsChangeNothing(t *testing.T) {
	t.Parallel()
	needTool(t, "strace")
	for _, fault := range []string{"openat2:error=EIO", "mkdirat:error=EROFS", "fchmod:error=EPERM", "write:error=ENOSPC", "symlinkat:error=ENOSPC", "renameat2:error=EIO", "fsync:error=EIO"} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			b := newBox(t)
			b.mustRun("materialize")
			old := "1"
			for n := 1; n <= 15; n++ {
				next := fmt.Sprint("n", n)
				b.set(next)
				cmd := exec.Command("strace", append([]string{"-f", "-qq", "-o", "/dev/null", "-e", fmt.Sprintf("inject=%s:when=%d", fault, n), opnix},
					b.args("materialize")...)...)
				cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
				code, out := finish(t, cmd)
				if got := b.served(); got != old && got != next {
					t.Fatalf("%s at %d (exit status %d): served %q\n%s", fault, n, code, got, out)
				}
				// What the server could not be asked for is kept, which is no failure; the line that says so is a write too.
				if code == 0 && b.served() != next && !strings.Contains(out, "outcome=kept") && !strings.HasPrefix(fault, "write:") {
					t.Fatalf("%s at %d: exit status 0, served %q", fault, n, b.served())
				}
				b.mustRun("materialize")
				if got := b.served(); got != next {
					t.Fatalf("after %s at %d: served %q", fault, n, got)
				}
				old = next
			}
		})
	}
}

func TestAFullDiskChangesNothing(t *testing.T) {
	needRoot(t)
	b := newBox(t)
	if err := os.Mkdir(b.dir+"/run", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", b.dir+"/run", "tmpfs", 0, "size=256k,mode=0751"); err != nil {
		t.Skip("cannot mount here: ", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(b.dir+"/run", syscall.MNT_DETACH) })
	b.mustRun("materialize")
	b.set(strings.Repeat("x", 200<<10))
	code, out := b.run("materialize")
	if code != 1 || !strings.Contains(out, "no space left on device") || !strings.Contains(out, "hint: ") || b.served() != "1" {
		t.Errorf("full: exit status %d, served %.20q\n%s", code, b.served(), out)
	}
	if left := b.leftovers(); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	b.set("2")
	if err := syscall.Mount("", b.dir+"/run", "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	code, out = b.run("materialize")
	if code != 1 || !strings.Contains(out, "read-only file system") || b.served() != "1" {
		t.Errorf("read-only: exit status %d, served %q\n%s", code, b.served(), out)
	}
	if err := syscall.Mount("", b.dir+"/run", "", syscall.MS_REMOUNT, ""); err != nil {
		t.Fatal(err)
	}
	b.mustRun("materialize")
	if b.served() != "2" {
		t.Errorf("served %q", b.served())
	}
}

// A write that stops in the middle, at a limit on file sizes, changes nothing.
func TestAShortWriteChangesNothing(t *testing.T) {
	t.Parallel()
	b := newBox(t)
	b.mustRun("materialize")
	b.set(strings.Repeat("x", 200<<10))
	cmd := exec.Command("sh", "-c", `ulimit -f 64; exec "$0" "$@"`, opnix)
	cmd.Args = append(cmd.Args, b.args("materialize")...)
	code, out := finish(t, cmd)
	if code != 1 || !strings.Contains(out, "file too large") || !strings.Contains(out, "hint: ") || b.served() != "1" {
		t.Errorf("exit status %d, served %.20q\n%s", code, b.served(), out)
	}
	if left := b.leftovers(); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	b.set("2")
	b.mustRun("materialize")
	if b.served() != "2" {
		t.Errorf("served %.20q", b.served())
	}
}

// A kernel without openat2, or a sandbox that takes it away, is refused and named.
func TestAKernelThatCannotConfineIsRefused(t *testing.T) {
	t.Parallel()
	needTool(t, "strace")
	b := newBox(t)
	code, out := finish(t, exec.Command("strace", append([]string{"-f", "-qq", "-o", "/dev/null", "-e", "inject=openat2:error=ENOSYS", opnix}, b.args("materialize")...)...))
	if code != 1 || !strings.Contains(out, "openat2") || strings.Contains(out, "another opnix") || len(b.server.Log()) != 0 {
		t.Errorf("exit status %d\n%s", code, out)
	}
}

// hanging lets the server hang at items until the returned function is called,
// and tells when a request is there.
func (b *box) hanging() (arrived func() bool, release func()) {
	ch, seen := make(chan struct{}), make(chan struct{}, 100)
	b.server.Override(func(_ http.ResponseWriter, r *http.Request) bool {
		seen <- struct{}{}
		select {
		case <-ch:
		case <-r.Context().Done():
		}
		return false
	})
	return func() bool { return len(seen) > 0 }, func() { b.server.Override(nil); close(ch) }
}

func TestSignalsAndConcurrentRuns(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			b := newBox(t)
			b.mustRun("materialize")
			b.set("2")
			arrived, release := b.hanging()
			holder := b.command("materialize")
			if err := holder.Start(); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the first request", arrived)
			if code, out := b.run("materialize", "-wait=100ms"); code != 1 || !strings.Contains(out, "another run holds the lock") {
				t.Errorf("a second run: exit status %d\n%s", code, out)
			}
			waiting := b.command("materialize")
			if err := waiting.Start(); err != nil {
				t.Fatal(err)
			}
			if err := holder.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			_ = holder.Wait()
			if code := holder.ProcessState.ExitCode(); code == 0 {
				t.Error("an interrupted run exits 0, and what needs its secrets would start")
			}
			if b.served() != "1" {
				t.Errorf("served %q after the signal", b.served())
			}
			release()
			if err := waiting.Wait(); err != nil || b.served() != "2" {
				t.Errorf("the waiting run: %v, served %q", err, b.served())
			}
		})
	}
}
