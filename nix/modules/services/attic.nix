# A binary cache of one's own: Attic, with its chunks on Backblaze B2. The keys reach it as one environment file, which
# opnix renders from a template. Also known as atticpersonal.service.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  cfg = config.services.attic-personal;
  port = lib.last (lib.splitString ":" cfg.listen);
in
{
  options.services.attic-personal = {
    bucket = lib.mkOption {
      type = lib.types.str;
      description = "Name of the bucket.";
    };
    region = lib.mkOption {
      type = lib.types.str;
      default = "us-west-004";
      description = "Region of the bucket, which is part of its endpoint.";
    };
    listen = lib.mkOption {
      type = lib.types.str;
      default = "[::]:8081"; # 8080 is the agent's
      description = "Where atticd listens; the firewall lets the tailnet in.";
    };
  };

  config = {
    services.onepassword-secrets.secrets = {
      b2KeyId = {
        reference = lib.mkDefault "op://pantherOS/attic/b2KeyId";
        path = lib.mkDefault "attic/b2KeyId";
      };
      b2AppKey = {
        reference = lib.mkDefault "op://pantherOS/attic/b2AppKey";
        path = lib.mkDefault "attic/b2AppKey";
      };
      atticTokenSecret = {
        reference = lib.mkDefault "op://pantherOS/attic/tokenSecretBase64";
        path = lib.mkDefault "attic/tokenSecretBase64";
      };
    };
    services.onepassword-secrets.templates.atticEnvironment = {
      path = "attic/environment";
      content = ''
        ATTIC_SERVER_TOKEN_RS256_SECRET_BASE64={{ attic/tokenSecretBase64 }}
        AWS_ACCESS_KEY_ID={{ attic/b2KeyId }}
        AWS_SECRET_ACCESS_KEY={{ attic/b2AppKey }}
      '';
      services = [ "atticd" ];
    };

    # What is built here goes into the cache, once there is a token for it: nix/README.md says how one is made.
    services.onepassword-secrets.secrets.atticPushToken = {
      reference = lib.mkDefault "op://pantherOS/attic/pushToken";
      path = lib.mkDefault "attic/pushToken";
      policy = lib.mkDefault "optional";
    };
    services.onepassword-secrets.templates.atticPush = {
      path = "attic/push/attic/config.toml";
      owner = "attic-push";
      content = ''
        default-server = "here"
        [servers.here]
        endpoint = "http://localhost:${port}/"
        token = "{{ attic/pushToken }}"
      '';
      services = [ "attic-push" ];
    };
    systemd.services.attic-push = {
      description = "Upload of what Nix builds to the binary cache";
      wantedBy = [ "multi-user.target" ];
      after = [ "atticd.service" ];
      wants = [ "atticd.service" ];
      environment.XDG_CONFIG_HOME = "${config.services.onepassword-secrets.outputDir}/attic/push";
      serviceConfig = {
        ExecStart = "${lib.getExe pkgs.attic-client} watch-store main";
        User = "attic-push";
        Restart = "on-failure";
        RestartSec = "1min";
      };
    };
    users.groups.attic-push = { };
    users.users.attic-push = {
      isSystemUser = true;
      group = "attic-push";
      description = "Uploads to the binary cache";
    };
    networking.firewall.interfaces.tailscale0.allowedTCPPorts = [ (lib.toInt port) ];

    services.atticd = {
      enable = lib.mkDefault true;
      environmentFile = lib.mkDefault "${config.services.onepassword-secrets.outputDir}/attic/environment";
      settings = {
        listen = cfg.listen;
        storage = {
          type = "s3";
          inherit (cfg) bucket region;
          endpoint = "https://s3.${cfg.region}.backblazeb2.com";
        };
      };
    };
    systemd.services.atticd = {
      aliases = [ "atticpersonal.service" ];
      after = [ "opnix-secrets.service" ];
      requires = [ "opnix-secrets.service" ];
    };
  };
}
