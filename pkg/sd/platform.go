package sd

import (
	"fmt"
	"os"
)

// nixos is the file by which a system says that it is NixOS.
const nixos = "/etc/NIXOS"

// PackageHint says how the program of a package comes to a unit: on NixOS a unit
// finds only what its configuration names, whatever is installed.
func PackageHint(pkg, unit string) string { return packageHint(nixos, pkg, unit) }

func packageHint(marker, pkg, unit string) string {
	if _, err := os.Stat(marker); err == nil {
		return fmt.Sprintf("add pkgs.%s to systemd.services.%s.path", pkg, unit)
	}
	return "install the package " + pkg
}
