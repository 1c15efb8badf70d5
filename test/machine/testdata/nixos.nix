# What the booted test changes of ovh-cloud-vps: secrets come from a folder, there is something to read without a
# network, no model has to be there, and a phone may come in. opnix-refresh.service tries again soon.
{
  services.onepassword-secrets.settings.backend = {
    type = "folder";
    path = "/root/vault";
  };
  services.panther.opencode = {
    listen = [ "100.64.0.7:8080" ];
    settings.access.tailscale = [ "hayden@github" ];
  };
  services.panther.embed.model = null;
  services.panther.crawl.sources = {
    notes = {
      kind = "files";
      path = "/srv/notes";
    };
    guide = {
      kind = "git";
      path = "/srv/guide";
    };
  };
  systemd.services.opnix-refresh.serviceConfig.RestartSec = 5;
}
