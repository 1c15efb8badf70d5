# The owner. The keys to log in with are public: they stand in hayden.keys beside this file, for every machine.
{ config, lib, ... }:
let
  isKey = line: builtins.match "((ssh|ecdsa)-|sk-(ssh|ecdsa)-).*" line != null;
  people = lib.filterAttrs (_: user: user.isNormalUser or false) config.users.users;
  keysOf = user: (user.openssh.authorizedKeys.keys or [ ]) ++ (user.openssh.authorizedKeys.keyFiles or [ ]);
in
{
  users.mutableUsers = lib.mkDefault true;
  users.users.hayden = {
    isNormalUser = true;
    description = "Hayden";
    extraGroups = [
      "wheel"
      "networkmanager"
    ];
    openssh.authorizedKeys.keys = lib.filter isKey (lib.splitString "\n" (builtins.readFile ./hayden.keys));
  };
  # Without a password, a console or a key nobody would get in again.
  assertions = lib.optional config.services.openssh.enable {
    assertion = lib.any (user: keysOf user != [ ]) (lib.attrValues people);
    message = "users.users.hayden.openssh.authorizedKeys.keys: nobody could log in to ${config.networking.hostName} by SSH; put a public key into nix/modules/base/hayden.keys.";
  };
}
