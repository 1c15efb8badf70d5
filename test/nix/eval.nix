# Evaluates modules of this repository without NixOS: { lib, modules } gives the configuration as far as it goes.
# pkgs stands for nixpkgs: a package is its name, a generated file is its content.
{
  lib ? import ./lib.nix,
  modules,
  specialArgs ? { },
  store ? "/nix/store",
}:
let
  format = {
    type = lib.types.attrsOf lib.types.anything;
    generate = file;
  };
  # A generated file is its content, and a path where a string is wanted.
  file = name: content: { inherit name content; outPath = "${store}/${name}"; };
  package = name: {
    type = "derivation";
    inherit name;
    pname = name;
    outPath = "${store}/${name}";
    version = "0";
    meta.mainProgram = name;
  };
  pkgs = {
    formats = { toml = _: format; json = _: format; yaml = _: format; };
    # Nothing is built here: a checked file is the file.
    stdenv = {
      buildPlatform.canExecute = _: false;
      hostPlatform = { system = "x86_64-linux"; isDarwin = false; };
      isDarwin = false;
    };
    writeText = file;
    panther = package "panther";
    callPackage = path: _: package (lib.removeSuffix ".nix" (baseNameOf path));
  }
  # What the fleet installs.
  // lib.genAttrs [
    "alacritty"
    "attic-client"
    "brave"
    "chromium"
    "fira-code"
    "getent"
    "git"
    "inter"
    "kitty"
    "niri"
    "noto-fonts-color-emoji"
    "openssh"
    "mandoc"
    "pandoc"
    "poppler-utils"
    "postgresql"
    "quickshell"
    "ripgrep"
    "standins"
    "tesseract"
    "xdg-desktop-portal-gnome"
    "xdg-desktop-portal-gtk"
    "xwayland-satellite"
  ] package;
in
lib.evalModules {
  inherit modules;
  specialArgs = { inherit pkgs; } // specialArgs;
}
// { inherit pkgs; }
