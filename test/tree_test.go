package test

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// maxTracked is the size above which a file is no source: what is built or fetched is not tracked.
const maxTracked = 1_500_000

// TestTrackedFiles refuses what does not belong into the tree: programs, libraries and objects, and large files.
func TestTrackedFiles(t *testing.T) {
	t.Parallel()
	list, err := exec.Command("git", "-C", "..", "ls-files", "-z").Output()
	if err != nil {
		t.Skipf("no checkout of git: %v", err)
	}
	files := strings.Split(strings.TrimSuffix(string(list), "\x00"), "\x00")
	if len(files) < 100 {
		t.Fatalf("git lists %d files", len(files))
	}
	for _, name := range files {
		if why := unfit(filepath.Join("..", name)); why != "" {
			t.Errorf("%s %s: git rm --cached it", name, why)
		}
	}
}

func TestUnfit(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, content := range map[string][]byte{"elf": []byte("\x7fELF\x02\x01\x01"), "large": make([]byte, maxTracked+1)} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if unfit(path) == "" {
			t.Errorf("%s is fit", name)
		}
	}
}

// unfit returns why a file cannot be tracked, or "".
func unfit(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return "" // removed from the folder and not from the index yet
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return ""
	}
	if info.Size() > maxTracked {
		return "is larger than 1.5 MB"
	}
	var magic [4]byte
	if _, err := io.ReadFull(f, magic[:]); err == nil && bytes.Equal(magic[:], []byte("\x7fELF")) {
		return "is a program"
	}
	return ""
}

// action is a step of a workflow that runs somebody else's code.
var action = regexp.MustCompile(`(?m)^\s*-? *uses:\s*(\S+)(.*)$`)

// TestWorkflows wants every action pinned to a commit, with the release it is in a comment, and no workflow to have more
// than the right to read.
func TestWorkflows(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("../.github/workflows/*.yml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no workflows (%v)", err)
	}
	pinned := regexp.MustCompile(`^[\w.-]+/[\w./-]+@[0-9a-f]{40}$`)
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range action.FindAllStringSubmatch(string(text), -1) {
			if !pinned.MatchString(m[1]) || !strings.HasPrefix(strings.TrimSpace(m[2]), "# v") {
				t.Errorf("%s: %s is not pinned to a commit with its release in a comment", path, m[1])
			}
		}
		if !strings.Contains(string(text), "\npermissions:\n  contents: read\n") || strings.Contains(string(text), ": write") {
			t.Errorf("%s may do more than read", path)
		}
		if strings.Count(string(text), "actions/checkout@") != strings.Count(string(text), "persist-credentials: false") {
			t.Errorf("%s leaves its token in the checkout", path)
		}
	}
}
