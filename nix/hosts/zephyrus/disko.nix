# The first of two NVMe drives, encrypted; the second is left as it is. It is named by its slot, since which of the two is
# nvme0n1 can change from boot to boot.
import ../../lib/encryptedDisk.nix {
  device = "/dev/disk/by-path/pci-0000:02:00.0-nvme-1";
  name = "zephyrus";
}
