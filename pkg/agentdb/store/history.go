package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"panther/pkg/knowledge"

	"github.com/klauspost/compress/zstd"
)

// History keeps what documents were before. A former text is written in the
// transaction that replaces it, and packed against the text that replaced it, so
// that a small change takes a few hundred bytes; it is read backwards from the
// present text. What is stored again with the same Markdown writes nothing.
type History interface {
	// Changed returns documents, tombstones among them and without their Markdown,
	// that are another, there or gone since a time. They are ordered by URI.
	Changed(ctx context.Context, sel ListChanged) ([]DatedDocument, error)
	// Revisions returns a document and its former texts, newest first.
	Revisions(ctx context.Context, id string) (*DatedDocument, []Revision, error)
}

// ListChanged selects documents.
type ListChanged struct {
	Source string // "" means all
	Since  time.Time
	After  string // URI
	Limit  int
}

// DatedDocument is a document with the time at which it was first stored, zero
// if that was before such times were written down.
type DatedDocument struct {
	knowledge.Document
	Created time.Time
}

// Revision is what a document was until it was stored again.
type Revision struct {
	Until       time.Time  `json:"until"`
	GoneAt      *time.Time `json:"gone_at,omitempty"` // from then on there was none
	Title       string     `json:"title,omitempty"`
	ContentHash string     `json:"content_hash"`
	Data        []byte     `json:"data"` // see Pack
}

// Bounds of the history. A source's takes as much room as its present texts, and
// at least HistoryFloor; the oldest goes first.
const (
	HistoryAge   = 400 * 24 * time.Hour
	HistoryFloor = 8 << 20
	// HistoryRow is what a revision takes besides its data.
	HistoryRow = 200
)

// ErrDamaged means that a former text cannot be read any more.
var ErrDamaged = errors.New("the former text is damaged")

// plain is a text as every database holds it, so that what one packed another
// unpacks.
func plain(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// dictionary is the number that zstd wants one to have.
const dictionary = 1

// maxText is the longest text that is unpacked: twice what a document may have.
const maxText = 32 << 20

// Pack compresses a former text with the text that replaced it as the dictionary
// (zstd, RFC 8878).
func Pack(former, now string) ([]byte, error) {
	opts := []zstd.EOption{zstd.WithEncoderConcurrency(1), zstd.WithEncoderCRC(true)}
	if now = plain(now); now != "" {
		opts = append(opts, zstd.WithEncoderDictRaw(dictionary, []byte(now)))
	}
	z, err := zstd.NewWriter(nil, opts...)
	if err != nil {
		return nil, fmt.Errorf("pack former text: %w", err)
	}
	return z.EncodeAll([]byte(plain(former)), nil), z.Close()
}

// Unpack returns the former text that was packed against the text now.
func Unpack(data []byte, now string) (string, error) {
	opts := []zstd.DOption{zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(maxText)}
	if now = plain(now); now != "" {
		opts = append(opts, zstd.WithDecoderDictRaw(dictionary, []byte(now)))
	}
	z, err := zstd.NewReader(nil, opts...)
	if err != nil {
		return "", fmt.Errorf("unpack former text: %w", err)
	}
	defer z.Close()
	text, err := z.DecodeAll(data, nil)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return string(text), nil
}

// Texts unpacks the former texts of a document, newest first. It ends where one
// is damaged: those before it are lost with it.
func Texts(now string, revisions []Revision) ([]string, error) {
	out := make([]string, 0, len(revisions))
	for _, r := range revisions {
		text, err := Unpack(r.Data, now)
		if err != nil {
			return out, err
		}
		out, now = append(out, text), text
	}
	return out, nil
}
