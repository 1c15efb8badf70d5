package main

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// filesOnly is opnix 0.11 without 1Password, which cannot be asked here: a
// command for its source tree.
//
//go:embed opnix011.go.txt
var filesOnly []byte

// beside measures opnix 0.11, built from the source that OPNIX011 names, beside
// this one, where they can be compared: with the values at hand, and up to the
// point where 1Password's SDK refuses a token that is none.
func beside(dir, ours string) error {
	src := os.Getenv("OPNIX011")
	if src == "" {
		fmt.Println("opnix 0.11: set OPNIX011 to its source to see it beside this one (it has no backend but 1Password's own service)")
		return nil
	}
	theirs, files, err := buildTheirs(dir, src)
	if err != nil {
		return err
	}
	disk, err := os.MkdirTemp("", "opnix-bench-") // as /var is; opnix 0.11 refuses to write to /dev/shm
	if err != nil {
		return err
	}
	defer os.RemoveAll(disk)
	fmt.Println("\nopnix 0.11 beside this one, without 1Password      opnix 0.11              this one")
	for _, n := range []int{10, 100, 1000} {
		at := filepath.Join(disk, fmt.Sprint(n))
		if err := valuesAtHand(at, n); err != nil {
			return err
		}
		a, err := timed(files, at+"/config.json", at+"/out")
		if err != nil {
			return err
		}
		b, err := timed(ours, "-config", at+"/config.json", "-config", at+"/backend.json", "-output", at+"/lib/secrets", "-run-dir", filepath.Join(dir, fmt.Sprint("run-", n)), "-state-dir", at+"/lib/state", "materialize")
		if err != nil {
			return err
		}
		row(fmt.Sprintf("%d values at hand to files", n), a, b)
	}
	at := filepath.Join(disk, "10")
	if err := os.WriteFile(at+"/token", []byte("ops_x"), 0o600); err != nil {
		return err
	}
	args := []string{"secret", "-config", at + "/config.json", "-token-file", at + "/token", "-output"}
	a, _ := timed(theirs, append(args, at+"/refused")...) // to be refused is an error
	own := append(args, at+"/refused2", "-run-dir", filepath.Join(dir, "run2"), "-state-dir", at+"/state2")
	took, peak, _ := timedRun(exec.Command(ours, own...))
	row("a token that is none is refused", a, measured{took, peak})
	b, _ := timed(ours, own...)
	row("and when it is tried again", a, b)
	fmt.Println("opnix 0.11 writes each file in place on the disk; this one a generation in memory, to which it switches.")
	return nil
}

func row(what string, a, b measured) {
	fmt.Printf("%-45s %6d ms %4d MB %10d ms %4d MB\n", what, a.took.Milliseconds(), a.peak>>10, b.took.Milliseconds(), b.peak>>10)
}

// measured is the median of the times and the peak of the memory in KiB, with
// that of children.
type measured struct {
	took time.Duration
	peak int64
}

func timed(program string, args ...string) (measured, error) {
	var m measured
	var all []time.Duration
	var first error
	for range rounds {
		took, rss, err := timedRun(exec.Command(program, args...))
		all, m.peak, first = append(all, took), max(m.peak, rss), errors.Join(first, err)
	}
	m.took = median(all)
	return m, first
}

// valuesAtHand makes a configuration for both, and the values for ours.
func valuesAtHand(at string, n int) error {
	var secrets []string
	for i := range n {
		ref := fmt.Sprintf("op://Homelab/service %d/password", i)
		secrets = append(secrets, fmt.Sprintf(`{"path": "service%d/password", "reference": "%s"}`, i, ref))
		p := filepath.Join(at, "vault", strings.TrimPrefix(ref, "op://"))
		if err := errors.Join(os.MkdirAll(filepath.Dir(p), 0o700), os.WriteFile(p, []byte("value of "+ref), 0o600)); err != nil {
			return err
		}
	}
	return errors.Join(
		os.WriteFile(at+"/config.json", []byte(`{"secrets": [`+strings.Join(secrets, ",")+`]}`), 0o600),
		os.WriteFile(at+"/backend.json", []byte(`{"backend": {"type": "folder", "path": "`+at+`/vault"}, "lastGood": {"enable": false}}`), 0o600))
}

// buildTheirs builds opnix 0.11 and its files alone from a copy of the source.
func buildTheirs(dir, src string) (opnix, files string, err error) {
	tree := filepath.Join(dir, "opnix-0.11")
	if err := os.CopyFS(tree, os.DirFS(src)); err != nil {
		return "", "", fmt.Errorf("copy %s: %w", src, err)
	}
	err = errors.Join(os.MkdirAll(tree+"/cmd/files", 0o755), os.WriteFile(tree+"/cmd/files/main.go", filesOnly, 0o644))
	if err != nil {
		return "", "", err
	}
	opnix, files = filepath.Join(dir, "opnix-0.11-program"), filepath.Join(dir, "opnix-0.11-files")
	for program, pkg := range map[string]string{opnix: "./cmd/opnix", files: "./cmd/files"} {
		build := exec.Command("go", "build", "-o", program, pkg)
		build.Dir, build.Stderr = tree, os.Stderr
		build.Env = append(os.Environ(), "CGO_ENABLED=1") // its SDK wants it
		if err := build.Run(); err != nil {
			return "", "", fmt.Errorf("build opnix 0.11: %w", err)
		}
	}
	return opnix, files, nil
}
