# mkSystem NAME { system, nixpkgs, home-manager, modules }: the NixOS configuration of the host in hosts/NAME.
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
  ++ modules;
}
