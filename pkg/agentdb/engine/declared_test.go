package engine

import (
	"slices"
	"testing"

	"panther/pkg/knowledge"
)

func TestDeclarationsHaveTermsOfTheirOwn(t *testing.T) {
	t.Parallel()
	d := knowledge.Document{URI: "file:///a.py", Title: "a.py", Meta: map[string]string{"kind": code},
		Markdown: "```python\nimport x\n```\n\n## `class Store` {#L3}\n\nKeeps.\n\n`Store.get`, `Store.put`\n\n```python\nclass Store:\n```\n\n## `…` {#L9}\n\n```python\nStore.put(1)\n```\n"}
	want := [][]string{nil, {"def·store", "def·store.get", "def·get", "def·store.put", "def·put"}, nil}
	for i, p := range passagesOf(d) {
		var got []string
		for _, term := range p.Terms {
			if len(term) > 5 && term[:3] == "def" && term != "def" {
				got = append(got, term)
			}
		}
		if !slices.Equal(got, want[i]) {
			t.Errorf("passage %d declares %q, want %q", i, got, want[i])
		}
	}
	d.Meta = nil
	for _, p := range passagesOf(d) {
		if slices.Contains(p.Terms, "def·store") {
			t.Error("a page declares something")
		}
	}
}
