package crawl_test

import (
	"bytes"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"panther/pkg/crawl"
	"panther/pkg/crawl/source"
	"panther/pkg/sd"
)

// object stores an object and returns its name.
func (r *repository) object(kind, content string) string {
	r.t.Helper()
	cmd := exec.Command("git", "-C", r.dir, "hash-object", "-w", "-t", kind, "--literally", "--stdin")
	cmd.Stdin = strings.NewReader(content)
	out, err := cmd.Output()
	if err != nil {
		r.t.Fatalf("store %s: %v", kind, err)
	}
	return string(bytes.TrimSpace(out))
}

// tree stores a tree with n times the same entry under other names.
func (r *repository) tree(n int, mode, kind, object string, name func(int) string) string {
	r.t.Helper()
	var in strings.Builder
	for i := range n {
		fmt.Fprintf(&in, "%s %s %s\t%s\x00", mode, kind, object, name(i))
	}
	cmd := exec.Command("git", "-C", r.dir, "mktree", "-z", "--missing")
	cmd.Stdin = strings.NewReader(in.String())
	out, err := cmd.Output()
	if err != nil {
		r.t.Fatalf("store tree: %v", err)
	}
	return string(bytes.TrimSpace(out))
}

func (r *repository) head(tree string) {
	r.t.Helper()
	cmd := exec.Command("git", "-C", r.dir, "-c", "user.name=t", "-c", "user.email=t@example.com", "commit-tree", tree, "-m", "bomb")
	out, err := cmd.Output()
	if err != nil {
		r.t.Fatalf("commit: %v", err)
	}
	r.git("update-ref", "refs/heads/main", string(bytes.TrimSpace(out)))
}

// A repository of some kilobytes holds billions of paths, or very long ones. It
// fails by itself, with the limit that it is above; the next source is read.
func TestATreeThatIsABomb(t *testing.T) {
	t.Parallel()
	short := func(i int) string { return fmt.Sprintf("d%d", i) }
	page := func(i int) string { return fmt.Sprintf("d%d.md", i) }
	long := func(i int) string { return fmt.Sprintf("%d%s.md", i, strings.Repeat("x", 240)) }
	for name, tc := range map[string]struct {
		levels, width int
		leaf          func(r *repository) string // a tree
		dir           func(int) string
		want          string
	}{
		"ten levels of ten": {10, 10, func(r *repository) string { return r.tree(10, "100644", "blob", r.object("blob", "# Page\n"), page) }, short, "300000 files and folders"},
		"folders only":      {10, 10, func(r *repository) string { return r.tree(0, "", "", "", nil) }, short, "300000 files and folders"},
		"submodules":        {9, 10, func(r *repository) string { return r.tree(9, "160000", "commit", strings.Repeat("1", 40), short) }, short, "300000 files and folders"},
		"deep":              {200, 1, func(r *repository) string { return r.tree(1, "100644", "blob", r.object("blob", "# Page\n"), page) }, short, "100 deep"},
		"a long path":       {20, 1, func(r *repository) string { return r.tree(1, "100644", "blob", r.object("blob", "# Page\n"), page) }, long, "4096 bytes"},
		"long paths":        {13, 2, func(r *repository) string { return r.tree(40, "100644", "blob", r.object("blob", "# Page\n"), long) }, long, "48 MiB together"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRepository(t)
			tree := tc.leaf(r)
			for range tc.levels {
				tree = r.tree(tc.width, "040000", "tree", tree, tc.dir)
			}
			r.head(tree)
			b := newBench(t, source.Source{Name: "bomb", Kind: source.Git, Path: r.dir})
			_, err := b.run(crawl.Options{})
			if err == nil || !strings.Contains(err.Error(), tc.want) || sd.HintOf(err) == "" {
				t.Errorf("got %v, hint %q", err, sd.HintOf(err))
			}
			if len(b.live()) != 0 {
				t.Errorf("documents %v", b.live())
			}
		})
	}
}

// One large blob that is packed into little costs no memory, and its file is a
// failure of its own.
func TestABlobThatIsABomb(t *testing.T) {
	t.Parallel()
	r := newRepository(t)
	r.write("docs/good.md", "# Good\n\nText.\n")
	r.write("docs/bomb.md", strings.Repeat("\x00", 64<<20))
	r.commit("first")
	b := newBench(t, source.Source{Name: "repo", Kind: source.Git, Path: r.dir})
	run, err := b.run(crawl.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if live := b.live(); len(live) != 1 {
		t.Errorf("documents %v, run %+v", live, run)
	}
}
