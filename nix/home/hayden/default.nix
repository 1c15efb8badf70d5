# The owner's home, the same on every workstation.
{ pkgs, ... }:
{
  imports = [ ./desktop.nix ];
  home.stateVersion = "25.05";
  xdg.enable = true;
  programs.home-manager.enable = true;
  programs.git.enable = true;
  programs.direnv = {
    enable = true;
    nix-direnv.enable = true;
  };
  programs.ssh.enable = true;
  home.packages = [ pkgs.ripgrep ];

  # Keys that belong to the person, not to the machine.
  programs.onepassword-secrets = {
    enable = true;
    secrets.sshKey = {
      reference = "op://pantherOS/SSH/private key";
      path = ".ssh/id_ed25519";
    };
  };
}
