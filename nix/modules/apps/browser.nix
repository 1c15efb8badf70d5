# The web browser.
{ pkgs, ... }:
{
  environment.systemPackages = [ pkgs.brave ];
}
