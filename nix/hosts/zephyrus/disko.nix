# The first of two NVMe drives, encrypted; the second is left as it is.
import ../../lib/encryptedDisk.nix {
  device = "/dev/nvme0n1";
  name = "zephyrus";
}
