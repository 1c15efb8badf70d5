package nix

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every host's disk is accepted by disko itself, and has something to boot from and a root. PANTHER_DISKO and
// PANTHER_NIXPKGS_LIB name checkouts.
func TestDisks(t *testing.T) {
	t.Parallel()
	disko, lib := os.Getenv("PANTHER_DISKO"), os.Getenv("PANTHER_NIXPKGS_LIB")
	if disko == "" || lib == "" {
		t.Skip("PANTHER_DISKO and PANTHER_NIXPKGS_LIB name no checkouts; disks are evaluated without disko's types only")
	}
	for _, host := range []string{"yoga", "zephyrus", "desktop", "servers/ovh-cloud-vps", "servers/hetzner-cloud-vps"} {
		var got struct {
			Mounts map[string]string
			Luks   []string
			Grub   []string
		}
		must(t, `import ./disko.nix { disko = `+disko+`; lib = `+lib+`; host = "`+host+`"; }`, &got)
		if !strings.HasPrefix(got.Mounts["/boot"], "vfat ") || got.Mounts["/"] == "" {
			t.Errorf("%s mounts %v", host, got.Mounts)
		}
		if server := strings.HasPrefix(host, "servers/"); server && len(got.Grub) != 1 {
			t.Errorf("%s boots from %q", host, got.Grub)
		} else if name := filepath.Base(host); !server && (len(got.Luks) != 1 || got.Mounts["/"] != "btrfs /dev/mapper/"+name) {
			t.Errorf("%s: encrypted %q, mounts %v", host, got.Luks, got.Mounts)
		}
	}
}
