package engine

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"panther/pkg/agentdb/sqlite"
	"panther/pkg/knowledge"
)

// TestChangesGoOn lists more text than one listing looks at: the cursor leads
// through all of it, each page once.
func TestChangesGoOn(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	s, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "a.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	e := New(s, nil, slog.New(slog.DiscardHandler))
	began := time.Now()
	const pages = 5
	line := strings.Repeat("x", 1000) + "\n" // one word, so that nothing takes long but its size
	for i := range pages {
		d := knowledge.Document{URI: fmt.Sprintf("https://x/%d", i), Source: "s", Markdown: "```\n" + strings.Repeat(line, maxComparedText/2000) + "```"}
		if rs, err := e.Upsert(ctx, d); err != nil || rs[0].Error != "" {
			t.Fatal(rs, err)
		}
	}
	var got []string
	lists := 0
	for sel := (knowledge.ListChanges{Since: began}); ; lists++ {
		l, err := e.Changes(ctx, sel)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range l.Pages {
			got = append(got, p.URI)
		}
		if sel.After = l.Next; l.Next == "" {
			break
		}
	}
	if want := "https://x/0 https://x/1 https://x/2 https://x/3 https://x/4"; strings.Join(got, " ") != want || lists == 0 {
		t.Errorf("%q in %d listings after the first", got, lists)
	}
	if _, err := e.Changes(ctx, knowledge.ListChanges{}); err == nil {
		t.Error("changes since no time were listed")
	}
}
