# Networks that come and go.
{ lib, ... }:
{
  networking.networkmanager.enable = lib.mkDefault true;
}
