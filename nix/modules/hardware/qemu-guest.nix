# A virtual machine on QEMU, as OVH and Hetzner sell them: virtio devices, the guest agent, a serial console.
{ lib, ... }:
{
  services.qemuGuest.enable = lib.mkDefault true;
  boot.initrd.availableKernelModules = [
    "virtio_pci"
    "virtio_scsi"
    "virtio_blk"
    "virtio_net"
    "sd_mod"
  ];
  boot.kernelParams = [ "console=ttyS0,115200n8" ];
}
