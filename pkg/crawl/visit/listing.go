package visit

import (
	"context"
	"fmt"

	"panther/pkg/crawl/frontier"
	"panther/pkg/edition"
	"panther/pkg/sd"

	"golang.org/x/sync/errgroup"
)

// Item is one thing in a place that can be listed: a file, a page of a wiki.
type Item struct {
	URI     string
	Version string // changes whenever the content does; "" means it must be read to tell
	// Current reports whether what was delivered under a version is what Load would
	// give now; nil means where it is Version.
	Current func(delivered string) bool
	// Load reads the item. It is called only where the version is new. An
	// error is a failed page, not a failed run.
	Load func(ctx context.Context) (Page, error)
}

// reason is an error with what to do about it.
func reason(err error) string {
	if hint := sd.HintOf(err); hint != "" {
		return err.Error() + "; " + hint
	}
	return err.Error()
}

// loaders is how many items are read and converted at a time.
const loaders = 4

// List visits what next yields until it returns nil. When complete reports true
// at the end, everything known that was not listed is gone.
func (v *Visit) List(ctx context.Context, next func(ctx context.Context) (*Item, error), complete func() bool) error {
	next, err := v.wanted(ctx, next)
	if err != nil {
		return err
	}
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(loaders)
	var lerr error
	listed := map[string]bool{} // a document on its way to the store is pending still
	for {
		var it *Item
		if it, lerr = next(gctx); lerr != nil || it == nil {
			break
		}
		r, err := v.Frontier.Item(frontier.Record{Key: it.URI, URL: it.URI})
		if err != nil {
			lerr = err
			break
		}
		if r == nil {
			continue
		}
		listed[r.Key] = true
		g.Go(func() error { return v.item(gctx, r, it) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	if lerr != nil {
		return lerr
	}
	if n := v.Frontier.Counts().Capped; n > 0 {
		v.Warn(fmt.Sprintf("max_pages of %d was reached; %d items were left out", v.Source.MaxPages, n))
		return nil
	}
	if !complete() {
		return nil
	}
	for _, r := range v.Frontier.Unvisited() {
		if listed[r.Key] {
			continue
		}
		if err := v.Report(ctx, r, Page{Outcome: Gone, Final: true, Reason: "not listed any more"}); err != nil {
			return err
		}
	}
	return nil
}

// wanted leaves out the items of versions that the source does not want, which is
// known once all are listed.
func (v *Visit) wanted(ctx context.Context, next func(context.Context) (*Item, error)) (func(context.Context) (*Item, error), error) {
	wish, err := edition.ParseWish(v.Source.Versions)
	if err != nil || wish.All() {
		return next, err
	}
	set := edition.NewSet(wish)
	var items []*Item
	for {
		it, err := next(ctx)
		if err != nil {
			return nil, err
		}
		if it == nil {
			break
		}
		items = append(items, it)
		set.Add(it.URI)
	}
	set.Settle(func(yield func(string) bool) {
		for _, it := range items {
			if !yield(it.URI) {
				return
			}
		}
	})
	v.LeaveOut(func(uri string) bool { kept, _ := set.Kept(uri); return !kept })
	at := 0
	return func(context.Context) (*Item, error) {
		for ; at < len(items); at++ {
			if kept, _ := set.Kept(items[at].URI); kept {
				at++
				return items[at-1], nil
			}
		}
		return nil, nil
	}, nil
}

func (v *Visit) item(ctx context.Context, r *frontier.Record, it *Item) error {
	if r.Live() && it.Version != "" && (r.ETag == it.Version || it.Current != nil && it.Current(r.ETag)) {
		return v.Report(ctx, r, Page{Outcome: Unchanged, ETag: r.ETag})
	}
	var p Page
	err := sd.Guard("read item", nil, func() (err error) { p, err = it.Load(ctx); return err })
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return v.Report(ctx, r, Page{Outcome: Failed, Reason: reason(err), Err: err})
	}
	if p.ETag == "" {
		p.ETag = it.Version
	}
	return v.Report(ctx, r, p)
}
