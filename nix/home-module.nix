# Secrets of a person from 1Password, under the option names of opnix 0.11's Home Manager module: written below the home
# by a user service at login, never by root.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  common = import ./secret-options.nix { inherit lib; };
  cfg = config.programs.onepassword-secrets;
  home = config.home.homeDirectory;
  json = pkgs.formats.json { };
  absolute = path: if lib.hasPrefix "/" path then path else "${home}/${path}";
  path = name: secret: absolute (if secret.path != null then secret.path else name);
  settings = {
    outputDir = "${config.xdg.dataHome}/opnix/secrets";
    systemdIntegration.enable = false;
    include = common.later cfg.configFiles;
    secrets =
      map (s: s // { path = absolute s.path; }) (lib.concatMap (file: (common.read file).secrets) (common.now cfg.configFiles))
      ++ lib.mapAttrsToList (name: secret: secret // { path = path name secret; }) cfg.secrets;
  }
  # Where none is named, the user's own is taken before the machine's.
  // lib.optionalAttrs (cfg.tokenFile != options.programs.onepassword-secrets.tokenFile.default) { inherit (cfg) tokenFile; };
in
{
  options.programs.onepassword-secrets = {
    enable = lib.mkEnableOption "secrets of this user from 1Password";
    package = mkOption {
      type = types.package;
      default = pkgs.panther or (pkgs.callPackage ./package.nix { });
      defaultText = lib.literalExpression "pkgs.panther";
      description = "The package that has opnix.";
    };
    inherit (common) configFiles secretPaths;
    tokenFile = common.tokenFile // {
      description = "The service account's token. Where it is not set, the user's own (~/.config/opnix/token, by `opnix token set -path`) is taken before this one, which `services.onepassword-secrets.users` on NixOS lets users read.";
    };
    secrets = mkOption {
      default = { };
      description = "Secrets by name.";
      type = types.attrsOf (
        types.submodule {
          options = common.secret {
            owner = config.home.username;
            ownerText = "config.home.username";
            group = "users";
            example = ".ssh/id_ed25519";
            description = "The file: relative to the home, or absolute. null means the option's name.";
          };
        }
      );
    };
  };

  config = lib.mkMerge [
    { programs.onepassword-secrets.secretPaths = lib.mapAttrs path cfg.secrets; }
    (lib.mkIf cfg.enable {
      home.packages = [ cfg.package ];
      xdg.configFile."opnix/secrets.json".source = json.generate "secrets.json" settings;
      systemd.user.services.opnix-secrets = {
        Unit = {
          Description = "Secrets of this user from 1Password";
          X-Restart-Triggers = [ "${config.xdg.configFile."opnix/secrets.json".source}" ];
        };
        Service = {
          Type = "oneshot";
          RemainAfterExit = true;
          ExecStart = "${cfg.package}/bin/opnix materialize -config ${config.xdg.configHome}/opnix/secrets.json";
          Restart = "on-failure"; # something is missing, or nobody answers; opnix keeps the pauses
          RestartSec = "1min";
          RestartPreventExitStatus = "CONFIG";
          UMask = "0077";
        };
        Install.WantedBy = [ "default.target" ];
      };
    })
  ];
}
