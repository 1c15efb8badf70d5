# The web browsers: Brave, and Zen, whose flake needs a nixpkgs of 26.05 or newer.
{
  inputs,
  lib,
  pkgs,
  ...
}:
{
  environment.systemPackages = [
    pkgs.brave
  ]
  ++ lib.optional (lib.versionAtLeast lib.trivial.release "26.05") inputs.zen-browser.packages.${pkgs.stdenv.hostPlatform.system}.beta;
}
