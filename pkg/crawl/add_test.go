package crawl

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
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
	b := source.Source{Name: "b", Kind: source.Files, Path: "/srv/\"docs\"", Tags: []string{"x y"}, Schedule: "@daily", Version: "17"}
	if err := Add(path, b); err != nil {
		t.Fatal(err)
	}
	if err := Add(path, b); err == nil {
		t.Error("the same name was added twice")
	}
	after, _ := os.ReadFile(path)
	if !strings.HasPrefix(string(after), before) || !strings.Contains(string(after), "schedule = ") || !strings.Contains(string(after), "version = ") {
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

func TestGuessTellsTheKind(t *testing.T) {
	t.Parallel()
	for place, want := range map[string]source.Source{
		"https://docs.example.com/guide/":                       {Name: "example-guide", Kind: source.Web, URL: "https://docs.example.com/guide/"},
		"github.com/golang/go":                                  {Name: "github-golang-go", Kind: source.Git, URL: "https://github.com/golang/go"},
		"https://github.com/golang/go/tree/master/doc":          {Name: "github-golang-go-tree-master-doc", Kind: source.Git, URL: "https://github.com/golang/go", Ref: "master", Include: []string{"doc/**"}},
		"https://git.example.com/ops/notes.git":                 {Name: "git-example-ops-notes-git", Kind: source.Git, URL: "https://git.example.com/ops/notes.git"},
		"https://acme.atlassian.net/wiki/spaces/OPS/pages/1/On": {Name: "acme-atlassian-wiki-spaces-ops-pages-1-o", Kind: source.Confluence, URL: "https://acme.atlassian.net/wiki", Spaces: []string{"OPS"}},
		"https://dev.to/t/go":                                   {Name: "dev-to-t-go", Kind: source.Feed, URL: "https://dev.to/t/go"},
		"https://medium.com/@ana":                               {Name: "medium-ana", Kind: source.Feed, URL: "https://medium.com/@ana"},
		"https://blog.example.com/feed.xml":                     {Name: "blog-example-feed-xml", Kind: source.Feed, URL: "https://blog.example.com/feed.xml"},
	} {
		got, err := Guess(place)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v, want %+v", place, got, err, want)
		}
	}
	for _, bad := range []string{"ftp://example.com/", "https://user:pw@example.com/", "", "file:///etc"} {
		if got, err := Guess(bad); err == nil {
			t.Errorf("%q became %+v", bad, got)
		}
	}
}

// Settings are changed in their table alone; comments and other tables stay.
func TestEdit(t *testing.T) {
	t.Parallel()
	const before = `version = 1
# the wiki
[[source]]
name = "wiki" # by hand
url = "https://wiki.example.com/"
tags = [ # two
  "a", 'b]',
]
schedule = "0 3 * * *" # at night

[[source]]
name = "other"
url = "https://other.example.com/"
`
	const after = `version = 1
# the wiki
[[source]]
name = "wiki" # by hand
url = "https://wiki.example.com/"
tags = ['x']
schedule = '0 * * * *' # at night
max_pages = 50
render = 'auto'

[[source]]
name = "other"
url = "https://other.example.com/"
disabled = true
`
	path := filepath.Join(t.TempDir(), "c.toml")
	if err := os.WriteFile(path, []byte(before), 0o600); err != nil {
		t.Fatal(err)
	}
	err := errors.Join(Edit(path, "wiki", map[string]any{"tags": []string{"x"}, "schedule": "0 * * * *", "render": "auto", "max_pages": 50}),
		Edit(path, "other", map[string]any{"disabled": true}))
	if b, rerr := os.ReadFile(path); err != nil || rerr != nil || string(b) != after {
		t.Errorf("%v, %v\n%s", err, rerr, b)
	}
	for _, wrong := range []map[string]any{{"schedule": "nonsense"}, {"render": "x"}, {"no_such": 1}} {
		if err := Edit(path, "wiki", wrong); err == nil {
			t.Errorf("%v was written", wrong)
		}
	}
	if err := Edit(path, "nothing", map[string]any{"render": "auto"}); !errors.Is(err, ErrNoSource) {
		t.Errorf("no such source: %v", err)
	}
	if b, _ := os.ReadFile(path); string(b) != after {
		t.Errorf("a refused change was written:\n%s", b)
	}
}
