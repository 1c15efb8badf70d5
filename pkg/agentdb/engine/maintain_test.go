package engine

import (
	"testing"
	"time"

	"panther/pkg/agentdb/store"
	"panther/pkg/knowledge"
)

// TestRecut has a document that an earlier release cut into one passage.
func TestRecut(t *testing.T) {
	t.Parallel()
	ctx, e := t.Context(), serving(t, &placed{weight: .5}, "# New\n\ntext")
	d := knowledge.Document{URI: "https://e.org/old", Source: "s", Title: "Old", Markdown: "# A\n\none\n\n# B\n\ntwo"}
	if _, err := e.store.Upsert(ctx, []store.DocumentWrite{{Document: d, Fingerprint: "1", Passages: func() []store.Passage {
		return []store.Passage{{Hash: "h", Text: d.Markdown, Terms: []string{"one", "two"}}}
	}}}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{1, 0} {
		m, err := e.Maintain(ctx, time.Hour)
		if err != nil || m.Recut != want {
			t.Fatalf("%+v, %v, want %d recut", m, err, want)
		}
	}
	ps, err := e.store.Around(ctx, knowledge.DocumentID(d.URI), 0, 9)
	if err != nil || len(ps) != 2 || ps[1].Text != "two" {
		t.Errorf("passages %+v, %v", ps, err)
	}
}
