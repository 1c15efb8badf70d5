// Package nix checks everything of this repository that is written in Nix, as far as a machine without NixOS reaches:
// the files parse, the module and the fleet evaluate (with the small library in lib.nix; with nixpkgs' own where
// PANTHER_NIXPKGS_LIB names a checkout of nixpkgs.lib), what the module yields equals units/ and is accepted by the
// programs' own -check, the server's merged unit directory passes systemd-analyze verify with the boot graph of the
// design, wrong configurations are refused with the name of the option, and the lock file and vendorHash are right.
// PANTHER_OPNIX_DOCS and PANTHER_DISKO name checkouts of opnix, whose examples are then evaluated, and of disko, whose
// types then judge the disks. Tests skip where nix-instantiate is missing; scripts/test installs it.
package nix

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"panther/test/nix/nixos"
)

const root = "../.."

// command returns a command of Nix that leaves no trace on this machine and asks no network.
func command(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is missing: install nix-bin", name)
	}
	return nixos.Command(path, t.TempDir(), args...)
}

// eval evaluates a Nix expression in this folder and decodes it, or returns what Nix says.
func eval(t *testing.T, expr string, into any) string {
	t.Helper()
	c := command(t, "nix-instantiate", "--eval", "--strict", "--json", "-E", expr)
	var out, problem bytes.Buffer
	c.Stdout, c.Stderr = &out, &problem
	if err := c.Run(); err != nil {
		return problem.String()
	}
	if err := json.Unmarshal(out.Bytes(), into); err != nil {
		t.Fatalf("decode %s: %v", expr, err)
	}
	return ""
}

func must(t *testing.T, expr string, into any) {
	t.Helper()
	if problem := eval(t, expr, into); problem != "" {
		t.Fatalf("%s:\n%s", expr, problem)
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("git", "-C", root, "ls-files", "-co", "--exclude-standard", "*.nix").Output()
	if err != nil {
		t.Fatal(err)
	}
	files := strings.Fields(string(out))
	if len(files) < 30 {
		t.Fatalf("found only %d files", len(files))
	}
	c := command(t, "nix-instantiate", append([]string{"--parse"}, files...)...)
	c.Dir = root
	if msg, err := c.CombinedOutput(); err != nil {
		t.Errorf("%s", msg)
	}
}

// module is what the tests look at in an evaluated configuration.
type module struct {
	Failed  []string                    // messages of assertions that do not hold
	Files   map[string]map[string]any   // /etc, by name
	Wanted  map[string]map[string]wants // systemd.{services,sockets,timers,targets}
	Users   map[string]map[string]any   // users.users
	Groups  map[string]map[string]any   // users.groups
	Ports   map[string]map[string]any   // networking.firewall.interfaces
	Secrets map[string]string           // secretPaths
}

type wants struct {
	WantedBy      []string       `json:"wantedBy,omitempty"`
	ListenStreams []string       `json:"listenStreams,omitempty"`
	SocketConfig  map[string]any `json:"socketConfig,omitempty"`
}

// configure evaluates the module with a configuration, a Nix expression; lib is "" for our own library.
func configure(t *testing.T, configuration, lib string) (module, string) {
	t.Helper()
	arg := ""
	if lib != "" {
		arg = "lib = import " + lib + "; "
	}
	var m module
	problem := eval(t, `let
		c = (import ./eval.nix { `+arg+`modules = [ ../../nixos-module.nix `+declare(lib)+` (`+configuration+`) ]; }).config;
		content = entry: entry.source.content or { };
	in {
		failed = map (a: a.message) (builtins.filter (a: !a.assertion) c.assertions);
		files = builtins.mapAttrs (_: content) (c.environment.etc or { });
		wanted = builtins.listToAttrs (map (name: { inherit name; value = c.systemd.${name} or { }; }) [ "services" "sockets" "timers" "targets" "paths" ]);
		users = c.users.users or { };
		groups = c.users.groups or { };
		ports = c.networking.firewall.interfaces or { };
		secrets = c.services.onepassword-secrets.secretPaths;
	}`, &m)
	for _, kind := range m.Wanted {
		for _, w := range kind {
			slices.Sort(w.WantedBy) // the order of definitions is the library's business
		}
	}
	return m, problem
}

// declare gives nixpkgs' library the options of NixOS that the module sets; our own needs none.
func declare(lib string) string {
	if lib == "" {
		return ""
	}
	return `({ lib, ... }: {
		options = lib.genAttrs [ "assertions" "environment" "networking" "systemd" "users" "warnings" ] (name: lib.mkOption {
			type = if name == "assertions" || name == "warnings" then lib.types.listOf lib.types.anything
				else if name == "systemd" then lib.types.attrsOf (lib.types.either (lib.types.listOf lib.types.anything) (lib.types.attrsOf (lib.types.submodule {
					freeformType = lib.types.attrsOf lib.types.anything;
					options = lib.genAttrs [ "wantedBy" "after" "wants" "restartTriggers" ] (_: lib.mkOption { type = lib.types.listOf lib.types.anything; default = [ ]; });
				})))
				else lib.types.attrsOf lib.types.anything;
			default = if name == "assertions" || name == "warnings" then [ ] else { };
		}) // { services.postgresql = lib.mkOption { type = lib.types.attrsOf lib.types.raw; default = { }; }; };
	})`
}

const whole = `{
	services.onepassword-secrets = {
		enable = true;
		secrets.tailscaleAuthKey = { reference = "op://pantherOS/tailscale/authKey"; path = "tailscale/tailscaleAuthKey"; services = [ "tailscaled" ]; };
	};
	services.panther = {
		enable = true;
		users = [ "hayden" ];
		interfaces = [ "tailscale0" ];
		crawl.sources.postgresql = { kind = "web"; urls = [ "https://www.postgresql.org/docs/17/" ]; };
		crawl.sources.notes = { kind = "files"; path = "/srv/notes"; };
	};
}`

func TestModule(t *testing.T) {
	t.Parallel()
	m, problem := configure(t, whole, "")
	if problem != "" {
		t.Fatal(problem)
	}
	if len(m.Failed) > 0 {
		t.Errorf("assertions do not hold: %q", m.Failed)
	}
	if got := m.Secrets["tailscaleAuthKey"]; got != "/var/lib/opnix/secrets/tailscale/tailscaleAuthKey" {
		t.Errorf("path of the secret: %q", got)
	}
	if m.Ports["tailscale0"] == nil || m.Users["agentdb"] == nil || m.Users["opencode"] == nil {
		t.Errorf("ports %v, users %v", m.Ports, m.Users)
	}
	for name := range readers {
		if m.Files[name] == nil {
			t.Errorf("/etc/%s is not written", name)
		}
	}
	accepted(t, m.Files)
	wantedAsInstalled(t, m)
}

// A phone on the tailnet: the socket listens before tailscaled has brought the address, and the firewall lets it in.
func TestPhone(t *testing.T) {
	t.Parallel()
	m, problem := configure(t, `{ services.panther = { enable = true; interfaces = [ "tailscale0" ];
		opencode.listen = [ "100.64.0.1:9000" "[fd7a::1]:9000" ]; opencode.settings.access.tailscale = [ "hayden@github" ]; }; }`, "")
	if problem != "" || len(m.Failed) > 0 {
		t.Fatal(problem, m.Failed)
	}
	if ports := fmt.Sprint(m.Ports["tailscale0"]["allowedTCPPorts"]); ports != "[9000]" {
		t.Errorf("the firewall opens %s", ports)
	}
	socket := m.Wanted["sockets"]["opencode"]
	if !slices.Equal(socket.ListenStreams, []string{"100.64.0.1:9000", "[fd7a::1]:9000"}) || socket.SocketConfig["FreeBind"] != true {
		t.Errorf("the socket is %+v", socket)
	}
	accepted(t, map[string]map[string]any{"panther/opencode.toml": m.Files["panther/opencode.toml"]})
}

// wantedAsInstalled compares what the module wants with the [Install] sections of units/.
func wantedAsInstalled(t *testing.T, m module) {
	t.Helper()
	kinds := map[string]string{"services": "service", "sockets": "socket", "timers": "timer", "targets": "target", "paths": "path"}
	install := regexp.MustCompile(`(?m)^WantedBy=(.*)$`)
	for plural, kind := range kinds {
		files, err := filepath.Glob(filepath.Join(root, "units", "*."+kind))
		if err != nil || len(files) == 0 {
			t.Fatalf("no units of kind %s: %v", kind, err)
		}
		known := map[string]bool{}
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			name := strings.TrimSuffix(filepath.Base(f), "."+kind)
			known[name] = true
			var want []string
			for _, l := range install.FindAllStringSubmatch(string(text), -1) {
				want = append(want, strings.Fields(l[1])...)
			}
			got := slices.DeleteFunc(slices.Clone(m.Wanted[plural][name].WantedBy), func(s string) bool {
				return name == "opnix-secrets" && s == "multi-user.target" || name == "opnix-refresh" && s == "timers.target"
			})
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("%s.%s is wanted by %q in the module and by %q in its [Install]", name, kind, got, want)
			}
		}
		for name := range m.Wanted[plural] {
			if !known[name] && name != "tailscaled" {
				t.Errorf("the module has settings for %s.%s, which is no unit", name, kind)
			}
		}
	}
}

// programs builds the suite once.
var programs = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "panther-nix")
	if err != nil {
		return "", err
	}
	c := exec.Command("go", "build", "-o", dir+"/", "./cmd/...")
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	c.Dir, c.Stderr = root, os.Stderr
	return dir, c.Run()
})

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, _ := programs(); dir != "" {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

// readers are the programs that read a file of /etc.
var readers = map[string]string{
	"opnix/secrets.json": "opnix", "panther/agentdb.toml": "agentdb", "panther/panther-embed.toml": "panther-embed",
	"panther/panther-crawl.toml": "panther-crawl", "panther/opencode.toml": "opencoded",
}

// check runs the -check of the program that reads a file, and returns what it says.
func check(t *testing.T, name string, content map[string]any) (string, error) {
	t.Helper()
	dir, err := programs()
	if err != nil {
		t.Fatalf("build the programs: %v", err)
	}
	text, err := nixos.Encode(name, content)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), filepath.Base(name))
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"-check", "-config", file}
	if readers[name] == "opnix" {
		args = append(args, "--elsewhere")
	}
	out, err := exec.Command(filepath.Join(dir, readers[name]), args...).CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(out), err
}

func accepted(t *testing.T, files map[string]map[string]any) {
	t.Helper()
	for name, content := range files {
		if readers[name] == "" {
			continue
		}
		if out, err := check(t, name, content); err != nil {
			t.Errorf("%s refuses /etc/%s: %v\n%s", readers[name], name, err, out)
		}
	}
}

// The same configuration through nixpkgs' own library gives the same result.
func TestModuleWithNixpkgs(t *testing.T) {
	t.Parallel()
	lib := os.Getenv("PANTHER_NIXPKGS_LIB")
	if lib == "" {
		t.Skip("PANTHER_NIXPKGS_LIB names no checkout of nixpkgs.lib; evaluated with lib.nix only")
	}
	ours, problem := configure(t, whole, "")
	if problem != "" {
		t.Fatal(problem)
	}
	theirs, problem := configure(t, whole, lib)
	if problem != "" {
		t.Fatal(problem)
	}
	a, err := json.MarshalIndent(ours, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.MarshalIndent(theirs, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a, b) {
		t.Errorf("lib.nix and nixpkgs disagree:\n%s\n%s", a, b)
	}
}

func TestModuleHasNoUnitText(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(root + "/nixos-module.nix")
	if err != nil {
		t.Fatal(err)
	}
	if m := regexp.MustCompile(`ExecStart|script =|serviceConfig`).Find(text); m != nil {
		t.Errorf("the module holds %s: units belong into units/", m)
	}
}
