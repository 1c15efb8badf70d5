# A graphical workstation: Niri and DankMaterialShell.
{ lib, pkgs, ... }:
{
  imports = [
    ../../modules/apps/browser.nix
    ../../modules/apps/dank-material-shell.nix
    ../../modules/apps/niri.nix
    ../../modules/apps/terminals.nix
    ../../modules/base/nix.nix
    ../../modules/base/zram.nix
    ../../modules/hardware/firmware.nix
    ../../modules/hardware/graphics.nix
    ../../modules/networking/networkmanager.nix
    ../../modules/services/audio.nix
    ../../modules/services/portals.nix
    ../common/mesh.nix
    ../common/ssd-trim.nix
    ../common/time-locale.nix
  ];
  programs.dconf.enable = lib.mkDefault true;
  fonts.packages = [
    pkgs.inter
    pkgs.fira-code
    pkgs.noto-fonts-color-emoji
  ];
}
