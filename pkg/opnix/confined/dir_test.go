package confined

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// open returns a folder of its own whose path has no link in it.
func open(t *testing.T) (*Dir, string) {
	t.Helper()
	p, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	d, err := Open(p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d, p
}

func TestLinksAreRefusedAtEveryComponent(t *testing.T) {
	t.Parallel()
	outside := t.TempDir()
	for _, tc := range []struct {
		name  string
		plant func(in string) error
	}{
		{"first component", func(in string) error { return os.Symlink(outside, in+"/a") }},
		{"second component", func(in string) error {
			_ = os.Mkdir(in+"/a", 0o700)
			return os.Symlink(outside, in+"/a/b")
		}},
		{"relative link up", func(in string) error { return os.Symlink("../..", in+"/a") }},
		{"file in the way", func(in string) error { return os.WriteFile(in+"/a", nil, 0o600) }},
		{"pipe in the way", func(in string) error { return unix.Mkfifo(in+"/a", 0o600) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			d, in := open(t)
			if err := tc.plant(in); err != nil {
				t.Fatal(err)
			}
			if sub, err := d.MkdirAll("a/b", 0o700); err == nil {
				sub.Close()
				t.Error("the folder was opened through what was planted")
			}
		})
	}
	if left, _ := os.ReadDir(outside); len(left) > 0 {
		t.Errorf("written outside: %v", left)
	}
}

func TestNamesCannotLeave(t *testing.T) {
	t.Parallel()
	d, _ := open(t)
	for _, p := range []string{"..", "../x", "a/../../x", "/etc", "/"} {
		if sub, err := d.Sub(p); err == nil {
			sub.Close()
			t.Errorf("Sub(%q) left the folder", p)
		}
		if _, err := d.ReadFile(p); err == nil {
			t.Errorf("ReadFile(%q) left the folder", p)
		}
	}
}

func TestWriteFileNeverFollowsOrReplaces(t *testing.T) {
	t.Parallel()
	d, in := open(t)
	victim := filepath.Join(t.TempDir(), "victim")
	if err := os.WriteFile(victim, []byte("precious"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, plant := range map[string]func(string) error{
		"link":     func(p string) error { return os.Symlink(victim, p) },
		"hard":     func(p string) error { return os.Link(victim, p) },
		"dangling": func(p string) error { return os.Symlink(victim+".none", p) },
		"pipe":     func(p string) error { return unix.Mkfifo(p, 0o600) },
	} {
		if err := plant(in + "/" + name); err != nil {
			t.Fatal(err)
		}
		if err := d.WriteFile(name, []byte("secret"), -1, -1, 0o600); !errors.Is(err, fs.ErrExist) {
			t.Errorf("%s: %v, want that it exists", name, err)
		}
		if err := d.Replace(name, []byte("secret"), -1, -1, 0o600); err != nil {
			t.Errorf("%s: replace: %v", name, err)
		}
	}
	if b, _ := os.ReadFile(victim); string(b) != "precious" {
		t.Errorf("the victim holds %q", b)
	}
	if _, err := os.Stat(victim + ".none"); err == nil {
		t.Error("a dangling link was followed")
	}
}

func TestReplaceWorksThroughTheNameOfAKilledWriter(t *testing.T) {
	t.Parallel()
	d, in := open(t)
	name := strings.Repeat("n", 255)
	tmp := in + "/" + temporary(name)
	if err := os.MkdirAll(tmp+"/planted", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := d.Replace(name, []byte("v"), -1, -1, 0o440); err != nil {
		t.Fatal(err)
	}
	st, err := os.Stat(in + "/" + name)
	if err != nil || st.Mode() != 0o440 {
		t.Errorf("%v, %v", st, err)
	}
	if names, _ := d.Names(); len(names) != 1 {
		t.Errorf("left behind: %v", names)
	}
	if !IsTemporary(filepath.Base(tmp)) || IsTemporary(name) {
		t.Error("temporary names are not told apart")
	}
}

func TestOpenOwnRefusesWhatOthersCanChange(t *testing.T) {
	t.Parallel()
	_, in := open(t)
	for mode, ok := range map[os.FileMode]bool{0o700: true, 0o755: true, 0o775: false, 0o777: false} {
		if err := os.Chmod(in, mode); err != nil {
			t.Fatal(err)
		}
		d, err := OpenOwn(in, 0o700)
		if (err == nil) != ok {
			t.Errorf("mode %04o: %v", mode, err)
		}
		if err == nil {
			d.Close()
		}
	}
}

func TestMakingNeverLoosensAFolder(t *testing.T) {
	t.Parallel()
	_, in := open(t)
	if err := os.Mkdir(in+"/private", 0o700); err != nil {
		t.Fatal(err)
	}
	d, err := OpenMaking(in+"/private/a/b", 0o755)
	if err != nil {
		t.Fatal(err)
	}
	d.Close()
	for p, want := range map[string]os.FileMode{"/private": 0o700, "/private/a": 0o755, "/private/a/b": 0o755} {
		if st, err := os.Stat(in + p); err != nil || st.Mode().Perm() != want {
			t.Errorf("%s: %v, %v, want %04o", p, st.Mode(), err, want)
		}
	}
}

func TestLockExcludesAndEndsWithItsHolder(t *testing.T) {
	t.Parallel()
	_, in := open(t)
	unlock, err := Lock(context.Background(), in+"/lock")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Millisecond)
	defer cancel()
	if _, err := Lock(ctx, in+"/lock"); !errors.Is(err, ErrLocked) {
		t.Fatalf("second holder: %v", err)
	}
	unlock()
	again, err := Lock(context.Background(), in+"/lock")
	if err != nil {
		t.Fatal(err)
	}
	again()
}

func TestRemoveTakesEmptyFoldersAlong(t *testing.T) {
	t.Parallel()
	d, in := open(t)
	for _, p := range []string{"a/b/c", "a/x"} {
		if err := os.MkdirAll(filepath.Dir(in+"/"+p), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(in+"/"+p, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 { // the second time nothing is there
		if err := d.Remove("a/b/c"); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(in + "/a/b"); err == nil {
		t.Error("an empty folder stayed")
	}
	if _, err := os.Stat(in + "/a/x"); err != nil {
		t.Error("a file that was not named is gone")
	}
}
