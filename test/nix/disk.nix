# What NixOS puts on the disk of a host, as data for the package nixos: the units that modules define or override, the
# generated files of /etc, users and groups, and what systemd-tmpfiles makes.
{
  host,
  modules ? [ ],
  store ? "/nix/store",
}:
let
  lib = import ./lib.nix;
  given = set: name: default: let v = set.${name} or null; in if v == null then default else v;
  config = (import ./fleet.nix { inherit store; }).host host modules;
  systemd = config.systemd;
  # A generated file that a unit depends on is known by what is in it.
  known = unit: unit // { restartTriggers = builtins.hashString "sha256" (builtins.toJSON (given unit "restartTriggers" [ ])); };
in
{
  failed = map (a: a.message) (builtins.filter (a: !a.assertion) (given config "assertions" [ ]));
  units = lib.genAttrs [ "services" "sockets" "timers" "targets" "paths" "mounts" "slices" ] (
    kind: lib.mapAttrs (_: known) (given systemd kind { })
  );
  packages = map toString systemd.packages;
  generators = given systemd "generators" { };
  etc = lib.mapAttrs (
    _: entry:
    if entry ? text then
      { content = entry.text; }
    else if entry.source ? content then
      { inherit (entry.source) content; }
    else
      { link = toString entry.source; }
  ) (given config.environment "etc" { });
  tmpfiles = {
    packages = map toString (given systemd.tmpfiles "packages" [ ]);
    rules = given systemd.tmpfiles "rules" [ ];
  };
  users = lib.mapAttrs (
    name: user: {
      group = given user "group" "users";
      home = given user "home" "/var/empty";
      description = given user "description" "";
      system = given user "isSystemUser" false;
      groups = given user "extraGroups" [ ];
    }
  ) config.users.users;
  groups = lib.mapAttrs (_: group: given group "members" [ ]) config.users.groups;
}
