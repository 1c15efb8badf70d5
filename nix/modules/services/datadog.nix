# The Datadog agent: the host, PostgreSQL, systemd's units, and the metrics of Panther's own services.
{ config, lib, ... }:
let
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
    checks = {
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
              "postgresql.service"
              "tailscaled.service"
            ];
          }
        ];
      };
      # The agent's own user is a monitoring role: CREATE ROLE datadog LOGIN; GRANT pg_monitor TO datadog.
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
            openmetrics_endpoint = "http://127.0.0.1:8080/metrics";
            namespace = "panther";
            metrics = [ ".*" ];
          }
        ];
      };
    };
  };
  systemd.services = lib.genAttrs agents (_: {
    after = [ "opnix-secrets.service" ];
    requires = [ "opnix-secrets.service" ];
  });
}
