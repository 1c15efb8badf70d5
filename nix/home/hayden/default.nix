# The owner's home, the same on every workstation.
{ lib, pkgs, ... }:
let
  # The key with which one logs in to another workstation.
  hostKey = name: {
    reference = "op://pantherOS/SSH ${name}/private key?ssh-format=openssh";
    path = ".ssh/${name}";
  };
in
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
  programs.ssh = {
    enable = true;
  }
  # Defaults of Home Manager's own, which it warns of since it has this option, are OpenSSH's.
  // lib.optionalAttrs (lib.versionAtLeast lib.trivial.release "25.11") { enableDefaultConfig = false; };
  home.packages = [ pkgs.ripgrep ];

  # Keys that belong to the person, not to the machine. hayden's own service manager writes them, with the token that he
  # may read as a member of onepassword-secrets, or with one of his own in ~/.config/opnix/token.
  programs.onepassword-secrets = {
    enable = true;
    secrets = {
      sshKey = {
        reference = "op://pantherOS/SSH/private key?ssh-format=openssh";
        path = ".ssh/id_ed25519";
      };
      sshYoga = hostKey "yoga";
      sshZephyrus = hostKey "zephyrus";
      sshDesktop = hostKey "desktop";
      githubPat = {
        reference = "op://pantherOS/github/githubPat";
        path = ".config/github/pat";
      };
    };
  };
}
