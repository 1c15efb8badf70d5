# Panther itself, with PostgreSQL beside it, reached over the tailnet. A host adds its sources and models.
{ lib, ... }:
let
  secret = name: {
    reference = lib.mkDefault "op://pantherOS/opencode/${name}";
    path = lib.mkDefault "opencode/${name}";
    services = [ "opencode" ];
  };
in
{
  services.panther = {
    enable = lib.mkDefault true;
    users = lib.mkDefault [ "hayden" ];
    interfaces = lib.mkDefault [ "tailscale0" ];
  };
  services.onepassword-secrets.secrets = {
    anthropicApiKey = secret "anthropicApiKey";
    openaiApiKey = secret "openaiApiKey";
    githubPat = {
      reference = lib.mkDefault "op://pantherOS/github/githubPat";
      path = lib.mkDefault "github/githubPat";
    };
  };
}
