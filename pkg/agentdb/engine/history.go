package engine

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"time"

	"panther/pkg/agentdb/store"
	"panther/pkg/changes"
	"panther/pkg/commonmark"
	"panther/pkg/knowledge"
	"panther/pkg/sd"
)

// What one listing of changes looks at: so many pages, and about so much of their
// text, in bytes. The next goes on behind them.
const (
	maxCompared     = 1000
	maxComparedText = 16 << 20
)

// shownChanges is how many changes of a page a listing has.
const shownChanges = 50

// Changes lists what changed in documents since a time: the state then is
// compared with the one now, so that what was taken back is nothing. The first
// run of a source is no change.
func (e *Engine) Changes(ctx context.Context, sel knowledge.ListChanges) (*knowledge.ChangeList, error) {
	if sel.Since.IsZero() {
		return nil, invalid("since is not given")
	}
	if sel.Kind != "" && !slices.Contains(knowledge.ChangeKinds, sel.Kind) {
		return nil, invalid("there is no kind of change %q", sel.Kind)
	}
	ds, err := e.store.Changed(ctx, store.ListChanged{Source: sel.Source, Since: sel.Since, After: sel.After, Limit: maxCompared})
	if err != nil {
		return nil, err
	}
	out := &knowledge.ChangeList{Pages: []knowledge.PageChange{}}
	if len(ds) == maxCompared {
		out.Next = ds[len(ds)-1].URI
	}
	firsts := map[string]time.Time{}
	var gone, come, other []text
	room := maxComparedText
	for _, d := range ds {
		first, ok := firsts[d.Source]
		if !ok {
			if first, err = e.firstRead(ctx, d.Source); err != nil {
				return nil, err
			}
			firsts[d.Source] = first
		}
		p, t, err := e.pageChange(ctx, d, sel.Since, first)
		if err != nil {
			return nil, err
		}
		if p == nil {
			continue
		}
		if p.Kind == knowledge.ChangeRemoved && len(p.Changes) == 0 {
			gone = append(gone, text{len(out.Pages), t})
		} else if p.Kind == knowledge.ChangeAdded && len(p.Changes) == 0 {
			come = append(come, text{len(out.Pages), t})
		} else {
			other = append(other, text{len(out.Pages), t})
		}
		out.Pages = append(out.Pages, *p)
		if room -= len(t); room < 0 {
			out.Next = d.URI
			break
		}
	}
	follow(out.Pages, gone, come)
	merge(out.Pages, gone, append(come, other...))
	withoutFurniture(out.Pages)
	shown := out.Pages[:0]
	for _, p := range out.Pages {
		if p.Kind != "" && shorten(&p, sel) {
			shown = append(shown, p)
		}
	}
	out.Pages = shown
	return out, nil
}

// firstRead is when a source had been read for the first time.
func (e *Engine) firstRead(ctx context.Context, source string) (time.Time, error) {
	runs, err := e.store.Runs(ctx, source, math.MaxInt32)
	for _, r := range slices.Backward(runs) { // oldest first
		if r.Status == "finished" && r.Finished != nil {
			return *r.Finished, err
		}
	}
	if len(runs) > 0 { // the first one goes on
		return time.Now(), err
	}
	return time.Time{}, err
}

// text is that of a page in a listing.
type text struct {
	page     int
	markdown string
}

// pageChange returns what became of a document, nil where it is nothing, and the
// text that it has, or had if it is gone.
func (e *Engine) pageChange(ctx context.Context, d store.DatedDocument, since, first time.Time) (p *knowledge.PageChange, t string, err error) {
	now, revisions, err := e.store.Revisions(ctx, knowledge.DocumentID(d.URI))
	if errors.Is(err, store.ErrNotFound) {
		return nil, "", nil // purged since
	}
	if err != nil {
		return nil, "", err
	}
	p = &knowledge.PageChange{URI: d.URI, Source: d.Source, Title: d.Title, Version: d.Meta[knowledge.MetaVersion], At: d.Created}
	if len(revisions) > 0 {
		p.At = revisions[0].Until
	}
	if since.Before(first) {
		since = first
	}
	was, there := stateAt(now, revisions, since)
	switch {
	case now.DeletedAt != nil:
		if p.At = *now.DeletedAt; !there {
			return nil, "", nil // it came and went
		}
		p.Kind = knowledge.ChangeRemoved
		return p, now.Markdown, nil
	case !there:
		p.Kind = knowledge.ChangeAdded
		return p, now.Markdown, nil
	}
	if p.Changes = compare(&now.Document, was); len(p.Changes) == 0 {
		return nil, "", nil
	}
	p.Kind = p.Changes[0].Kind
	return p, now.Markdown, nil
}

func compare(now *knowledge.Document, was string) (out []knowledge.Change) {
	_ = sd.Guard("compare versions", nil, func() error {
		out = changes.Compare(was, now.Markdown, now.Title, commonmark.SlugAt(now.URI))
		return nil
	})
	return out
}

// stateAt returns the Markdown of a document at a time, and whether it was there.
// A damaged former text ends what is known: the oldest that can be read stands
// for it.
func stateAt(now *store.DatedDocument, revisions []store.Revision, at time.Time) (md string, there bool) {
	md, there = now.Markdown, now.DeletedAt == nil || now.DeletedAt.After(at)
	since := slices.IndexFunc(revisions, func(r store.Revision) bool { return !r.Until.After(at) })
	if since >= 0 {
		revisions = revisions[:since]
	}
	texts, _ := store.Texts(now.Markdown, revisions)
	for i, t := range texts {
		md, there = t, revisions[i].GoneAt == nil || revisions[i].GoneAt.After(at)
	}
	return md, there && !now.Created.After(at)
}

// follow makes of a page that is gone and one of the same source that came with
// the same text, or nearly, one that moved.
func follow(pages []knowledge.PageChange, gone, come []text) {
	for _, c := range come {
		sketched := sketch(c.markdown)
		for i, g := range gone {
			if g.page < 0 || pages[g.page].Source != pages[c.page].Source || strings.TrimSpace(c.markdown) == "" {
				continue
			}
			if o := sketch(g.markdown); g.markdown == c.markdown || sketched.repeats(&o) {
				pages[c.page].Kind, pages[c.page].From = knowledge.ChangeMoved, pages[g.page].URI
				pages[g.page].Kind, gone[i].page = "", -1
				break
			}
		}
	}
}

// merged is the share of a page's three-word shingles from which another page has
// what it had.
const merged = 0.8

// merge tells of pages that are gone which other page of the source has their
// text now.
func merge(pages []knowledge.PageChange, gone, now []text) {
	in := map[uint64][]int{} // by shingle: the pages that are gone
	size := make([]int, len(gone))
	for i, g := range gone {
		if g.page < 0 {
			continue
		}
		s := sketch(g.markdown)
		for h := range s.shingles() {
			in[h] = append(in[h], i)
			size[i]++
		}
	}
	if len(in) == 0 {
		return
	}
	for _, t := range now {
		seen, common := map[uint64]bool{}, map[int]int{}
		shingles(t.markdown, func(h uint64) {
			if is := in[h]; is != nil && !seen[h] {
				seen[h] = true
				for _, i := range is {
					common[i]++
				}
			}
		})
		for i, n := range common {
			p := &pages[gone[i].page]
			if p.To == "" && p.Source == pages[t.page].Source && float64(n) >= merged*float64(size[i]) {
				p.Kind, p.To = knowledge.ChangeMoved, pages[t.page].URI
			}
		}
	}
}

// What changed alike on so many pages of a source, and on most that changed, is
// furniture of the site.
const furniturePages = 3

// withoutFurniture removes changes that are on most pages of a source.
func withoutFurniture(pages []knowledge.PageChange) {
	type key struct{ source, before, after string }
	count, all := map[key]int{}, map[string]int{}
	of := func(p knowledge.PageChange, c knowledge.Change) key { return key{p.Source, c.Before, c.After} }
	for _, p := range pages {
		if len(p.Changes) == 0 {
			continue
		}
		all[p.Source]++
		seen := map[key]bool{}
		for _, c := range p.Changes {
			if k := of(p, c); !seen[k] {
				seen[k] = true
				count[k]++
			}
		}
	}
	for i, p := range pages {
		if len(p.Changes) == 0 {
			continue
		}
		left := slices.DeleteFunc(p.Changes, func(c knowledge.Change) bool {
			n := count[of(p, c)]
			return n >= furniturePages && 2*n > all[p.Source]
		})
		pages[i].Changes, pages[i].Kind = left, ""
		if len(left) > 0 {
			pages[i].Kind = left[0].Kind
		}
	}
}

// shorten leaves of a page what was asked for, and reports whether there is any.
func shorten(p *knowledge.PageChange, sel knowledge.ListChanges) bool {
	if len(p.Changes) == 0 {
		return sel.Kind == "" || sel.Kind == p.Kind
	}
	var left []knowledge.Change
	for _, c := range p.Changes {
		if sel.Kind == c.Kind || sel.Kind == "" && (sel.All || c.Kind != knowledge.ChangeWording && (c.Kind != knowledge.ChangeDetail || p.Kind == knowledge.ChangeDetail)) {
			left = append(left, c)
		}
	}
	p.More += len(p.Changes) - min(len(left), shownChanges)
	p.Changes = left[:min(len(left), shownChanges)]
	return len(left) > 0
}

// DocumentAt returns a document as it was at a time, or ErrNotFound.
func (e *Engine) DocumentAt(ctx context.Context, id string, at time.Time) (*knowledge.Document, error) {
	now, revisions, err := e.store.Revisions(ctx, id)
	if err != nil {
		return nil, err
	}
	was, there := stateAt(now, revisions, at)
	if !there {
		return nil, store.ErrNotFound
	}
	d := &now.Document
	if was != d.Markdown {
		d.ContentHash, d.Chunks = hash(was), 0
	}
	d.Markdown, d.DeletedAt = was, nil
	return d, nil
}

// Diff compares a document with what it was at a time; the zero time is before
// its last change.
func (e *Engine) Diff(ctx context.Context, id string, since time.Time) (*knowledge.DocumentDiff, error) {
	now, revisions, err := e.store.Revisions(ctx, id)
	if err != nil {
		return nil, err
	}
	if since.IsZero() {
		switch {
		case now.DeletedAt != nil:
			since = now.DeletedAt.Add(-time.Microsecond)
		case len(revisions) > 0:
			since = revisions[0].Until.Add(-time.Microsecond)
		default:
			since = time.Now()
		}
	}
	out := &knowledge.DocumentDiff{URI: now.URI, Title: now.Title, Since: since, Changes: []knowledge.Change{}}
	if was, there := stateAt(now, revisions, since); there {
		out.Before = was
	}
	if now.DeletedAt == nil {
		out.After = now.Markdown
		out.Changes = append(out.Changes, compare(&now.Document, out.Before)...)
	}
	return out, nil
}
