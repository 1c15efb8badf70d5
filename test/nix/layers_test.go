package nix

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// layers are the folders below nix/ with those that each may import from: only what is below it, and itself where it
// composes.
var layers = map[string][]string{
	"modules":  nil, // atomic
	"profiles": {"modules", "profiles"},
	"hosts":    {"modules", "profiles", "home", "lib"},
}

func TestLayers(t *testing.T) {
	t.Parallel()
	local := regexp.MustCompile(`(?m)(?:^|[ \[])(\.\.?/[\w./-]+)`)
	for layer, below := range layers {
		n := 0
		err := filepath.WalkDir(filepath.Join(root, "nix", layer), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			n++
			for _, m := range local.FindAllStringSubmatch(readAll(t, path), -1) {
				target := filepath.Join(filepath.Dir(path), m[1])
				if _, err := os.Stat(target); err != nil {
					t.Errorf("%s imports what is not there: %v", path, err)
				}
				rel, err := filepath.Rel(filepath.Join(root, "nix"), target)
				if err != nil {
					return err
				}
				own := (layer == "hosts" || filepath.Ext(target) != ".nix") && filepath.Dir(target) == filepath.Dir(path) // its parts and its data
				if to, _, _ := strings.Cut(rel, "/"); !own && !slices.Contains(below, to) {
					t.Errorf("%s imports %s: %s may import only from %q", path, rel, layer, below)
				}
			}
			return nil
		})
		if err != nil || n < 5 {
			t.Errorf("%s: %d files, %v", layer, n, err)
		}
	}
}

// Every box of the owner's diagrams is there: each folder of the layers, and on the hosts what it stands for.
func TestBoxes(t *testing.T) {
	t.Parallel()
	for _, file := range []string{
		"lib/mkSystem.nix", "lib/mkHome.nix", "modules/base", "modules/apps", "modules/services", "modules/hardware", "modules/networking",
		"modules/containers", "profiles/workstation/gui.nix", "profiles/workstation/devtools.nix", "profiles/server/base.nix",
		"profiles/server/observability.nix", "profiles/common/time-locale.nix", "profiles/common/ssd-trim.nix", "home/hayden",
		"hosts/yoga/disko.nix", "hosts/zephyrus/disko.nix", "hosts/desktop/disko.nix", "hosts/servers/ovh-cloud-vps/disko.nix",
		"hosts/servers/hetzner-cloud-vps/disko.nix",
	} {
		if _, err := os.Stat(filepath.Join(root, "nix", file)); err != nil {
			t.Error(err)
		}
	}
	common := []string{"nix.gc.automatic", "zramSwap.enable", "services.fstrim.enable", "services.tailscale.enable", "services.openssh.enable", "services.onepassword-secrets.enable",
		"networking.firewall.enable"}
	workstation := append([]string{
		"programs.niri.enable", "programs.dankMaterialShell.enable", "programs.dankMaterialShell.systemd.enable", "programs.dankMaterialShell.greeter.enable",
		"security.polkit.enable", "xdg.portal.enable", "services.pipewire.enable", "services.pipewire.wireplumber.enable", "hardware.graphics.enable",
		"hardware.bluetooth.enable", "services.fwupd.enable", "networking.networkmanager.enable", "virtualisation.podman.enable",
		"programs.direnv.nix-direnv.enable", "programs.git.enable", "boot.loader.systemd-boot.enable",
	}, common...)
	for host, options := range map[string][]string{
		"yoga":     append([]string{"services.power-profiles-daemon.enable", "hardware.sensor.iio.enable", "hardware.cpu.amd.updateMicrocode"}, workstation...),
		"zephyrus": append([]string{"services.asusd.enable", "services.supergfxd.enable", "hardware.nvidia.prime.offload.enable", "hardware.cpu.intel.updateMicrocode"}, workstation...),
		"desktop":  workstation,
		"servers/ovh-cloud-vps": append([]string{
			"services.panther.enable", "services.postgresql.enable", "services.datadog-agent.enable", "services.atticd.enable", "services.qemuGuest.enable",
			"boot.loader.grub.enable", "networking.useNetworkd",
		}, common...),
		"servers/hetzner-cloud-vps": append([]string{"services.panther.enable", "services.postgresql.enable", "services.qemuGuest.enable", "boot.loader.grub.enable"}, common...),
	} {
		t.Run(host, func(t *testing.T) {
			t.Parallel()
			values := ""
			for _, o := range options {
				values += fmt.Sprintf("%q = c.%s or false; ", o, o)
			}
			var got struct {
				Set      map[string]bool
				Packages []string
				Zone     string
				Ports    []int
			}
			must(t, `let c = (import ./fleet.nix { }).host "`+host+`" [ ]; in {
				set = { `+values+` };
				packages = map (p: p.name) c.environment.systemPackages;
				zone = c.time.timeZone;
				ports = c.networking.firewall.interfaces.tailscale0.allowedTCPPorts or [ ];
			}`, &got)
			for o, on := range got.Set {
				if !on {
					t.Errorf("%s is not set", o)
				}
			}
			want, ports := []string{"brave", "zen-browser", "alacritty", "kitty"}, []int{22}
			switch host {
			case "servers/ovh-cloud-vps":
				want, ports = []string{"panther"}, []int{22, 8080, 8081}
			case "servers/hetzner-cloud-vps":
				want, ports = []string{"panther"}, []int{22, 8080}
			}
			if slices.Sort(got.Ports); !slices.Equal(got.Ports, ports) {
				t.Errorf("ports on the tailnet: %v", got.Ports)
			}
			for _, p := range want {
				if !slices.Contains(got.Packages, p) {
					t.Errorf("%s is not installed, only %q", p, got.Packages)
				}
			}
			if got.Zone == "" {
				t.Error("time.timeZone is not set")
			}
		})
	}
}

// Niri's own keys do what they do in Niri, and every key is bound once.
func TestNiriKeys(t *testing.T) {
	t.Parallel()
	var text string
	must(t, `(import ./fleet.nix { }).home.xdg.configFile."niri/config.kdl".text`, &text)
	bound := map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^    (\S+\+\S+|Print|XF86\w+)[^{\n]* \{ (.*); \}$`).FindAllStringSubmatch(text, -1) {
		if bound[m[1]] != "" {
			t.Errorf("%s is bound twice", m[1])
		}
		bound[m[1]] = m[2]
	}
	if len(bound) != strings.Count(text, "; }\n")-1 { // one line is of a touchpad
		t.Errorf("%d keys:\n%s", len(bound), text)
	}
	n := 0
	for line := range strings.Lines(readAll(t, "testdata/niri-keys.txt")) {
		key, want, _ := strings.Cut(strings.TrimSpace(line), " ")
		if strings.HasPrefix(line, "#") || strings.Contains(want, "that is not installed") {
			continue
		}
		n++
		if got := bound[key]; got != want && !(want == "spawn" && strings.HasPrefix(got, "spawn ")) {
			t.Errorf("%s is %q, in Niri %q", key, got, want)
		}
	}
	if n < 100 {
		t.Errorf("the list has %d keys", n)
	}
	if key := bound["XF86MonBrightnessUp"]; !strings.HasSuffix(key, `"increment" "5" ""`) {
		t.Errorf("the shell wants three words: %s", key)
	}
}

// The owner's page names every item and field that the server asks 1Password for.
func TestPageNamesSecrets(t *testing.T) {
	t.Parallel()
	page := readAll(t, root+"/nix/README.md")
	var references []string
	must(t, `let f = import ./fleet.nix { }; of = etc: map (s: s.reference) etc."opnix/secrets.json".source.content.secrets; in
		of (f.host "servers/ovh-cloud-vps" [ ]).environment.etc ++ of f.home.xdg.configFile`, &references)
	if len(references) < 15 {
		t.Fatalf("only %q", references)
	}
	for _, r := range references {
		name, _, _ := strings.Cut(strings.TrimPrefix(r, "op://pantherOS/"), "?")
		part := strings.Split(name, "/")
		if len(part) != 2 || !regexp.MustCompile("(?m)^ *\\| `"+part[0]+"` \\|.*`"+part[1]+"`").MatchString(page) {
			t.Errorf("nix/README.md does not name %s", r)
		}
	}
}
