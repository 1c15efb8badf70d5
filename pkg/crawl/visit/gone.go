package visit

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"panther/pkg/crawl/frontier"
	"panther/pkg/sd"
)

// removeGone makes tombstones of the documents that are gone, unless they are
// more than the source may lose at once, and removes copies, documents whose page
// has another address now, and those that the source does not want.
func (v *Visit) removeGone(ctx context.Context) error {
	losers := v.texts.losers()
	var gone, moved []*frontier.Record
	live := map[string]bool{} // documents that some page is now
	before := 0
	v.Frontier.Each(func(r *frontier.Record) {
		if !r.Live() {
			return
		}
		before++
		switch {
		case v.leave != nil && v.leave(r.URL):
			moved = append(moved, r)
		case r.Outcome == Gone:
			gone = append(gone, r)
		case losers[r.Key] != "" || r.State == frontier.Visited && r.Target != "" && r.Outcome == "":
			moved = append(moved, r)
		default:
			live[r.URI] = true
		}
	})
	share := v.Source.MaxRemoved
	if n := len(gone); n > 0 && !v.AnyLoss && float64(n) > share*float64(before) {
		text := fmt.Sprintf("%d of %d documents would be removed, more than max_removed allows; nothing was", n, before)
		v.Warn(text)
		v.keep(n)
		v.Log.Warn("removal was stopped", "source", v.Source.Name, "run_id", v.run.ID, "gone", n, "documents", before,
			"hint", fmt.Sprintf("look at the source; if it is right: panther-crawl run %s --accept-removals", v.Source.Name),
			sd.MessageIDKey, sd.MessageCrawlSuspect)
		gone = nil
	}
	slices.SortFunc(gone, byKey)
	slices.SortFunc(moved, byKey)
	for _, r := range append(gone, moved...) {
		if !live[r.URI] {
			err := v.patiently(ctx, func(ctx context.Context) error { return v.store.Delete(ctx, r.URI) })
			if err != nil && !isNotFound(err) {
				return fmt.Errorf("remove %s: %w", r.URI, err)
			}
		}
		err := v.Frontier.Update(r, func(r *frontier.Record) { r.URI, r.Hash, r.Text, r.ETag, r.Modified = "", "", "", "", "" })
		if err != nil {
			return err
		}
	}
	return nil
}

// keep counts documents that are gone at the source, and stay, as what they are.
func (v *Visit) keep(n int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.run.Counts[Kept] += n
	if v.run.Counts[Gone] -= n; v.run.Counts[Gone] <= 0 {
		delete(v.run.Counts, Gone)
	}
}

func byKey(a, b *frontier.Record) int { return strings.Compare(a.Key, b.Key) }
