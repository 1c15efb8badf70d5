# The options of opnix 0.11's module for macOS, so that a configuration that has them evaluates and says what to do: the
# suite needs systemd, and Linux's own ways to keep files from others.
{ config, lib, ... }:
let
  cfg = config.services.onepassword-secrets;
in
{
  options.services.onepassword-secrets = lib.mkOption {
    type = lib.types.attrsOf lib.types.anything;
    default = { };
    description = "Secrets from 1Password. Only `enable = false` is possible on macOS.";
  };
  config.assertions = [
    {
      assertion = !(cfg.enable or false);
      message = "services.onepassword-secrets.enable: this opnix runs on Linux only; on macOS take darwinModules.default of github:brizzbuzz/opnix, which reads the same options.";
    }
  ];
}
