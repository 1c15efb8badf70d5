# Flash storage is told weekly what is free.
{ lib, ... }:
{
  services.fstrim = {
    enable = lib.mkDefault true;
    interval = lib.mkDefault "weekly";
  };
}
