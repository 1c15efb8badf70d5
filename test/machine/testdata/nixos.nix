# What the booted test changes of ovh-cloud-vps: secrets come from a folder, there is something to read without a
# network, and no model has to be there.
{
  services.onepassword-secrets.settings.backend = {
    type = "folder";
    path = "/root/vault";
  };
  services.panther.embed.model = null;
  services.panther.crawl.sources.notes = {
    kind = "files";
    path = "/srv/notes";
  };
}
