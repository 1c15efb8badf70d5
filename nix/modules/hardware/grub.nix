# Booting a virtual server: by BIOS from the disk that disko names, and by UEFI where the machine has that.
{ lib, ... }:
{
  boot.loader.grub = {
    enable = lib.mkDefault true;
    efiSupport = lib.mkDefault true;
    efiInstallAsRemovable = lib.mkDefault true;
    configurationLimit = lib.mkDefault 20;
  };
}
