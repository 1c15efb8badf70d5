# Every value that hosts and home set outside of the options of this repository, as { name; kind; }, down to the recorded options.
{ recorded }:
let
  fleet = import ./fleet.nix { };
  kind =
    value:
    if builtins.isFunction value then
      "function"
    else if builtins.isBool value then
      "boolean"
    else if builtins.isInt value then
      "integer"
    else if builtins.isList value then
      "list"
    else if builtins.isAttrs value then
      (if (value.type or null) == "derivation" then "package" else "set")
    else if builtins.isPath value || builtins.substring 0 1 value == "/" then
      "path"
    else
      "string";
  ours = [ "_module" "assertions" "home.xdg.configHome" "services.attic-personal" "services.onepassword-secrets" "services.panther" "home/programs.onepassword-secrets" "home/xdg.configHome" "home/xdg.dataHome" ];
  walk =
    path: value:
    if builtins.elem path ours then
      [ ]
    else if recorded ? ${path} || kind value != "set" then
      [
        {
          name = path;
          kind = kind value;
        }
      ]
    else
      builtins.concatLists (builtins.attrValues (builtins.mapAttrs (name: walk (join path name)) value));
  join = path: name: if path == "" || path == "home/" then "${path}${name}" else "${path}.${name}";
in
builtins.concatMap (host: walk "" (fleet.host host [ ])) [
  "desktop"
  "servers/hetzner-cloud-vps"
  "servers/ovh-cloud-vps"
  "yoga"
  "zephyrus"
]
++ walk "home/" fleet.home
