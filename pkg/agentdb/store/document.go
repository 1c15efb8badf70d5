package store

import (
	"context"
	"strings"
	"time"

	"panther/pkg/knowledge"
)

// Documents keeps documents and their passages.
type Documents interface {
	// Upsert stores documents, each whole or not at all, and returns one result
	// for each in their order; the error is for a store that could not do
	// anything. What is unchanged (same Fingerprint, no tombstone) has only its
	// other fields updated. Otherwise passages are matched with the stored ones
	// by Diff: those that remain keep their vectors, and their unit if their terms
	// are the same.
	Upsert(ctx context.Context, docs []DocumentWrite) ([]UpsertResult, error)
	// Document returns a document, tombstones included.
	Document(ctx context.Context, id string) (*knowledge.Document, error)
	// ListDocuments is ordered by URI and leaves the Markdown out. Next is the
	// URI to pass as After.
	ListDocuments(ctx context.Context, sel knowledge.ListDocuments) (*knowledge.DocumentList, error)
	// Outdated returns up to limit live documents whose fingerprint does not begin
	// with the prefix, each as a write that Replaces what was read.
	Outdated(ctx context.Context, prefix string, limit int) ([]DocumentWrite, error)
	// Languages returns the languages of live documents in order, each as it is
	// written; "" for those of which nobody knows.
	Languages(ctx context.Context) ([]string, error)
	// Tombstone marks a document as deleted and removes its passages; again it
	// changes nothing. The Markdown stays until Maintain purges it.
	Tombstone(ctx context.Context, id string) error
	// Passages returns passages by unit, in the order of units; those that are
	// gone are left out.
	Passages(ctx context.Context, units []int64) ([]StoredPassage, error)
	// DocumentsOf returns a number for the document of each unit, the same for the
	// units of one; those that are gone are left out.
	DocumentsOf(ctx context.Context, units []int64) (map[int64]int64, error)
	// Around returns the passages of a document with ordinals from first to
	// last, both included, in order.
	Around(ctx context.Context, documentID string, first, last int) ([]StoredPassage, error)
}

// DocumentWrite is a document to store. ContentHash is set by the caller.
type DocumentWrite struct {
	knowledge.Document
	Fingerprint string // changes when anything does that passages are made of
	// Passages is called at most once, and only if the fingerprint differs.
	Passages func() []Passage
	// Replaces, if set, is the fingerprint that the stored document must have: a
	// live one with another stays as it is and counts as unchanged, and none is
	// made or brought back.
	Replaces *string
}

// Superseded reports whether the stored document is another than the one that d
// was made to replace. stored is its fingerprint if it is there and live.
func (d DocumentWrite) Superseded(stored string, live bool) bool {
	return d.Replaces != nil && (!live || stored != *d.Replaces)
}

// UpsertResult is the result for one document.
type UpsertResult struct {
	Outcome knowledge.Outcome // never OutcomeFailed
	Chunks  int
	Err     error // set if the document was not stored
}

// Passage is a passage to store.
type Passage struct {
	Hash     string   `json:"hash"` // of what is embedded: equal hash, equal vector
	Headings []string `json:"headings,omitempty"`
	Anchor   string   `json:"anchor,omitempty"`
	Text     string   `json:"text"`
	Tokens   int      `json:"tokens"`
	Terms    []string `json:"terms"` // index terms in order, with repetitions
}

// StoredPassage is a passage with what an answer shows of its document.
type StoredPassage struct {
	Unit       int64
	DocumentID string
	URI        string
	Source     string
	Title      string
	Version    string     // of the document: Meta has it under MetaVersion
	Language   string     // of the document
	Fetched    *time.Time // likewise, as Published
	Published  *time.Time
	Ordinal    int // position within the document, from 0
	Headings   []string
	Anchor     string
	Text       string
	Tokens     int
}

// Indexed is a stored passage as Diff compares it.
type Indexed struct {
	Unit  int64
	Hash  string
	Terms string // joined by spaces
}

// Kept pairs a stored passage with its position in the new version.
type Kept struct {
	Indexed
	Ordinal int // index into the new passages
	// Moves is set where the terms are others. A posting of a unit is never
	// written twice, so the passage moves to a new unit, with its vectors.
	Moves bool
}

// Diff compares the stored passages of a document, in order, with its new ones.
// Equal hashes are the same passage, the n-th with the n-th where a hash occurs
// several times. It returns what stays, the indexes of what is new, and the
// units that are gone.
func Diff(stored []Indexed, now []Passage) (kept []Kept, added []int, gone []int64) {
	have := make(map[string][]Indexed, len(stored))
	for _, s := range stored {
		have[s.Hash] = append(have[s.Hash], s)
	}
	for i, p := range now {
		if q := have[p.Hash]; len(q) > 0 {
			have[p.Hash] = q[1:]
			kept = append(kept, Kept{Indexed: q[0], Ordinal: i, Moves: q[0].Terms != strings.Join(p.Terms, " ")})
			continue
		}
		added = append(added, i)
	}
	for _, s := range stored {
		if q := have[s.Hash]; len(q) > 0 && q[0].Unit == s.Unit {
			have[s.Hash] = q[1:]
			gone = append(gone, s.Unit)
		}
	}
	return kept, added, gone
}
