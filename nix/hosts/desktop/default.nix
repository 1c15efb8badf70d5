# Desktop: a machine under a desk. Nothing is known of its hardware: TO BE REPLACED by what `nixos-generate-config
# --no-filesystems --show-hardware-config` prints there, saved as hardware.nix in this folder, which is then used by itself.
{
  imports = [
    ./disko.nix
    ../../modules/hardware/uefi.nix
    ../../profiles/workstation/devtools.nix
    ../../profiles/workstation/gui.nix
  ];
  # The one that does not fit does nothing.
  hardware.cpu.amd.updateMicrocode = true;
  hardware.cpu.intel.updateMicrocode = true;
  home-manager.users.hayden = ../../home/hayden;
  system.stateVersion = "25.05";
}
