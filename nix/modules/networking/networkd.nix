# One wired network, by DHCP, through systemd-networkd.
{ lib, ... }:
{
  networking.useDHCP = lib.mkDefault false;
  networking.useNetworkd = lib.mkDefault true;
  systemd.network.networks."10-wan" = {
    matchConfig.Type = lib.mkDefault "ether";
    networkConfig = {
      DHCP = lib.mkDefault "yes";
      IPv6AcceptRA = lib.mkDefault true;
    };
    linkConfig.RequiredForOnline = lib.mkDefault "routable";
  };
}
