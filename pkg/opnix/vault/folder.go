package vault

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
)

// Folder is a backend for development and for machines without a password
// manager: the value of op://VAULT/ITEM/[SECTION/]FIELD is the content of
// Dir/VAULT/ITEM/[SECTION/]FIELD, byte for byte. Names are matched exactly; a
// name with a slash cannot be expressed. Symbolic links that lead out of Dir
// are not followed.
type Folder struct {
	Dir string
}

// MaxValue bounds what one value may hold: 1Password's own limit for files is
// 50 MB, and twice that leaves room for encodings.
const MaxValue = 100 << 20

// Resolve reads the files.
func (b Folder) Resolve(ctx context.Context, reqs []Request) (Answer, error) {
	root, err := os.OpenRoot(b.Dir)
	if err != nil {
		return Answer{}, Errorf(Unavailable, "open secrets folder: %w", err)
	}
	defer root.Close()
	var a Answer
	for _, r := range reqs {
		if err := ctx.Err(); err != nil {
			return a, err
		}
		name, ok := folderPath(r.Ref)
		if !ok {
			a.Fail(r, Invalid, "the folder backend has no name with a slash in it")
			continue
		}
		v, err := readRegular(root, name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			a.Fail(r, Missing, "no file %s", path.Join(b.Dir, name))
		case err != nil:
			a.Fail(r, Invalid, "read %s: %s", path.Join(b.Dir, name), reason(err))
		default:
			a.Put(r, NewValue(v))
		}
	}
	return a, nil
}

func folderPath(ref Reference) (string, bool) {
	parts := []string{ref.Vault, ref.Item, ref.Section, ref.Field}
	if ref.Section == "" {
		parts = []string{ref.Vault, ref.Item, ref.Field}
	}
	for _, p := range parts {
		if p == "." || p == ".." || strings.Contains(p, "/") {
			return "", false
		}
	}
	return strings.Join(parts, "/"), true
}

func readRegular(root *os.Root, name string) ([]byte, error) {
	st, err := root.Stat(name)
	if err != nil {
		return nil, err
	}
	if !st.Mode().IsRegular() {
		return nil, errors.New("is not a regular file")
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	v, err := io.ReadAll(io.LimitReader(f, MaxValue+1))
	if err == nil && len(v) > MaxValue {
		err = errors.New("is larger than 100 MiB")
	}
	return v, err
}

// reason returns what went wrong without the path, which the caller names.
func reason(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}
