package opnix

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

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
	Run           bool   // a name of a user or group that nobody has is no error, but Owner.Unknown
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
	c, err := build(l, r.names, r.files)
	if err != nil {
		return nil, err
	}
	c.sum = r.sum
	return c, nil
}

// reading are the files of a configuration in the order of their weight.
type reading struct {
	names []string
	files []file
	sum   []byte
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
		if err := r.add(l, name, "in include of "+p); err != nil {
			return err
		}
	}
	r.names, r.files, r.sum = append(r.names, p), append(r.files, f), append(append(r.sum, b...), 0)
	return nil
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
