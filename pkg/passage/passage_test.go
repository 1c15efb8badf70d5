package passage

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestCut(t *testing.T) {
	t.Parallel()
	got := Cut("intro\n\n# Title {#top}\n\nfirst\n\n## Part\n\n- a\n\n- b\n\n```sh\n# no heading\n\nx\n```\n\n# <a id=\"n\"></a>Next\n\nlast\n")
	want := []Passage{
		{Text: "intro"},
		{Headings: []string{"Title"}, Anchor: "top", Text: "first"},
		{Headings: []string{"Title", "Part"}, Text: "- a\n\n- b\n\n```sh\n# no heading\n\nx\n```"},
		{Headings: []string{"Next"}, Anchor: "n", Text: "last"},
	}
	if !slices.EqualFunc(got, want, func(a, b Passage) bool {
		return slices.Equal(a.Headings, b.Headings) && a.Anchor == b.Anchor && a.Text == b.Text
	}) {
		t.Errorf("got %q", got)
	}
}

func TestCutKeepsFences(t *testing.T) {
	t.Parallel()
	small := "```go\n" + strings.Repeat("call(x)\n", 60) + "```"
	if got := Cut("a\n\n" + small); !strings.Contains(got[len(got)-1].Text, small) {
		t.Error("a code block within the limit was torn")
	}
	for _, p := range Cut("```go\n" + strings.Repeat("call(x)\n", 600) + "```") {
		if !strings.HasPrefix(p.Text, "```go\n") || !strings.HasSuffix(p.Text, "\n```") {
			t.Fatalf("a piece lost its fence: %.40q", p.Text)
		}
	}
}

func FuzzCut(f *testing.F) {
	f.Add("# a\n\n```\nx")
	f.Add(strings.Repeat("long ", 2000) + "\n\n- x\n\n  y")
	f.Add(strings.Repeat("ü", 5000))
	f.Fuzz(func(t *testing.T, md string) {
		for _, p := range Cut(md) {
			if p.Text == "" {
				t.Error("empty passage")
			}
			if utf8.ValidString(md) && !utf8.ValidString(p.Text) {
				t.Error("a character was cut")
			}
			if n := Tokens(p.Text); n > 2*limit {
				t.Errorf("passage of %d tokens", n)
			}
		}
	})
}
