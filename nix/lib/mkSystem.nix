# mkSystem NAME { system, nixpkgs, home-manager, host, modules }: the NixOS configuration of the host in hosts/NAME, with
# what nixos-generate-config found out about the machine where hardware.nix in its folder holds that.
{ inputs }:
name:
{
  system ? "x86_64-linux",
  nixpkgs ? inputs.nixpkgs,
  home-manager ? inputs.home-manager,
  host ? ../hosts + "/${name}",
  modules ? [ ],
}:
nixpkgs.lib.nixosSystem {
  specialArgs = {
    inherit inputs;
  };
  modules = [
    inputs.disko.nixosModules.disko
    home-manager.nixosModules.home-manager
    inputs.self.nixosModules.default
    host
    (
      { config, ... }:
      {
        assertions = [
          {
            assertion = config.disko.devices.disk or { } != { };
            message = "disko.devices.disk: the host ${name} has no disk; describe it in disko.nix in its folder.";
          }
        ];
      }
    )
    {
      networking.hostName = nixpkgs.lib.mkDefault (baseNameOf name);
      nixpkgs.hostPlatform = system;
      home-manager = {
        useGlobalPkgs = true;
        useUserPackages = true;
        extraSpecialArgs = {
          inherit inputs;
        };
        sharedModules = [ inputs.self.homeModules.default ];
      };
    }
  ]
  ++ nixpkgs.lib.optional (builtins.pathExists (host + "/hardware.nix")) (host + "/hardware.nix")
  ++ modules;
}
