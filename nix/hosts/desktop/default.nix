# Desktop: a machine under a desk, with an AMD processor.
{
  imports = [
    ./disko.nix
    ../../modules/hardware/amd.nix
    ../../modules/hardware/uefi.nix
    ../../profiles/workstation/devtools.nix
    ../../profiles/workstation/gui.nix
  ];
  home-manager.users.hayden = ../../home/hayden;
  system.stateVersion = "25.05";
}
