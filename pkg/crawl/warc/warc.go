// Package warc writes what a crawl fetched as a WARC 1.1 archive (ISO
// 28500:2017), one gzip member a record, which every tool for web archives
// reads: pywb shows it, warcio lists it.
//
// Bodies are kept as they were after decompression, so the headers that tell of
// the transfer are left out, and Content-Length is that of the body. What a
// crash leaves is readable up to the last whole record.
package warc

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // what WARC tools compare is SHA-1 in base 32
	"encoding/base32"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"
)

// keep is how many archives of a source stay.
const keep = 3

// Writer writes one archive. Its methods may be called by several goroutines.
type Writer struct {
	mu  sync.Mutex
	f   *os.File
	w   *bufio.Writer
	err error // the first; nothing is written after it
}

// Create begins the archive of a run of a source in a folder, and removes all
// but the newest of the same source.
func Create(dir, source, software string, at time.Time) (*Writer, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("make archive folder: %w", err)
	}
	old, err := filepath.Glob(filepath.Join(dir, source+"_*.warc.gz"))
	if err != nil {
		return nil, fmt.Errorf("list archives: %w", err)
	}
	slices.Sort(old)
	for len(old) >= keep {
		if err := os.Remove(old[0]); err != nil {
			return nil, fmt.Errorf("remove old archive: %w", err)
		}
		old = old[1:]
	}
	name := filepath.Join(dir, source+"_"+at.UTC().Format("20060102T150405.000")+".warc.gz")
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o640)
	if err != nil {
		return nil, fmt.Errorf("create archive: %w", err)
	}
	w := &Writer{f: f, w: bufio.NewWriterSize(f, 256<<10)}
	info := "software: " + software + "\r\nformat: WARC File Format 1.1\r\nrobots: obey\r\n"
	w.record("warcinfo", "", "application/warc-fields", at, "", []byte(info))
	return w, w.err
}

// Add writes an answer. Errors are told by Close.
func (w *Writer) Add(url string, status int, header http.Header, body []byte, at time.Time) {
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", status, http.StatusText(status))
	h := header.Clone()
	for _, k := range []string{"Content-Encoding", "Transfer-Encoding", "Connection", "Content-Length"} {
		h.Del(k)
	}
	_ = h.Write(&b) // a buffer takes everything
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n", len(body))
	b.Write(body)
	w.record("response", url, "application/http; msgtype=response", at, digest(body), b.Bytes())
}

func digest(b []byte) string {
	sum := sha1.Sum(b) //nolint:gosec // as above
	return "sha1:" + base32.StdEncoding.EncodeToString(sum[:])
}

func (w *Writer) record(kind, url, contentType string, at time.Time, payload string, block []byte) {
	var head strings.Builder
	fmt.Fprintf(&head, "WARC/1.1\r\nWARC-Type: %s\r\nWARC-Record-ID: <urn:uuid:%s>\r\nWARC-Date: %s\r\n", kind, uuid(), at.UTC().Format("2006-01-02T15:04:05.000Z"))
	if url != "" {
		fmt.Fprintf(&head, "WARC-Target-URI: %s\r\n", oneLine(url))
	}
	if payload != "" {
		fmt.Fprintf(&head, "WARC-Payload-Digest: %s\r\n", payload)
	}
	fmt.Fprintf(&head, "WARC-Block-Digest: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n", digest(block), contentType, len(block))

	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return
	}
	z := gzip.NewWriter(w.w)
	for _, part := range [][]byte{[]byte(head.String()), block, []byte("\r\n\r\n")} {
		if _, err := z.Write(part); err != nil {
			w.err = fmt.Errorf("write archive: %w", err)
			return
		}
	}
	if err := z.Close(); err != nil {
		w.err = fmt.Errorf("write archive: %w", err)
	}
}

// oneLine keeps an address from ending its header.
func oneLine(s string) string { return strings.NewReplacer("\r", "%0D", "\n", "%0A").Replace(s) }

func uuid() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// Close ends the archive and returns the first error of it.
func (w *Writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.w.Flush(); w.err == nil && err != nil {
		w.err = fmt.Errorf("write archive: %w", err)
	}
	if err := w.f.Close(); w.err == nil && err != nil {
		w.err = fmt.Errorf("write archive: %w", err)
	}
	return w.err
}
