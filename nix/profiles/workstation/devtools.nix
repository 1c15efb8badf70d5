# What one develops with.
{ lib, ... }:
{
  imports = [ ../../modules/containers/podman.nix ];
  programs.direnv = {
    enable = lib.mkDefault true;
    nix-direnv.enable = lib.mkDefault true;
  };
  programs.git.enable = lib.mkDefault true;
}
