# A machine of the owner's tailnet: joined with a key from 1Password, reached by SSH over it and over nothing else, and with
# the binary cache of the VPS.
{
  imports = [
    ../../modules/base/cache.nix
    ../../modules/base/users.nix
    ../../modules/networking/tailnet.nix
    ../../modules/services/secrets.nix
    ../../modules/services/ssh.nix
    ../../modules/services/tailscale.nix
  ];
}
