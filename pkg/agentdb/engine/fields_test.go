package engine

import (
	"testing"

	"panther/pkg/knowledge"
	"panther/pkg/passage"
)

func TestFields(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		uri, title string
		headings   []string
		want       string
	}{
		{"https://e.org/a/docs/17/slot-size.html", "Slots", []string{"Server", "Size"}, "\nSize\nSlots\nSize\nSlots\ndocs\nslot-size"},
		{"https://e.org/guide/index.html", "Guide", []string{"guide"}, "\nGuide\nGuide\nguide"},
		{"eval:7", "A", nil, "\nA\nA"},
		{"::", "A", nil, "\nA\nA"},
	} {
		if got := fields(knowledge.Document{URI: tc.uri, Title: tc.title}, passage.Passage{Headings: tc.headings}); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.uri, got, tc.want)
		}
	}
}
