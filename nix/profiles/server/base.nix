# A server that only the tailnet reaches, with its secrets from 1Password.
{ lib, ... }:
{
  imports = [
    ../../modules/base/nix.nix
    ../../modules/base/zram.nix
    ../../modules/networking/networkd.nix
    ../common/mesh.nix
    ../common/ssd-trim.nix
    ../common/time-locale.nix
  ];
  documentation.enable = lib.mkDefault false;
  systemd.enableEmergencyMode = lib.mkDefault false; # nobody sits at its console
  security.sudo.wheelNeedsPassword = lib.mkDefault false; # its owner has keys, no password
}
