package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"panther/pkg/agentdb/store"
	"panther/pkg/commonmark"
	"panther/pkg/edition"
	"panther/pkg/knowledge"
	"panther/pkg/passage"
	"panther/pkg/sd"
	"panther/pkg/search"
)

// analysis begins every fingerprint: where it changes, documents are cut again
// when they are next stored, or the next night. What does not change keeps its
// vectors. Raise cutVersion when passages change, or what their terms are made of;
// package search has a version of its own.
var analysis = fmt.Sprintf("%d.%d:", cutVersion, search.Version)

const cutVersion = 7

// Upsert stores documents, each whole or not at all.
func (e *Engine) Upsert(ctx context.Context, docs ...knowledge.Document) ([]knowledge.Upserted, error) {
	return e.upsert(ctx, docs, passagesOf)
}

func (e *Engine) upsert(ctx context.Context, docs []knowledge.Document, cut func(knowledge.Document) []store.Passage) ([]knowledge.Upserted, error) {
	out := make([]knowledge.Upserted, len(docs))
	var writes []store.DocumentWrite
	var at []int
	defects := make([]error, len(docs))
	for i, d := range docs {
		out[i].URI = d.URI
		if err := checkDocument(d); err != nil {
			out[i].Outcome, out[i].Error = knowledge.OutcomeFailed, err.Error()
			continue
		}
		d = withVersion(withLanguage(d))
		d.ContentHash, d.DeletedAt = hash(d.Markdown), nil
		writes = append(writes, store.DocumentWrite{Document: d, Fingerprint: fingerprint(d),
			Passages: func() (p []store.Passage) {
				defects[i] = sd.Guard("cut document", nil, func() error { p = cut(d); return nil })
				return p
			}})
		at = append(at, i)
	}
	results, err := e.store.Upsert(ctx, writes)
	if err != nil {
		return nil, err
	}
	e.stored(writes)
	for j, r := range results {
		o := &out[at[j]]
		o.Outcome, o.Chunks = r.Outcome, r.Chunks
		err := errors.Join(r.Err, defects[at[j]])
		if err != nil {
			o.Outcome, o.Error = knowledge.OutcomeFailed, err.Error()
		}
		if defects[at[j]] != nil {
			e.log.Error("document has no passages because of a defect", "uri", o.URI, "error", err, "defect", defects[at[j]])
		}
	}
	e.wake()
	return out, nil
}

func fingerprint(d knowledge.Document) string {
	return analysis + hash(d.Title, d.Markdown, d.Language, d.Meta[knowledge.MetaVersion])
}

// recutBatch is how many documents are cut again at a time: their Markdown is in
// memory together.
const recutBatch = 32

// recut cuts the documents again that an earlier release did, and returns how
// many.
func (e *Engine) recut(ctx context.Context) (int, error) {
	n := 0
	for {
		docs, err := e.store.Outdated(ctx, analysis, recutBatch)
		if err != nil || len(docs) == 0 {
			return n, err
		}
		for i := range docs {
			d := withVersion(withLanguage(docs[i].Document))
			docs[i].Document = d
			docs[i].Fingerprint, docs[i].Passages = fingerprint(d), func() (p []store.Passage) {
				if err := sd.Guard("cut document", nil, func() error { p = passagesOf(d); return nil }); err != nil {
					e.log.Error("document has no passages because of a defect", "uri", d.URI, "error", err, "defect", err)
				}
				return p
			}
		}
		results, err := e.store.Upsert(ctx, docs)
		if err != nil {
			return n, err
		}
		e.stored(docs)
		done := 0
		for i, r := range results {
			if r.Err != nil {
				e.log.Warn("document was not cut again", "uri", docs[i].URI, "error", r.Err)
				continue
			}
			done++
		}
		if n += done; done == 0 {
			return n, nil // they stay as they are until the next night
		}
		e.wake()
	}
}

// Limits of a document.
const (
	maxURI      = 4096
	maxMarkdown = 16 << 20
)

func checkDocument(d knowledge.Document) error {
	u, err := url.Parse(d.URI)
	switch {
	case err != nil:
		return invalid("uri: %w", err)
	case !u.IsAbs():
		return invalid("uri %q is not absolute", d.URI)
	case len(d.URI) > maxURI:
		return invalid("uri has %d bytes, at most %d are taken", len(d.URI), maxURI)
	case d.Source == "":
		return invalid("source is empty")
	case len(d.Markdown) > maxMarkdown:
		return invalid("markdown has %d bytes, at most %d are taken", len(d.Markdown), maxMarkdown)
	}
	return nil
}

// passagesOf cuts a document.
func passagesOf(d knowledge.Document) []store.Passage {
	var out []store.Passage
	for _, p := range passage.Cut(d.Markdown, commonmark.SlugAt(d.URI)) {
		x := newPassage(d, p)
		if d.Meta["kind"] == code {
			x.Terms = append(x.Terms, declared(p)...)
		}
		out = append(out, x)
	}
	return out
}

// code is what the crawler calls the kind of documents whose headings are the
// declarations of source code.
const code = "source code"

// members are the names that stand below the heading of a type in one line.
var members = regexp.MustCompile("(?m)^`[^`\n]+`(?:, `[^`\n]+`)*$")

// declared returns the terms of what a passage of source code declares.
func declared(p passage.Passage) []string {
	if len(p.Headings) == 0 {
		return nil
	}
	names := p.Headings[len(p.Headings)-1]
	text, _, _ := strings.Cut(p.Text, "\n```")
	if m := members.FindString(text); m != "" {
		names += ", " + strings.ReplaceAll(m, "`", "")
	}
	return search.Declared(names)
}

func newPassage(d knowledge.Document, p passage.Passage) store.Passage {
	text := IndexText(d.Title, p.Headings, p.Text)
	return store.Passage{Hash: hash(text), Headings: p.Headings, Anchor: p.Anchor, Text: p.Text,
		Tokens: passage.Tokens(p.Text), Terms: append(search.Index(text+fields(d, p), d.Language), versionTerms(edition.Of(d.URI, d.Meta[knowledge.MetaVersion]))...)}
}

// IndexText is what is indexed and embedded of a passage: its title and heading
// path give it the context that it lost by being cut out. A heading that
// repeats the title adds nothing.
func IndexText(title string, headings []string, text string) string {
	var b strings.Builder
	if title != "" {
		b.WriteString(title + "\n")
	}
	for _, h := range headings {
		if !strings.EqualFold(h, title) {
			b.WriteString(h + "\n")
		}
	}
	b.WriteString(text)
	return b.String()
}

// hash is the SHA-256 of the parts in hex.
func hash(parts ...string) string {
	h := sha256.New()
	for i, p := range parts {
		if i > 0 {
			h.Write([]byte{0})
		}
		h.Write([]byte(p))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Document returns a document by its identifier. A tombstone has its text only
// where deleted ones are asked for: what a source withdrew is no knowledge.
func (e *Engine) Document(ctx context.Context, id string, deleted bool) (*knowledge.Document, error) {
	d, err := e.store.Document(ctx, id)
	if err == nil && d.DeletedAt != nil && !deleted {
		d.Markdown = ""
	}
	return d, err
}

// Passages returns the passages of a live document in reading order.
func (e *Engine) Passages(ctx context.Context, id string) ([]knowledge.DocumentPassage, error) {
	if _, err := e.store.Document(ctx, id); err != nil {
		return nil, err
	}
	ps, err := e.store.Around(ctx, id, 0, math.MaxInt32)
	out := make([]knowledge.DocumentPassage, 0, len(ps))
	for _, p := range ps {
		out = append(out, knowledge.DocumentPassage{ChunkID: chunkID(p.Unit), Headings: p.Headings, Anchor: p.Anchor, Text: p.Text})
	}
	return out, err
}

// maxList bounds a page of a listing.
const maxList = 1000

// Documents lists documents.
func (e *Engine) Documents(ctx context.Context, sel knowledge.ListDocuments) (*knowledge.DocumentList, error) {
	sel.Limit = min(sel.Limit, maxList)
	l, err := e.store.ListDocuments(ctx, sel)
	if err == nil && l.Documents == nil {
		l.Documents = []knowledge.Document{}
	}
	return l, err
}

// Delete makes a tombstone of a document.
func (e *Engine) Delete(ctx context.Context, uri string) error {
	return e.store.Tombstone(ctx, knowledge.DocumentID(uri))
}

// Sources lists sources.
func (e *Engine) Sources(ctx context.Context) ([]knowledge.Source, error) {
	s, err := e.store.Sources(ctx)
	return slices.Clip(s), err
}

// UpsertWhole stores documents that are passages already, each as one: the
// texts of a judged collection are not Markdown and are not cut.
func (e *Engine) UpsertWhole(ctx context.Context, docs ...knowledge.Document) ([]knowledge.Upserted, error) {
	return e.upsert(ctx, docs, func(d knowledge.Document) []store.Passage {
		return []store.Passage{newPassage(d, passage.Passage{Text: d.Markdown})}
	})
}
