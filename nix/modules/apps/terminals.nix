# Two terminals: Alacritty to live in, Kitty for pictures. Their settings are the user's, in home/.
{ pkgs, ... }:
{
  environment.systemPackages = [
    pkgs.alacritty
    pkgs.kitty
  ];
}
