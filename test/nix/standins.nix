# Stand-ins for the modules of nixpkgs that a host switches on: the same units, users and dependencies, with programs
# that are ready when their secrets are there (standins/bin). Nothing of them is installed anywhere.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  daemon = "${pkgs.standins}/bin/daemon";
  observed = config.services.datadog-agent.enable or false;
  notify = {
    Type = "notify";
    NotifyAccess = "all";
  };
  datadog = description: {
    inherit description;
    wantedBy = [ "multi-user.target" ];
    serviceConfig = notify // {
      ExecStart = "${daemon} ${config.services.datadog-agent.apiKeyFile}";
      User = "datadog";
      Group = "datadog";
      Restart = "always";
      RestartSec = 2;
    };
  };
in
{
  # Brings tailscaled.service, and tailscaled's local API, which says that 100.64.0.8 is the owner's phone.
  systemd.packages = [ pkgs.standins ];

  systemd.services.tailscaled = {
    wantedBy = [ "multi-user.target" ];
    serviceConfig.Environment = [ "PORT=41641" ];
  };
  systemd.sockets.tailscaled-api.wantedBy = [ "sockets.target" ];
  systemd.services.tailscaled-autoconnect = {
    after = [ "tailscaled.service" ];
    wants = [ "tailscaled.service" ];
    wantedBy = [ "multi-user.target" ];
    serviceConfig = notify // {
      ExecStart = "${daemon} ${config.services.tailscale.authKeyFile}";
    };
  };

  systemd.services.datadog-agent = lib.mkIf observed (datadog "Datadog agent monitor");
  systemd.services.datadog-process-agent = lib.mkIf (observed && config.services.datadog-agent.enableLiveProcessCollection) (
    datadog "Datadog Live Process Agent"
  );
  users.groups = lib.mkIf observed { datadog = { }; };
  users.users.datadog = lib.mkIf observed {
    isSystemUser = true;
    group = "datadog";
    home = "/var/log/datadog/";
    description = "Datadog Agent User";
  };

  systemd.services.atticd = lib.mkIf (config.services.atticd.enable or false) {
    wantedBy = [ "multi-user.target" ];
    after = [ "network-online.target" ];
    wants = [ "network-online.target" ];
    serviceConfig = notify // {
      ExecStart = "${daemon} ATTIC_SERVER_TOKEN_RS256_SECRET_BASE64 AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY";
      EnvironmentFile = config.services.atticd.environmentFile;
      StateDirectory = "atticd";
      DynamicUser = true;
      User = "atticd";
      Group = "atticd";
    };
  };

  systemd.services.postgresql = lib.mkIf (config.services.postgresql.enable or false) {
    description = "PostgreSQL Server";
    wantedBy = [ "multi-user.target" ];
    after = [ "network.target" ];
    environment.PGDATA = "/var/lib/postgresql/nixos"; # Debian has a cluster of its own
    serviceConfig = {
      Type = "notify";
      ExecStart = "${pkgs.standins}/bin/postgres -c shared_buffers=${config.services.postgresql.settings.shared_buffers}";
      User = "postgres";
      Group = "postgres";
      RuntimeDirectory = "postgresql";
      StateDirectory = "postgresql postgresql/nixos";
      StateDirectoryMode = "0700";
      KillSignal = "SIGINT";
      KillMode = "mixed";
      TimeoutSec = 120;
    };
  };
}
