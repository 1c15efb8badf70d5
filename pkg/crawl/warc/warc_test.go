package warc

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/textproto"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
)

func TestAnArchiveIsReadRecordByRecord(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := time.Date(2026, 11, 25, 2, 0, 0, 0, time.UTC)
	for i := range 5 { // only the last three stay
		w, err := Create(dir, "docs", "panther-crawl/test", at.Add(time.Duration(i)*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		h := http.Header{"Content-Type": {"text/html"}, "Content-Encoding": {"br"}}
		w.Add("https://e.com/a", 200, h, []byte("<p>a</p>"), at)
		w.Add("https://e.com/b\r\nWARC-Type: x", 404, http.Header{}, nil, at)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*.warc.gz"))
	if len(files) != 3 {
		t.Fatalf("archives are %v", files)
	}
	records := readAll(t, files[2])
	if len(records) != 3 || records[0].Get("WARC-Type") != "warcinfo" || records[1].Get("WARC-Target-URI") != "https://e.com/a" ||
		records[2].Get("WARC-Type") != "response" {
		t.Fatalf("records are %v", records)
	}
	resp, err := http.ReadResponse(bufio.NewReader(strings.NewReader(records[1].Get("block"))), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || string(body) != "<p>a</p>" || resp.Header.Get("Content-Encoding") != "" || records[1].Get("WARC-Payload-Digest") != digest(body) {
		t.Errorf("body %q, %v, headers %v", body, err, resp.Header)
	}
}

// readAll reads every record, each a member of its own, with its block.
func readAll(t *testing.T, name string) []textproto.MIMEHeader {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	src := bufio.NewReader(bytes.NewReader(raw))
	z, err := gzip.NewReader(src)
	var out []textproto.MIMEHeader
	for err == nil {
		z.Multistream(false)
		r := textproto.NewReader(bufio.NewReader(z))
		if line, _ := r.ReadLine(); line != "WARC/1.1" {
			t.Fatalf("record begins with %q", line)
		}
		h, herr := r.ReadMIMEHeader()
		if herr != nil {
			t.Fatal(herr)
		}
		n, _ := strconv.Atoi(h.Get("Content-Length"))
		block := make([]byte, n)
		if _, err := io.ReadFull(r.R, block); err != nil {
			t.Fatal(err)
		}
		h.Set("block", string(block))
		if rest, err := io.ReadAll(r.R); err != nil || string(rest) != "\r\n\r\n" {
			t.Fatalf("record ends with %q, %v", rest, err)
		}
		out = append(out, h)
		err = z.Reset(src)
	}
	if !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	return out
}
