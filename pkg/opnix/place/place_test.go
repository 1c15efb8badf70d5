package place

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// The test binary is also the child that writes as another user.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == ChildCommand {
		if err := RunChild(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func root(t *testing.T) string {
	t.Helper()
	p, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func do(t *testing.T, ops ...Op) {
	t.Helper()
	users, own := Placer{}.Apply(context.Background(), ops)
	if err := errors.Join(users, own); err != nil {
		t.Fatal(err)
	}
}

func copyOp(at, content string) Op {
	return Op{At: at, Kind: Copy, Content: []byte(content), Mode: 0o600, UID: -1, GID: -1}
}

func TestApplyAndRemove(t *testing.T) {
	t.Parallel()
	dir := root(t)
	ops := []Op{{At: dir + "/a/link", Kind: Link, Target: "/stable/x"}, copyOp(dir+"/b/c/copy", "v")}
	for range 2 {
		do(t, ops...)
	}
	if d := VerifyLink(dir+"/a/link", "/stable/x"); d != "" {
		t.Error(d)
	}
	if d := VerifyCopy(dir+"/b/c/copy", func(b []byte) bool { return string(b) == "v" }, 0o600, -1, -1); d != "" {
		t.Error(d)
	}
	if err := os.Chmod(dir+"/b/c/copy", 0o644); err != nil {
		t.Fatal(err)
	}
	if d := VerifyCopy(dir+"/b/c/copy", func([]byte) bool { return true }, 0o600, -1, -1); d != "has another mode" {
		t.Error(d)
	}
	gone := []Op{{At: dir + "/a/link", Kind: Remove, Target: "/stable/x"}, {At: dir + "/b/c/copy", Kind: Remove, Sums: []string{(Op{At: dir + "/b/c/copy"}).Sum([]byte("v"))}}, {At: dir + "/none/x", Kind: Remove}}
	do(t, gone...)
	for _, p := range []string{"/a/link", "/b/c/copy"} {
		if _, err := os.Lstat(dir + p); err == nil {
			t.Errorf("%s stayed", p)
		}
	}
}

// What somebody put in the place of ours is not ours to remove.
func TestRemoveLeavesForeignThings(t *testing.T) {
	t.Parallel()
	dir := root(t)
	if err := errors.Join(os.Symlink("/theirs", dir+"/link"), os.WriteFile(dir+"/file", nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	ops := []Op{{At: dir + "/link", Kind: Remove, Target: "/ours"}, {At: dir + "/link", Kind: Remove}, {At: dir + "/file", Kind: Remove, Target: "/ours"}, {At: dir + "/file", Kind: Remove}}
	do(t, ops...)
	for _, p := range []string{"/link", "/file"} {
		if _, err := os.Lstat(dir + p); err != nil {
			t.Errorf("%s was removed", p)
		}
	}
}

func TestACopyWithASecondNameIsReplaced(t *testing.T) {
	t.Parallel()
	dir := root(t)
	op := copyOp(dir+"/copy", "v")
	do(t, op)
	if err := os.Link(dir+"/copy", dir+"/other"); err != nil {
		t.Fatal(err)
	}
	do(t, op)
	var st syscall.Stat_t
	if err := syscall.Stat(dir+"/copy", &st); err != nil || st.Nlink != 1 {
		t.Errorf("%d names, %v", st.Nlink, err)
	}
}

func TestCheckFindsWhatIsInTheWay(t *testing.T) {
	t.Parallel()
	dir := root(t)
	if err := errors.Join(os.MkdirAll(dir+"/folder", 0o755), os.Symlink(dir, dir+"/way"), syscall.Mkfifo(dir+"/pipe", 0o600)); err != nil {
		t.Fatal(err)
	}
	err := (Placer{}).Check([]Op{copyOp(dir+"/folder", ""), copyOp(dir+"/way/x", ""), copyOp(dir+"/pipe", ""), copyOp(dir+"/fine/x", "")})
	if err == nil || strings.Count(err.Error(), "\n") != 2 || strings.Contains(err.Error(), "fine") {
		t.Errorf("%v", err)
	}
}

// In a user's folder files are written by that user, and root is not led
// elsewhere by what he does there.
func TestFilesOfAUserAreWrittenAsHim(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("needs root to become another user")
	}
	const nobody = 65534
	dir, err := os.MkdirTemp("/", ".place-test-") // /tmp is no place that root alone owns
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	home := dir + "/home"
	if err := errors.Join(os.Chmod(dir, 0o755), os.MkdirAll(home+"/rooted", 0o755), os.Chown(home, nobody, nobody)); err != nil {
		t.Fatal(err)
	}
	mine := Op{At: home + "/.ssh/id", Kind: Copy, Content: []byte("key"), Mode: 0o600, UID: nobody, GID: -1}
	link := Op{At: home + "/.config/x", Kind: Link, Target: "/stable/x"}
	do(t, mine, link)
	for _, p := range []string{"/.ssh", "/.ssh/id", "/.config/x"} {
		var st syscall.Stat_t
		if err := syscall.Lstat(home+p, &st); err != nil || st.Uid != nobody {
			t.Errorf("%s belongs to %d, %v", p, st.Uid, err)
		}
	}
	// A folder of root in his home could be exchanged by him: he may not write
	// there, and so opnix does not.
	inRooted := Op{At: home + "/rooted/id", Kind: Copy, Mode: 0o600, UID: nobody, GID: -1}
	users, own := (Placer{}).Apply(context.Background(), []Op{inRooted})
	if own != nil || users == nil || !strings.Contains(users.Error(), "permission denied") {
		t.Errorf("a folder of root in a home: %v, %v", users, own)
	}
	// Nor can he stop the secrets of others by what he puts in the way.
	if err := os.Symlink("/etc", home+"/way"); err != nil {
		t.Fatal(err)
	}
	inWay := Op{At: home + "/way/x", Kind: Link, Target: "/stable/x"}
	if err := (Placer{}).Check([]Op{inWay}); err != nil {
		t.Errorf("a link in his folder stops the run: %v", err)
	}
	if users, own = (Placer{}).Apply(context.Background(), []Op{inWay}); users == nil || own != nil {
		t.Errorf("a link in his folder: %v, %v", users, own)
	}
	// A secret of root's is not put where he could read it.
	if err := (Placer{}).Check([]Op{copyOp(home+"/x", "root's")}); err == nil || !strings.Contains(err.Error(), "not the owner of the secret") {
		t.Errorf("a secret of another user: %v", err)
	}
}
