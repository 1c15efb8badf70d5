package command

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"panther/pkg/opnix"
	"panther/pkg/opnix/run"
	"panther/pkg/opnix/token"
)

// GeneratorName is the name under which systemd runs opnix when it plans a boot
// (systemd.generator(7)).
const GeneratorName = "opnix-generator"

const secretsUnit, refreshUnit, watchUnit = "opnix-secrets.service", "opnix-refresh.service", "opnix-refresh.path"

// Generator plans the boot. It gives the units, which may write to nothing but
// the folders of opnix, what the configuration asks for elsewhere. And where a
// last good copy may serve every secret, opnix-secrets.service need not wait for
// a network, and neither do the services after it.
type Generator struct {
	Root  string // "" on a machine; a test's own
	Clock func() time.Time
}

// Run writes drop-ins into normal and units into early, which take precedence
// over those in /etc/systemd/system. Any doubt means that a unit stays as it is
// installed.
func (g Generator) Run(normal, early string) error {
	cfg, err := opnix.Loader{Elsewhere: true}.Load(g.at(opnix.DefaultConfig))
	if err != nil {
		return nil // there is none, or opnix-secrets.service will say what is wrong
	}
	r := &run.Runner{Config: cfg, Paths: run.Paths{Run: g.at("/run/opnix"), State: g.at("/var/lib/opnix/state")}, Now: g.Clock}
	if text := g.reach(cfg.Reach(), r.Placed()); text != "" {
		for _, unit := range []string{secretsUnit, refreshUnit} {
			if err := write(filepath.Join(normal, unit+".d"), "50-reach.conf", text); err != nil {
				return err
			}
		}
	}
	if cfg.TokenFile != token.DefaultPath && cfg.Backend.NeedsToken() {
		text := "# Written by " + GeneratorName + ": the token of " + opnix.DefaultConfig + " is elsewhere.\n[Path]\nPathChanged=" + strings.ReplaceAll(cfg.TokenFile, "%", "%%") + "\n"
		if err := write(filepath.Join(normal, watchUnit+".d"), "50-token.conf", text); err != nil {
			return err
		}
	}
	// An ordering cannot be taken back by a drop-in, so the whole unit is written again, for this boot only: a later
	// daemon-reload finds secrets being served and writes nothing.
	if exists(r.Paths.Run+"/life") || !r.CanRestore() {
		return nil
	}
	for _, dir := range []string{"/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system"} {
		b, err := os.ReadFile(g.at(dir + "/" + secretsUnit))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("read unit: %w", err)
		}
		return write(early, secretsUnit, withoutNetwork(string(b)))
	}
	return nil
}

func (g Generator) at(p string) string { return filepath.Join("/", g.Root, p) }

// write makes a file that systemd can read, whatever the umask.
func write(dir, name, text string) error {
	p := filepath.Join(dir, name)
	if err := errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(p, []byte(text), 0o644), os.Chmod(p, 0o644), os.Chmod(dir, 0o755)); err != nil {
		return fmt.Errorf("write unit: %w", err)
	}
	return nil
}

// reach returns a drop-in for what lies outside of the folders of opnix; "" if
// that is nothing. Folders that belong to a user are written to as that user.
func (g Generator) reach(r opnix.Reach, placed []string) string {
	home := "yes"
	if slices.ContainsFunc(r.Read, opnix.InHome) {
		home = "read-only"
	}
	folders := map[string]bool{}
	for _, p := range placed {
		r.Write = append(r.Write, filepath.Dir(p))
	}
	for _, dir := range r.Write {
		if dir == "/var/lib/opnix" || strings.HasPrefix(dir, "/var/lib/opnix/") {
			continue
		}
		if opnix.InHome(dir) {
			home = "no"
		}
		for !exists(g.at(dir)) {
			dir = filepath.Dir(dir) // which will be made in there
		}
		folders[dir] = true
	}
	var b strings.Builder
	if home != "yes" {
		b.WriteString("ProtectHome=" + home + "\n")
	}
	for _, dir := range slices.Sorted(maps.Keys(folders)) {
		b.WriteString(`ReadWritePaths="-` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "%", "%%").Replace(dir) + "\"\n")
	}
	if len(folders) > 0 {
		b.WriteString("CapabilityBoundingSet=CAP_SETGID CAP_SETUID\nSystemCallFilter=@setuid\n")
	}
	if b.Len() == 0 {
		return ""
	}
	return "# Written by " + GeneratorName + ": what " + opnix.DefaultConfig + " asks for outside of /var/lib/opnix.\n[Service]\n" + b.String()
}

// withoutNetwork returns a unit that does not wait for the network.
func withoutNetwork(unit string) string {
	var b strings.Builder
	b.WriteString("# Written by " + GeneratorName + " for this boot: the last good copy serves every secret, so nothing waits for a network.\n")
	for line := range strings.Lines(unit) {
		k, v, ok := strings.Cut(strings.TrimRight(line, "\n"), "=")
		if !ok || k != "After" && k != "Wants" && k != "Requires" {
			b.WriteString(line)
			continue
		}
		var keep []string
		for _, u := range strings.Fields(v) {
			if u != "network-online.target" && u != "nss-lookup.target" {
				keep = append(keep, u)
			}
		}
		if len(keep) > 0 {
			b.WriteString(k + "=" + strings.Join(keep, " ") + "\n")
		}
	}
	return b.String()
}
