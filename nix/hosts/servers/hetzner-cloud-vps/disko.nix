# The virtual disk of a Hetzner Cloud server, the only one that it has.
import ../../../lib/serverDisk.nix { device = "/dev/sda"; }
