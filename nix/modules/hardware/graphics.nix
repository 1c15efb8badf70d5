# Accelerated graphics and Bluetooth.
{ lib, ... }:
{
  hardware.graphics.enable = lib.mkDefault true;
  hardware.bluetooth.enable = lib.mkDefault true;
}
