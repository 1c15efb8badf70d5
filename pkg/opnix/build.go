package opnix

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"panther/pkg/config"
	"panther/pkg/opnix/generation"
	"panther/pkg/opnix/token"
	"panther/pkg/opnix/vault"
)

// DefaultOutput is the stable folder of an installed system.
const DefaultOutput = "/var/lib/opnix/secrets"

// defaultDeadline bounds one conversation with the password manager: the SDK
// alone needs about two seconds to start, a slow line some more.
const defaultDeadline = 30 * time.Second

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// builder turns documents into a Config and gathers everything that is wrong.
type builder struct {
	Loader
	file     string
	problems []config.Error
	owners   map[string]Owner
}

func (b *builder) bad(key, hint, format string, args ...any) {
	b.problems = append(b.problems, config.Error{File: b.file, Key: key, Hint: hint, Err: fmt.Errorf(format, args...)})
}

// err returns the first problem with the others listed below it.
func (b *builder) err() error {
	if len(b.problems) == 0 {
		return nil
	}
	first := b.problems[0]
	if rest := b.problems[1:]; len(rest) > 0 {
		lines := []error{first.Err}
		for i := range rest {
			lines = append(lines, &rest[i])
		}
		first.Err = errors.Join(lines...)
	}
	return &first
}

func build(l Loader, names []string, files []file) (*Config, error) {
	b := &builder{Loader: l, owners: map[string]Owner{}}
	c := &Config{Systemd: Systemd{Enable: true, RestartOnChange: true}}
	for i := range files {
		b.file = names[i]
		b.common(c, &files[i])
	}
	for i := range files {
		b.file = names[i]
		f := &files[i]
		for j := range f.Secrets {
			b.secret(c, f, j)
		}
		for j := range f.Templates {
			b.template(c, f, j)
		}
	}
	includes := func(f file) bool { return len(f.Include) > 0 }
	if len(c.Secrets)+len(c.Templates) == 0 && (!b.Elsewhere && !b.Run || !slices.ContainsFunc(files, includes)) {
		b.bad("secrets", `add one, e.g. {"path": "github/githubPat", "reference": "op://Vault/Item/field"}`, "is empty")
	}
	if len(b.problems) == 0 {
		b.backend(c)
		b.paths(c)
		b.placeholders(c)
	}
	if err := b.err(); err != nil {
		return nil, err
	}
	return c, nil
}

// common takes what a file says for all secrets; a later file wins, as in
// opnix 0.11.
func (b *builder) common(c *Config, f *file) {
	if f.Backend != (Backend{}) {
		c.Backend = f.Backend
	}
	if f.LastGood != (LastGood{}) {
		c.LastGood = f.LastGood
	}
	if f.Deadline.D() > 0 {
		c.Deadline = f.Deadline.D()
	}
	if c.Deadline == 0 {
		c.Deadline = defaultDeadline
	}
	c.TokenFile = firstOf(b.TokenFile, f.TokenFile, c.TokenFile, b.DefaultToken, token.DefaultPath)
	if o := firstOf(b.Output, f.Output, c.Output, b.DefaultOutput, DefaultOutput); path.IsAbs(o) {
		c.Output = path.Clean(o)
	} else {
		c.Output = o
	}
	if !path.IsAbs(c.Output) {
		b.bad("outputDir", "write an absolute path", "%q is not absolute", c.Output)
	}
	if s := f.SystemdIntegration; s != nil {
		c.Systemd = Systemd{Enable: s.Enable, RestartOnChange: s.RestartOnChange, Services: s.Services}
	}
	switch c.LastGood.Sealer {
	case "", "systemd":
	case "age":
		if c.LastGood.Identity == "" {
			b.bad("lastGood.identity", "name an identity file, e.g. /etc/ssh/ssh_host_ed25519_key", "is missing")
		}
	default:
		b.bad("lastGood.sealer", `write "systemd" or "age"`, "%q is not known", c.LastGood.Sealer)
	}
}

func (b *builder) backend(c *Config) {
	be := &c.Backend
	if be.Type == "" {
		be.Type = Type1Password
	}
	switch be.Type {
	case Type1Password:
	case TypeConnect:
		if !strings.HasPrefix(be.URL, "http://") && !strings.HasPrefix(be.URL, "https://") {
			b.bad("backend.url", "write the address of the Connect server, e.g. http://127.0.0.1:8080", "%q is no http or https address", be.URL)
		}
	case TypeAge:
		if be.Identity == "" {
			b.bad("backend.identity", "name the age identity file", "is missing")
		}
		fallthrough
	case TypeFolder:
		if !path.IsAbs(be.Path) {
			b.bad("backend.path", "write an absolute path", "%q is not absolute", be.Path)
		}
	default:
		b.bad("backend.type", "write 1password, connect, folder or age", "%q is not known", be.Type)
	}
}

func (b *builder) secret(c *Config, f *file, i int) {
	fs := &f.Secrets[i]
	key := fmt.Sprintf("secrets[%d]", i)
	s := Secret{Symlinks: b.homes(key+".symlinks", fs.Symlinks), Copies: b.homes(key+".copies", fs.Copies), Backup: fs.Backup, Validate: fs.Validate, Pattern: fs.Pattern}
	s.Path = b.path(key, fs, f)
	s.Name = s.Path
	s.Request = b.request(key, fs)
	s.Owner = b.owner(key, fs.Owner, fs.Group)
	s.Mode = b.mode(key, fs.Mode)
	s.Services = b.services(key, fs.Services, c.Systemd)
	s.Policy = firstOf(fs.Policy, f.Policy, StaleOK)
	switch s.Policy {
	case Required, StaleOK, Optional:
	default:
		b.bad(key+".policy", "write required, stale_ok or optional", "%q is not known", s.Policy)
	}
	s.MaxAge = firstOf(fs.MaxAge.D(), f.MaxAge.D(), defaultMaxAge)
	var err error
	if s.validator, err = newValidator(fs.Validate, fs.Pattern); err != nil {
		b.bad(key+".validate", "write non_empty, pem, json, utf8, one_line or base64, and a RE2 expression as pattern", "%w", err)
	}
	c.Secrets = append(c.Secrets, s)
}

func firstOf[T comparable](v ...T) T {
	var zero T
	for _, x := range v {
		if x != zero {
			return x
		}
	}
	return zero
}

var placeholder = regexp.MustCompile(`\{([^{}]*)\}`)

// path fills in the variables of a path or of the path template.
func (b *builder) path(key string, fs *fileSecret, f *file) string {
	tmpl := firstOf(fs.Path, f.PathTemplate)
	if tmpl == "" {
		b.bad(key+".path", "write where the secret goes, e.g. github/githubPat, or set pathTemplate", "is missing")
		return ""
	}
	p := placeholder.ReplaceAllStringFunc(tmpl, func(m string) string {
		name := m[1 : len(m)-1]
		v, ok := fs.Variables[name]
		if !ok {
			v, ok = f.Defaults[name]
		}
		if !ok {
			b.bad(key+".path", "add it to the secret's variables or to defaults", "variable {%s} has no value", name)
		}
		if v == "" || strings.Contains(v, "..") || strings.ContainsAny(v, ";&|$`()<>{}") {
			b.bad(key+".variables."+name, "use letters, digits, dots, dashes and underscores", "%q cannot be part of a path", v)
		}
		return v
	})
	p = b.home(key+".path", p)
	b.checkPath(key+".path", p)
	return p
}

// home puts the user's home in the place of ~ at the beginning of a path.
func (b *builder) home(key, p string) string {
	rest, ok := strings.CutPrefix(p, "~/")
	switch {
	case !ok:
		return p
	case b.Home == "":
		b.bad(key, "write an absolute path; ~ is for a user's own configuration", "%q begins with ~", clip(p))
		return p
	}
	return path.Join(b.Home, rest)
}

func (b *builder) homes(key string, paths []string) []string {
	out := make([]string, len(paths))
	for i, p := range paths {
		out[i] = b.home(key, p)
	}
	return out
}

// forbidden are folders and files of the system itself.
var forbidden = []string{"/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/lib", "/lib", "/boot", "/dev", "/proc", "/sys", "/nix/store",
	"/etc/passwd", "/etc/shadow", "/etc/group", "/etc/gshadow", "/etc/sudoers", "/etc/sudoers.d", "/run/systemd", "/etc/systemd"}

func (b *builder) checkPath(key, p string) {
	if err := generation.CheckPath(p); err != nil {
		b.bad(key, "write a path like group/name", "%q %w", clip(p), err)
	}
	for _, f := range forbidden {
		if p == f || strings.HasPrefix(p, f+"/") {
			b.bad(key, "choose a place below /etc, /var or /run that belongs to the service", "%q is in a part of the system that holds no secrets (%s)", clip(p), f)
		}
	}
}

func clip(s string) string {
	if len(s) > 300 {
		return s[:300] + "…"
	}
	return s
}

func (b *builder) request(key string, fs *fileSecret) vault.Request {
	ref, err := vault.ParseReference(fs.Reference)
	switch {
	case fs.Reference == "":
		b.bad(key+".reference", "write op://Vault/Item/field", "is missing")
	case err != nil:
		b.bad(key+".reference", "write op://Vault/Item/field or op://Vault/Item/Section/field, with % encodings in names", "%q %w", clip(fs.Reference), err)
	}
	switch fs.Kind {
	case "", "field":
	case "file":
		if ref.Attribute != "" || ref.SSHFormat != "" {
			b.bad(key+".reference", "remove the query", "%q has a query, which files do not have", fs.Reference)
		}
	default:
		b.bad(key+".kind", "write field or file", "%q is not known", fs.Kind)
	}
	return vault.Request{Ref: ref, File: fs.Kind == "file"}
}

func (b *builder) mode(key, m string) uint32 {
	if m == "" {
		return 0o600
	}
	v, err := strconv.ParseUint(m, 8, 16)
	switch {
	case err != nil || len(m) < 3 || len(m) > 4:
		b.bad(key+".mode", "write three or four octal digits, e.g. 0400", "%q is no file mode", clip(m))
	case v&^0o777 != 0:
		b.bad(key+".mode", "remove the first digit", "%q sets special bits", m)
	case v&0o002 != 0:
		b.bad(key+".mode", "remove the write permission for others", "%q lets everybody change the file", m)
	}
	return uint32(v)
}

// owner resolves names once; an unknown one is refused before anything else
// happens, or, in a run, costs the secrets that it owns.
func (b *builder) owner(key, user, group string) Owner {
	id := user + ":" + group
	if o, ok := b.owners[id]; ok {
		return o
	}
	o := Owner{User: user, Group: group, UID: -1, GID: -1}
	if b.Elsewhere {
		return o
	}
	find := func(what, database, name string) int {
		id, err := lookup(database, name)
		switch {
		case err == nil:
		case b.Run:
			o.Unknown = err.Error()
		default:
			b.bad(key+"."+what, "create it first, or correct the name", "%w", err)
		}
		return id
	}
	if user != "" {
		o.UID = find("owner", "passwd", user)
	}
	if group != "" {
		o.GID = find("group", "group", group)
	}
	if uid := os.Geteuid(); uid != 0 && o.UID >= 0 && o.UID != uid {
		b.bad(key+".owner", "remove it: a user's secrets belong to the user", "%q is another user than the one who runs opnix", user)
	}
	b.owners[id] = o
	return o
}

var unitName = regexp.MustCompile(`^[A-Za-z0-9:_.@\\-]{1,200}$`)

func (b *builder) services(key string, in services, sys Systemd) []Service {
	var out []Service
	for _, fs := range in {
		name := fs.name
		if !strings.Contains(name, ".") {
			name += ".service"
		}
		if !unitName.MatchString(name) {
			b.bad(key+".services", "write the name of a unit", "%q is no unit name", clip(fs.name))
			continue
		}
		s := Service{Unit: name, Action: Restart}
		if !sys.RestartOnChange {
			s.Action = Reload
		}
		if a := fs.action; a != nil {
			switch {
			case a.Signal != nil && *a.Signal != "":
				s.Action, s.Signal = Signal, *a.Signal
				if signalNumber(s.Signal) == 0 {
					b.bad(key+".services", "write a name like SIGHUP", "%q is no signal", clip(s.Signal))
				}
			case a.Reload != nil && *a.Reload:
				s.Action = Reload
			case a.Restart != nil && *a.Restart:
				s.Action = Restart
			case a.Restart != nil && a.Reload != nil:
				s.Action = Nothing
			case a.Restart != nil:
				s.Action = Reload
			}
		}
		if !sys.Enable {
			s.Action = Nothing
		}
		out = append(out, s)
	}
	return out
}

// paths brings paths below the output into relative form and refuses those
// that collide.
func (b *builder) paths(c *Config) {
	var inside, outside []string
	add := func(p *string, inPlace *bool, symlinks, copies []string) {
		if b.Below != "" && !path.IsAbs(*p) {
			*p, *inPlace = path.Join(b.Below, *p), true
		}
		if rest, ok := strings.CutPrefix(*p, c.Output+"/"); ok {
			*p = rest
		}
		inside = append(inside, generation.InGeneration(*p))
		if path.IsAbs(*p) {
			outside = append(outside, *p)
		}
		for _, l := range slices.Concat(symlinks, copies) {
			if !path.IsAbs(l) {
				b.bad("symlinks", "write an absolute path", "%q is not absolute", clip(l))
				continue
			}
			b.checkPath("symlinks", l)
			if l == c.Output || strings.HasPrefix(l, c.Output+"/") || strings.HasPrefix(c.Output, l+"/") {
				b.bad("symlinks", "choose a place elsewhere", "%q is in the folder of the secrets themselves", clip(l))
			}
			outside = append(outside, l)
		}
	}
	for i := range c.Secrets {
		s := &c.Secrets[i]
		add(&s.Path, &s.InPlace, s.Symlinks, s.Copies)
		s.Name = s.Path
	}
	for i := range c.Templates {
		add(&c.Templates[i].Path, &c.Templates[i].InPlace, c.Templates[i].Symlinks, c.Templates[i].Copies)
	}
	for _, set := range [][]string{inside, outside} {
		x, y, found := generation.Conflict(set)
		switch {
		case found && x == y:
			b.bad("secrets", "give each secret a path of its own", "the path %q is used twice", clip(x))
		case found:
			b.bad("secrets", "a name cannot be a file and a folder at once", "the path %q is the beginning of %q", clip(x), clip(y))
		}
	}
}
