package visit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"panther/pkg/crawl/frontier"
	"panther/pkg/knowledge"
)

const (
	maxBatch   = 64      // documents: what agentdb takes at a time
	maxVolume  = 4 << 20 // bytes of Markdown in a batch, well below agentdb's limit
	deliverers = 2       // one batch travels while the next is stored
	// fillTime is how long a batch waits for more documents.
	fillTime = 150 * time.Millisecond
)

// delivery is a document on its way to the store.
type delivery struct {
	rec        *frontier.Record
	page       Page
	hash, text string
}

// deliver sends batches until v.out is closed and empty.
func (v *Visit) deliver(ctx context.Context) error {
	for {
		batch, more := v.collect(ctx)
		if len(batch) > 0 {
			if err := v.send(ctx, batch); err != nil {
				return err
			}
		}
		if !more {
			return ctx.Err()
		}
	}
}

// collect waits for a document and takes what comes within fillTime. more is
// false at the end.
func (v *Visit) collect(ctx context.Context) (batch []delivery, more bool) {
	var timeout <-chan time.Time
	volume := 0
	for len(batch) < maxBatch && volume < maxVolume {
		select {
		case d, ok := <-v.out:
			if !ok {
				return batch, false
			}
			if batch == nil {
				timeout = time.After(fillTime)
			}
			batch = append(batch, d)
			volume += len(d.page.Document.Markdown)
		case <-timeout:
			return batch, true
		case <-ctx.Done():
			return nil, false
		}
	}
	return batch, true
}

// send stores a batch and finishes its records. A document that the store
// refuses is a failed page.
func (v *Visit) send(ctx context.Context, batch []delivery) error {
	docs := make([]knowledge.Document, len(batch))
	for i, d := range batch {
		docs[i] = *d.page.Document
	}
	var results []knowledge.Upserted
	err := v.patiently(ctx, func(ctx context.Context) (err error) { results, err = v.store.Upsert(ctx, docs...); return err })
	var refused *knowledge.Problem
	switch {
	case errors.As(err, &refused) && refused.Status >= 400 && refused.Status < 500 && len(batch) > 1:
		for _, d := range batch { // find the one that it does not like
			if err := v.send(ctx, []delivery{d}); err != nil {
				return err
			}
		}
		return nil
	case errors.As(err, &refused) && refused.Status >= 400 && refused.Status < 500 && refused.Status != 401 && refused.Status != 403:
		results = []knowledge.Upserted{{Outcome: knowledge.OutcomeFailed, Error: refused.Error()}}
	case err != nil:
		return fmt.Errorf("send %d documents: %w", len(batch), err)
	case len(results) != len(batch):
		return fmt.Errorf("send %d documents: agentdb answered for %d", len(batch), len(results))
	}
	for i, d := range batch {
		d.page.Outcome = string(results[i].Outcome)
		change := func(r *frontier.Record) { keep(r, d.page, d.hash, d.text) }
		if results[i].Outcome == knowledge.OutcomeFailed {
			d.page.Reason = "agentdb refused it: " + results[i].Error
			change = func(r *frontier.Record) { settle(r, d.page) }
		}
		if err := v.finish(d.rec, d.page, change); err != nil {
			return err
		}
	}
	return nil
}
