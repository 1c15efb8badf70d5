package nix

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The fleet evaluates, every assertion holds, and every host has a disk to boot from.
func TestFleet(t *testing.T) {
	t.Parallel()
	for host, services := range map[string][]string{
		"yoga": {"opnix-secrets", "tailscaled-autoconnect"}, "zephyrus": {"opnix-secrets"}, "desktop": {"opnix-secrets"},
		"servers/hetzner-cloud-vps": {"agentdb", "opencode", "opnix-secrets", "tailscaled-autoconnect"},
		"servers/ovh-cloud-vps":     {"agentdb", "attic-push", "atticd", "datadog-agent", "opencode", "opnix-secrets", "tailscaled-autoconnect"},
	} {
		t.Run(host, func(t *testing.T) {
			t.Parallel()
			var got struct {
				Name, Disk, State string
				Failed, Services  []string
				Files             map[string]map[string]any
				Desktop           bool
			}
			must(t, `let c = (import ./fleet.nix { }).host "`+host+`" [ ]; given = v: d: if v == null then d else v; in {
				name = c.networking.hostName;
				disk = c.disko.devices.disk.main.device;
				state = c.system.stateVersion;
				failed = map (a: a.message) (builtins.filter (a: !a.assertion) (given c.assertions [ ]));
				services = builtins.attrNames (given (c.systemd.services or null) { });
				files = builtins.mapAttrs (_: e: e.source.content or { }) (given (c.environment.etc or null) { });
				desktop = c.programs.niri.enable or false;
			}`, &got)
			if got.Name != filepath.Base(host) || !strings.HasPrefix(got.Disk, "/dev/") || got.State != "25.05" {
				t.Errorf("name %q, disk %q, state version %q", got.Name, got.Disk, got.State)
			}
			if len(got.Failed) > 0 {
				t.Errorf("assertions do not hold: %q", got.Failed)
			}
			for _, s := range services {
				if !slices.Contains(got.Services, s) {
					t.Errorf("%s has no settings among %q", s, got.Services)
				}
			}
			if server := strings.HasPrefix(host, "servers/"); server == got.Desktop {
				t.Errorf("desktop: %v", got.Desktop)
			}
			accepted(t, got.Files)
		})
	}
	var home map[string]any
	must(t, `(import ./fleet.nix { }).home.xdg.configFile."opnix/secrets.json".source.content`, &home)
	if out, err := check(t, "opnix/secrets.json", home); err != nil {
		t.Errorf("opnix refuses the secrets of the home: %v\n%s", err, out)
	}
}

// A machine that nobody could log in to is refused, with what to do.
func TestFleetWantsAKey(t *testing.T) {
	t.Parallel()
	for _, host := range []string{"yoga", "servers/ovh-cloud-vps", "servers/hetzner-cloud-vps"} {
		var failed []string
		must(t, `map (a: a.message) (builtins.filter (a: !a.assertion) ((import ./fleet.nix { }).keyless "`+host+`" [ ]).assertions)`, &failed)
		if len(failed) != 1 || !strings.Contains(failed[0], "hayden.keys") {
			t.Errorf("%s: %q", host, failed)
		}
	}
}

// The names under which a flake that has opnix or this one as an input finds things.
func TestFlakeOutputs(t *testing.T) {
	t.Parallel()
	var got map[string][]string
	must(t, `let
		lib = import ./lib.nix;
		eval = import ./eval.nix { modules = [ ]; };
		nixpkgs = { inherit lib; legacyPackages = lib.genAttrs [ "x86_64-linux" "aarch64-linux" ] (_: eval.pkgs); };
		self = (import ../../flake.nix).outputs { inherit self nixpkgs; nixpkgs-25-05 = nixpkgs; home-manager = { }; home-manager-25-05 = { }; };
		names = builtins.mapAttrs (_: builtins.attrNames);
	in (names { inherit (self) nixosModules homeModules homeManagerModules darwinModules nixosConfigurations homeConfigurations; }) // {
		overlay = builtins.attrNames (self.overlays.default eval.pkgs { });
		packages = builtins.attrNames self.packages.x86_64-linux;
		modules = map (m: toString (builtins.head m.imports)) [ self.nixosModules.default self.homeManagerModules.default self.darwinModules.default ];
	}`, &got)
	for output, want := range map[string]string{"nixosModules": "default", "homeModules": "default", "homeManagerModules": "default", "darwinModules": "default",
		"overlay": "opnix panther", "packages": "default model opnix options panther", "homeConfigurations": "hayden@yoga",
		"nixosConfigurations": "desktop hetzner-cloud-vps ovh-cloud-vps yoga zephyrus"} {
		if have := strings.Join(got[output], " "); have != want {
			t.Errorf("%s: %q, want %q", output, have, want)
		}
	}
	for _, m := range got["modules"] {
		if _, err := os.Stat(m); err != nil {
			t.Error(err)
		}
	}
}

// A host is one line away from the release before, whose options have other names and whose nixpkgs lacks packages.
func TestTracks(t *testing.T) {
	t.Parallel()
	for release, want := range map[string]string{"25.05": `["lidSwitch"] false 0`, "26.05": `["settings"] true 0`} {
		c := command(t, "nix-instantiate", "--eval", "--strict", "--json", "-E", `let f = import ./fleet.nix { }; in map (host: let c = f.host host [ ]; in {
			logind = builtins.attrNames (c.services.logind or { });
			zen = builtins.any (p: p.name == "zen-browser") c.environment.systemPackages;
			failed = builtins.length (builtins.filter (a: !a.assertion) c.assertions);
		}) [ "yoga" "zephyrus" ]`)
		c.Env = append(c.Env, "PANTHER_NIX_RELEASE="+release)
		out, err := c.Output()
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			t.Fatalf("%s: %v\n%s", release, err, exit.Stderr)
		}
		var hosts []struct {
			Logind []string
			Zen    bool
			Failed int
		}
		if err := json.Unmarshal(out, &hosts); err != nil {
			t.Fatal(err)
		}
		for _, h := range hosts {
			names, _ := json.Marshal(h.Logind)
			if got := fmt.Sprintf("%s %v %d", names, h.Zen, h.Failed); got != want {
				t.Errorf("on %s: %s, want %s", release, got, want)
			}
		}
	}
	text := readAll(t, root+"/flake.nix")
	for _, line := range []string{"track = now;", "nixpkgs = inputs.nixpkgs-25-05;", "home-manager = inputs.home-manager-25-05;", `nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05"`} {
		if !strings.Contains(text, line) {
			t.Errorf("flake.nix has no %s", line)
		}
	}
}

// flake.lock has an entry for every input, so that nothing is looked up when the flake is used.
func TestLockIsComplete(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"flake.nix", "flake.lock"} {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	c := command(t, "nix", "flake", "metadata", "--offline", "--no-update-lock-file", "--json", "path:"+dir)
	out, err := c.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		t.Fatalf("%v\n%s", err, exit.Stderr)
	} else if err != nil {
		t.Fatal(err)
	}
	var meta struct {
		Locks struct {
			Nodes map[string]struct{ Locked struct{ NarHash, Rev string } }
		}
	}
	if err := json.Unmarshal(out, &meta); err != nil {
		t.Fatal(err)
	}
	for name, node := range meta.Locks.Nodes {
		if name != "root" && (node.Locked.NarHash == "" || node.Locked.Rev == "") {
			t.Errorf("input %s is not locked", name)
		}
	}
	if len(meta.Locks.Nodes) < 10 {
		t.Errorf("only %d inputs", len(meta.Locks.Nodes))
	}
}

// vendorHash is the NAR hash of what `go mod vendor` writes.
func TestVendorHash(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "vendor")
	c := exec.Command("go", "mod", "vendor", "-o", dir)
	c.Dir = root
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("go mod vendor: %v\n%s", err, out)
	}
	h := sha256.New()
	str(h, "nix-archive-1")
	if err := nar(h, dir); err != nil {
		t.Fatal(err)
	}
	want := "sha256-" + base64.StdEncoding.EncodeToString(h.Sum(nil))
	text, err := os.ReadFile(root + "/nix/package.nix")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), `vendorHash = "`+want+`"`) {
		t.Errorf("go.mod has changed: set in nix/package.nix\n  vendorHash = %q;", want)
	}
}

// nar writes a file, folder or link as Nix archives it (E. Dolstra, The Purely Functional Software Deployment Model,
// figure 5.2): strings with their length as 64 bits little-endian, padded to 8 bytes.
func nar(w hash.Hash, path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	str(w, "(", "type")
	switch {
	case info.IsDir():
		str(w, "directory")
		entries, err := os.ReadDir(path) // sorted by name, as the format asks
		if err != nil {
			return err
		}
		for _, e := range entries {
			str(w, "entry", "(", "name", e.Name(), "node")
			if err := nar(w, filepath.Join(path, e.Name())); err != nil {
				return err
			}
			str(w, ")")
		}
	case info.Mode()&os.ModeSymlink != 0:
		target, err := os.Readlink(path)
		if err != nil {
			return err
		}
		str(w, "symlink", "target", target)
	default:
		str(w, "regular")
		if info.Mode()&0o100 != 0 {
			str(w, "executable", "")
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		str(w, "contents", string(text))
	}
	str(w, ")")
	return nil
}

func str(w io.Writer, parts ...string) {
	for _, s := range parts {
		var n [8]byte
		binary.LittleEndian.PutUint64(n[:], uint64(len(s)))
		_, _ = w.Write(n[:])
		_, _ = io.WriteString(w, s+strings.Repeat("\x00", (8-len(s)%8)%8))
	}
}
