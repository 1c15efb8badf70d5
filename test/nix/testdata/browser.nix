# A host with a browser for the renderer.
{ pkgs, ... }:
{
  services.panther.crawl.browser = pkgs.brave;
}
