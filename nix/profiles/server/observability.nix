# A server that is watched.
{
  imports = [ ../../modules/services/datadog.nix ];
  services.journald.extraConfig = "SystemMaxUse=1G";
}
