# What the desktop looks like to its owner.
{ lib, ... }:
{
  imports = [ ./niri.nix ];
  programs.alacritty = {
    enable = true;
    settings.font.normal.family = lib.mkDefault "Fira Code";
  };
  programs.kitty.enable = true;
}
