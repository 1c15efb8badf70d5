package nix

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"panther/test/nix/nixos"
)

// lay evaluates the server with stand-ins for what nixpkgs brings and lays it below a folder, which it returns.
func lay(t *testing.T, modules ...string) string {
	t.Helper()
	nix, err := exec.LookPath("nix-instantiate")
	if err != nil {
		t.Skip("nix-instantiate is missing: install nix-bin")
	}
	bin, err := programs()
	if err != nil {
		t.Fatalf("build the programs: %v", err)
	}
	at := t.TempDir()
	store := filepath.Join(at, "nix/store")
	if err := nixos.Install(root, bin, at, store); err != nil {
		t.Fatal(err)
	}
	h, err := nixos.Evaluate(nix, ".", t.TempDir(), store, "servers/ovh-cloud-vps", append(modules, "./standins.nix")...)
	if err != nil {
		t.Fatal(err)
	}
	if len(h.Failed) > 0 {
		t.Fatalf("assertions do not hold: %q", h.Failed)
	}
	if err := h.Lay(at); err != nil {
		t.Fatal(err)
	}
	return at
}

// What NixOS would put into /etc/systemd/system of the server passes systemd-analyze verify, and has the boot graph of
// the design.
func TestMergedUnits(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(lay(t), "etc/systemd/system")
	verify(t, dir)

	for unit, want := range map[string]map[string]string{
		"opnix-secrets.service":          {"After": "network-online.target", "Wants": "network-online.target"},
		"tailscaled.service":             {"After": "opnix-secrets.service", "Wants": "opnix-secrets.service"},
		"tailscaled-autoconnect.service": {"After": "opnix-secrets.service tailscaled.service", "Requires": "opnix-secrets.service"},
		"datadog-agent.service":          {"After": "opnix-secrets.service", "Requires": "opnix-secrets.service"},
		"datadog-process-agent.service":  {"After": "opnix-secrets.service", "Requires": "opnix-secrets.service"},
		"atticpersonal.service":          {"After": "opnix-secrets.service", "Requires": "opnix-secrets.service"},
		"atticd.service":                 {"After": "opnix-secrets.service", "Requires": "opnix-secrets.service"},
		"agentdb-setup.service":          {"After": "postgresql.service", "Requires": "postgresql.service"},
		"agentdb.service":                {"After": "postgresql.service agentdb-setup.service agentdb.socket", "Wants": "postgresql.service agentdb-setup.service", "Requires": "agentdb.socket"},
		"opencode.service": {"After": "postgresql.service opnix-secrets.service agentdb.service opencode.socket opencode-subagent.socket",
			"Wants": "agentdb.service", "Requires": "opencode.socket opnix-secrets.service"},
		"opnix-secrets-poll.service": {"After": "opnix-secrets.service"},
		"panther-crawl.service":      {"After": "network-online.target opnix-secrets.service", "Wants": "opnix-secrets.service"},
	} {
		got := relations(t, dir, unit)
		for setting, units := range want {
			for _, u := range strings.Fields(units) {
				if !slices.Contains(got[setting], u) {
					t.Errorf("%s: %s= has no %s, only %q", unit, setting, u, got[setting])
				}
			}
		}
	}
	for _, link := range []string{"multi-user.target.wants/panther.target", "multi-user.target.wants/opnix-secrets.service", "panther.target.wants/opencode.service",
		"timers.target.wants/opnix-refresh.timer", "panther.target.wants/panther-crawl.timer", "postgresql.service.wants/agentdb-setup.service"} {
		if _, err := os.Stat(filepath.Join(dir, link)); err != nil {
			t.Errorf("nothing wants it: %v", err)
		}
	}
	for unit, want := range map[string]string{"panther-crawl": "git openssh", "panther-crawl@": "git openssh", "panther-render": "pandoc poppler-utils mandoc tesseract chromium", "opencode": "getent", "opnix-secrets": "getent systemd"} {
		text := readAll(t, filepath.Join(dir, unit+".service.d/overrides.conf"))
		for _, p := range strings.Fields(want) {
			if !strings.Contains(text, "/store/"+p+"/bin") {
				t.Errorf("%s does not find the programs of %s:\n%s", unit, p, text)
			}
		}
	}
	if text := readAll(t, filepath.Join(dir, "agentdb.service.d/overrides.conf")); strings.Contains(text, "PATH=") || strings.Contains(text, "Exec") {
		t.Errorf("the override of agentdb.service is more than it must be:\n%s", text)
	}
}

// verify lets systemd judge every unit of the server, with this system's own beside them.
func verify(t *testing.T, dir string) {
	t.Helper()
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Log("skipped: systemd-analyze is missing; the booted machine judges the units")
		return
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"verify", "--man=no", "--recursive-errors=yes"}
	for _, e := range entries {
		if !e.IsDir() {
			args = append(args, filepath.Join(dir, e.Name()))
		}
	}
	if len(args) < 30 {
		t.Fatalf("only %d units", len(args))
	}
	c := exec.Command(analyze, args...)
	c.Env = append(os.Environ(), "SYSTEMD_UNIT_PATH="+dir+":/usr/lib/systemd/system")
	if out, err := c.CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}
}

// relations returns the lists of units of a unit and its drop-ins, under whichever of its names they are.
func relations(t *testing.T, dir, unit string) map[string][]string {
	t.Helper()
	names := map[string]bool{unit: true}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries { // aliases of it, and what it is an alias of
		target, err := os.Readlink(filepath.Join(dir, e.Name()))
		if err == nil && !strings.Contains(target, "/") && (target == unit || e.Name() == unit) {
			names[e.Name()], names[target] = true, true
		}
	}
	got := map[string][]string{}
	for name := range maps.Keys(names) {
		files, err := filepath.Glob(filepath.Join(dir, name+".d", "*.conf"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range append(files, filepath.Join(dir, name)) {
			for line := range strings.Lines(readAll(t, f)) {
				if setting, value, ok := strings.Cut(line, "="); ok {
					got[setting] = append(got[setting], strings.Fields(value)...)
				}
			}
		}
	}
	return got
}

func readAll(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
