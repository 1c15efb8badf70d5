// Package nixos stands in for the part of NixOS that turns an evaluated configuration into files: it evaluates a host of
// the fleet with nix-instantiate, and lays its unit directory, its generated files of /etc, its users and its
// tmpfiles.d below a folder, as nixpkgs' nixos/lib/systemd-lib.nix (generateUnits) and the activation do. It builds
// nothing: packages have to be in the folder's store already. A setting that it does not know is an error, so that
// nothing is left out silently.
package nixos

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// Host is what evaluation says of a host.
type Host struct {
	Failed     []string                   // messages of assertions that do not hold
	Units      map[string]map[string]Unit // by kind ("services", "sockets", …) and name without suffix
	Packages   []string                   // folders of the store whose lib/systemd/system is used
	Generators map[string]string          // programs, by name
	Etc        map[string]File            // by path below /etc
	Tmpfiles   struct{ Packages, Rules []string }
	Users      map[string]User
	Groups     map[string][]string // members by group
	store      string              // where packages are said to be
}

// File is an entry of environment.etc: a generated file's content, text or settings for Encode, or what it links to.
type File struct {
	Content any
	Link    string
}

// User is an entry of users.users.
type User struct {
	Group, Home, Description string
	System                   bool
	Groups                   []string
}

// Command returns a command of Nix that keeps its store and state in a folder, builds nothing and asks no network.
func Command(path, dir string, args ...string) *exec.Cmd {
	c := exec.Command(path, args...)
	c.Env = append(os.Environ(),
		"NIX_STORE_DIR="+dir+"/store", "NIX_STATE_DIR="+dir+"/state", "NIX_LOG_DIR="+dir+"/log", "NIX_CONF_DIR="+dir+"/conf",
		"HOME="+dir, "NIX_CONFIG=build-users-group =\nexperimental-features = nix-command flakes\nsubstituters =\nsandbox = false")
	return c
}

// Evaluate evaluates a host, a folder below nix/hosts, with further modules (paths of files). Nix is the path of
// nix-instantiate, source the folder test/nix, dir a folder for Nix's own use, and store where packages are said to be.
func Evaluate(nix, source, dir, store, host string, modules ...string) (Host, error) {
	expr := fmt.Sprintf("import %s/disk.nix { host = %q; store = %q; modules = [ %s ]; }", source, host, store, strings.Join(modules, " "))
	c := Command(nix, dir, "--eval", "--strict", "--json", "-E", expr)
	var out, problem bytes.Buffer
	c.Stdout, c.Stderr = &out, &problem
	if err := c.Run(); err != nil {
		return Host{}, fmt.Errorf("evaluate %s: %w\n%s", host, err, &problem)
	}
	h := Host{store: store}
	if err := json.Unmarshal(out.Bytes(), &h); err != nil {
		return Host{}, fmt.Errorf("decode %s: %w", host, err)
	}
	return h, nil
}

// Encode returns settings as the file of that name has them: JSON or TOML.
func Encode(name string, content any) ([]byte, error) {
	if text, ok := content.(string); ok {
		return []byte(text), nil
	}
	encode := toml.Marshal
	if strings.HasSuffix(name, ".json") {
		encode = json.Marshal
	}
	b, err := encode(integers(content))
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", name, err)
	}
	return b, nil
}

// integers undoes what JSON does to whole numbers.
func integers(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for k, e := range v {
			out[k] = integers(e)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, e := range v {
			out[i] = integers(e)
		}
		return out
	case float64:
		if v == float64(int64(v)) {
			return int64(v)
		}
	}
	return v
}

// Lay writes the host below root. Links name the store as the host does: that of a machine whose / root will be, or one
// that is below root already.
func (h Host) Lay(root string) error {
	if err := h.layUnits(root); err != nil {
		return fmt.Errorf("lay units: %w", err)
	}
	for name, f := range h.Etc {
		to := filepath.Join(root, "etc", name)
		if f.Link != "" {
			if err := link(f.Link, to); err != nil {
				return err
			}
			continue
		}
		text, err := Encode(name, f.Content)
		if err != nil {
			return err
		}
		if err := write(to, text); err != nil {
			return err
		}
	}
	for name, program := range h.Generators {
		if err := link(program, filepath.Join(root, "etc/systemd/system-generators", name)); err != nil {
			return err
		}
	}
	for _, p := range slices.Compact(slices.Sorted(slices.Values(h.Tmpfiles.Packages))) {
		files, err := filepath.Glob(filepath.Join(below(root, p), "lib/tmpfiles.d/*.conf"))
		if err != nil || len(files) == 0 {
			return fmt.Errorf("systemd.tmpfiles.packages: %s has no lib/tmpfiles.d", p)
		}
		for _, f := range files {
			if err := link(filepath.Join(p, "lib/tmpfiles.d", filepath.Base(f)), filepath.Join(root, "etc/tmpfiles.d", filepath.Base(f))); err != nil {
				return err
			}
		}
	}
	if err := write(filepath.Join(root, "etc/tmpfiles.d/00-nixos.conf"), []byte(strings.Join(h.Tmpfiles.Rules, "\n")+"\n")); err != nil {
		return err
	}
	return write(filepath.Join(root, "etc/sysusers.d/nixos.conf"), []byte(h.sysusers()))
}

// sysusers gives users and groups in sysusers.d(5), which does what NixOS's activation does where there is no NixOS.
func (h Host) sysusers() string {
	var b strings.Builder
	for _, g := range sorted(h.Groups) {
		fmt.Fprintf(&b, "g %s -\n", g)
	}
	for _, name := range sorted(h.Users) {
		u := h.Users[name]
		fmt.Fprintf(&b, "u %s - %q %s\n", name, u.Description, u.Home)
		for _, g := range u.Groups {
			fmt.Fprintf(&b, "m %s %s\n", name, g)
		}
	}
	for _, g := range sorted(h.Groups) {
		for _, m := range h.Groups[g] {
			fmt.Fprintf(&b, "m %s %s\n", m, g)
		}
	}
	return b.String()
}

// programs are those of packages of nixpkgs that units run; here they are the system's own, by another name behind "=".
var programs = map[string][]string{
	"attic-client": {"attic-client=true"},
	"chromium":     {"chromium"}, "getent": {"getent"}, "git": {"git"}, "openssh": {"ssh"}, "mandoc": {"mandoc"}, "pandoc": {"pandoc"},
	"poppler-utils": {"pdftotext", "pdftoppm", "pdfinfo", "pdfimages"}, "tesseract": {"tesseract"},
	"postgresql": {"psql"},
	"coreutils":  {"cat", "chmod", "chown", "id", "install", "ln", "mkdir", "mv", "printenv", "rm", "sleep", "stat", "test", "touch"},
	"findutils":  {"find", "xargs"}, "gnugrep": {"grep"}, "gnused": {"sed"},
	"systemd": {"journalctl", "systemctl", "systemd-creds", "systemd-notify", "systemd-run"},
}

// installPrograms puts a folder with links for each of those packages into the store.
func installPrograms(root, store string) error {
	for pkg, names := range programs {
		for _, name := range names {
			name, target, ok := strings.Cut(name, "=")
			if !ok {
				target = name
			}
			if err := link(filepath.Join("/usr/bin", target), below(root, filepath.Join(store, pkg, "bin", name))); err != nil {
				return err
			}
		}
	}
	return nil
}

// DefaultPath is the PATH of a unit without a path of its own: what nixpkgs compiles into systemd.
func DefaultPath(store string) string { return store + "/systemd/bin/" }

// Install puts the suite (the programs in bin) and the stand-ins for other packages of nixpkgs into the store below root,
// where the host will find them by the name store. Source is this repository.
func Install(source, bin, root, store string) error {
	dest := root
	if below(root, store) == store {
		dest = "/" // not "", which would be an installation into this system
	}
	c := exec.Command(filepath.Join(source, "scripts/install"), "--destdir", dest, "--prefix", store+"/panther", "--bin", bin)
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("install the suite below %s: %w\n%s", root, err, out)
	}
	if err := installPrograms(root, store); err != nil {
		return err
	}
	from := filepath.Join(source, "test/nix/standins")
	return filepath.WalkDir(from, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		to := below(root, filepath.Join(store, "standins", strings.TrimPrefix(path, from)))
		if err := write(to, bytes.ReplaceAll(text, []byte("/nix/store"), []byte(store))); err != nil {
			return err
		}
		return os.Chmod(to, info.Mode().Perm())
	})
}
