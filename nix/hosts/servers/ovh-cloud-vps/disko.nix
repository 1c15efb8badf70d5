# The virtual disk of an OVH server. `ls -l /dev/disk/by-id` in its rescue system says whether it has this name there.
import ../../../lib/serverDisk.nix { device = "/dev/disk/by-id/scsi-0QEMU_QEMU_HARDDISK_drive-scsi0-0-0-0"; }
