# A host with a browser and a reader of files for the renderer.
{ pkgs, ... }:
{
  services.panther.crawl = {
    browser = pkgs.brave;
    readers = [ pkgs.pandoc ];
  };
}
