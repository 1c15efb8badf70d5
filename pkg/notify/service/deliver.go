package service

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"strings"
	"time"

	"panther/pkg/notify"
	"panther/pkg/notify/channel"
	"panther/pkg/notify/outbox"
)

const (
	// The first wait after a failure, and the longest of its doublings.
	firstWait   = 15 * time.Second
	longestWait = time.Hour
	// bundleLines is how many titles a summary names.
	bundleLines = 30
)

// worker delivers to one target.
type worker struct {
	Target
	channel channel.Channel
	secret  string // never part of what is kept or logged
	store   *outbox.Store
	log     *slog.Logger
	now     func() time.Time
	maxAge  time.Duration
	wake    chan struct{} // there may be something new
	changed func()        // the outbox has changed
}

// run delivers until ctx ends.
func (w *worker) run(ctx context.Context) {
	for ctx.Err() == nil {
		worked, err := w.step(ctx)
		w.changed()
		if err != nil && ctx.Err() == nil {
			w.log.Error("outbox failed", "target", w.Name, "error", err)
		}
		if !worked || err != nil {
			w.wait(ctx, err != nil)
		}
	}
}

// wait waits until something is due.
func (w *worker) wait(ctx context.Context, failed bool) {
	d := longestWait
	if due, ok, err := w.store.Next(ctx, w.Name); err == nil && ok {
		d = min(d, max(due.Sub(w.now()), 0)) // at least hourly, should the clock be set
	}
	if failed {
		d = firstWait
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-w.wake:
	case <-t.C:
	}
}

// step does what is due for one recipient; worked is false if nothing was.
func (w *worker) step(ctx context.Context) (worked bool, err error) {
	now := w.now()
	due, err := w.store.Due(ctx, w.Name, now)
	if err != nil || len(due) == 0 {
		return false, err
	}
	if held, until := w.quiet(due, now); len(held) > 0 {
		return true, w.store.Postpone(ctx, held, until)
	}
	message, err := w.choose(ctx, due, now)
	if err != nil || len(message) == 0 {
		return true, err
	}
	return true, w.send(ctx, message)
}

// quiet returns what may not be told at this hour, and until when.
func (w *worker) quiet(due []outbox.Delivery, now time.Time) (held []outbox.Delivery, until time.Time) {
	if w.Quiet == "" {
		return nil, time.Time{}
	}
	h, err := parseHours(w.Quiet)
	if err != nil {
		return nil, time.Time{}
	}
	until, ok := h.end(now.Local())
	if !ok {
		return nil, time.Time{}
	}
	for _, d := range due {
		if d.Event.Kind != notify.Test && (w.Wakes == "" || !notify.AtLeast(d.Event.Severity, w.Wakes)) {
			held = append(held, d)
		}
	}
	return held, until
}

// choose returns the deliveries that are the next message, or none if the
// recipient has had as many as it may for now. What was one message stays one.
func (w *worker) choose(ctx context.Context, due []outbox.Delivery, now time.Time) ([]outbox.Delivery, error) {
	for _, d := range due {
		if d.Bundle != "" {
			return w.bundle(due, d.Bundle), nil
		}
		if d.Event.Kind == notify.Test {
			return []outbox.Delivery{d}, nil
		}
	}
	sent, first, err := w.store.Sent(ctx, outbox.To{Target: w.Name, Recipient: due[0].Recipient}, now.Add(-w.Per.D()), now)
	if err != nil {
		return nil, err
	}
	left := w.Limit - sent
	switch {
	case left <= 0:
		return nil, w.store.Postpone(ctx, due, first.Add(w.Per.D()+time.Millisecond))
	case len(due) <= left:
		return due[:1], nil
	}
	id := bundleID(due)
	if err := w.store.Bind(ctx, due, id); err != nil {
		return nil, err
	}
	return due, nil
}

func (w *worker) bundle(due []outbox.Delivery, id string) []outbox.Delivery {
	var out []outbox.Delivery
	for _, d := range due {
		if d.Bundle == id {
			out = append(out, d)
		}
	}
	return out
}

// bundleID names a message by what is in it.
func bundleID(ds []outbox.Delivery) string {
	h := sha256.New()
	for _, d := range ds {
		fmt.Fprintf(h, "%s\n", d.Event.ID)
	}
	return "bundle-" + hex.EncodeToString(h.Sum(nil)[:16])
}

// messageOf is what the recipient gets.
func messageOf(ds []outbox.Delivery) channel.Message {
	if len(ds) == 1 && ds[0].Bundle == "" {
		return channel.Message{ID: ds[0].Event.ID, Event: ds[0].Event, Recipient: ds[0].Recipient}
	}
	e := notify.Event{ID: bundleID(ds), Kind: ds[0].Event.Kind, Severity: notify.Info, Title: fmt.Sprintf("%d notifications", len(ds))}
	if ds[0].Bundle != "" {
		e.ID = ds[0].Bundle
	}
	var b strings.Builder
	for i, d := range ds {
		if notify.AtLeast(d.Event.Severity, e.Severity) {
			e.Severity = d.Event.Severity
		}
		if i < bundleLines {
			fmt.Fprintf(&b, "%s: %s\n", d.At.Local().Format("02 Jan 15:04"), d.Event.Title)
		}
	}
	if n := len(ds) - bundleLines; n > 0 {
		fmt.Fprintf(&b, "and %d more\n", n)
	}
	e.Text = b.String()
	if n, err := e.Normal(); err == nil { // bounded as every event is
		e = n
	}
	return channel.Message{ID: e.ID, Event: e, Recipient: ds[0].Recipient}
}

// send sends one message and keeps what came of it.
func (w *worker) send(ctx context.Context, ds []outbox.Delivery) error {
	err := w.channel.Send(ctx, messageOf(ds))
	now := w.now()
	if err == nil {
		// It was taken, whatever becomes of this process.
		ctx = context.WithoutCancel(ctx)
		if err := w.store.Settle(ctx, ds, outbox.Delivered, "", now); err != nil {
			return err
		}
		return w.works(ctx, ds[0].Recipient, now)
	}
	if ctx.Err() != nil {
		return nil // stopped in between: it waits
	}
	e := channel.ErrorOf(err)
	detail := w.clean(e.Error())
	switch e.Verdict {
	case channel.Gone:
		if err := w.store.Unsubscribe(ctx, ds[0].Recipient); err != nil {
			return err
		}
		return w.store.Settle(ctx, ds, outbox.Rejected, detail, now)
	case channel.Rejected:
		w.log.Warn("notification was rejected", "target", w.Name, "event", ds[0].Event.ID, "error", detail)
		return w.store.Settle(ctx, ds, outbox.Rejected, detail, now)
	case channel.Refused:
		if err := w.store.Settle(ctx, ds, outbox.Refused, detail, now); err != nil {
			return err
		}
		return w.fails(ctx, ds[0].Recipient, "refused: "+detail, e.Hint, now)
	}
	if err := w.store.Retry(ctx, ds, detail, now.Add(waitAfter(ds[0].Attempts, e.After)), now); err != nil {
		return err
	}
	return w.fails(ctx, ds[0].Recipient, "not reached", e.Hint, now, "error", detail)
}

// waitAfter is how long to wait after a failure that had so many before it: half
// to one and a half of 15 s, 30 s, … up to an hour, and no less than is asked for.
func waitAfter(failures int, asked time.Duration) time.Duration {
	d := min(firstWait<<min(failures, 20), longestWait)
	d = d/2 + rand.N(d) //nolint:gosec // nobody gains by foreseeing it
	return max(d, asked)
}

// works notes that the target takes messages, and gives it what it refused.
func (w *worker) works(ctx context.Context, recipient string, now time.Time) error {
	changed, err := w.store.SetProblem(ctx, w.label(recipient), "", now)
	if err != nil || !changed {
		return err
	}
	w.log.Info("target takes notifications again", "target", w.label(recipient))
	return w.store.Revive(ctx, outbox.To{Target: w.Name, Recipient: recipient}, now.Add(-w.maxAge), now)
}

// fails notes that the target takes none, and says so once.
func (w *worker) fails(ctx context.Context, recipient, problem, hint string, now time.Time, attrs ...any) error {
	changed, err := w.store.SetProblem(ctx, w.label(recipient), problem, now)
	if err != nil || !changed {
		return err
	}
	if hint != "" {
		attrs = append(attrs, "hint", hint)
	}
	w.log.Error("target takes no notifications", append([]any{"target", w.label(recipient), "problem", problem}, attrs...)...)
	return nil
}

// label names a recipient: a browser by the push service that it uses, since the
// rest of its endpoint is what lets one push to it.
func (w *worker) label(recipient string) string {
	if u, err := url.Parse(recipient); err == nil && u.Host != "" {
		return w.Name + " at " + u.Host
	}
	return w.Name
}

// clean takes the target's secret out of a text.
func (w *worker) clean(s string) string {
	if w.secret != "" {
		s = strings.ReplaceAll(s, w.secret, "…")
	}
	return s
}
