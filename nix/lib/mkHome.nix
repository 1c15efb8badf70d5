# mkHome "USER@HOST" { system, nixpkgs, home-manager, modules }: a Home Manager configuration of its own, for
# `home-manager switch`.
{ inputs }:
name:
{
  system ? "x86_64-linux",
  nixpkgs ? inputs.nixpkgs,
  home-manager ? inputs.home-manager,
  modules ? [ ],
}:
let
  user = builtins.head (builtins.split "@" name);
in
home-manager.lib.homeManagerConfiguration {
  pkgs = nixpkgs.legacyPackages.${system};
  extraSpecialArgs = {
    inherit inputs;
  };
  modules = [
    inputs.self.homeModules.default
    (../home + "/${user}")
    {
      home.username = user;
      home.homeDirectory = "/home/${user}";
    }
  ]
  ++ modules;
}
