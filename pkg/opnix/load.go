package opnix

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"panther/pkg/config"
)

// Loader reads configurations. Its fields take the place of what the files say;
// the zero value changes nothing.
type Loader struct {
	Output        string // the stable folder
	DefaultOutput string // where the files name none; "" means the system's
	TokenFile     string
	DefaultToken  string // where the files name none; "" means the system's
	Home          string // what ~ in a path stands for; "" refuses it
	Below         string // relative paths are files below this folder, not below the output
	Elsewhere     bool   // only check, for another machine: its users and template files need not be here
	AnyOwner      bool   // it may belong to anybody, as in the sandbox of a Nix build
	Run           bool   // what is wrong on this machine costs what depends on it: Owner.Unknown, Template.Broken, Config.Unread
}

// Load reads and merges configuration files with the zero Loader.
func Load(paths ...string) (*Config, error) { return Loader{}.Load(paths...) }

// Load reads and merges configuration files and checks the result completely,
// without touching the network. Its errors are *config.Error: exit status 78,
// with the file, the place and a hint.
func (l Loader) Load(paths ...string) (*Config, error) {
	var r reading
	for _, p := range paths {
		if err := r.add(l, p, ""); err != nil {
			return nil, err
		}
	}
	r.leaveOut(l)
	c, err := build(l, r.names, r.files)
	if err != nil {
		return nil, err
	}
	c.sum, c.Unread = r.sum, r.unread
	return c, nil
}

// reading are the files of a configuration in the order of their weight.
type reading struct {
	names    []string
	files    []file
	included []bool
	sum      []byte
	unread   []*config.Error // what is included and cannot be used, in a run
}

// add reads a file, and before it those that it includes, so that what it says
// itself wins. On another machine than its own they need not be there.
func (r *reading) add(l Loader, p, by string) error {
	b, err := l.read(p, maxConfig)
	if by != "" && l.Elsewhere && errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return &config.Error{File: p, Err: err, Hint: hintOr(err, "create it, or name another one "+firstOf(by, "with -config"))}
	}
	f, err := decode(p, b)
	if err != nil {
		return err
	}
	for i, name := range f.Include {
		key := fmt.Sprintf("include[%d]", i)
		if by != "" {
			return &config.Error{File: p, Key: key, Err: errors.New("is in a file that is included itself"), Hint: "include it in the first file"}
		}
		if !filepath.IsAbs(name) {
			return &config.Error{File: p, Key: key, Err: fmt.Errorf("%q is not absolute", name), Hint: "write an absolute path"}
		}
		err := r.add(l, name, "in include of "+p)
		if wrong := (*config.Error)(nil); l.Run && errors.As(err, &wrong) {
			r.unread = append(r.unread, wrong)
		} else if err != nil {
			return err
		}
	}
	r.names, r.files, r.included = append(r.names, p), append(r.files, f), append(r.included, by != "")
	r.sum = append(append(r.sum, b...), 0)
	return nil
}

// leaveOut drops the included files with which the configuration is wrong, where it
// is right without them.
func (r *reading) leaveOut(l Loader) {
	if _, err := build(l, r.names, r.files); err == nil || !l.Run || !slices.Contains(r.included, true) {
		return
	}
	kept := make([]bool, len(r.files))
	for i, included := range r.included {
		kept[i] = !included
	}
	for i, included := range r.included {
		if !included {
			continue
		}
		kept[i] = true
		_, err := build(l, only(r.names, kept), only(r.files, kept))
		if wrong := (*config.Error)(nil); errors.As(err, &wrong) {
			r.unread, kept[i] = append(r.unread, wrong), false
		}
	}
	r.names, r.files = only(r.names, kept), only(r.files, kept)
}

// only returns the elements that are kept.
func only[E any](all []E, kept []bool) []E {
	var out []E
	for i, e := range all {
		if kept[i] {
			out = append(out, e)
		}
	}
	return out
}

// Decode reads one configuration from memory with the zero Loader.
func Decode(name string, b []byte) (*Config, error) { return Loader{}.Decode(name, b) }

// Decode reads one configuration from memory, as Load does from a file of that
// name.
func (l Loader) Decode(name string, b []byte) (*Config, error) {
	f, err := decode(name, b)
	if err != nil {
		return nil, err
	}
	c, err := build(l, []string{name}, []file{f})
	if err == nil {
		c.sum = b
	}
	return c, err
}

// ForBackend returns a configuration without secrets, for questions outside of
// a run; text stands for it in the breaker.
func (l Loader) ForBackend(be Backend, text []byte) (*Config, error) {
	b := &builder{Loader: l}
	c := &Config{}
	b.common(c, &file{Backend: be})
	b.backend(c)
	if err := b.err(); err != nil {
		return nil, err
	}
	c.sum = text
	return c, nil
}
