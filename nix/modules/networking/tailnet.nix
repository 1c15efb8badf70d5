# Only the tailnet reaches this machine: SSH and the agent's page on tailscale0, nothing on the public interface.
{ lib, ... }:
{
  networking.nftables.enable = lib.mkDefault true;
  networking.firewall = {
    enable = lib.mkDefault true;
    allowPing = lib.mkDefault true;
    interfaces.tailscale0.allowedTCPPorts = [ 22 ];
  };
}
