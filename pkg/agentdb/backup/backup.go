// Package backup writes everything that a store holds to a stream and reads it
// into an empty one, of the same kind or the other. The stream is zstd over
// lines of JSON:
//
//	{"format":"panther-backup","version":1,"created":…}
//	a store.Record a line
//	{"end":{"records":N,"sha256":…}}   over all lines before it
//
// A stream that was cut or changed is never restored in part: the store imports
// whole or not at all, and the last line is checked before it commits.
package backup

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"

	"github.com/klauspost/compress/zstd"

	"panther/pkg/agentdb/store"
)

const (
	format  = "panther-backup"
	version = 1
)

// ErrDamaged means that a stream is no whole backup.
var ErrDamaged = errors.New("the backup is damaged")

type header struct {
	Format  string    `json:"format"`
	Version int       `json:"version"`
	Created time.Time `json:"created"`
}

type end struct {
	Records int    `json:"records"`
	SHA256  string `json:"sha256"`
}

// line is any line but the first.
type line struct {
	store.Record
	End *end `json:"end,omitempty"`
}

// Write exports s as of one moment, while it serves.
func Write(ctx context.Context, s store.Store, w io.Writer) error {
	z, err := zstd.NewWriter(w)
	if err != nil {
		return fmt.Errorf("compress backup: %w", err)
	}
	sum := sha256.New()
	enc := json.NewEncoder(io.MultiWriter(z, sum))
	if err := enc.Encode(header{format, version, time.Now().UTC()}); err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	n := 0
	err = s.Export(ctx, func(r store.Record) error {
		n++
		return enc.Encode(r)
	})
	if err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	if err := json.NewEncoder(z).Encode(line{End: &end{n, hex.EncodeToString(sum.Sum(nil))}}); err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("write backup: %w", err)
	}
	return nil
}

// Limits of what is read: the window of the decoder, and a line, which holds a
// document of up to 16 MiB with its passages and their terms.
const (
	maxWindow = 64 << 20
	maxLine   = 256 << 20
)

// Read imports a backup into an empty store.
func Read(ctx context.Context, s store.Store, r io.Reader) error {
	z, err := zstd.NewReader(r, zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderConcurrency(1))
	if err != nil {
		return fmt.Errorf("read backup: %w", err)
	}
	defer z.Close()
	lines := bufio.NewScanner(z)
	lines.Buffer(make([]byte, 0, 64<<10), maxLine)
	x := reader{lines: lines, sum: sha256.New()}
	if err := x.header(); err != nil {
		return err
	}
	return s.Import(ctx, x.next)
}

type reader struct {
	lines *bufio.Scanner
	sum   hash.Hash
	n     int
}

func (x *reader) scan() ([]byte, error) {
	if x.lines.Scan() {
		return x.lines.Bytes(), nil
	}
	if err := x.lines.Err(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return nil, fmt.Errorf("%w: it ends after %d records", ErrDamaged, x.n)
}

func (x *reader) header() error {
	b, err := x.scan()
	if err != nil {
		return err
	}
	var h header
	if err := json.Unmarshal(b, &h); err != nil || h.Format != format {
		return fmt.Errorf("%w: it does not begin like one", ErrDamaged)
	}
	if h.Version != version {
		return fmt.Errorf("the backup has version %d, this release reads %d", h.Version, version)
	}
	x.count(b)
	return nil
}

func (x *reader) count(b []byte) {
	x.sum.Write(b)
	x.sum.Write([]byte{'\n'})
}

// next returns the next record, or io.EOF after a last line that fits.
func (x *reader) next() (store.Record, error) {
	b, err := x.scan()
	if err != nil {
		return store.Record{}, err
	}
	var l line
	if err := json.Unmarshal(b, &l); err != nil {
		return store.Record{}, fmt.Errorf("%w: record %d: %w", ErrDamaged, x.n+1, err)
	}
	if l.End == nil {
		x.n++
		x.count(b)
		return l.Record, nil
	}
	if l.End.Records != x.n || l.End.SHA256 != hex.EncodeToString(x.sum.Sum(nil)) {
		return store.Record{}, fmt.Errorf("%w: its sum does not fit", ErrDamaged)
	}
	return store.Record{}, io.EOF
}
