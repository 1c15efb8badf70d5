{
  description = "Panther: a private knowledge agent wired together by systemd";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-25.05";

  outputs =
    { self, nixpkgs }:
    let
      inherit (nixpkgs) lib;
      systems = [
        "x86_64-linux"
        "aarch64-linux"
      ];
      eachSystem = f: lib.genAttrs systems (system: f nixpkgs.legacyPackages.${system});
      version = "0.1.0+${self.shortRev or "dirty"}";
    in
    {
      overlays.default = final: _: {
        panther = final.callPackage ./nix/package.nix { inherit version; };
      };

      packages = eachSystem (pkgs: {
        default = pkgs.callPackage ./nix/package.nix { inherit version; };
      });

      nixosModules.default =
        { pkgs, ... }:
        {
          imports = [ ./nixos-module.nix ];
          services.panther.package = lib.mkDefault self.packages.${pkgs.stdenv.hostPlatform.system}.default;
        };

      devShells = eachSystem (pkgs: {
        default = pkgs.mkShell {
          packages = [
            pkgs.go_1_25
            pkgs.golangci-lint
            pkgs.postgresql
          ];
        };
      });

      checks = eachSystem (pkgs: {
        package = self.packages.${pkgs.stdenv.hostPlatform.system}.default;
      });

      formatter = eachSystem (pkgs: pkgs.nixfmt-rfc-style);
    };
}
