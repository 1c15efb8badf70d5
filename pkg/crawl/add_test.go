package crawl

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"panther/pkg/crawl/source"
)

func TestAddAndRemoveLeaveTheRestOfTheFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "panther-crawl.toml")
	before := "version = 1\n# mine\nparallel = 2\n\n[[source]]\nname = \"a\" # first\nurl = \"https://a.example/\"\ninclude = [\n  \"/x/**\",\n]\n"
	if err := os.WriteFile(path, []byte(before), 0o600); err != nil {
		t.Fatal(err)
	}
	b := source.Source{Name: "b", Kind: source.Files, Path: "/srv/\"docs\"", Tags: []string{"x y"}, Schedule: "@daily"}
	if err := Add(path, b); err != nil {
		t.Fatal(err)
	}
	if err := Add(path, b); err == nil {
		t.Error("the same name was added twice")
	}
	after, _ := os.ReadFile(path)
	if !strings.HasPrefix(string(after), before) || !strings.Contains(string(after), "schedule = ") {
		t.Errorf("after adding:\n%s", after)
	}
	if err := Remove(path, "a"); err != nil {
		t.Fatal(err)
	}
	after, _ = os.ReadFile(path)
	if s := string(after); strings.Contains(s, "a.example") || !strings.Contains(s, "# mine") || !strings.Contains(s, `name = `) {
		t.Errorf("after removing:\n%s", after)
	}
	if err := Remove(path, "a"); !errors.Is(err, ErrNoSource) {
		t.Errorf("removing it again: %v", err)
	}
	if err := Remove(path, "b"); err != nil {
		t.Fatal(err)
	}
}
