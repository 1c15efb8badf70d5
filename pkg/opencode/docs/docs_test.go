package docs

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func get(t *testing.T, path, encoding string) *http.Response {
	t.Helper()
	mux := http.NewServeMux()
	Routes(mux, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") })
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.Header.Set("Accept-Encoding", encoding)
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, r)
	return w.Result()
}

func TestPagesNeedNothingInlineOrFromElsewhere(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"/docs", "/docs/agentdb"} {
		r := get(t, path, "")
		b, _ := io.ReadAll(r.Body)
		if csp := r.Header.Get("Content-Security-Policy"); r.StatusCode != 200 || strings.Contains(csp, "unsafe") || strings.Contains(csp, "http") || !strings.Contains(csp, "default-src 'none'") {
			t.Errorf("%s: %d %s", path, r.StatusCode, csp)
		}
		if regexp.MustCompile(`<style|style=|\son[a-z]+=|<script[^>]*>[^<]|"https?:|"//`).Match(b) {
			t.Errorf("%s has something inline or from elsewhere:\n%s", path, b)
		}
		for _, m := range regexp.MustCompile(`(?:src|href)="(/docs/[^"]+)"`).FindAllStringSubmatch(string(b), -1) {
			if r := get(t, m[1], "gzip"); r.StatusCode != 200 {
				t.Errorf("%s refers to %s: %d", path, m[1], r.StatusCode)
			}
		}
	}
}

func TestTheScriptIsTheSameWithoutCompression(t *testing.T) {
	t.Parallel()
	plain, err := io.ReadAll(get(t, "/docs/swagger-ui-bundle.js", "").Body)
	if err != nil {
		t.Fatal(err)
	}
	r := get(t, "/docs/swagger-ui-bundle.js", "gzip, br")
	if r.Header.Get("Content-Encoding") != "gzip" || !strings.Contains(r.Header.Get("Vary"), "Accept-Encoding") {
		t.Fatalf("%v", r.Header)
	}
	z, err := gzip.NewReader(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil || !bytes.Equal(b, plain) || len(b) < 1_000_000 {
		t.Errorf("%d bytes, and %d without compression: %v", len(b), len(plain), err)
	}
}

// The built files are those of the package that the lock file names.
func TestFilesAreNpms(t *testing.T) {
	t.Parallel()
	npm, err := exec.LookPath("npm")
	if err != nil {
		t.Skip("npm is not installed")
	}
	lock, err := os.ReadFile("package-lock.json")
	if err != nil {
		t.Fatal(err)
	}
	var l struct {
		Packages map[string]struct{ Version, Integrity string }
	}
	if err := json.Unmarshal(lock, &l); err != nil {
		t.Fatal(err)
	}
	pkg := l.Packages["node_modules/swagger-ui-dist"]
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), npm, "pack", "--silent", "--ignore-scripts", "--pack-destination", dir, "swagger-ui-dist@"+pkg.Version)
	cmd.Env = append(os.Environ(), "npm_config_fetch_retries=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Skipf("npm does not give it: %s", out)
	}
	found, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil || len(found) != 1 {
		t.Fatalf("%v %v", found, err)
	}
	b, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	if sum := sha512.Sum512(b); pkg.Integrity != "sha512-"+base64.StdEncoding.EncodeToString(sum[:]) {
		t.Fatalf("the lock file has another integrity: %s", pkg.Integrity)
	}
	compare(t, b)
}

// compare reads a package of npm and compares what was taken from it.
func compare(t *testing.T, pkg []byte) {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(pkg))
	if err != nil {
		t.Fatal(err)
	}
	same := 0
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		want, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(h.Name, "package/")
		have, err := static.ReadFile("static/" + name)
		if name == "swagger-ui-bundle.js" {
			have, err = bundle()
		}
		if err != nil || name == "index.html" { // not taken, or our own
			continue
		}
		if same++; !bytes.Equal(have, want) {
			t.Errorf("%s is another one", name)
		}
	}
	if same != 5 {
		t.Errorf("%d files are npm's", same)
	}
}
