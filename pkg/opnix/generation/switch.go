package generation

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"panther/pkg/opnix/confined"
)

// Switch points the link at generation n in one atomic step. A folder in the
// place of the link, as opnix 0.11 left it, is exchanged for the link; it is
// then one of the folders that ClearFormer looks after. n must be complete.
func (s *Store) Switch(n uint64) error {
	target := s.target(n)
	st, err := s.above.Stat(s.link)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case st.Mode&unix.S_IFMT == unix.S_IFLNK:
	case st.Mode&unix.S_IFMT == unix.S_IFDIR:
		return s.exchange(target)
	default:
		return fmt.Errorf("switch %s: is neither a link nor a folder", s.above.At(s.link))
	}
	return s.above.Symlink(target, s.link)
}

func (s *Store) target(n uint64) string {
	return s.gens.At(strconv.FormatUint(n, 10) + "/" + filesName)
}

// exchange puts a link in the place of a folder. The folder is at no moment
// missing, and what a killed exchange left is found under its former name.
func (s *Store) exchange(target string) error {
	former, err := s.freeFormer()
	if err != nil {
		return err
	}
	if err := s.above.Symlink(target, former); err != nil {
		return err
	}
	if err := s.above.Rename(former, s.link, unix.RENAME_EXCHANGE); err != nil {
		_ = s.above.Unlink(former)
		return err
	}
	d, err := s.above.Sub(former)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Chmod(0o700); err != nil {
		return err
	}
	return s.above.Sync()
}

// freeFormer returns a name for a replaced folder: NAME.former, NAME.former-2
// and so on. A link of that name is what a killed exchange left, and goes.
func (s *Store) freeFormer() (string, error) {
	for i := 1; i < 1000; i++ {
		name := s.formerName(i)
		st, err := s.above.Stat(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return name, nil
		case err != nil:
			return "", err
		case st.Mode&unix.S_IFMT == unix.S_IFLNK:
			return name, s.above.Unlink(name)
		}
	}
	return "", fmt.Errorf("switch %s: too many folders named %s.former", s.above.At(s.link), s.link)
}

func (s *Store) formerName(i int) string {
	if i == 1 {
		return s.link + ".former"
	}
	return fmt.Sprintf("%s.former-%d", s.link, i)
}

// Former is a folder that a link replaced and that could not be removed.
type Former struct {
	Path string
	Left []string // what is in it
}

// ClearFormer removes, from the folders that a link replaced, the files that the
// generation m now provides, and each folder once it is empty. It returns those
// that hold something else, which only their owner can judge.
func (s *Store) ClearFormer(m *Manifest) ([]Former, error) {
	names, err := s.above.Names()
	if err != nil {
		return nil, err
	}
	var out []Former
	for _, n := range names {
		if !strings.HasPrefix(n, s.link+".former") {
			continue
		}
		if st, err := s.above.Stat(n); err != nil || st.Mode&unix.S_IFMT != unix.S_IFDIR {
			continue
		}
		left, err := s.clear(n, m)
		if err != nil {
			return out, err
		}
		if len(left) > 0 {
			out = append(out, Former{Path: s.above.At(n), Left: left})
		}
	}
	return out, nil
}

func (s *Store) clear(name string, m *Manifest) ([]string, error) {
	former, err := s.above.Sub(name)
	if err != nil {
		return nil, err
	}
	defer former.Close()
	if err := former.Chmod(0o700); err != nil { // an exchange may have been killed before it
		return nil, err
	}
	for _, e := range m.Entries {
		if err := former.Remove(e.Path); err != nil {
			return nil, err
		}
	}
	left, err := former.Names()
	if err == nil && len(left) == 0 {
		return nil, s.above.RemoveAll(name)
	}
	slices.Sort(left)
	return left, err
}

// Prune keeps the current generation and at most keep older ones, and removes
// from those what the current one no longer has: a secret that was taken out
// of the configuration is nowhere.
func (s *Store) Prune(current *Manifest, keep int) error {
	all, err := s.Numbers()
	if err != nil {
		return err
	}
	var older []uint64
	for _, n := range all {
		switch {
		case n < current.Number:
			older = append(older, n)
		case n > current.Number: // a rollback's future
			if err := s.gens.RemoveAll(strconv.FormatUint(n, 10)); err != nil {
				return err
			}
		}
	}
	for i, n := range older {
		name := strconv.FormatUint(n, 10)
		m, err := s.Manifest(n)
		if i < len(older)-keep || err != nil {
			if err := s.gens.RemoveAll(name); err != nil {
				return err
			}
			continue
		}
		if err := s.strip(name, m, current); err != nil {
			return err
		}
	}
	return nil
}

// strip removes from an older generation what the current one does not have.
// The manifest comes last: killed before, the next call does it all again.
func (s *Store) strip(name string, m, current *Manifest) error {
	has := func(e Entry) bool { _, ok := current.Entry(e.Path); return ok }
	gone := slices.DeleteFunc(slices.Clone(m.Entries), has)
	if len(gone) == 0 {
		return nil
	}
	g, err := s.gens.Sub(name)
	if err != nil {
		return err
	}
	defer g.Close()
	root, err := g.Sub(filesName)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, e := range gone {
		if err := root.Remove(e.Path); err != nil {
			return err
		}
	}
	m.Entries = slices.DeleteFunc(m.Entries, func(e Entry) bool { return !has(e) })
	b, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode manifest: %w", err)
	}
	return g.Replace(manifestName, b, -1, -1, 0o600)
}

// Read returns the content of a file of the current generation m.
func (s *Store) Read(m *Manifest, p string) ([]byte, error) {
	return s.gens.ReadFile(path.Join(strconv.FormatUint(m.Number, 10), filesName, p))
}

// Problem is a difference between a generation and its manifest.
type Problem struct {
	Path   string `json:"path"`
	Detail string `json:"detail"`
}

// Verify compares the files of generation m with its manifest: content, owner,
// mode, nothing missing and nothing more.
func (s *Store) Verify(m *Manifest, key Key) ([]Problem, error) {
	root, err := s.gens.Sub(path.Join(strconv.FormatUint(m.Number, 10), filesName))
	if err != nil {
		return nil, err
	}
	defer root.Close()
	var out []Problem
	seen := map[string]bool{}
	for _, e := range m.Entries {
		seen[e.Path] = true
		if d := compare(root, e, key); d != "" {
			out = append(out, Problem{Path: e.Path, Detail: d})
		}
	}
	err = walk(root, ".", func(p string) {
		if !seen[p] {
			out = append(out, Problem{Path: p, Detail: "is not part of the generation"})
		}
	})
	return out, err
}

func compare(d *confined.Dir, e Entry, key Key) string {
	st, err := d.Stat(e.Path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "is missing"
	case err != nil:
		return err.Error()
	case st.Mode&unix.S_IFMT != unix.S_IFREG:
		return "is not a regular file"
	case st.Mode&0o7777 != e.Mode:
		return "has another mode"
	case e.UID >= 0 && int(st.Uid) != e.UID || e.GID >= 0 && int(st.Gid) != e.GID:
		return "has another owner"
	}
	b, err := d.ReadFile(e.Path)
	if err != nil {
		return err.Error()
	}
	if key.MAC(e.Path, b) != e.MAC {
		return "has another content"
	}
	return ""
}

func walk(d *confined.Dir, at string, visit func(string)) error {
	sub, err := d.Sub(at)
	if err != nil {
		return err
	}
	names, err := sub.Names()
	sub.Close()
	if err != nil {
		return err
	}
	for _, n := range names {
		p := path.Join(at, n)
		st, err := d.Stat(p)
		if err != nil {
			return err
		}
		if st.Mode&unix.S_IFMT == unix.S_IFDIR {
			if err := walk(d, p, visit); err != nil {
				return err
			}
			continue
		}
		visit(p)
	}
	return nil
}
