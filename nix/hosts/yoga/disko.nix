# One NVMe drive, encrypted.
import ../../lib/encryptedDisk.nix {
  device = "/dev/nvme0n1";
  name = "yoga";
}
