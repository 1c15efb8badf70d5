package crawl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/google/renameio/v2"

	"panther/pkg/crawl/code"
	"panther/pkg/crawl/control"
	"panther/pkg/crawl/source"
	"panther/pkg/crawl/text"
)

// Bounds of what people upload: files of a source, and bytes of all of them.
const (
	maxUploads     = 1000
	maxUploadBytes = 1 << 30
)

// Upload implements control.Desk: it keeps a file in a folder of its own for the
// source, which is a source of files like any other.
func (d *Desk) Upload(ctx context.Context, name, file string, r io.Reader) (*control.Source, error) {
	if d.Uploads == "" {
		return nil, wrong(http.StatusConflict, errors.New("this crawler keeps no files"))
	}
	s := source.Source{Name: name, Kind: source.Files, Path: filepath.Join(d.Uploads, name)}
	if err := s.Validate("source"); err != nil {
		return nil, wrong(http.StatusBadRequest, err)
	}
	if err := uploadable(file); err != nil {
		return nil, err
	}
	if _, _, err := d.uploaded(s); err != nil {
		return nil, err
	}
	if err := d.keep(s.Path, file, r); err != nil { // nobody waits for a slow sender
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	old, there, err := d.uploaded(s)
	if err != nil {
		return nil, err
	}
	if !there {
		if err := Add(d.File, s); err != nil {
			return nil, refused(err)
		}
		d.register(ctx, s)
		old = s
	}
	out := d.show(old)
	return &out, nil
}

// uploaded finds the source of files that were uploaded under a name; another of that
// name is an error.
func (d *Desk) uploaded(s source.Source) (source.Source, bool, error) {
	cfg, err := d.Load()
	if err != nil {
		return s, false, wrong(http.StatusConflict, err)
	}
	old, there := cfg.find(s.Name)
	if there && old.Path != s.Path {
		return s, false, &control.Error{Status: http.StatusConflict, Text: fmt.Sprintf("the source %s has no files that were uploaded", s.Name), Hint: "give the files another name"}
	}
	return old, there, nil
}

// uploadable refuses names that are no plain file names, and kinds that are not
// read.
func uploadable(file string) error {
	switch {
	case file == "" || len(file) > 200 || file != filepath.Base(file) || strings.HasPrefix(file, ".") ||
		strings.ContainsFunc(file, func(r rune) bool { return unicode.IsControl(r) || r == '\\' || r == '/' }):
		return &control.Error{Status: http.StatusBadRequest, Text: "that is no name of a file"}
	case !text.Known(file) && !code.Known(file):
		return &control.Error{Status: http.StatusBadRequest, Text: "files of that kind are not read", Hint: "see man panther-crawl for the kinds"}
	}
	return nil
}

// keep writes a file into the folder of a source, within the bounds.
func (d *Desk) keep(dir, file string, r io.Reader) error {
	files, bytes, err := usage(d.Uploads, dir)
	if err != nil {
		return wrong(http.StatusConflict, err)
	}
	if files >= maxUploads || bytes >= maxUploadBytes {
		return &control.Error{Status: http.StatusConflict, Text: fmt.Sprintf("there is room for %d files of a source and %d MB of all", maxUploads, maxUploadBytes>>20), Hint: "remove a source of uploaded files"}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return wrong(http.StatusConflict, err)
	}
	f, err := renameio.NewPendingFile(filepath.Join(dir, file), renameio.WithPermissions(0o600))
	if err != nil {
		return wrong(http.StatusConflict, err)
	}
	defer func() { _ = f.Cleanup() }()
	if _, err := io.Copy(f, r); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return &control.Error{Status: http.StatusRequestEntityTooLarge, Text: fmt.Sprintf("the file is larger than %d MB", control.MaxUpload>>20)}
		}
		return wrong(http.StatusBadRequest, fmt.Errorf("receive the file: %w", err))
	}
	if err := f.CloseAtomicallyReplace(); err != nil {
		return wrong(http.StatusConflict, err)
	}
	return nil
}

// usage counts the files of a folder, and the bytes of all that was uploaded.
func usage(root, dir string) (files int, bytes int64, err error) {
	err = filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		bytes += info.Size()
		if filepath.Dir(path) == dir {
			files++
		}
		return nil
	})
	return files, bytes, err
}

// dropUploads removes the files that were uploaded for a source.
func (d *Desk) dropUploads(s source.Source) {
	if d.Uploads != "" && s.Path == filepath.Join(d.Uploads, s.Name) {
		_ = os.RemoveAll(s.Path) // what stays counts as room that is taken
	}
}
