# One NVMe drive, encrypted. TO BE REPLACED by the drive's name in /dev/disk/by-id: what is named here is erased when the
# machine is installed.
import ../../lib/encryptedDisk.nix {
  device = "/dev/nvme0n1";
  name = "desktop";
}
