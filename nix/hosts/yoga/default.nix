# Yoga: a Lenovo Yoga 7 2-in-1 (14AKP10), a convertible laptop with an AMD processor and one NVMe drive.
{
  imports = [
    ./disko.nix
    ../../modules/hardware/amd.nix
    ../../modules/hardware/laptop.nix
    ../../modules/hardware/uefi.nix
    ../../profiles/workstation/devtools.nix
    ../../profiles/workstation/gui.nix
  ];
  hardware.sensor.iio.enable = true; # turns the screen with the machine
  home-manager.users.hayden = ../../home/hayden;
  system.stateVersion = "25.05";
}
