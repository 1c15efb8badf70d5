# Firmware and its updates.
{ lib, ... }:
{
  hardware.enableRedistributableFirmware = lib.mkDefault true;
  services.fwupd.enable = lib.mkDefault true;
}
