package panther

import (
	"strings"
	"testing"

	"panther/pkg/knowledge"
)

func TestDigest(t *testing.T) {
	t.Parallel()
	change := func(kind knowledge.ChangeKind, release bool, name string) knowledge.Change {
		return knowledge.Change{Kind: kind, Release: release, Headings: []string{"T"}, Name: name, Before: "a", After: "b"}
	}
	many := knowledge.PageChange{Source: "b", URI: "https://x/many", Kind: knowledge.ChangeAPI}
	for range digestLines + 3 {
		many.Changes = append(many.Changes, change(knowledge.ChangeAPI, false, "f"))
	}
	got := digest([]knowledge.PageChange{
		{Source: "a", URI: "https://x/p", Kind: knowledge.ChangeDefault, Changes: []knowledge.Change{
			change(knowledge.ChangeAPI, false, "one"), change(knowledge.ChangeAPI, true, "two"), change(knowledge.ChangeDefault, false, "three")}},
		{Source: "a", URI: "https://x/d", Kind: knowledge.ChangeDetail, Changes: []knowledge.Change{change(knowledge.ChangeDetail, false, "")}},
		{Source: "a", URI: "https://x/>(y)", Title: "![i](https://evil/)\n<b>", Kind: knowledge.ChangeAdded},
		many,
	})
	want := "## a\n\n" +
		"- **default** [T › three](<https://x/p>): “a” is now “b”\n" +
		"- **api** [T › two](<https://x/p>): “a” is now “b”\n" +
		"- **api** [T › one](<https://x/p>): “a” is now “b”\n" +
		"- **added** [\\!\\[i\\](https://evil/) \\<b\\>](<https://x/%3E(y)>): new page\n" +
		"- other details on 1 page\n\n## b\n\n"
	if !strings.HasPrefix(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if n := strings.Count(got, "**api** [T › f]"); n != digestLines || !strings.Contains(got, "**api** and 3 more: `panther changes --source b --kind api`") {
		t.Errorf("%d lines of a source", n)
	}
}
