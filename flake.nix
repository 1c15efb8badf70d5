{
  description = "Panther: a private knowledge agent wired together by systemd";

  inputs = {
    nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";
    home-manager = {
      url = "github:nix-community/home-manager/release-26.05";
      inputs.nixpkgs.follows = "nixpkgs";
    };
    # The release before, which has had no fixes since 2025-12-31: see `track` below.
    nixpkgs-25-05.url = "github:NixOS/nixpkgs/nixos-25.05";
    home-manager-25-05 = {
      url = "github:nix-community/home-manager/release-25.05";
      inputs.nixpkgs.follows = "nixpkgs-25-05";
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
    # Held where it is: later ones have other names for their options, and their greeter is in a repository of its own.
    DankMaterialShell = {
      url = "github:AvengeMedia/DankMaterialShell/966021bfd4fdbf45893994cb38352a526fb1cca7";
      inputs.nixpkgs.follows = "nixpkgs";
      inputs.dgop.follows = "dgop";
    };
    quickshell = {
      url = "github:quickshell-mirror/quickshell";
      inputs.nixpkgs.follows = "nixpkgs";
    };
    zen-browser = {
      url = "github:0xc000022070/zen-browser-flake";
      inputs.nixpkgs.follows = "nixpkgs";
      inputs.home-manager.follows = "home-manager";
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

      # The release of all hosts; { track = before; } on a host's line is that host's.
      track = now;
      now = { inherit (inputs) nixpkgs home-manager; };
      before = {
        nixpkgs = inputs.nixpkgs-25-05;
        home-manager = inputs.home-manager-25-05;
      };

      # A new host is a folder in nix/hosts and a line here.
      hosts = {
        yoga = { };
        zephyrus = { };
        desktop = { };
        ovh-cloud-vps.host = ./nix/hosts/servers/ovh-cloud-vps;
        hetzner-cloud-vps.host = ./nix/hosts/servers/hetzner-cloud-vps;
      };
      build = track: name: host: mkSystem name (track // host.track or { } // removeAttrs host [ "track" ]);
      toplevels = suffix: lib.mapAttrs' (name: host: lib.nameValuePair "host-${name}${suffix}" host.config.system.build.toplevel);
    in
    {
      overlays.default = final: _: {
        panther = final.callPackage ./nix/package.nix { };
        opnix = final.callPackage ./nix/opnix.nix { };
      };

      packages = eachSystem (
        pkgs:
        let
          panther = pkgs.callPackage ./nix/package.nix { };
        in
        {
          default = panther;
          inherit panther;
          opnix = pkgs.callPackage ./nix/opnix.nix { inherit panther; };
          model = pkgs.callPackage ./nix/model.nix { };
          options = pkgs.writeText "OPTIONS.md" (import ./nix/options.nix { inherit lib pkgs; });
        }
      );

      nixosModules.default = {
        imports = [ ./nixos-module.nix ];
      };
      homeModules.default = {
        imports = [ ./nix/home-module.nix ];
      };
      # The names under which opnix has them.
      homeManagerModules = self.homeModules;
      darwinModules.default = {
        imports = [ ./nix/darwin-module.nix ];
      };

      nixosConfigurations = lib.mapAttrs (build track) hosts;
      homeConfigurations."hayden@yoga" = mkHome "hayden@yoga" track;

      devShells = eachSystem (pkgs: {
        default = pkgs.mkShell {
          packages = [
            pkgs.go
            pkgs.golangci-lint
            pkgs.nixfmt
            pkgs.postgresql
          ];
        };
      });

      checks = eachSystem (
        pkgs:
        let
          inherit (pkgs.stdenv.hostPlatform) system;
        in
        {
          package = self.packages.${system}.default;
          package-25-05 = inputs.nixpkgs-25-05.legacyPackages.${system}.callPackage ./nix/package.nix { };
          vm = pkgs.callPackage ./nix/vm-test.nix { inherit self; };
        }
        // lib.optionalAttrs (system == "x86_64-linux") (
          toplevels "" self.nixosConfigurations // toplevels "-25-05" (lib.mapAttrs (build before) hosts)
        )
      );

      formatter = eachSystem (pkgs: pkgs.nixfmt);
    };
}
