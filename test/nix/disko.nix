# The disk of a host through disko's own types and nixpkgs' own library: what NixOS would mount and boot from.
{
  disko,
  lib,
  host,
}:
let
  library = import lib;
  inherit (library) mkOption types;
  inherit ((import (disko + "/lib") {
    lib = library;
    rootMountPoint = "/mnt";
    makeTest = null;
    eval-config = null;
  })) toplevel;
  any = mkOption {
    type = types.attrsOf types.anything;
    default = { };
  };
  disk = library.evalModules {
    modules = [
      { options.disko.devices = mkOption { type = toplevel; }; }
      { _module.args.pkgs = { }; }
      (../../nix/hosts + "/${host}/disko.nix")
    ];
  };
  system = library.evalModules {
    modules = [
      {
        freeformType = types.attrsOf types.raw;
        options.fileSystems = any;
        options.boot.loader = any;
        options.boot.initrd = any;
      }
      disk.config.disko.devices._config
    ];
  };
in
{
  mounts = library.mapAttrs (_: f: "${f.fsType} ${toString f.device}") system.config.fileSystems;
  luks = library.attrNames (system.config.boot.initrd.luks.devices or { });
  grub = system.config.boot.loader.grub.devices or [ ];
}
