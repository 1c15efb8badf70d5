package crawl_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"panther/pkg/crawl"
	"panther/pkg/crawl/control"
)

// Whoever sends a file slowly keeps nobody from changing sources, and does not get
// a name that was taken in the meantime.
func TestASlowUploadKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	fixed := filepath.Join(dir, "panther-crawl.toml")
	if err := os.WriteFile(fixed, []byte("version = 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d := &crawl.Desk{File: filepath.Join(dir, "sources.toml"), Uploads: filepath.Join(dir, "uploads"), Load: func() (crawl.Config, error) {
		cfg, err := crawl.LoadAdded(fixed, filepath.Join(dir, "sources.toml"))
		cfg.AgentDB = "unix:" + filepath.Join(dir, "none.sock")
		return cfg, err
	}}
	file, sender := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		_, err := d.Upload(t.Context(), "letters", "letter.md", file)
		_ = file.CloseWithError(err)
		ended <- err
	}()
	if _, err := sender.Write([]byte("# A letter\n")); err != nil {
		t.Fatal(err)
	}
	place := t.TempDir()
	if err := os.WriteFile(filepath.Join(place, "a.md"), []byte("# A page\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if seen, err := d.Add(t.Context(), control.Place{Place: place, Name: "letters"}); err != nil || seen.Source.Name != "letters" {
		t.Fatalf("added: %+v, %v", seen, err)
	}
	if err := sender.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; refusal(err) != http.StatusConflict {
		t.Errorf("a name that is another source's: %v", err)
	}
}
