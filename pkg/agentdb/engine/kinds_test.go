package engine

import (
	"testing"

	"panther/pkg/agentdb/store"
	"panther/pkg/search"
)

func TestMainFirst(t *testing.T) {
	t.Parallel()
	for uri, want := range map[string]bool{
		"https://e.org/docs/release-notes/17": true, "https://e.org/docs/release-17-2.html": false, "https://e.org/docs/whats-new.html": true,
		"https://e.org/docs/bookindex.html": true, "https://e.org/CHANGELOG.md": true, "https://e.org/guide/newsletter": false,
		"https://e.org/docs/sql-createindex.html": false, "https://e.org/blog/2024/slots": true, "https://e.org/docs/upgrading.html": true, "::": false,
	} {
		if got := isAside(uri); got != want {
			t.Errorf("%s: %v", uri, got)
		}
	}
	pages := map[int64]store.StoredPassage{1: {URI: "https://e.org/changelog"}, 2: {URI: "https://e.org/slots"}, 3: {URI: "https://e.org/other"}}
	part := []search.Fused{{Unit: 1, Score: 1}, {Unit: 2, Score: .95}, {Unit: 3, Score: .5}}
	for query, first := range map[string]int64{"how are slots set": 2, "when did slots change": 1} {
		if got := mainFirst(part, pages, search.Text(query)); got[0].Unit != first || len(got) != 3 {
			t.Errorf("%s: %+v", query, got)
		}
	}
	if got := mainFirst([]search.Fused{{Unit: 1, Score: 1}, {Unit: 2, Score: .8}}, pages, search.Text("slots")); got[0].Unit != 1 {
		t.Errorf("a page that fits much better: %+v", got)
	}
}
