# What the secrets of a machine (onepassword-secrets.nix) and those of a user (home-module.nix) have in common.
{ lib }:
let
  inherit (lib) mkOption types;
  # Whose a file is.
  placed =
    {
      owner,
      group,
      ownerText ? null,
    }:
    {
      owner = mkOption (
        {
          type = types.str;
          default = owner;
          description = "User who owns the file.";
        }
        // lib.optionalAttrs (ownerText != null) { defaultText = lib.literalExpression ownerText; }
      );
      group = mkOption {
        type = types.str;
        default = group;
        description = "Group of the file.";
      };
      mode = mkOption {
        type = types.str;
        default = "0600";
        description = "Permissions of the file in octal.";
      };
      backup = mkOption {
        type = types.nullOr types.bool;
        default = null;
        description = "Move a file that opnix did not write out of the way, to NAME.before-opnix; otherwise it is kept and the place is not used.";
      };
    };
in
{
  inherit placed;

  tokenFile = mkOption {
    type = types.path;
    default = "/etc/opnix-token";
    description = "The service account's token, written by `sudo opnix token set`; services.onepassword-secrets.users on NixOS lets users read it.";
  };
  configFiles = mkOption {
    type = types.listOf types.path;
    default = [ ];
    description = "Configurations in opnix's JSON, whose secrets are added to those declared here. A path of the configuration (./more.json) is read when it is built; a string (\"/etc/opnix/more.json\") is a file that has to be there when opnix runs only, and whose services get no order from it.";
  };
  secretPaths = mkOption {
    type = types.attrsOf types.str;
    default = { };
    description = "The path of every declared secret, for use in other options. Set by this module.";
  };

  # The options of one secret; example and description are of its path.
  secret =
    {
      owner,
      group,
      ownerText ? null,
      example,
      description,
    }:
    {
      reference = mkOption {
        type = types.str;
        example = "op://Homelab/Database/password";
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
        inherit example description;
      };
    }
    // placed { inherit owner group ownerText; };

  # Which of configFiles are read now, and which when opnix runs.
  now = lib.filter builtins.isPath;
  later = files: map toString (lib.filter (file: !builtins.isPath file) files);

  # The file of opnix's JSON, with the paths of its secrets filled in from its own pathTemplate and defaults.
  read =
    file:
    let
      content = builtins.fromJSON (builtins.readFile file);
      given = set: name: default: let value = set.${name} or null; in if value == null then default else value;
      filled =
        secret:
        let
          known = given content "defaults" { } // given secret "variables" { };
          template = given secret "path" (given content "pathTemplate" null);
        in
        secret
        // lib.optionalAttrs (template != null) {
          path = lib.replaceStrings (map (n: "{${n}}") (lib.attrNames known)) (lib.attrValues known) template;
        };
    in
    {
      secrets = map filled (given content "secrets" [ ]);
      templates = given content "templates" [ ];
      services = given (given content "systemdIntegration" { }) "services" [ ];
    };
}
