package generation

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"panther/pkg/opnix/vault"
)

var key = Key("0123456789abcdef0123456789abcdef")

type fixture struct {
	*Store
	run, link string
}

func newStore(t *testing.T) fixture {
	t.Helper()
	return storeIn(t, t.TempDir())
}

func storeIn(t *testing.T, dir string) fixture {
	t.Helper()
	root, err := filepath.EvalSymlinks(dir)
	if err != nil {
		t.Fatal(err)
	}
	f := fixture{run: root + "/run", link: root + "/lib/secrets"}
	if f.Store, err = Open(f.run, f.link); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	return f
}

// files makes files of "path=content" pairs.
func files(pairs ...string) []File {
	var out []File
	for _, p := range pairs {
		name, content, _ := strings.Cut(p, "=")
		out = append(out, File{Entry: Entry{Path: name, Mode: 0o400, UID: -1, GID: -1}, Value: vault.NewValue([]byte(content))})
	}
	return out
}

func (f fixture) publish(t *testing.T, pairs ...string) *Manifest {
	t.Helper()
	m, err := f.Write(files(pairs...), "c", key, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Switch(m.Number); err != nil {
		t.Fatal(err)
	}
	return m
}

func (f fixture) read(t *testing.T, p string) string {
	t.Helper()
	b, err := os.ReadFile(f.link + "/" + p)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestSwitchShowsOneGenerationAfterTheOther(t *testing.T) {
	t.Parallel()
	f := newStore(t)
	if _, err := f.Current(); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("current of an empty store: %v", err)
	}
	one := f.publish(t, "a/x=1", "b=1")
	two := f.publish(t, "a/x=2", "b=2")
	if got := f.read(t, "a/x") + f.read(t, "b"); got != "22" {
		t.Errorf("read %s", got)
	}
	cur, err := f.Current()
	if err != nil || cur.Number != two.Number || two.Number != one.Number+1 {
		t.Errorf("current %+v, %v", cur, err)
	}
	st, err := os.Stat(f.link + "/a/x")
	if err != nil || st.Mode() != 0o400 {
		t.Errorf("mode %v, %v", st.Mode(), err)
	}
}

// A folder of opnix 0.11 is exchanged, also when folders of earlier exchanges
// are still there, and is cleared of what the generation provides.
func TestSwitchExchangesAFolderEveryTime(t *testing.T) {
	t.Parallel()
	f := newStore(t)
	for round := range 3 {
		if err := os.Remove(f.link); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		if err := os.MkdirAll(f.link+"/a", 0o755); err != nil {
			t.Fatal(err)
		}
		for p, c := range map[string]string{"/a/x": "old", "/foreign": "mine"} {
			if err := os.WriteFile(f.link+p, []byte(c), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		m := f.publish(t, "a/x=new")
		if got := f.read(t, "a/x"); got != "new" {
			t.Fatalf("round %d: read %s", round, got)
		}
		left, err := f.ClearFormer(m)
		if err != nil || len(left) != round+1 {
			t.Fatalf("round %d: former %v, %v", round, left, err)
		}
		for _, l := range left {
			if fmt.Sprint(l.Left) != "[foreign]" {
				t.Errorf("left %v", l.Left)
			}
			if st, _ := os.Stat(l.Path); st.Mode().Perm() != 0o700 {
				t.Errorf("%s has mode %v", l.Path, st.Mode())
			}
		}
	}
}

func TestSwitchHealsAKilledExchange(t *testing.T) {
	t.Parallel()
	f := newStore(t)
	if err := os.MkdirAll(f.link, 0o755); err != nil {
		t.Fatal(err)
	}
	// Killed before the exchange: the link waits under the former name.
	if err := os.Symlink("/nowhere", f.link+".former"); err != nil {
		t.Fatal(err)
	}
	m := f.publish(t, "x=1")
	if left, err := f.ClearFormer(m); err != nil || len(left) != 0 {
		t.Fatalf("%v, %v", left, err)
	}
	if names, _ := f.above.Names(); len(names) != 1 {
		t.Errorf("left behind: %v", names)
	}
}

func TestSwitchRefusesWhatIsNeitherLinkNorFolder(t *testing.T) {
	t.Parallel()
	f := newStore(t)
	m, err := f.Write(files("x=1"), "c", key, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(f.link, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := f.Switch(m.Number); err == nil {
		t.Error("a pipe was replaced")
	}
}

func TestRemovedSecretsVanishFromEveryGeneration(t *testing.T) {
	t.Parallel()
	f := newStore(t)
	f.publish(t, "a/gone=1", "stay=1")
	f.publish(t, "a/gone=2", "stay=2")
	last := f.publish(t, "stay=3")
	if err := f.Prune(last, 2); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(f.run, func(p string, d fs.DirEntry, err error) error {
		if strings.Contains(p, "gone") {
			t.Errorf("still there: %s", p)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	all, err := f.Numbers()
	if err != nil || len(all) != 3 {
		t.Fatalf("%v, %v", all, err)
	}
	for _, n := range all { // what is left can be rolled back to
		m, err := f.Manifest(n)
		if err != nil {
			t.Fatal(err)
		}
		if problems, err := f.Verify(m, key); err != nil || len(problems) > 0 {
			t.Errorf("generation %d: %v, %v", n, problems, err)
		}
	}
}

func TestPruneKeepsAFewAndDropsTheFuture(t *testing.T) {
	t.Parallel()
	f := newStore(t)
	for i := range 6 {
		f.publish(t, fmt.Sprintf("x=%d", i))
	}
	back, err := f.Manifest(4)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Switch(4); err != nil {
		t.Fatal(err)
	}
	if err := f.Prune(back, 2); err != nil {
		t.Fatal(err)
	}
	if all, _ := f.Numbers(); fmt.Sprint(all) != "[2 3 4]" {
		t.Errorf("kept %v", all)
	}
}

func TestVerifyFindsEveryDifference(t *testing.T) {
	t.Parallel()
	f := newStore(t)
	m := f.publish(t, "content=1", "mode=1", "missing=1", "link=1", "fine=1")
	at := func(p string) string { return filepath.Join(f.run, "generations", "1", "files", p) }
	steps := []error{
		os.Chmod(at("content"), 0o600), os.WriteFile(at("content"), []byte("2"), 0o600), os.Chmod(at("content"), 0o400),
		os.Chmod(at("mode"), 0o444), os.Remove(at("missing")), os.Remove(at("link")), os.Symlink("fine", at("link")),
		os.WriteFile(at("extra"), nil, 0o600),
	}
	if err := errors.Join(steps...); err != nil {
		t.Fatal(err)
	}
	problems, err := f.Verify(m, key)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, p := range problems {
		got[p.Path] = p.Detail
	}
	want := map[string]string{"content": "has another content", "mode": "has another mode", "missing": "is missing",
		"link": "is not a regular file", "extra": "is not part of the generation"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

func TestWriteFailsWholeAndClean(t *testing.T) {
	t.Parallel()
	f := newStore(t)
	f.publish(t, "x=1")
	bad := files("x=2", "y=2")
	bad[1].Path = "x/below" // cannot be: x is a file
	if _, err := f.Write(bad, "c", key, time.Now()); err == nil {
		t.Fatal("an impossible generation was written")
	}
	if names, _ := f.gens.Names(); len(names) != 1 {
		t.Errorf("left behind: %v", names)
	}
	if f.read(t, "x") != "1" {
		t.Error("the old set changed")
	}
}

func TestKilledWritersAreSweptAway(t *testing.T) {
	t.Parallel()
	f := newStore(t)
	if err := os.MkdirAll(f.run+"/generations/.new-1/files/a", 0o700); err != nil {
		t.Fatal(err)
	}
	f.publish(t, "x=1")
	if names, _ := f.gens.Names(); len(names) != 1 {
		t.Errorf("left behind: %v", names)
	}
}

func TestBytesAreKept(t *testing.T) {
	t.Parallel()
	f := newStore(t)
	for name, content := range map[string]string{"empty": "", "nul": "\x00", "binary": "\xff\xfe\x00\r\n", "newline": "a\n\n"} {
		f.publish(t, name+"="+content)
		if got := f.read(t, name); got != content {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// Readers that hold the link's folder open see whole generations only: every
// file they read in one resolution of the link has the same content.
func TestReadersNeverSeeAMixture(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("/dev/shm", "generation-")
	if err != nil {
		t.Skip("needs memory to rotate in: ", err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	f := storeIn(t, dir)
	const n = 1000
	set := func(i int) []string {
		return []string{fmt.Sprintf("a=%d", i), fmt.Sprintf("d/b=%d", i), fmt.Sprintf("d/c=%d", i)}
	}
	f.publish(t, set(0)...)
	done := make(chan struct{})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				checkWhole(t, f.link)
			}
		})
	}
	for i := 1; i <= n; i++ {
		m := f.publish(t, set(i)...)
		if err := f.Prune(m, 2); err != nil {
			t.Error(err)
		}
	}
	close(done)
	wg.Wait()
}

func checkWhole(t *testing.T, link string) {
	root, err := os.OpenRoot(link)
	if errors.Is(err, fs.ErrNotExist) {
		// The link is there at every moment; what it led to may be pruned by the time the kernel gets there, when this
		// thread had to wait for three generations.
		if _, err = os.Lstat(link); err == nil {
			return
		}
	}
	if err != nil {
		t.Errorf("open: %v", err)
		return
	}
	defer root.Close()
	var got []string
	for _, p := range []string{"a", "d/b", "d/c"} {
		b, err := root.ReadFile(p)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOENT) {
			return // three generations later it was pruned away, which a reader of the link does not meet
		}
		if err != nil {
			t.Errorf("read: %v", err)
			return
		}
		got = append(got, string(b))
	}
	if got[0] != got[1] || got[1] != got[2] {
		t.Errorf("a mixture: %v", got)
	}
}

func TestCheckPath(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 255)
	for p, ok := range map[string]bool{
		"a": true, "group/name": true, "/etc/x": true, long: true, long + "x": false, "": false, "..": false, "a/../b": false,
		"a//b": false, "./a": false, "a/": false, "a\nb": false, "a\x00": false, "\xff": false, "x/" + long + "/y": true,
		AbsoluteDir + "/x": false, strings.Repeat("abc/", 1100) + "x": false, "a b": true, "ä": true, "/": false,
	} {
		if err := CheckPath(p); (err == nil) != ok {
			t.Errorf("CheckPath(%.40q) = %v, want ok %v", p, err, ok)
		}
	}
}

func FuzzCheckPath(f *testing.F) {
	for _, s := range []string{"a/b", "../x", "/etc/passwd", "a//b", ".absolute/x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, p string) {
		if CheckPath(p) != nil {
			return
		}
		in := InGeneration(p)
		if !filepath.IsLocal(in) || filepath.Clean(in) != in {
			t.Errorf("%q becomes %q", p, in)
		}
	})
}

func TestConflict(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		paths []string
		found bool
	}{
		{[]string{"a", "b"}, false}, {[]string{"a", "a"}, true}, {[]string{"a/b/c", "a"}, true}, {[]string{"a", "ab/c"}, false},
		{[]string{"/a/b", "/a"}, true},
	} {
		if _, _, found := Conflict(tc.paths); found != tc.found {
			t.Errorf("%v: %v", tc.paths, found)
		}
	}
}

func TestMACsDependOnKeyAndLabel(t *testing.T) {
	t.Parallel()
	a := key.MAC("a", []byte("v"))
	for name, b := range map[string]string{"label": key.MAC("b", []byte("v")), "key": Key("other").MAC("a", []byte("v")),
		"boundary": key.MAC("av", nil)} {
		if a == b {
			t.Errorf("the same with another %s", name)
		}
	}
}
