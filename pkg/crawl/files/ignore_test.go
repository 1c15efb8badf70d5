package files

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"panther/pkg/crawl/source"
)

// TestIgnoresAsGitDoes holds the rules against git's own reading of them.
func TestIgnoresAsGitDoes(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not installed")
	}
	dir := t.TempDir()
	git := func(args ...string) string {
		cmd := exec.Command("git", args...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1")
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("git %v: %v", args, err)
		}
		return string(out)
	}
	git("init", "-q")
	files := map[string]string{
		".gitignore": "# what is built\n*.o\n!keep.o\n/out\nlogs/\ndoc/*.txt\n**/cache/*.py\nabc/**\n\\#odd.py\ntrail.py   \n[xy]z.py\n!\n\nwith{brace}.py\nfoo/bar.py\n/a/**/z.py\n",
		"a.o":        "", "keep.o": "", "sub/b.o": "", "out/x.py": "", "sub/out/x.py": "", "logs/x.py": "", "sub/logs/y.py": "", "doc/a.txt": "", "doc/sub/a.txt": "", "cache/a.py": "", "m/cache/a.py": "", "m/cache/n/a.py": "",
		"abc/x.py": "", "abc/d/x.py": "", "#odd.py": "", "trail.py": "", "xz.py": "", "zz.py": "", "with{brace}.py": "", "withbrace.py": "", "foo/bar.py": "", "sub/foo/bar.py": "", "a/z.py": "", "a/b/c/z.py": "",
		"deep/.gitignore": "*.py\n!/keep.py\nmine/\n", "deep/a.py": "", "deep/keep.py": "", "deep/d/keep.py": "", "deep/mine/x.md": "", "deep/n/mine/x.md": "", "b*c/.gitignore": "x.py\n", "b*c/x.py": "", "bbc/x.py": "",
	}
	for name, text := range files {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, under := range []string{"", "deep"} {
		f := New(source.Source{Path: filepath.Join(dir, under), Code: true})
		var err error
		if f.root, err = os.OpenRoot(f.dir); err != nil {
			t.Fatal(err)
		}
		g := f.ignores()
		got := map[string]bool{}
		err = fs.WalkDir(f.root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
			switch {
			case err != nil || name == ".git":
				return fs.SkipDir
			case g.match(name, d.IsDir()) && d.IsDir():
				return fs.SkipDir
			case d.IsDir():
				g.enter(f.root, name)
			case !g.match(name, false):
				got[filepath.ToSlash(filepath.Join(under, name))] = true
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		_ = f.root.Close()
		want := 0
		for name := range strings.SplitSeq(strings.TrimRight(git("ls-files", "-z", "--cached", "--others", "--exclude-standard"), "\x00"), "\x00") {
			if under != "" && !strings.HasPrefix(name, under+"/") {
				continue
			}
			want++
			if !got[name] {
				t.Errorf("below %q: %s is ignored", under, name)
			}
			delete(got, name)
		}
		for name := range got {
			t.Errorf("below %q: %s is not ignored", under, name)
		}
		if want < 2 {
			t.Errorf("below %q: git lists %d files", under, want)
		}
	}
	if New(source.Source{Path: t.TempDir(), Code: true}).ignores() != nil {
		t.Error("a folder that is no work tree ignores files")
	}
}
