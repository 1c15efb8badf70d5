# A server that is watched.
{ lib, ... }:
{
  imports = [ ../../modules/services/datadog.nix ];
  services.journald =
    if lib.versionAtLeast lib.trivial.release "26.11" then { settings.Journal.SystemMaxUse = "1G"; } else { extraConfig = "SystemMaxUse=1G"; };
}
