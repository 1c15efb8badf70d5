package storetest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"panther/pkg/agentdb/store"
	"panther/pkg/knowledge"
	"panther/pkg/search"
)

func testDocuments(t *testing.T, s store.Store) {
	a := doc("https://x/a", "x", "one two", "three")
	a.Tags, a.Meta, a.Language = []string{"t"}, map[string]string{"author": "me"}, "en"
	a.ETag, a.LastModified, a.PublishedAt = `"e"`, "yesterday", day.AddDate(0, -1, 0)
	same(t, "first", put(t, s, a, doc("https://x/b", "x")), []knowledge.Outcome{"new", "new"})
	got := must(s.Document(t.Context(), knowledge.DocumentID(a.URI)))(t)
	want := a.Document
	want.Chunks = 2
	same(t, "document", *got, want)

	a.ETag, a.FetchedAt = `"f"`, day.Add(time.Hour)
	a.Passages = func() []store.Passage { t.Error("an unchanged document was cut"); return nil }
	same(t, "again", put(t, s, a), []knowledge.Outcome{"unchanged"})
	got = must(s.Document(t.Context(), knowledge.DocumentID(a.URI)))(t)
	same(t, "new etag", got.ETag, `"f"`)
	same(t, "new time", got.FetchedAt.UTC(), day.Add(time.Hour))

	same(t, "changed", put(t, s, doc("https://x/a", "x", "one two")), []knowledge.Outcome{"changed"})
	if _, err := s.Document(t.Context(), knowledge.DocumentID("https://x/none")); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a missing document gave %v", err)
	}
	// The same document twice in one batch: the last one counts.
	put(t, s, doc("https://x/c", "x", "old words"), doc("https://x/c", "x", "new words"))
	same(t, "last of a batch", len(must(s.Lexical(t.Context(), store.DocumentCorpus, search.Words("old"), store.Filter{}, 9))(t)), 0)
}

func testPassages(t *testing.T, s store.Store) {
	put(t, s, doc("u:1", "x", "alpha", "beta", "gamma", "beta"))
	id := knowledge.DocumentID("u:1")
	before := must(s.Around(t.Context(), id, 0, 9))(t)
	same(t, "number", len(before), 4)
	p := before[1]
	same(t, "passage", p, store.StoredPassage{Unit: p.Unit, DocumentID: id, URI: "u:1", Source: "x", Title: "Title of u:1", Fetched: &day,
		Ordinal: 1, Headings: []string{"H", "beta"}, Anchor: "a", Text: "beta", Tokens: 1})
	same(t, "neighbours", len(must(s.Around(t.Context(), id, 1, 2))(t)), 2)

	put(t, s, doc("u:1", "x", "zero", "beta", "alpha"))
	after := must(s.Around(t.Context(), id, 0, 9))(t)
	same(t, "number after", len(after), 3)
	same(t, "beta keeps its unit", after[1].Unit, before[1].Unit)
	same(t, "alpha keeps its unit", after[2].Unit, before[0].Unit)
	if slices.ContainsFunc(before, func(p store.StoredPassage) bool { return p.Unit == after[0].Unit }) {
		t.Error("a unit was reused")
	}
	got := must(s.Passages(t.Context(), []int64{after[2].Unit, before[2].Unit, after[0].Unit}))(t)
	if len(got) != 2 || got[0].Text != "alpha" || got[1].Text != "zero" {
		t.Errorf("passages by unit: %+v", got)
	}

	put(t, s, doc("u:2", "x", "delta"))
	other := must(s.Around(t.Context(), knowledge.DocumentID("u:2"), 0, 0))(t)[0].Unit
	pages := must(s.DocumentsOf(t.Context(), []int64{other, after[0].Unit, after[2].Unit, before[2].Unit}))(t)
	if len(pages) != 3 || pages[after[0].Unit] != pages[after[2].Unit] || pages[other] == pages[after[0].Unit] {
		t.Errorf("documents of units: %v", pages)
	}
}

func testTombstone(t *testing.T, s store.Store) {
	ctx, id := t.Context(), knowledge.DocumentID("u:1")
	put(t, s, doc("u:1", "x", "alpha"), doc("u:2", "x", "alpha"))
	check(t, s.Tombstone(ctx, id))
	first := must(s.Document(ctx, id))(t)
	if first.DeletedAt == nil || first.Markdown != "alpha" || first.Chunks != 0 {
		t.Errorf("tombstone: %+v", first)
	}
	check(t, s.Tombstone(ctx, id))
	same(t, "again", must(s.Document(ctx, id))(t).DeletedAt.UTC(), first.DeletedAt.UTC())
	same(t, "hits", len(must(s.Lexical(ctx, store.DocumentCorpus, search.Words("alpha"), store.Filter{}, 9))(t)), 1)
	if err := s.Tombstone(ctx, knowledge.DocumentID("u:3")); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a missing document gave %v", err)
	}
	same(t, "restored", put(t, s, doc("u:1", "x", "alpha")), []knowledge.Outcome{"changed"})
	if d := must(s.Document(ctx, id))(t); d.DeletedAt != nil || d.Chunks != 1 {
		t.Errorf("restored: %+v", d)
	}
}

func testListDocuments(t *testing.T, s store.Store) {
	ctx := t.Context()
	put(t, s, doc("u:c", "x", "1"), doc("u:a", "x", "2"), doc("u:b", "y", "3"), doc("v:_%", "y", "4"), doc("u:d", "y", "5"))
	check(t, s.Tombstone(ctx, knowledge.DocumentID("u:d")))
	uris := func(sel knowledge.ListDocuments) (out []string, next string) {
		l := must(s.ListDocuments(ctx, sel))(t)
		for _, d := range l.Documents {
			if d.Markdown != "" || d.Chunks == 0 && d.DeletedAt == nil {
				t.Errorf("entry %+v", d)
			}
			out = append(out, d.URI)
		}
		return out, l.Next
	}
	for _, tc := range []struct {
		sel  knowledge.ListDocuments
		want []string
		next string
	}{
		{knowledge.ListDocuments{}, []string{"u:a", "u:b", "u:c", "v:_%"}, ""},
		{knowledge.ListDocuments{Source: "x"}, []string{"u:a", "u:c"}, ""},
		{knowledge.ListDocuments{Prefix: "u:"}, []string{"u:a", "u:b", "u:c"}, ""},
		{knowledge.ListDocuments{Prefix: "_"}, nil, ""},
		{knowledge.ListDocuments{Limit: 2}, []string{"u:a", "u:b"}, "u:b"},
		{knowledge.ListDocuments{Limit: 2, After: "u:b"}, []string{"u:c", "v:_%"}, ""},
		{knowledge.ListDocuments{Deleted: true}, []string{"u:d"}, ""},
	} {
		got, next := uris(tc.sel)
		if !slices.Equal(got, tc.want) || next != tc.next {
			t.Errorf("%+v: got %q next %q", tc.sel, got, next)
		}
	}
}

func testOutdated(t *testing.T, s store.Store) {
	ctx := t.Context()
	old, other, gone := doc("u:1", "x", "alpha"), doc("u:2", "x", "beta"), doc("u:3", "x", "gamma")
	other.Fingerprint = "v2:" + other.Fingerprint
	put(t, s, old, other, gone)
	check(t, s.Tombstone(ctx, knowledge.DocumentID("u:3")))
	found := must(s.Outdated(ctx, "v2:", 9))(t)
	if len(found) != 1 || found[0].URI != "u:1" || found[0].Markdown != old.Markdown || *found[0].Replaces != old.Fingerprint {
		t.Fatalf("outdated: %+v", found)
	}
	again := doc("u:1", "x", "alpha", "again")
	again.Fingerprint, again.Replaces = "v2:x", found[0].Replaces
	late, back := doc("u:1", "x", "late"), doc("u:3", "x", "back")
	late.Fingerprint, late.Replaces = "v2:y", found[0].Replaces
	back.Fingerprint, back.Replaces = "v2:z", &gone.Fingerprint
	same(t, "outcomes", put(t, s, again, late, back), []knowledge.Outcome{"changed", "unchanged", "unchanged"})
	same(t, "passages", len(must(s.Around(ctx, knowledge.DocumentID("u:1"), 0, 9))(t)), 2)
	if d := must(s.Document(ctx, knowledge.DocumentID("u:3")))(t); d.DeletedAt == nil {
		t.Error("a deleted document was brought back")
	}
	same(t, "left", len(must(s.Outdated(ctx, "v2:", 9))(t)), 0)
}
