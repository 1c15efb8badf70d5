# The Datadog agent: the host, PostgreSQL, systemd's units, their journal, and the figures of Panther, which it reads where
# panther-metrics.socket listens. What it makes of them, monitors and a dashboard, stands in nix/observability.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  psql = "${config.services.postgresql.package or pkgs.postgresql}/bin/psql";
  cfg = config.services.datadog-agent;
  # Each of its programs reads the key from the file when it starts.
  agents = [ "datadog-agent" ] ++ lib.optional cfg.enableLiveProcessCollection "datadog-process-agent";
  secret = name: {
    reference = lib.mkDefault "op://pantherOS/datadog/${name}";
    path = lib.mkDefault "datadog/${name}";
    owner = "datadog";
    group = "datadog";
    services = agents;
  };
in
{
  services.onepassword-secrets.secrets = {
    datadogApiKey = secret "datadogApiKey";
    datadogAppKey = secret "datadogAppKey";
  };
  services.datadog-agent = {
    enable = lib.mkDefault true;
    apiKeyFile = lib.mkDefault config.services.onepassword-secrets.secretPaths.datadogApiKey;
    site = lib.mkDefault "datadoghq.com";
    enableLiveProcessCollection = lib.mkDefault true;
    # nixpkgs builds the agent with disk, mongo, network, nginx and postgres alone; this one needs nothing of its own.
    extraIntegrations.openmetrics = _: [ ];
    extraConfig.logs_enabled = true;
    checks = {
      journald.logs = [ { type = "journald"; } ]; # a record's SYSLOG_IDENTIFIER is its service
      systemd = {
        init_config = { };
        instances = [
          {
            unit_names = [
              "agentdb.service"
              "opencode.service"
              "opnix-secrets.service"
              "panther-crawl.service"
              "panther-embed.service"
              "panther-metrics.service"
              "postgresql.service"
              "tailscaled.service"
            ];
          }
        ];
      };
      postgres = {
        init_config = { };
        instances = [
          {
            host = "/run/postgresql";
            username = "datadog";
            dbname = "agentdb";
          }
        ];
      };
      openmetrics = {
        init_config = { };
        instances = [
          {
            openmetrics_endpoint = "http://127.0.0.1:9464/metrics";
            namespace = "panther";
            raw_metric_prefix = "panther_";
            metrics = [ ".+" ];
          }
        ];
      };
    };
  };
  users.users.datadog.extraGroups = [ "systemd-journal" ];
  systemd.services = {
    # The agent's account is a role that may look at PostgreSQL's own figures. "$$" is "$" for systemd.
    datadog-role = lib.mkIf config.services.postgresql.enable {
      description = "Role of the Datadog agent in PostgreSQL";
      wantedBy = [ "multi-user.target" ];
      after = [ "postgresql.service" ];
      requires = [ "postgresql.service" ];
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
        User = "postgres";
        ExecStart = [
          "${psql} -qc 'DO $$q$$ BEGIN CREATE ROLE datadog LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$q$$'"
          "${psql} -qc 'GRANT pg_monitor TO datadog'"
        ];
      };
    };
  }
  // lib.genAttrs agents (_: {
    after = [ "opnix-secrets.service" ];
    requires = [ "opnix-secrets.service" ];
  });
}
