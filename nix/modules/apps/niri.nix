# The Niri compositor from niri-flake, which also brings the GNOME portal, the keyring and a session for the greeter.
{
  inputs,
  lib,
  pkgs,
  ...
}:
{
  imports = [ inputs.niri.nixosModules.niri ];
  programs.niri = {
    enable = lib.mkDefault true;
    package = lib.mkDefault pkgs.niri;
  };
  # Binaries come from where the owner says, not from a cache that a module adds.
  niri-flake.cache.enable = lib.mkDefault false;
  environment.systemPackages = [ pkgs.xwayland-satellite ];
}
