package generation

import (
	"cmp"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"panther/pkg/opnix/confined"
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
	Reference  string    `json:"reference,omitempty"`  // request key; "" for a template
	Set        string    `json:"set,omitempty"`        // who put it there; "" is the whole configuration
	NoCopy     bool      `json:"no_copy,omitempty"`    // its policy forbids a last good copy
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
	run   *confined.Dir // RUN
	gens  *confined.Dir // RUN/generations
	above *confined.Dir // the folder of the link
	link  string
	disk  bool // the generations are not in memory and must be made durable
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
	if s.run, err = confined.OpenOwn(run, dirMode); err != nil {
		return nil, err
	}
	if err = s.run.Allow(dirMode); err == nil {
		s.gens, err = s.run.Mkdir("generations", dirMode)
	}
	if err == nil {
		s.above, err = confined.OpenOwn(path.Dir(link), dirMode)
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	s.disk = !InMemory(run)
	return s, nil
}

// InMemory reports whether the generations are in memory that is never swapped.
func (s *Store) InMemory() bool { return !s.disk }

// Life returns a text that is made with RUN and lost with it: as long as it is
// the same, no boot lies between.
func (s *Store) Life() (string, error) {
	b, err := s.run.ReadFile("life")
	if errors.Is(err, fs.ErrNotExist) {
		b = []byte(rand.Text())
		err = s.run.Replace("life", b, -1, -1, 0o600)
	}
	return string(b), err
}

// MarkStale makes the file RUN/stale, or removes it: a sign, for those who watch
// it, that a last good copy is served.
func (s *Store) MarkStale(stale bool) error {
	if !stale {
		return s.run.Unlink("stale")
	}
	return s.run.Replace("stale", nil, -1, -1, 0o600)
}

// Close releases the folders.
func (s *Store) Close() {
	for _, d := range []*confined.Dir{s.run, s.gens, s.above} {
		if d != nil {
			d.Close()
		}
	}
}

// ErrDamaged means that a manifest cannot be read; its generation is to be
// replaced.
var ErrDamaged = errors.New("the manifest is damaged")

// Current returns the manifest of the generation that the link points to;
// fs.ErrNotExist if there is none, as after a boot.
func (s *Store) Current() (*Manifest, error) {
	target, err := s.above.Readlink(s.link)
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
	rest, ok := strings.CutPrefix(target, s.gens.Path()+"/")
	num, ok2 := strings.CutSuffix(rest, "/"+filesName)
	n, err := strconv.ParseUint(num, 10, 64)
	return n, ok && ok2 && err == nil
}

// Manifest reads the manifest of a generation.
func (s *Store) Manifest(n uint64) (*Manifest, error) {
	b, err := s.gens.ReadFile(strconv.FormatUint(n, 10) + "/" + manifestName)
	if err != nil {
		return nil, err
	}
	var m Manifest
	if err := json.Unmarshal(b, &m); err != nil || m.Number != n {
		return nil, fmt.Errorf("read %s: %w", s.gens.At(strconv.FormatUint(n, 10)), ErrDamaged)
	}
	return &m, nil
}

// Numbers lists the complete generations, oldest first.
func (s *Store) Numbers() ([]uint64, error) {
	names, err := s.gens.Names()
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
		_ = s.gens.RemoveAll(newPrefix + name)
		return nil, err
	}
	if err := s.gens.Rename(newPrefix+name, name, unix.RENAME_NOREPLACE); err != nil {
		_ = s.gens.RemoveAll(newPrefix + name)
		return nil, err
	}
	return m, s.gens.Sync()
}

// sweep removes what killed writers left.
func (s *Store) sweep() error {
	names, err := s.gens.Names()
	if err != nil {
		return err
	}
	for _, n := range names {
		if strings.HasPrefix(n, newPrefix) {
			if err := s.gens.RemoveAll(n); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Store) build(name string, files []File, m *Manifest) error {
	g, err := s.gens.Mkdir(name, 0o700)
	if err != nil {
		return err
	}
	defer g.Close()
	root, err := g.Mkdir(filesName, dirMode)
	if err != nil {
		return err
	}
	defer root.Close()
	folders := map[string]*confined.Dir{}
	defer func() {
		for _, d := range folders {
			d.Close()
		}
	}()
	for _, f := range files {
		at := path.Dir(f.Path)
		d, ok := folders[at]
		if !ok {
			if d, err = root.MkdirAll(at, dirMode); err != nil {
				return err
			}
			folders[at] = d
		}
		if err := d.WriteFile(path.Base(f.Path), f.Value.Bytes(), f.UID, f.GID, f.Mode); err != nil {
			return err
		}
	}
	b, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("encode manifest: %w", err)
	}
	if err := g.WriteFile(manifestName, b, -1, -1, 0o600); err != nil {
		return err
	}
	if err := g.Chmod(dirMode); err != nil {
		return err
	}
	if s.disk {
		return g.SyncAll()
	}
	return nil
}
