# What a machine with a battery and a lid wants.
{ lib, ... }:
{
  services.power-profiles-daemon.enable = lib.mkDefault true;
  services.logind.lidSwitch = lib.mkDefault "suspend";
}
