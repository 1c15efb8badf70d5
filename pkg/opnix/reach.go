package opnix

import (
	"path"
	"slices"
	"strings"
)

// Reach is what a configuration needs of the file system beyond the folders of
// opnix itself. A service that may touch nothing else is given just that.
type Reach struct {
	Write []string // folders in which links and copies are placed, sorted
	Read  []string // files and folders that are read, sorted
}

// Reach returns the reach of the configuration.
func (c *Config) Reach() Reach {
	var r Reach
	add := func(p string, symlinks, copies []string) {
		for _, at := range slices.Concat(symlinks, copies, []string{p}) {
			if path.IsAbs(at) {
				r.Write = append(r.Write, path.Dir(at))
			}
		}
	}
	for i := range c.Secrets {
		s := &c.Secrets[i]
		add(s.Path, s.Symlinks, s.Copies)
	}
	for i := range c.Templates {
		t := &c.Templates[i]
		add(t.Path, t.Symlinks, t.Copies)
		r.Read = append(r.Read, t.Source)
	}
	r.Write = append(r.Write, path.Dir(c.Output))
	r.Read = append(r.Read, c.TokenFile, c.Backend.Path, c.Backend.Identity, c.Backend.CAFile, c.LastGood.Identity)
	for _, l := range []*[]string{&r.Write, &r.Read} {
		slices.Sort(*l)
		*l = slices.Compact(*l)
		*l = slices.DeleteFunc(*l, func(p string) bool { return !path.IsAbs(p) })
	}
	return r
}

// InHome reports whether a path is in somebody's home or his part of /run.
func InHome(p string) bool {
	return slices.ContainsFunc([]string{"/home", "/root", "/run/user"}, func(h string) bool { return p == h || strings.HasPrefix(p, h+"/") })
}
