# Every value that hosts and home set outside of the options of this repository, down to the options of options.nix, as
# { name; known; fits; type; value; }: whether the option is one that is recorded there, and takes the value.
let
  fleet = import ./fleet.nix { };
  lib = import ./lib.nix;
  recorded = import ./options.nix {
    inherit lib;
    inherit (lib.trivial) release;
  };
  ours = [ "_module" "assertions" "home.xdg.configHome" "services.attic-personal" "services.onepassword-secrets" "services.panther" "home/programs.onepassword-secrets" "home/xdg.configHome" "home/xdg.dataHome" ];
  isLeaf = value: !builtins.isAttrs value || (value.type or null) == "derivation";
  walk =
    path: value:
    if builtins.elem path ours then
      [ ]
    else if recorded ? ${path} then
      [
        {
          name = path;
          known = true;
          fits = recorded.${path}.check value && (builtins.tryEval (builtins.deepSeq (recorded.${path}.merge [ path ] [ value ]) true)).success;
          type = recorded.${path}.name;
          value = show value;
        }
      ]
    else if isLeaf value then
      [
        {
          name = path;
          known = false;
        }
      ]
    else
      builtins.concatLists (builtins.attrValues (builtins.mapAttrs (name: walk (join path name)) value));
  show =
    value:
    if builtins.isFunction value then
      "a function"
    else if builtins.isList value then
      map show value
    else if isLeaf value then
      toString (value.name or value)
    else
      builtins.attrNames value;
  join = path: name: if path == "" || path == "home/" then "${path}${name}" else "${path}.${name}";
  hosts = builtins.concatMap (host: walk "" (fleet.host host [ ])) [
    "desktop"
    "servers/hetzner-cloud-vps"
    "servers/ovh-cloud-vps"
    "yoga"
    "zephyrus"
  ];
in
{
  recorded = builtins.attrNames recorded;
  set = hosts ++ walk "home/" fleet.home;
}
