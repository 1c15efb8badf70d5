package generation

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"panther/pkg/opnix/vault"
)

// File is one secret to be written.
type File struct {
	Entry
	Value vault.Value
}

// Entry describes a file of a generation without its content.
type Entry struct {
	Path       string    `json:"path"` // below the generation's files
	Mode       uint32    `json:"mode"`
	UID        int       `json:"uid"` // -1: the writer's
	GID        int       `json:"gid"`
	Size       int       `json:"size"`
	MAC        string    `json:"mac"`                  // keyed fingerprint of path and content
	Reference  string    `json:"reference,omitempty"`  // "" for a template
	Stale      bool      `json:"stale,omitempty"`      // from the last good copy
	ResolvedAt time.Time `json:"resolved_at,omitzero"` // when the backend gave the value
}

// Manifest describes a generation.
type Manifest struct {
	Number  uint64    `json:"number"`
	Created time.Time `json:"created"`
	Config  string    `json:"config"` // fingerprint of the configuration
	Entries []Entry   `json:"entries"`
}

// Same reports whether both hold the same files with the same content, owners
// and modes.
func (m *Manifest) Same(o *Manifest) bool {
	return slices.EqualFunc(m.Entries, o.Entries, func(a, b Entry) bool {
		return a.Path == b.Path && a.MAC == b.MAC && a.Mode == b.Mode && a.UID == b.UID && a.GID == b.GID && a.Stale == b.Stale
	})
}

// Entry returns the entry of a path.
func (m *Manifest) Entry(p string) (Entry, bool) {
	i, ok := slices.BinarySearchFunc(m.Entries, p, func(e Entry, p string) int { return cmp.Compare(e.Path, p) })
	if !ok {
		return Entry{}, false
	}
	return m.Entries[i], true
}

// Key makes fingerprints that say nothing about short values to those who do
// not have it.
type Key []byte

// MAC returns the fingerprint of a content in the role that label names.
func (k Key) MAC(label string, content []byte) string {
	h := hmac.New(sha256.New, k)
	fmt.Fprintf(h, "%d:%s", len(label), label)
	h.Write(content)
	return hex.EncodeToString(h.Sum(nil))
}

// Store holds generations below a folder in memory and the link to the current
// one. Its methods are for one process at a time; Lock sees to that.
type Store struct {
	run   *dir // RUN
	gens  *dir // RUN/generations
	above *dir // the folder of the link
	link  string
}

const (
	dirMode      = 0o751 // others pass, but see no names
	newPrefix    = ".new-"
	manifestName = "manifest.json"
	filesName    = "files"
)

// Open opens the store, making run (mode 0751) and the folder of link where
// they are missing. Both must belong to the caller and be writable by nobody
// else.
func Open(run, link string) (*Store, error) {
	s := &Store{link: path.Base(link)}
	var err error
	if s.run, err = ownDir(run, dirMode); err != nil {
		return nil, err
	}
	if s.gens, err = s.run.mkdir("generations", dirMode); err == nil {
		s.above, err = ownDir(path.Dir(link), dirMode)
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Close releases the folders.
func (s *Store) Close() {
	for _, d := range []*dir{s.run, s.gens, s.above} {
		if d != nil {
			d.close()
		}
	}
}

// ownDir opens p, made if its parent is there, and refuses one that another
// user owns or could write to.
func ownDir(p string, mode uint32) (*dir, error) {
	d, err := openDir(p)
	if errors.Is(err, fs.ErrNotExist) {
		up, uerr := ownDirAbove(p, mode)
		if uerr != nil {
			return nil, uerr
		}
		d, err = up.mkdir(path.Base(p), mode)
		up.close()
	}
	if err != nil {
		return nil, err
	}
	var st unix.Stat_t
	if err := unix.Fstat(d.fd, &st); err != nil {
		d.close()
		return nil, pathError("inspect", p, err)
	}
	if int(st.Uid) != os.Geteuid() || st.Mode&0o022 != 0 {
		d.close()
		return nil, fmt.Errorf("open folder %s: owner %d and mode %04o let others change it", p, st.Uid, st.Mode&0o7777)
	}
	return d, nil
}

func ownDirAbove(p string, mode uint32) (*dir, error) {
	up, err := openDir(path.Dir(p))
	if errors.Is(err, fs.ErrNotExist) && path.Dir(p) != "/" {
		return ownDir(path.Dir(p), mode)
	}
	return up, err
}

// Current returns the manifest of the generation that the link points to;
// fs.ErrNotExist if there is none, as after a boot.
func (s *Store) Current() (*Manifest, error) {
	target, err := s.above.readlink(s.link)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOENT) {
		return nil, fmt.Errorf("current generation: %w", fs.ErrNotExist)
	}
	if err != nil {
		return nil, err
	}
	n, ok := s.number(target)
	if !ok {
		return nil, fmt.Errorf("current generation: %w", fs.ErrNotExist)
	}
	return s.Manifest(n)
}

func (s *Store) number(target string) (uint64, bool) {
	rest, ok := strings.CutPrefix(target, s.gens.path+"/")
	num, ok2 := strings.CutSuffix(rest, "/"+filesName)
	n, err := strconv.ParseUint(num, 10, 64)
	return n, ok && ok2 && err == nil
}

// Manifest reads the manifest of a generation.
func (s *Store) Manifest(n uint64) (*Manifest, error) {
	b, err := s.gens.readFile(strconv.FormatUint(n, 10) + "/" + manifestName)
	if err != nil {
		return nil, err
	}
	var m Manifest
	if err := json.Unmarshal(b, &m); err != nil || m.Number != n {
		return nil, fmt.Errorf("read %s: the manifest is damaged", s.gens.at(strconv.FormatUint(n, 10)))
	}
	return &m, nil
}

// Numbers lists the complete generations, oldest first.
func (s *Store) Numbers() ([]uint64, error) {
	names, err := s.gens.names()
	if err != nil {
		return nil, err
	}
	var out []uint64
	for _, n := range names {
		if v, err := strconv.ParseUint(n, 10, 64); err == nil {
			out = append(out, v)
		}
	}
	slices.Sort(out)
	return out, nil
}

// Plan returns the manifest that Write would write, without writing: sizes,
// fingerprints and order filled in.
func Plan(files []File, config string, key Key, now time.Time) *Manifest {
	m := &Manifest{Config: config, Created: now.UTC()}
	for i := range files {
		f := &files[i]
		f.Size, f.MAC = f.Value.Len(), key.MAC(f.Path, f.Value.Bytes())
		m.Entries = append(m.Entries, f.Entry)
	}
	slices.SortFunc(m.Entries, func(a, b Entry) int { return cmp.Compare(a.Path, b.Path) })
	return m
}

// Write writes a complete generation with the next number and returns its
// manifest. Readers do not see it before Switch. On any error nothing of it
// remains.
func (s *Store) Write(files []File, config string, key Key, now time.Time) (*Manifest, error) {
	m := Plan(files, config, key, now)
	all, err := s.Numbers()
	if err != nil {
		return nil, err
	}
	m.Number = 1
	if len(all) > 0 {
		m.Number = all[len(all)-1] + 1
	}
	name := strconv.FormatUint(m.Number, 10)
	if err := s.sweep(); err != nil {
		return nil, err
	}
	if err := s.build(newPrefix+name, files, m); err != nil {
		_ = s.gens.removeAll(newPrefix + name)
		return nil, err
	}
	if err := s.gens.rename(newPrefix+name, name, unix.RENAME_NOREPLACE); err != nil {
		_ = s.gens.removeAll(newPrefix + name)
		return nil, err
	}
	return m, s.gens.sync()
}

// sweep removes what killed writers left.
func (s *Store) sweep() error {
	names, err := s.gens.names()
	if err != nil {
		return err
	}
	for _, n := range names {
		if strings.HasPrefix(n, newPrefix) {
			if err := s.gens.removeAll(n); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Store) build(name string, files []File, m *Manifest) error {
	g, err := s.gens.mkdir(name, 0o700)
	if err != nil {
		return err
	}
	defer g.close()
	root, err := g.mkdir(filesName, dirMode)
	if err != nil {
		return err
	}
	defer root.close()
	folders := map[string]*dir{}
	defer func() {
		for _, d := range folders {
			d.close()
		}
	}()
	for _, f := range files {
		at := path.Dir(f.Path)
		d, ok := folders[at]
		if !ok {
			if d, err = root.mkdirAll(at, dirMode); err != nil {
				return err
			}
			folders[at] = d
		}
		if err := d.writeFile(path.Base(f.Path), f.Value.Bytes(), f.UID, f.GID, f.Mode); err != nil {
			return err
		}
	}
	b, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode manifest: %w", err)
	}
	if err := g.writeFile(manifestName, b, -1, -1, 0o600); err != nil {
		return err
	}
	if err := unix.Fchmod(g.fd, dirMode); err != nil {
		return pathError("open up", g.path, err)
	}
	return g.sync()
}
