# mkHome "USER@HOST" { system, modules }: a Home Manager configuration of its own, for `home-manager switch`.
{ inputs }:
name:
{
  system ? "x86_64-linux",
  modules ? [ ],
}:
let
  user = builtins.head (builtins.split "@" name);
in
inputs.home-manager.lib.homeManagerConfiguration {
  pkgs = inputs.nixpkgs.legacyPackages.${system};
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
