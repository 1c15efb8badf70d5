# The options of both modules as one Markdown page: nix/OPTIONS.md is what this yields, and test/nix keeps it so.
{ lib, pkgs }:
let
  inherit (lib) concatMap concatStringsSep isOption;

  options =
    module:
    (lib.evalModules {
      specialArgs = {
        inherit pkgs;
      };
      modules = [
        module
        { _module.check = false; }
      ];
    }).options;

  # The options below a tree; those of sub-modules follow the option that holds them.
  below =
    tree:
    concatMap (
      name:
      let
        node = tree.${name};
      in
      if lib.hasPrefix "_" name then
        [ ]
      else if isOption node then
        [ node ] ++ below (node.type.getSubOptions node.loc)
      else
        below node
    ) (lib.attrNames tree);

  # A value as one writes it in Nix.
  show =
    value:
    if value._type or null == "literalExpression" then
      value.text
    else if builtins.isList value then
      if value == [ ] then "[ ]" else "[ ${concatStringsSep " " (map show value)} ]"
    else if builtins.isAttrs value then
      if value == { } then
        "{ }"
      else
        "{ ${concatStringsSep " " (lib.mapAttrsToList (name: v: "${name} = ${show v};") value)} }"
    else
      builtins.toJSON value;

  field =
    label: value:
    let
      text = lib.removeSuffix "\n" (show value);
    in
    if lib.hasInfix "\n" text then
      "${label}:\n\n```nix\n${text}\n```\n"
    else
      "${label}: `${text}`\n";

  entry =
    node:
    "### ${concatStringsSep "." node.loc}\n\n${node.description}\n\nType: ${node.type.description or node.type.name}\n"
    + (
      if node ? defaultText then
        "\n" + field "Default" node.defaultText
      else if node ? default then
        "\n" + field "Default" node.default
      else
        "\nIt has to be set.\n"
    )
    + lib.optionalString (node ? example) ("\n" + field "Example" node.example);

  section = title: entries: "## ${title}\n\n${concatStringsSep "\n" (map entry entries)}";
  system = (options ../nixos-module.nix).services;
  home = (options ./home-module.nix).programs;
in
''
  # Options

  Generated from the modules by `nix/options.nix`; after a change `go test ./test/nix -run Options -update` writes it anew.

''
+ section "NixOS: Panther" (below system.panther)
+ "\n"
+ section "NixOS: secrets from 1Password" (below system.onepassword-secrets)
+ "\n"
+ section "Home Manager: a user's secrets" (below home.onepassword-secrets)
