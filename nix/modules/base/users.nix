# The owner. Keys to log in with are public, so they may stand in the host's configuration.
{ lib, ... }:
{
  users.mutableUsers = lib.mkDefault true;
  users.users.hayden = {
    isNormalUser = true;
    description = "Hayden";
    extraGroups = [
      "wheel"
      "networkmanager"
    ];
  };
}
