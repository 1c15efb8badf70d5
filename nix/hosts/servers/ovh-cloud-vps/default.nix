# The VPS at OVH: Panther with PostgreSQL, an Attic cache and the Datadog agent, reached over the tailnet only.
{
  imports = [
    ./disko.nix
    ../../../modules/hardware/grub.nix
    ../../../modules/hardware/qemu-guest.nix
    ../../../modules/services/attic.nix
    ../../../modules/services/panther.nix
    ../../../profiles/server/base.nix
    ../../../profiles/server/observability.nix
  ];

  services.attic-personal.bucket = "pantheros-attic";

  services.panther.crawl.sources = {
    nixos-manual = {
      kind = "web";
      urls = [ "https://nixos.org/manual/nixos/stable/" ];
    };
    postgresql = {
      kind = "web";
      urls = [ "https://www.postgresql.org/docs/17/" ];
    };
  };

  system.stateVersion = "25.05";
}
