# Secrets from 1Password by opnix. The layout below /var/lib/opnix/secrets is GROUP/NAME; a host names the references.
{ lib, ... }:
{
  services.onepassword-secrets = {
    enable = lib.mkDefault true;
    tokenFile = lib.mkDefault "/etc/opnix-token";
    users = lib.mkDefault [ "hayden" ];
    systemdIntegration.polling.enable = lib.mkDefault true;
  };
}
