package generation

import (
	"errors"
	"io/fs"
	"path"
	"strconv"

	"golang.org/x/sys/unix"
)

// Switch points the link at generation n in one atomic step. A folder in the
// place of the link, as opnix 0.11 left it, is exchanged for the link; it is
// then at the path that Former returns until ClearFormer removes it.
func (s *Store) Switch(n uint64) error {
	target := s.gens.at(strconv.FormatUint(n, 10) + "/" + filesName)
	tmp := "." + s.link + ".new"
	if err := s.keepFormer(tmp); err != nil {
		return err
	}
	if err := unix.Symlinkat(target, s.above.fd, tmp); err != nil {
		return pathError("create link", s.above.at(tmp), err)
	}
	st, err := s.above.stat(s.link)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = s.above.rename(tmp, s.link, 0)
	case err != nil:
	case st.Mode&unix.S_IFMT == unix.S_IFLNK:
		err = s.above.rename(tmp, s.link, 0)
	case st.Mode&unix.S_IFMT == unix.S_IFDIR:
		if err = s.above.rename(tmp, s.link, unix.RENAME_EXCHANGE); err == nil {
			err = s.keepFormer(tmp)
		}
	default:
		err = pathError("switch", s.above.at(s.link), errors.New("is neither a link nor a folder"))
	}
	if err != nil {
		_ = unix.Unlinkat(s.above.fd, tmp, 0)
		return err
	}
	return s.above.sync()
}

// keepFormer deals with what is at the temporary name: a folder that was
// exchanged is kept under the name of Former, a link of a killed writer goes.
func (s *Store) keepFormer(tmp string) error {
	st, err := s.above.stat(tmp)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if st.Mode&unix.S_IFMT != unix.S_IFDIR {
		return s.above.removeAll(tmp)
	}
	if err := s.above.rename(tmp, s.formerName(), unix.RENAME_NOREPLACE); err != nil {
		return err
	}
	return unix.Fchmodat(s.above.fd, s.formerName(), 0o700, 0)
}

func (s *Store) formerName() string { return s.link + ".former" }

// ClearFormer removes, from the folder that a link replaced, the files that the
// generation m now provides, and the folder once it is empty. It returns the
// folder's path and what else is in it, which only its owner can judge.
func (s *Store) ClearFormer(m *Manifest) (at string, left []string, err error) {
	former, err := s.above.sub(s.formerName())
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil, nil
	}
	if err != nil {
		return "", nil, err
	}
	defer former.close()
	for _, e := range m.Entries {
		if err := former.remove(e.Path); err != nil {
			return former.path, nil, err
		}
	}
	left, err = former.names()
	if err == nil && len(left) == 0 {
		return "", nil, s.above.removeAll(s.formerName())
	}
	return former.path, left, err
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
			if err := s.gens.removeAll(strconv.FormatUint(n, 10)); err != nil {
				return err
			}
		}
	}
	for i, n := range older {
		name := strconv.FormatUint(n, 10)
		m, err := s.Manifest(n)
		if i < len(older)-keep || err != nil {
			if err := s.gens.removeAll(name); err != nil {
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

func (s *Store) strip(name string, m, current *Manifest) error {
	for _, e := range m.Entries {
		if _, ok := current.Entry(e.Path); ok {
			continue
		}
		root, err := s.gens.sub(path.Join(name, filesName))
		if err != nil {
			return err
		}
		err = root.remove(e.Path)
		root.close()
		if err != nil {
			return err
		}
	}
	return nil
}

// Read returns the content of a file of the current generation m.
func (s *Store) Read(m *Manifest, p string) ([]byte, error) {
	return s.gens.readFile(path.Join(strconv.FormatUint(m.Number, 10), filesName, p))
}

// Problem is a difference between a generation and its manifest.
type Problem struct {
	Path   string `json:"path"`
	Detail string `json:"detail"`
}

// Verify compares the files of generation m with its manifest: content, owner,
// mode, nothing missing and nothing more.
func (s *Store) Verify(m *Manifest, key Key) ([]Problem, error) {
	root, err := s.gens.sub(path.Join(strconv.FormatUint(m.Number, 10), filesName))
	if err != nil {
		return nil, err
	}
	defer root.close()
	var out []Problem
	seen := map[string]bool{}
	for _, e := range m.Entries {
		seen[e.Path] = true
		if d := root.compare(e, key); d != "" {
			out = append(out, Problem{Path: e.Path, Detail: d})
		}
	}
	err = root.walk(".", func(p string) {
		if !seen[p] {
			out = append(out, Problem{Path: p, Detail: "is not part of the generation"})
		}
	})
	return out, err
}

func (d *dir) compare(e Entry, key Key) string {
	st, err := d.stat(e.Path)
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
	b, err := d.readFile(e.Path)
	if err != nil {
		return err.Error()
	}
	if key.MAC(e.Path, b) != e.MAC {
		return "has another content"
	}
	return ""
}

func (d *dir) walk(at string, visit func(string)) error {
	sub, err := d.sub(at)
	if err != nil {
		return err
	}
	names, err := sub.names()
	sub.close()
	if err != nil {
		return err
	}
	for _, n := range names {
		p := path.Join(at, n)
		st, err := d.stat(p)
		if err != nil {
			return err
		}
		if st.Mode&unix.S_IFMT == unix.S_IFDIR {
			if err := d.walk(p, visit); err != nil {
				return err
			}
			continue
		}
		visit(p)
	}
	return nil
}
