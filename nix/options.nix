# The options reference as one Markdown file, generated from the modules.
{
  lib,
  nixosOptionsDoc,
  pkgs,
}:
let
  eval = lib.evalModules {
    specialArgs = {
      inherit pkgs;
    };
    modules = [
      ../nixos-module.nix
      { _module.check = false; }
    ];
  };
in
(nixosOptionsDoc {
  options = {
    services = {
      inherit (eval.options.services) panther onepassword-secrets;
    };
  };
}).optionsCommonMark
