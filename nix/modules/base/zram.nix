# Compressed memory instead of a swap partition, on which a secret could be left behind.
{ lib, ... }:
{
  zramSwap = {
    enable = lib.mkDefault true;
    algorithm = lib.mkDefault "zstd";
    memoryPercent = lib.mkDefault 50;
  };
}
