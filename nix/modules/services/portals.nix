# How sandboxed programs ask the desktop for files and screens: GNOME's portal shares the screen, GTK's does the rest.
{ lib, pkgs, ... }:
{
  security.polkit.enable = lib.mkDefault true;
  xdg.portal = {
    enable = lib.mkDefault true;
    extraPortals = [
      pkgs.xdg-desktop-portal-gnome
      pkgs.xdg-desktop-portal-gtk
    ];
    config.niri.default = lib.mkDefault [
      "gnome"
      "gtk"
    ];
  };
}
