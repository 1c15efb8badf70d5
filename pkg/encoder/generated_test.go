package encoder

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestAssemblyIsGenerated runs the generator and compares what it makes with
// what is committed, but for the line that names the command.
func TestAssemblyIsGenerated(t *testing.T) {
	t.Parallel()
	if out, err := exec.Command("go", "-C", "asm", "mod", "download").CombinedOutput(); err != nil {
		t.Skipf("the generator's modules cannot be had here: %v\n%s", err, out)
	}
	dir := t.TempDir()
	cmd := exec.Command("go", "-C", "asm", "run", ".", "-pkg", "encoder",
		"-out", filepath.Join(dir, "kernels_amd64.s"), "-stubs", filepath.Join(dir, "kernels_amd64.go"))
	cmd.Env = append(os.Environ(), "GOARCH="+hostArch(t))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go run: %v\n%s", err, out)
	}
	for _, name := range []string{"kernels_amd64.s", "kernels_amd64.go"} {
		if !bytes.Equal(afterFirstLine(t, name), afterFirstLine(t, filepath.Join(dir, name))) {
			t.Errorf("%s is not what asm makes; run go generate ./pkg/encoder", name)
		}
	}
}

// hostArch is what the go command runs programs of, whatever tests are built for.
func hostArch(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOHOSTARCH").Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(bytes.TrimSpace(out))
}

func afterFirstLine(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := bytes.Cut(b, []byte("\n"))
	return rest
}
