# What a machine with a battery and a lid wants.
{ lib, ... }:
{
  services.power-profiles-daemon.enable = lib.mkDefault true;
  services.logind =
    if lib.versionAtLeast lib.trivial.release "25.11" then
      { settings.Login.HandleLidSwitch = lib.mkDefault "suspend"; }
    else
      { lidSwitch = lib.mkDefault "suspend"; };
}
