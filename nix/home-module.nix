# Secrets of a person from 1Password, under the option names of opnix 0.11's Home Manager module: written below the home
# by a user service at login, never by root.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  cfg = config.programs.onepassword-secrets;
  home = config.home.homeDirectory;
  json = pkgs.formats.json { };
  absolute = path: if lib.hasPrefix "/" path then path else "${home}/${path}";
  path = name: secret: absolute (if secret.path != null then secret.path else name);
  files = map (file: builtins.fromJSON (builtins.readFile file)) cfg.configFiles;
  settings = {
    inherit (cfg) tokenFile;
    outputDir = "${config.xdg.dataHome}/opnix/secrets";
    systemdIntegration.enable = false;
    secrets =
      lib.concatMap (file: map (s: s // { path = absolute s.path; }) (file.secrets or [ ])) files
      ++ lib.mapAttrsToList (name: secret: secret // { path = path name secret; }) cfg.secrets;
  };
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
    tokenFile = mkOption {
      type = types.path;
      default = "/etc/opnix-token";
      description = "The service account's token; services.onepassword-secrets.users on NixOS lets this user read it.";
    };
    configFiles = mkOption {
      type = types.listOf types.path;
      default = [ ];
      description = "Configurations in opnix's JSON, whose secrets are added to those declared here.";
    };
    secrets = mkOption {
      default = { };
      description = "Secrets by name.";
      type = types.attrsOf (
        types.submodule {
          options = {
            reference = mkOption {
              type = types.str;
              example = "op://Personal/ssh-key/private-key";
              description = "What to resolve: op://VAULT/ITEM/[SECTION/]FIELD, or the name of a file of the item.";
            };
            kind = mkOption {
              type = types.enum [
                "field"
                "file"
              ];
              default = "field";
              description = "A field's text, or a file's bytes.";
            };
            path = mkOption {
              type = types.nullOr types.str;
              default = null;
              example = ".ssh/id_ed25519";
              description = "The file: relative to the home, or absolute. null means the option's name.";
            };
            owner = mkOption {
              type = types.str;
              default = config.home.username;
              description = "User who owns the file.";
            };
            group = mkOption {
              type = types.str;
              default = "users";
              description = "Group of the file.";
            };
            mode = mkOption {
              type = types.str;
              default = "0600";
              description = "Permissions of the file in octal.";
            };
          };
        }
      );
    };
  };

  config = lib.mkIf cfg.enable {
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
        UMask = "0077";
      };
      Install.WantedBy = [ "default.target" ];
    };
  };
}
