package encoder

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestFamilies opens a small folder of each family of models as its authors
// publish them, by its own files, and holds it to the reference of
// testdata/families.py.
func TestFamilies(t *testing.T) {
	t.Parallel()
	var families []struct {
		Name  string
		Files map[string][]byte
		Rows  []struct {
			Text   string
			Vector []float32
		}
	}
	readFixture(t, "testdata/families.json.gz", &families)
	for _, f := range families {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for name, content := range f.Files {
				p := filepath.Join(dir, name)
				if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(p, content, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			e, err := Open(dir, Options{Kernels: "portable"})
			if err != nil {
				t.Fatal(err)
			}
			defer e.Close()
			in := make([]Input, len(f.Rows))
			for i, r := range f.Rows {
				in[i].Text = r.Text
			}
			got, err := e.Embed(t.Context(), in, nil)
			if err != nil {
				t.Fatal(err)
			}
			for i, r := range f.Rows {
				near(t, got.Vectors[i], r.Vector, 5e-5)
			}
			if n := len(in) - 1; e.MaxTokens() != 30 || !got.Cut[n] || got.Tokens[n] != 30 {
				t.Errorf("%d tokens at most; of the long text %d, cut %v", e.MaxTokens(), got.Tokens[n], got.Cut[n])
			}
		})
	}
}

// TestOtherProcessor runs the kernels of arm64 in qemu, where that is installed
// (Debian: qemu-user-static).
func TestOtherProcessor(t *testing.T) {
	t.Parallel()
	qemu, err := exec.LookPath("qemu-aarch64-static")
	if err != nil || runtime.GOARCH == "arm64" {
		t.Skip("no qemu-aarch64-static, or no need of it")
	}
	cmd := exec.Command("go", "test", "-v", "-count=1", "-exec", qemu, "-run", "TestEnginesAgree|TestByteProducts|TestFamilies", ".")
	cmd.Env = append(os.Environ(), "GOARCH=arm64", "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestEnginesAgree/neon-dotprod") {
		t.Errorf("go test on arm64: %v\n%s", err, out)
	}
}
