package storetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"panther/pkg/agentdb/store"
	"panther/pkg/knowledge"
)

// former returns the former texts of a document, newest first.
func former(t *testing.T, s store.Store, uri string) []string {
	t.Helper()
	d, rs, err := s.Revisions(t.Context(), knowledge.DocumentID(uri))
	check(t, err)
	return must(store.Texts(d.Markdown, rs))(t)
}

func testHistory(t *testing.T, s store.Store) {
	ctx, id := t.Context(), knowledge.DocumentID("u:1")
	changed := func(sel store.ListChanged) (uris []string) {
		sel.Limit = 9
		for _, c := range must(s.Changed(ctx, sel))(t) {
			if c.Markdown != "" || c.Created.IsZero() {
				t.Errorf("entry %+v", c)
			}
			uris = append(uris, c.URI)
		}
		return uris
	}
	start := time.Now()
	put(t, s, doc("u:1", "x", "one"), doc("u:2", "x", "\x00 is odd"), doc("v:1", "y", "other"))
	same(t, "new", changed(store.ListChanged{Since: start}), []string{"u:1", "u:2", "v:1"})
	same(t, "no history", len(former(t, s, "u:1")), 0)

	second := time.Now()
	put(t, s, doc("u:1", "x", "one two"), doc("u:2", "x", "is odd no more"))
	again := doc("u:1", "x", "one two")
	again.Fingerprint, again.ETag = "another analysis", "e"
	put(t, s, again) // cut anew: no other text
	same(t, "former", former(t, s, "u:1"), []string{"one"})
	same(t, "odd", former(t, s, "u:2"), []string{"\uFFFD is odd"})
	same(t, "changed", changed(store.ListChanged{Since: second}), []string{"u:1", "u:2"})
	same(t, "of a source", changed(store.ListChanged{Since: start, Source: "y"}), []string{"v:1"})
	same(t, "after", changed(store.ListChanged{Since: second, After: "u:1"}), []string{"u:2"})

	third := time.Now()
	check(t, s.Tombstone(ctx, id))
	same(t, "gone", changed(store.ListChanged{Since: third}), []string{"u:1"})
	put(t, s, doc("u:1", "x", "one two"))
	d, rs, err := s.Revisions(ctx, id)
	check(t, err)
	if len(rs) != 2 || rs[0].GoneAt == nil || rs[0].GoneAt.Before(third.Add(-time.Second)) || rs[1].GoneAt != nil || rs[0].Title != "Title of u:1" {
		t.Errorf("revisions: %+v", rs)
	}
	same(t, "present", d.Markdown, "one two")
	same(t, "after coming back", former(t, s, "u:1"), []string{"one two", "one"})
	stale := doc("u:1", "x", "late")
	stale.Replaces = new(string)
	put(t, s, stale)
	same(t, "superseded", len(former(t, s, "u:1")), 2)
	same(t, "nothing since", len(changed(store.ListChanged{Since: time.Now()})), 0)
	if _, _, err := s.Revisions(ctx, knowledge.DocumentID("u:none")); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a missing document gave %v", err)
	}
	check(t, s.PutSource(ctx, knowledge.Source{Name: "x"}))
	check(t, s.DeleteSource(ctx, "x"))
	if _, _, err := s.Revisions(ctx, id); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a deleted source gave %v", err)
	}
}

// testLongHistory keeps many versions of a long text in little room, and drops
// the oldest of a source that changes too much.
func testLongHistory(t *testing.T, s store.Store) {
	ctx := everyone(t)
	r := rand.New(rand.NewPCG(1, 2))
	noise := func(n int) string {
		var b strings.Builder
		for b.Len() < n {
			fmt.Fprintf(&b, "%x ", r.Uint64())
		}
		return b.String()
	}
	bare := func(uri, source, text string) store.DocumentWrite { // without passages, which are not what is tested
		d := doc(uri, source, text)
		d.Passages = func() []store.Passage { return nil }
		return d
	}
	base := noise(40 << 10)
	var want []string
	for i := range 20 {
		text := fmt.Sprintf("%s\n\nversion %d\n\n%s", base[:20<<10], i, base[20<<10:])
		put(t, s, bare("u:1", "x", text))
		want = append(want, text)
	}
	slices.Reverse(want)
	if got := former(t, s, "u:1"); !slices.Equal(got, want[1:]) {
		t.Error("the former texts are others")
	}
	_, rs, err := s.Revisions(ctx, knowledge.DocumentID("u:1"))
	check(t, err)
	for _, r := range rs {
		if len(r.Data) > 400 {
			t.Errorf("a changed line takes %d bytes", len(r.Data))
		}
	}
	for range 14 {
		put(t, s, bare("v:1", "y", noise(1<<20)))
	}
	put(t, s, doc("v:1", "y", "small"))
	must(s.Maintain(ctx, time.Hour))(t)
	if n := len(former(t, s, "v:1")); n == 0 || n == 14 {
		t.Errorf("%d of 14 large versions are kept in %d MB", n, store.HistoryFloor>>20)
	}
	same(t, "of another source", len(former(t, s, "u:1")), 19)
}
