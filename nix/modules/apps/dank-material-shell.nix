# DankMaterialShell: bar, launcher, lock screen and notifications, and the greeter in front of them.
{
  inputs,
  lib,
  pkgs,
  ...
}:
let
  quickshell = pkgs.quickshell or inputs.quickshell.packages.${pkgs.stdenv.hostPlatform.system}.default; # not in 25.05
in
{
  imports = [
    inputs.DankMaterialShell.nixosModules.dankMaterialShell
    inputs.DankMaterialShell.nixosModules.greeter
  ];
  programs.dankMaterialShell = {
    enable = lib.mkDefault true;
    systemd.enable = lib.mkDefault true;
    quickshell.package = lib.mkDefault quickshell;
    enableSystemMonitoring = lib.mkDefault true;
    enableClipboard = lib.mkDefault true;
    enableVPN = lib.mkDefault true;
    enableDynamicTheming = lib.mkDefault true;
    greeter = {
      enable = lib.mkDefault true;
      compositor.name = lib.mkDefault "niri";
      quickshell.package = lib.mkDefault quickshell;
    };
  };
  # The shell answers polkit itself; two agents would both ask.
  systemd.user.services.niri-flake-polkit.enable = lib.mkDefault false;
}
