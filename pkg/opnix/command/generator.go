package command

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"panther/pkg/opnix"
	"panther/pkg/opnix/run"
)

// GeneratorName is the name under which systemd runs opnix when it plans a boot
// (systemd.generator(7)).
const GeneratorName = "opnix-generator"

const secretsUnit = "opnix-secrets.service"

// Generator plans the boot: where a last good copy may serve every secret,
// opnix-secrets.service need not wait for a network, and neither do the services
// after it. An ordering cannot be taken back by a drop-in, so the whole unit is
// written again without it, for this boot only: a later daemon-reload finds
// secrets being served and writes nothing.
type Generator struct {
	Root  string // "" on a machine; a test's own
	Clock func() time.Time
}

// Run writes the unit into early, the folder that takes precedence over
// /etc/systemd/system. It changes nothing else, and any doubt means that the
// unit stays as it is installed.
func (g Generator) Run(early string) error {
	at := func(p string) string { return filepath.Join("/", g.Root, p) }
	if exists(at("/run/opnix/life")) || !exists(at("/var/lib/opnix/state/last-good.json")) {
		return nil
	}
	cfg, err := opnix.Load(at(opnix.DefaultConfig))
	if err != nil {
		return nil // opnix-secrets.service will say what is wrong
	}
	r := &run.Runner{Config: cfg, Paths: run.Paths{Run: at("/run/opnix"), State: at("/var/lib/opnix/state")}, Now: g.Clock}
	if !r.CanRestore() {
		return nil
	}
	for _, dir := range []string{"/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system"} {
		b, err := os.ReadFile(at(dir + "/" + secretsUnit))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("read unit: %w", err)
		}
		if err := os.WriteFile(filepath.Join(early, secretsUnit), []byte(withoutNetwork(string(b))), 0o644); err != nil {
			return fmt.Errorf("write unit: %w", err)
		}
		return os.Chmod(filepath.Join(early, secretsUnit), 0o644) // whatever the umask
	}
	return nil
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
