package machine

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"panther/test/nix/nixos"
)

// nixosGraph is the boot graph of the design on NixOS: what is active before what starts.
var nixosGraph = append([]struct{ unit, after string }{
	{"tailscaled.service", "opnix-secrets.service"},
	{"tailscaled-autoconnect.service", "opnix-secrets.service"},
	{"datadog-agent.service", "opnix-secrets.service"},
	{"datadog-process-agent.service", "opnix-secrets.service"},
	{"atticpersonal.service", "opnix-secrets.service"},
}, graph...)

// vault is what the server asks 1Password for; here it is a folder.
var vault = []string{"tailscale/authKey", "datadog/datadogApiKey", "datadog/datadogAppKey", "attic/b2KeyId", "attic/b2AppKey",
	"attic/tokenSecretBase64", "github/githubPat", "opencode/anthropicApiKey", "opencode/openaiApiKey"}

const partial = `# Partial indexes

A partial index covers the rows that satisfy its predicate: ` + "`CREATE INDEX ... WHERE active`" + `.
`

// lay makes the root of a host: what the module makes of it, its unit directory, its configuration files, its users, with
// stand-ins for what nixpkgs brings. NixOS itself is not there. It becomes /.
func lay(t *testing.T, host string) string {
	t.Helper()
	nix, err := exec.LookPath("nix-instantiate")
	if err != nil {
		t.Skip("nix-instantiate is missing: install nix-bin")
	}
	tree := t.TempDir()
	if err := nixos.Install("../..", filepath.Join(box.root, "root/panther/bin"), tree, "/nix/store"); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(tree, 0o755); err != nil {
		t.Fatal(err)
	}
	h, err := nixos.Evaluate(nix, "../nix", t.TempDir(), "/nix/store", host, "../nix/standins.nix", "./testdata/nixos.nix")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Lay(tree); err != nil {
		t.Fatal(err)
	}
	// PostgreSQL is the host's, not Debian's cluster.
	if err := os.Symlink("/dev/null", filepath.Join(tree, "etc/systemd/system-generators/postgresql-generator")); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(tree, "etc/systemd/system.conf.d/path.conf"), "[Manager]\nDefaultEnvironment=PATH="+nixos.DefaultPath("/nix/store")+"\n")
	return tree
}

// start boots a root as a machine of its own.
func start(t *testing.T, name, tree string) *machine {
	t.Helper()
	m := &machine{name: name + "-" + strconv.Itoa(os.Getpid()), script: box.script}
	t.Cleanup(func() {
		if t.Failed() {
			out, _ := m.try("journalctl", "--no-pager", "-o", "short-precise", "-n", "200")
			t.Logf("the end of the machine's journal:\n%s", out)
		}
		_, _ = m.verb("stop")
	})
	if out, err := m.verb("boot", tree); err != nil {
		t.Fatalf("boot: %v\n%s", err, out)
	}
	return m
}

// TestNixOSHosts boots the other hosts of the fleet: nothing fails, and each joins the tailnet with its secret.
func TestNixOSHosts(t *testing.T) {
	for _, host := range []string{"yoga", "zephyrus", "desktop", "servers/hetzner-cloud-vps"} {
		t.Run(filepath.Base(host), func(t *testing.T) {
			tree := lay(t, host)
			for _, name := range vault {
				put(t, filepath.Join(tree, "root/vault/pantherOS", name), canary)
			}
			m := start(t, filepath.Base(host), tree)
			if failed := m.run(t, "systemctl", "list-units", "--failed", "--plain", "--no-legend"); failed != "" {
				t.Errorf("failed units:\n%s", failed)
			}
			units := []string{"opnix-secrets.service", "tailscaled.service", "tailscaled-autoconnect.service"}
			if strings.HasPrefix(host, "servers/") {
				units = append(units, "agentdb.service", "opencode.service", "postgresql.service")
			}
			for _, unit := range units {
				if s := m.show(t, unit, "ActiveState"); s != "active" {
					t.Errorf("%s is %s", unit, s)
				}
			}
			if out, err := m.try("systemd-analyze", "verify", "--man=no", "multi-user.target"); err != nil || strings.TrimSpace(out) != "" {
				t.Errorf("systemd-analyze verify: %v\n%s", err, out)
			}
		})
	}
}

// TestNixOS boots the server ovh-cloud-vps and uses it.
func TestNixOS(t *testing.T) {
	tree := lay(t, "servers/ovh-cloud-vps")
	for _, name := range vault {
		if name != missing {
			put(t, filepath.Join(tree, "root/vault/pantherOS", name), canary)
		}
	}
	put(t, filepath.Join(tree, "srv/notes/partial.md"), partial)
	put(t, filepath.Join(tree, "srv/notes/paper.pdf"), paper)
	guide := filepath.Join(tree, "srv/guide")
	put(t, filepath.Join(guide, "vacuum.md"), "# Vacuum\n\nWhat VACUUM reclaims, and when the wombat runs it by itself.\n")
	if out, err := exec.Command("sh", "-ec", `cd "$1" && git init -q && git add . && git -c user.name=a -c user.email=a@b commit -qm a`, "sh", guide).CombinedOutput(); err != nil {
		t.Fatalf("make a repository: %v\n%s", err, out)
	}
	for _, name := range []string{"flake.nix", "flake.lock"} {
		text, err := os.ReadFile("../../" + name)
		if err != nil {
			t.Fatal(err)
		}
		put(t, filepath.Join(tree, "srv/flake", name), string(text))
	}

	vps := start(t, "nixos", tree)
	healed(t, vps)
	if failed := vps.run(t, "systemctl", "list-units", "--failed", "--plain", "--no-legend"); failed != "" {
		t.Errorf("failed units:\n%s", failed)
	}
	for _, e := range nixosGraph {
		if s := vps.show(t, e.unit, "ActiveState"); s != "active" {
			t.Errorf("%s is %s", e.unit, s)
			continue
		}
		if began, done := vps.usec(t, e.unit, "InactiveExitTimestampMonotonic"), vps.usec(t, e.after, "ActiveEnterTimestampMonotonic"); began < done {
			t.Errorf("%s began %d µs before %s was active", e.unit, done-began, e.after)
		}
	}
	if out, err := vps.try("systemd-analyze", "verify", "--man=no", "multi-user.target"); err != nil || strings.TrimSpace(out) != "" {
		t.Errorf("systemd-analyze verify: %v\n%s", err, out)
	}

	for _, timer := range []string{"opnix-refresh.timer", "panther-crawl.timer"} {
		if next := vps.run(t, "systemctl", "list-timers", "--no-legend", timer); !regexp.MustCompile(`^\w{3} \d{4}-`).MatchString(next) {
			t.Errorf("%s never comes: %q", timer, next)
		}
	}

	// The machine has no network, so what is missing in the lock file could not be looked up.
	inputs := vps.run(t, "env", "NIX_CONFIG=build-users-group =\nexperimental-features = nix-command flakes\nsubstituters =",
		"nix", "flake", "metadata", "--offline", "--no-update-lock-file", "path:/srv/flake")
	if n := strings.Count(inputs, "narHash="); n < 15 {
		t.Errorf("flake.lock pins %d inputs:\n%s", n, inputs)
	}

	// A phone on the tailnet, to an address that was not there when the socket began to listen, and a stranger's. They are
	// no processes of this machine, which would count by their account.
	vps.run(t, "sh", "-c", "ip netns add phone && ip link add v0 type veth peer name v1 netns phone && ip addr add 100.64.0.7/24 dev v0 && ip link set v0 up && "+
		"ip -n phone addr add 100.64.0.8/24 dev v1 && ip -n phone addr add 100.64.0.9/24 dev v1 && ip -n phone link set v1 up")
	for from, want := range map[string]string{"100.64.0.8": "200", "100.64.0.9": "401"} {
		if got := vps.run(t, "nsenter", "--net=/run/netns/phone", "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--interface", from, "http://100.64.0.7:8080/session"); got != want {
			t.Errorf("from %s the agent answers with %s, want %s", from, got, want)
		}
	}

	// By hand, from nothing.
	vps.run(t, "systemctl", "stop", "panther.target", "opencode.socket", "opencode.service", "agentdb.socket", "agentdb.service", "postgresql.service", "opnix-secrets.service")
	vps.run(t, "systemctl", "start", "opencode")
	if key := vps.run(t, "cat", "/run/credentials/opencode.service/anthropic-api-key"); key != canary {
		t.Errorf("the key of the language model is %q", key)
	}
	vps.run(t, "systemctl", "start", "panther.target")
	vps.run(t, "systemctl", "start", "panther-crawl@notes.service", "panther-crawl@guide.service")
	// The last two need git and pdftotext, which only the units' own paths name.
	for question, document := range map[string]string{"partial index": "partial.md", "wombat runs VACUUM": "vacuum.md", "first line and the second": "paper.pdf"} {
		if answer := vps.run(t, "/nix/store/panther/bin/panther", "search", question); !strings.Contains(answer, document) {
			t.Errorf("the search for %q does not name %s:\n%s", question, document, answer)
		}
	}
	figures := vps.run(t, "runuser", "-u", "nobody", "--", "curl", "-sf", "http://127.0.0.1:9464/metrics")
	for _, want := range []string{`panther_up{part="agentdb"} 1`, `panther_up{part="systemd"} 1`, `panther_crawl_documents{source="guide"} 1`, `panther_secrets_problem{kind="missing"} 0`, "agentdb_request_seconds_bucket"} {
		if !strings.Contains(figures, want) {
			t.Errorf("the figures have no %s:\n%s", want, figures)
		}
	}
	if path := vps.run(t, "systemd-run", "--quiet", "--pipe", "/usr/bin/printenv", "PATH"); strings.TrimSpace(path) != nixos.DefaultPath("/nix/store") {
		t.Errorf("a unit without a path has %q", path)
	}
	if out, err := vps.try("/nix/store/panther/bin/panther", "doctor", "--offline"); err != nil {
		t.Errorf("panther doctor: %v\n%s", err, out)
	}
	deployed(t, vps)
}

// deployed switches the server by scripts/deploy to a configuration that is well, and to one that cuts the network: there
// the timer on the host goes back by itself.
func deployed(t *testing.T, vps *machine) {
	t.Helper()
	vps.run(t, "sh", "-ec", `mkdir -p /run/current-system/sw/bin && printf '#!/bin/sh\nexec "$@"\n' >/usr/local/bin/sudo && printf '#!/bin/sh\necho "$@" >>/root/profile\n' >/run/current-system/sw/bin/nix-env &&
cp /run/current-system/sw/bin/nix-env /usr/local/bin/ && ln -s /nix/store/panther/bin/panther /usr/local/bin/ &&
for s in before well cut; do mkdir -p /nix/store/$s/bin /nix/store/$s/sw; ln -sfn /run/tools /nix/store/$s/sw/bin
printf '#!/bin/sh\n[ "$1" = boot ] || /bin/ln -sfn /nix/store/%s /run/current-system\n[ %s != cut ] || /bin/touch /run/cut\n[ %s != before ] || /bin/rm -f /run/cut\n' $s $s $s >/nix/store/$s/bin/switch-to-configuration; done
mv /run/current-system/sw/bin /run/tools; rm -r /run/current-system; ln -s /nix/store/before /run/current-system; chmod 755 /usr/local/bin/* /run/tools/* /nix/store/*/bin/switch-to-configuration`)
	dir := t.TempDir()
	script, err := filepath.Abs(box.script)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"sleep": "exec /bin/sleep 1",
		"nix":   `case "$*" in *print-out-paths*) echo /nix/store/$NEW ;; esac`,
		// A cut network is one by which no connection comes in.
		"ssh": `while [ "$1" = -o ]; do shift 2; done; shift; ` + script + ` -n ` + vps.name + ` run -- sh -c "[ ! -e /run/cut ]" || exit 255; exec ` + script + ` -n ` + vps.name + ` run -- sh -c "$*"`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for system, want := range map[string]struct {
		back    string
		status  int
		current string
	}{"cut": {"5", 1, "/nix/store/before"}, "well": {"300", 0, "/nix/store/well"}} {
		vps.run(t, "ln", "-sfn", "/nix/store/before", "/run/current-system")
		c := exec.Command("../../scripts/deploy", "ovh-cloud-vps", "--target-host", "hayden@ovh", "--back-after", want.back)
		c.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "NEW="+system)
		out, err := c.CombinedOutput()
		if got := c.ProcessState.ExitCode(); got != want.status {
			t.Errorf("%s: exit status %d, want %d: %v\n%s", system, got, want.status, err, out)
		}
		if got := strings.TrimSpace(vps.run(t, "readlink", "-f", "/run/current-system")); got != want.current {
			t.Errorf("%s: the host runs %s, want %s\n%s", system, got, want.current, out)
		}
		if s, _ := vps.try("systemctl", "is-active", "panther-way-back.timer"); strings.TrimSpace(s) == "active" {
			t.Errorf("%s: the way back is still armed", system)
		}
	}
}

// missing is the item of the vault that a person forgot.
const missing = "datadog/datadogApiKey"

// healed looks at a fresh server whose vault lacks an item: what needs none of it runs, what needs it waits, and who is
// asked names it. Then the item is added, and the next try of opnix-refresh.service brings it, without a hand.
func healed(t *testing.T, vps *machine) {
	t.Helper()
	if failed := vps.run(t, "systemctl", "list-units", "--failed", "--plain", "--no-legend"); strings.Contains(strings.ReplaceAll(failed, "opnix-refresh.service", ""), ".service") {
		t.Errorf("failed units:\n%s", failed)
	}
	for unit, want := range map[string]string{"tailscaled.service": "active", "tailscaled-autoconnect.service": "active", "atticd.service": "active", "opencode.service": "active",
		"opnix-secrets.service": "active", "datadog-agent.service": "inactive", "datadog-process-agent.service": "inactive"} {
		if s := vps.show(t, unit, "ActiveState"); s != want {
			t.Errorf("with a secret missing, %s is %s, want %s", unit, s, want)
		}
	}
	const reference = "op://pantherOS/" + missing
	for _, command := range [][]string{{"/nix/store/panther/bin/panther", "doctor"}, {"/nix/store/panther/bin/opnix", "status"},
		{"journalctl", "-q", "--no-pager", "-u", "datadog-agent.service"}} {
		if out, _ := vps.try(command...); !strings.Contains(out, reference) {
			t.Errorf("%q does not name %s:\n%s", command, reference, out)
		}
	}
	vps.run(t, "sh", "-c", "printf %s "+canary+" >/root/vault/pantherOS/"+missing)
	for _, unit := range []string{"datadog-agent.service", "datadog-process-agent.service"} {
		eventually(t, time.Minute, unit+" has started by itself", func() bool { return vps.show(t, unit, "ActiveState") == "active" })
	}
	eventually(t, time.Minute, "the refresh has ended", func() bool { return vps.show(t, "opnix-refresh.service", "ActiveState") == "inactive" })
}

// put writes a file of a tree, readable by everybody.
func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
