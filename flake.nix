{
  description = "Panther: a private knowledge agent wired together by systemd";

  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-25.05";
    # 25.05 gets no more fixes; this is the release that the package and the module are checked on beside it.
    nixpkgs-next.url = "github:NixOS/nixpkgs/nixos-26.05";

    home-manager = {
      url = "github:nix-community/home-manager/release-25.05";
      inputs.nixpkgs.follows = "nixpkgs";
    };
    disko = {
      url = "github:nix-community/disko";
      inputs.nixpkgs.follows = "nixpkgs";
    };
    # Not used by the hosts, which have the module of this flake: checks compare its options with ours.
    opnix = {
      url = "github:brizzbuzz/opnix";
      inputs.nixpkgs.follows = "nixpkgs";
    };
    niri = {
      url = "github:sodiboo/niri-flake";
      inputs.nixpkgs.follows = "nixpkgs";
    };
    dgop = {
      url = "github:AvengeMedia/dgop";
      inputs.nixpkgs.follows = "nixpkgs";
    };
    DankMaterialShell = {
      url = "github:AvengeMedia/DankMaterialShell";
      inputs.nixpkgs.follows = "nixpkgs";
      inputs.dgop.follows = "dgop";
    };
    quickshell = {
      url = "github:quickshell-mirror/quickshell";
      inputs.nixpkgs.follows = "nixpkgs";
    };
  };

  outputs =
    { self, nixpkgs, ... }@inputs:
    let
      inherit (nixpkgs) lib;
      systems = [
        "x86_64-linux"
        "aarch64-linux"
      ];
      eachSystem = f: lib.genAttrs systems (system: f nixpkgs.legacyPackages.${system});
      mkSystem = import ./nix/lib/mkSystem.nix { inherit inputs; };
      mkHome = import ./nix/lib/mkHome.nix { inherit inputs; };

      # A new host is a folder in nix/hosts and a line here.
      hosts = {
        yoga = { };
        zephyrus = { };
        desktop = { };
        ovh-cloud-vps.host = ./nix/hosts/servers/ovh-cloud-vps;
      };
    in
    {
      overlays.default = final: _: {
        panther = final.callPackage ./nix/package.nix { };
      };

      packages = eachSystem (pkgs: {
        default = pkgs.callPackage ./nix/package.nix { };
        model = pkgs.callPackage ./nix/model.nix { };
        options = pkgs.writeText "OPTIONS.md" (import ./nix/options.nix { inherit lib pkgs; });
      });

      nixosModules.default = {
        imports = [ ./nixos-module.nix ];
      };
      homeModules.default = {
        imports = [ ./nix/home-module.nix ];
      };

      nixosConfigurations = lib.mapAttrs mkSystem hosts;
      homeConfigurations."hayden@yoga" = mkHome "hayden@yoga" { };

      devShells = eachSystem (pkgs: {
        default = pkgs.mkShell {
          packages = [
            pkgs.go_1_25
            pkgs.golangci-lint
            pkgs.nixfmt-rfc-style
            pkgs.postgresql
          ];
        };
      });

      checks = eachSystem (
        pkgs:
        {
          package = self.packages.${pkgs.system}.default;
          package-next = inputs.nixpkgs-next.legacyPackages.${pkgs.system}.callPackage ./nix/package.nix { };
          vm = pkgs.callPackage ./nix/vm-test.nix { inherit self; };
        }
        // lib.optionalAttrs (pkgs.system == "x86_64-linux") (
          lib.mapAttrs' (name: host: lib.nameValuePair "host-${name}" host.config.system.build.toplevel) self.nixosConfigurations
        )
      );

      formatter = eachSystem (pkgs: pkgs.nixfmt-rfc-style);
    };
}
