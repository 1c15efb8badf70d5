package visit

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"panther/pkg/crawl/frontier"
	"panther/pkg/gate"
	"panther/pkg/knowledge"
)

// Page is what a visitor found at one address.
type Page struct {
	// Document is the page as Markdown, or nil. Its source, tags and time of
	// fetching are filled in here.
	Document *knowledge.Document
	Codes    int // code blocks in it
	// Partial says that the page has more than could be had now: the document is
	// taken where there is none, and replaces no longer one.
	Partial bool

	// Outcome of a page without a document: Unchanged, Gone, Refused, Failed,
	// or "" for an address that is none of its own, a redirect.
	Outcome string
	Status  int    // HTTP status
	Reason  string // for people; no text of the page
	Target  string // where it redirects to, or whose copy it is
	Final   bool   // Gone: for good, not to be looked for again on other nights
	Err     error  // Failed: why, where it may be a defect of the reader

	ETag, Modified string
	Bytes          int64
	Elapsed        time.Duration
}

// missesUntilGone is in how many runs in a row a page must not be found before
// its document goes: a site that is being repaired is not a site that shrank.
const missesUntilGone = 3

// Report says what became of a claimed record and ends its visit, once the
// store has its document. It does not wait for that.
func (v *Visit) Report(ctx context.Context, r *frontier.Record, p Page) error {
	v.mu.Lock()
	v.run.Bytes += p.Bytes
	v.mu.Unlock()
	if p.Document == nil {
		return v.end(ctx, r, p)
	}
	d := p.Document
	d.Source, d.Tags = v.Source.Name, v.Source.Tags
	if v.Source.Version != "" {
		if d.Meta == nil {
			d.Meta = map[string]string{}
		}
		d.Meta[knowledge.MetaVersion] = v.Source.Version
	}
	d.Language = cmp.Or(v.Source.Language, d.Language)
	d.Title, d.Markdown = gate.Clean(d.Title), gate.Clean(d.Markdown) // whatever read it
	d.ETag, d.LastModified = p.ETag, p.Modified
	hash, text := hashDocument(d), hashText(d)
	if p.Partial && r.Live() && len(d.Markdown) < int(r.Size) {
		p.Document, p.Outcome, p.Reason = nil, Failed, "not all of the page could be read; the document was kept"
		return v.end(ctx, r, p)
	}
	if d.Markdown == "" && r.Live() && r.Size > 0 {
		v.lose(r, p)
		p.Document, p.Outcome, p.Reason = nil, Failed, "page is empty now; the document was kept"
		return v.end(ctx, r, p)
	}
	v.lose(r, p)
	return v.judge(ctx, delivery{rec: r, page: p, hash: hash, text: text})
}

// judge delivers a document, unless it is the copy of another one.
func (v *Visit) judge(ctx context.Context, d delivery) error {
	winner, wait, again := v.texts.judge(d)
	if wait {
		return v.judgeAll(ctx, again)
	}
	r, p := d.rec, d.page
	var err error
	switch {
	case winner != "":
		p.Outcome, p.Target, p.Reason = "", winner, "copy"
		err = v.finish(r, p, func(r *frontier.Record) { settle(r, p) })
	case r.Hash == d.hash && r.URI == p.Document.URI:
		p.Outcome = Unchanged
		err = v.finish(r, p, func(r *frontier.Record) { keep(r, p, d.hash, d.text) })
	default:
		p.Document.FetchedAt = time.Now().UTC().Truncate(time.Second)
		select {
		case v.out <- d:
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	if err != nil {
		return err
	}
	return v.judgeAll(ctx, again)
}

func (v *Visit) judgeAll(ctx context.Context, ds []delivery) error {
	for _, d := range ds {
		if err := v.judge(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

// end finishes a record without a new document.
func (v *Visit) end(ctx context.Context, r *frontier.Record, p Page) error {
	if v.Defect(r.URL, p.Err) {
		p.Reason = "a defect of the reader, see the journal"
	}
	stays := true
	err := v.finish(r, p, func(r *frontier.Record) {
		settle(r, p)
		stays = r.Outcome != Gone && r.Outcome != ""
	})
	if err != nil {
		return err
	}
	return v.judgeAll(ctx, v.texts.ended(r.Key, stays))
}

// settle writes the outcome of a page without a new document.
func settle(r *frontier.Record, p Page) {
	r.Outcome, r.Reason, r.Status, r.Target = p.Outcome, p.Reason, int32(p.Status), p.Target
	switch p.Outcome {
	case Unchanged:
		r.Misses = 0
		if p.ETag != "" || p.Modified != "" {
			r.ETag, r.Modified = p.ETag, p.Modified
		}
	case Gone:
		r.Misses++
		if p.Final {
			r.Misses = max(r.Misses, missesUntilGone)
		}
		switch {
		case !r.Live(): // a link that led nowhere from the beginning
			r.Outcome = Refused
		case r.Misses < missesUntilGone:
			r.Outcome = Failed
		}
		if r.Live() && r.Misses < missesUntilGone {
			r.Reason = fmt.Sprintf("%s (%d of %d runs)", p.Reason, r.Misses, missesUntilGone)
		}
	}
}

// keep writes what is known of a document that the store has.
func keep(r *frontier.Record, p Page, hash, text string) {
	d := p.Document
	r.Outcome, r.Reason, r.Status, r.Target, r.Misses = p.Outcome, p.Reason, int32(p.Status), p.Target, 0
	r.URI, r.ETag, r.Modified, r.Hash, r.Text, r.Size, r.Codes = d.URI, p.ETag, p.Modified, hash, text, int32(len(d.Markdown)), int32(p.Codes)
	if r.URI == r.Key {
		r.URI = r.Key
	}
}

// finish ends the visit of a record and counts it.
func (v *Visit) finish(r *frontier.Record, p Page, change func(*frontier.Record)) error {
	var out knowledge.PageOutcome
	err := v.Frontier.Finish(r, func(r *frontier.Record) {
		change(r)
		out = outcomeOf(r)
	})
	if err != nil {
		return err
	}
	out.Millis = p.Elapsed.Milliseconds()
	v.mu.Lock()
	defer v.mu.Unlock()
	v.done++
	if out.Outcome != "" {
		v.run.Counts[out.Outcome]++
		v.outcomes = append(v.outcomes, out)
	}
	return nil
}

func outcomeOf(r *frontier.Record) knowledge.PageOutcome {
	uri := r.URI
	if uri == "" {
		uri = r.URL
	}
	return knowledge.PageOutcome{URI: uri, Outcome: r.Outcome, Status: int(r.Status), Reason: r.Reason}
}

// hashDocument identifies everything of a document that readers see.
func hashDocument(d *knowledge.Document) string {
	h := sha256.New()
	parts := []string{d.URI, d.Title, d.Language, d.Markdown, strings.Join(d.Tags, "\n")}
	if v := d.Meta[knowledge.MetaVersion]; v != "" {
		parts = append(parts, v)
	}
	for _, s := range parts {
		h.Write([]byte(strconv.Itoa(len(s))))
		h.Write([]byte{0})
		h.Write([]byte(s))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
