# Secrets from 1Password under the option names of opnix 0.11, so that its users change the input and nothing else. What
# is set here becomes /etc/opnix/secrets.json; opnix-secrets.service of the package writes the files.
#
# More than opnix 0.11 has: templates, and per secret policy, maxAge, copies and validate.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  common = import ./secret-options.nix { inherit lib; };
  cfg = config.services.onepassword-secrets;
  group = "onepassword-secrets";

  str =
    default: description:
    mkOption {
      type = types.str;
      inherit default description;
    };
  strings =
    description:
    mkOption {
      type = types.listOf types.str;
      default = [ ];
      inherit description;
    };
  flag =
    default: description:
    mkOption {
      type = types.bool;
      inherit default description;
    };

  services = mkOption {
    type = types.either (types.listOf types.str) (
      types.attrsOf (
        types.submodule {
          options = {
            restart = flag true "Restart the service when the secret changes.";
            signal = mkOption {
              type = types.nullOr types.str;
              default = null;
              example = "SIGHUP";
              description = "Send this signal instead of restarting.";
            };
            after = mkOption {
              type = types.listOf types.str;
              default = [ "opnix-secrets.service" ];
              description = "Units that the service starts after.";
            };
          };
        }
      )
    );
    default = [ ];
    example = [ "caddy" ];
    description = "Services that start after the secret and are told when it changes.";
  };

  placed =
    common.placed {
      owner = "root";
      group = "root";
    }
    // {
      symlinks = strings "Symbolic links that point to the file.";
      copies = strings "Copies of the file, for consumers that do not follow links.";
      inherit services;
    };

  secret = types.submodule {
    options = placed // common.secret {
      owner = "root";
      group = "root";
      example = "tailscale/tailscaleAuthKey";
      description = "The file: relative to outputDir, or absolute. null means pathTemplate, or the option's name.";
    } // {
      variables = mkOption {
        type = types.attrsOf types.str;
        default = { };
        description = "Values for pathTemplate.";
      };
      policy = mkOption {
        type = types.nullOr (
          types.enum [
            "required"
            "stale_ok"
            "optional"
          ]
        );
        default = null;
        description = "What happens when 1Password does not answer: fail, serve the last good copy, or go without.";
      };
      maxAge = mkOption {
        type = types.nullOr types.str;
        default = null;
        example = "72h";
        description = "The oldest copy that stale_ok accepts.";
      };
      validate = strings "What the value must be: non-empty, pem, json.";
    };
  };

  template = types.submodule {
    options = placed // {
      path = mkOption {
        type = types.str;
        description = "The file: relative to outputDir, or absolute.";
      };
      content = mkOption {
        type = types.lines;
        example = "TOKEN={{ attic/token }}";
        description = "Text with placeholders: {{ PATH }} of a secret of this configuration, or {{ op://… }}.";
      };
    };
  };

  # What is not set is left out, so that opnix's own defaults count.
  given = lib.filterAttrs (_: value: value != null && value != [ ] && value != { });
  entry = name: secret: given (secret // { path = pathOf name secret; });
  configFiles = cfg.configFiles ++ lib.optional (cfg.configFile != null) cfg.configFile;
  files = map common.read (common.now configFiles);
  integrated = lib.unique (cfg.systemdIntegration.services ++ lib.concatMap (file: file.services) files);
  templates = lib.concatMap (file: file.templates) files ++ lib.mapAttrsToList (_: given) cfg.templates;

  # Where a secret goes: its path, the template or its name, with its variables filled in; {name} is the option's name.
  pathOf =
    name: secret:
    let
      known = { inherit name; } // cfg.defaults // secret.variables;
      fill = lib.replaceStrings (map (n: "{${n}}") (lib.attrNames known)) (lib.attrValues known);
    in
    fill (
      if secret.path != null then
        secret.path
      else if cfg.pathTemplate != null then
        cfg.pathTemplate
      else
        name
    );
  absolute = path: if lib.hasPrefix "/" path then path else "${cfg.outputDir}/${path}";

  # Owners and groups that no module declares: most are a slip. What has a number needs no name.
  strangers =
    kind: known:
    lib.concatLists (
      lib.mapAttrsToList (
        name: file:
        lib.optional (!(known ? ${file.${kind}}) && file.${kind} != "root" && builtins.match "[0-9]+" file.${kind} == null)
          "services.onepassword-secrets: the ${kind} of ${name}, ${file.${kind}}, is declared by no module; if this machine does not know it otherwise, its secrets are missing."
      ) (cfg.secrets // cfg.templates)
    );

  names = lib.attrNames (cfg.secrets // cfg.templates);
  misnamed = lib.filter (name: builtins.match "[a-z][a-zA-Z0-9]*" name == null) names;

  # The services of a list of units, by the name that systemd.services has for them; units of other types are told of
  # changes alone.
  servicesOf =
    units:
    let
      other = name: builtins.match ".*[.](socket|timer|target|path|mount|automount|swap|slice|scope|device)" name != null;
    in
    map (lib.removeSuffix ".service") (lib.filter (name: !other name) units);

  # Every file with the services that use it: [ { path; services; policy; } ].
  delivered =
    let
      of =
        path: entry:
        let
          services = entry.services or [ ];
        in
        {
          path = absolute path;
          policy = entry.policy or null;
          services = servicesOf (if lib.isList services then services else lib.attrNames services);
        };
    in
    lib.mapAttrsToList (name: secret: of (pathOf name secret) secret) cfg.secrets
    ++ map (file: of (file.path or "") file) (lib.concatMap (file: file.secrets ++ file.templates) files ++ lib.attrValues cfg.templates);

  dependents = lib.unique (servicesOf integrated ++ lib.concatMap (file: file.services) delivered);

  # A service whose secret is missing waits for it, and opnix starts it when it comes; otherwise it would fail, and with it
  # every switch to a configuration. The suite's own units decide by LoadCredential=.
  ofSuite = name: builtins.pathExists (../units + "/${name}.service");
  needed =
    service:
    map (file: file.path) (
      lib.filter (file: lib.elem service file.services && file.policy != "optional") delivered
    );
in
{
  options.services.onepassword-secrets = {
    enable = lib.mkEnableOption "secrets from 1Password";
    inherit (common) tokenFile configFiles secretPaths;
    configFile = mkOption {
      type = types.nullOr types.path;
      default = null;
      description = "One more of configFiles; kept for configurations from before opnix 0.7.";
    };
    outputDir = str "/var/lib/opnix/secrets" "Where the secrets are.";
    users = strings "Users who may read the token and run opnix themselves.";
    secrets = mkOption {
      type = types.attrsOf secret;
      default = { };
      example = lib.literalExpression ''
        {
          tailscaleAuthKey = {
            reference = "op://pantherOS/tailscale/authKey";
            path = "tailscale/tailscaleAuthKey";
            services = [ "tailscaled" ];
          };
        }
      '';
      description = "Secrets by name, in camelCase.";
    };
    templates = mkOption {
      type = types.attrsOf template;
      default = { };
      description = "Files that are rendered from secrets, such as environment files.";
    };
    pathTemplate = mkOption {
      type = types.nullOr types.str;
      default = null;
      example = "/etc/secrets/{service}/{name}";
      description = "Where secrets without a path go; {variable} stands for an entry of variables or defaults.";
    };
    defaults = mkOption {
      type = types.attrsOf types.str;
      default = { };
      description = "Values for pathTemplate that all secrets share.";
    };
    settings = mkOption {
      type = (pkgs.formats.json { }).type;
      default = { };
      example = {
        backend.type = "connect";
        deadline = "20s";
      };
      description = "Everything else of /etc/opnix/secrets.json: opnix(1).";
    };
    systemdIntegration = {
      enable = flag true "Order services after their secrets and tell them of changes.";
      services = strings "Services that start after all secrets.";
      restartOnChange = flag true "Restart services when their secrets change.";
      changeDetection = {
        enable = flag true "Tell only services whose secrets changed.";
        hashFile = str "/var/lib/opnix/secret-hashes.json" "Kept for configurations of opnix 0.11; fingerprints are keyed and kept elsewhere.";
      };
      polling = {
        enable = flag false "Ask 1Password for changes from time to time.";
        interval = str "6h" "How often.";
      };
      errorHandling = {
        rollbackOnFailure = flag false "Kept for configurations of opnix 0.11; what fails leaves its unit's secrets as they were.";
        continueOnError = flag true "Kept for configurations of opnix 0.11; what is missing costs its own units alone.";
        maxRetries = mkOption {
          type = types.int;
          default = 3;
          description = "Kept for configurations of opnix 0.11.";
        };
      };
    };
  };

  config = lib.mkMerge [
    {
      services.onepassword-secrets.secretPaths = lib.mapAttrs (name: secret: absolute (pathOf name secret)) cfg.secrets;
    }
    (lib.mkIf cfg.enable {
      assertions = [
        {
          assertion = misnamed == [ ];
          message = "services.onepassword-secrets.secrets: ${lib.concatStringsSep ", " misnamed}: write names in camelCase, such as databasePassword, and the file's name in path.";
        }
        {
          assertion = cfg.secrets != { } || configFiles != [ ];
          message = "services.onepassword-secrets.enable: there is no secret; declare one in services.onepassword-secrets.secrets or name a file in configFiles.";
        }
      ]
      ++ lib.mapAttrsToList (name: secret: {
        assertion = builtins.match "[0-7]{3,4}" secret.mode != null;
        message = "services.onepassword-secrets.secrets.${name}.mode: '${secret.mode}' is not an octal permission such as 0600.";
      }) cfg.secrets
      ++ lib.mapAttrsToList (name: secret: {
        assertion = lib.hasPrefix "op://" secret.reference;
        message = "services.onepassword-secrets.secrets.${name}.reference: '${secret.reference}' does not begin with op://; copy the reference from 1Password.";
      }) cfg.secrets;

      warnings = strangers "owner" (config.users.users or { }) ++ strangers "group" (config.users.groups or { });

      services.panther.opnix.settings = lib.mkMerge [
        (given {
          inherit (cfg) tokenFile outputDir pathTemplate;
          inherit (cfg) defaults;
        })
        {
          systemdIntegration = given {
            inherit (cfg.systemdIntegration) enable restartOnChange;
            services = integrated;
          };
          secrets = lib.concatMap (file: file.secrets) files ++ lib.mapAttrsToList entry cfg.secrets;
        }
        (lib.mkIf (templates != [ ]) { inherit templates; })
        (given { include = common.later configFiles; })
        cfg.settings
      ];

      users.groups.${group}.members = cfg.users;
      systemd.tmpfiles.rules = [ "z ${cfg.tokenFile} 0640 root ${group} -" ];

      systemd.services = lib.mkMerge [
        {
          opnix-secrets.wantedBy = [ "multi-user.target" ];
          opnix-refresh.aliases = [ "opnix-secrets-poll.service" ]; # as opnix 0.11 calls it
        }
        (lib.mkIf cfg.systemdIntegration.enable (
          lib.genAttrs dependents (name: {
            after = [ "opnix-secrets.service" ];
            wants = [ "opnix-secrets.service" ];
            unitConfig = lib.mkIf (!ofSuite name && needed name != [ ]) { ConditionPathExists = needed name; };
          })
        ))
      ];
      systemd.timers = lib.mkIf cfg.systemdIntegration.polling.enable {
        opnix-refresh = {
          wantedBy = [ "timers.target" ];
          timerConfig = {
            # The first after the start of the timer, in place of the unit's own calendar; the others after each run.
            OnActiveSec = [
              ""
              cfg.systemdIntegration.polling.interval
            ];
            OnUnitActiveSec = cfg.systemdIntegration.polling.interval;
          };
        };
      };
    })
  ];
}
