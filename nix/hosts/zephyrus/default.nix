# Zephyrus: an ASUS ROG Zephyrus M16 (GU603ZW), a laptop with an Intel processor and an NVIDIA card that works when asked.
# The bus numbers are those of its hardware scan (nixos-facter): Intel at 00:02.0, NVIDIA at 01:00.0.
{
  imports = [
    ./disko.nix
    ../../modules/hardware/intel.nix
    ../../modules/hardware/laptop.nix
    ../../modules/hardware/uefi.nix
    ../../profiles/workstation/devtools.nix
    ../../profiles/workstation/gui.nix
  ];
  nixpkgs.config.allowUnfreePredicate = package: builtins.match "nvidia-.*" (package.pname or package.name) != null;
  services.asusd.enable = true;
  services.supergfxd.enable = true;
  services.xserver.videoDrivers = [ "nvidia" ];
  hardware.nvidia = {
    open = true;
    modesetting.enable = true;
    prime = {
      offload.enable = true;
      offload.enableOffloadCmd = true;
      intelBusId = "PCI:0:2:0";
      nvidiaBusId = "PCI:1:0:0";
    };
  };
  home-manager.users.hayden = ../../home/hayden;
  system.stateVersion = "25.05";
}
