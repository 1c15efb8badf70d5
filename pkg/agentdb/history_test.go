package agentdb

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"panther/pkg/knowledge"
)

// TestHistory follows a source over two nights by the client: what is new, gone,
// moved and another is told with its kind, and what was is still there.
func TestHistory(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	c := start(t, t.TempDir(), nil)
	put := func(name, md string) {
		t.Helper()
		if rs, err := c.Upsert(ctx, knowledge.Document{URI: "https://x/" + name, Source: "x", Title: name, Markdown: md}); err != nil || rs[0].Error != "" {
			t.Fatalf("%+v, %v", rs, err)
		}
	}
	run := func(id string, began time.Time) {
		t.Helper()
		now := time.Now()
		if err := c.PutRun(ctx, knowledge.Run{ID: id, Source: "x", Started: began, Finished: &now, Status: "finished"}); err != nil {
			t.Fatal(err)
		}
	}
	told := func(since time.Time, sel knowledge.ListChanges) string {
		t.Helper()
		sel.Since = since
		l, err := c.Changes(ctx, sel)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, p := range l.Pages {
			s := strings.TrimPrefix(p.URI, "https://x/") + " " + string(p.Kind)
			if p.To != "" {
				s += " to " + strings.TrimPrefix(p.To, "https://x/")
			}
			if p.From != "" {
				s += " from " + strings.TrimPrefix(p.From, "https://x/")
			}
			for _, ch := range p.Changes {
				s += fmt.Sprintf(" [%s %s]", ch.Kind, ch.Where())
			}
			out = append(out, s)
		}
		return strings.Join(out, "; ")
	}
	const notice = "\n\nThis manual is of release %d of the server."
	long := strings.Repeat("A page that says the same under another address. It has many words of its own. ", 9)
	first := time.Now()
	put("a", "# a\n\n## Options\n\n- **`port`**: The default is `80`."+fmt.Sprintf(notice, 1))
	put("b", "# b\n\nA fast server."+fmt.Sprintf(notice, 1))
	put("c", "# c\n\nIt stays."+fmt.Sprintf(notice, 1))
	put("old", long)
	put("gone", "# gone\n\nOther words.")
	put("part", "# part\n\nWhat stands here is joined with the page c on the second night, with all of its words.")
	run("1", first)
	if got := told(first, knowledge.ListChanges{}); got != "" {
		t.Errorf("the first run: %s", got)
	}

	second := time.Now()
	put("a", "# a\n\n## Options\n\n- **`port`**: The default is `8080`."+fmt.Sprintf(notice, 2))
	put("b", "# b\n\nA quick server."+fmt.Sprintf(notice, 2))
	put("c", "# c\n\nIt stays.\n\n## part\n\nWhat stands here is joined with the page c on the second night, with all of its words."+fmt.Sprintf(notice, 2))
	put("moved", long)
	put("new", "# new\n\nSomething.")
	for _, name := range []string{"old", "gone", "part"} {
		if err := c.Delete(ctx, "https://x/"+name); err != nil {
			t.Fatal(err)
		}
	}
	run("2", second)
	for sel, want := range map[knowledge.ListChanges]string{
		{}:                "a default [default a > Options > port]; c added [added c > part]; gone removed; moved moved from old; new added; part moved to c",
		{All: true}:       "a default [default a > Options > port]; b wording [wording b]; c added [added c > part]; gone removed; moved moved from old; new added; part moved to c",
		{Kind: "default"}: "a default [default a > Options > port]",
		{Kind: "wording"}: "b wording [wording b]",
		{Kind: "removed"}: "gone removed",
		{Source: "other"}: "",
	} {
		if got := told(second, sel); got != want {
			t.Errorf("%+v: got %q, want %q", sel, got, want)
		}
	}
	if got := told(time.Now(), knowledge.ListChanges{All: true}); got != "" {
		t.Errorf("since now: %s", got)
	}
	if d, err := c.DocumentAt(ctx, "https://x/a", second); err != nil || !strings.Contains(d.Markdown, "`80`") {
		t.Errorf("document as it was: %+v, %v", d, err)
	}
	if d, err := c.DocumentAt(ctx, "https://x/gone", second); err != nil || !strings.Contains(d.Markdown, "Other words") || d.DeletedAt != nil {
		t.Errorf("document that is gone: %+v, %v", d, err)
	}
	if _, err := c.DocumentAt(ctx, "https://x/new", second); !errors.Is(err, knowledge.ErrNotFound) {
		t.Errorf("document that was not there: %v", err)
	}
	if d, err := c.Diff(ctx, "https://x/a", time.Time{}); err != nil || !strings.Contains(d.Before, "`80`") || !strings.Contains(d.After, "`8080`") || len(d.Changes) == 0 {
		t.Errorf("diff: %+v, %v", d, err)
	}
	if d, err := c.Diff(ctx, "https://x/gone", time.Time{}); err != nil || d.Before == "" || d.After != "" {
		t.Errorf("diff of what is gone: %+v, %v", d, err)
	}
	put("a", "# a\n\n## Options\n\n- **`port`**: The default is `80`."+fmt.Sprintf(notice, 1))
	if got := told(second, knowledge.ListChanges{Kind: "default"}); got != "" {
		t.Errorf("what was taken back: %s", got)
	}
}
