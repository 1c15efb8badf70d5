# Tailscale, joined with an auth key from 1Password. Logging in waits for the key; the tunnel of a machine that is logged
# in does not.
{ config, lib, ... }:
{
  services.onepassword-secrets.secrets.tailscaleAuthKey = {
    reference = lib.mkDefault "op://pantherOS/tailscale/authKey";
    path = lib.mkDefault "tailscale/tailscaleAuthKey";
    services = [ "tailscaled-autoconnect" ]; # starts when the key comes
  };
  services.tailscale = {
    enable = lib.mkDefault true;
    authKeyFile = lib.mkDefault config.services.onepassword-secrets.secretPaths.tailscaleAuthKey;
    useRoutingFeatures = lib.mkDefault "client";
  };
  systemd.services.tailscaled-autoconnect = {
    after = [ "opnix-secrets.service" ];
    requires = [ "opnix-secrets.service" ];
  };
}
