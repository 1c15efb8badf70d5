package engine

import (
	"testing"

	"panther/pkg/search"
)

func TestEdition(t *testing.T) {
	t.Parallel()
	for uri, want := range map[string]string{
		"https://e.org/docs/17/slots.html": "https://e.org/docs/*/slots.html 17", "https://e.org/v2/a": "https://e.org/*/a v2",
		"https://e.org/en/3.1.x/a/": "https://e.org/en/*/a/ 3.1.x", "https://e.org/issues/12345/a": "https://e.org/issues/12345/a ",
		"file:///home/docs/4/5/x.md": "file:///home/docs/*/5/x.md 4", "https://e.org/17": "https://e.org/17 ", "https://e.org/pkg@1.2/x": "https://e.org/*/x pkg@1.2",
		"https://e.org/stable/a": "https://e.org/stable/a ",
	} {
		if e := editionOf(uri); e.page+" "+e.name != want {
			t.Errorf("%s is %q %q", uri, e.page, e.name)
		}
	}
	for _, tc := range []struct {
		page, old, query string
		want             bool
	}{
		{"https://e.org/17/a", "https://e.org/9/a", "slots", true}, {"https://e.org/9/a", "https://e.org/17/a", "slots", false},
		{"https://e.org/17/a", "https://e.org/16/a", "slots in 16", false}, {"https://e.org/17/a", "https://e.org/16/b", "slots", false},
		{"https://e.org/v1.10/a", "https://e.org/v1.9/a", "slots", true}, {"https://e.org/a", "https://e.org/1/a", "slots", false},
	} {
		if got := editionOf(tc.page).replaces(editionOf(tc.old), search.Text(tc.query)); got != tc.want {
			t.Errorf("%s replaces %s for %q: %v", tc.page, tc.old, tc.query, got)
		}
	}
}
