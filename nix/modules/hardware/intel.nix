# Intel processors.
{ lib, ... }:
{
  boot.kernelModules = [ "kvm-intel" ];
  hardware.cpu.intel.updateMicrocode = lib.mkDefault true;
  services.thermald.enable = lib.mkDefault true;
}
