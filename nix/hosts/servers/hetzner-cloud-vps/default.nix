# A server at Hetzner Cloud: Panther alone, reached over the tailnet only. Its IPv4 address comes by DHCP; an IPv6 address
# of the network that the console shows goes into systemd.network.networks."10-wan".address.
{
  imports = [
    ./disko.nix
    ../../../modules/hardware/grub.nix
    ../../../modules/hardware/qemu-guest.nix
    ../../../modules/services/panther.nix
    ../../../profiles/server/base.nix
  ];
  system.stateVersion = "25.05";
}
