# Evaluates the hosts and the home of the flake without its inputs: NixOS's own options are not declared, so what a host
# sets is merged as it stands. `host NAME MODULES` and `home` give the configuration.
{
  store ? "/nix/store",
}:
let
  lib = import ./lib.nix;
  eval = args: import ./eval.nix ({ inherit store; } // args);
  empty = { };
  inputs = {
    self = {
      nixosModules.default = ../../nixos-module.nix;
      homeModules.default = ../../nix/home-module.nix;
    };
    nixpkgs = {
      lib = lib // {
        nixosSystem =
          { modules, specialArgs }:
          eval { inherit modules specialArgs; };
      };
      legacyPackages.x86_64-linux = null;
    };
    home-manager = {
      nixosModules.home-manager = empty;
      lib.homeManagerConfiguration =
        { modules, extraSpecialArgs, ... }:
        eval {
          modules = modules ++ [ { xdg.configHome = "/home/hayden/.config"; xdg.dataHome = "/home/hayden/.local/share"; } ];
          specialArgs = extraSpecialArgs;
        };
    };
    disko.nixosModules.disko = empty;
    niri.nixosModules.niri = empty;
    DankMaterialShell.nixosModules = {
      dankMaterialShell = empty;
      greeter = empty;
    };
    zen-browser.packages.x86_64-linux.beta = {
      type = "derivation";
      name = "zen-browser";
      outPath = "${store}/zen-browser";
    };
    quickshell.packages.x86_64-linux.default = null;
  };
in
rec {
  # A host as its owner has it, who has put a key into hayden.keys.
  host = name: modules: keyless name (modules ++ [ { users.users.hayden.openssh.authorizedKeys.keys = [ "ssh-ed25519 AAAA hayden" ]; } ]);
  keyless =
    name: modules:
    (import ../../nix/lib/mkSystem.nix { inherit inputs; } (baseNameOf name) {
      host = ../../nix/hosts + "/${name}";
      inherit modules;
    }).config;
  home = (import ../../nix/lib/mkHome.nix { inherit inputs; } "hayden@yoga" { }).config;
}
