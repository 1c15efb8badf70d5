# The part of nixpkgs.lib that this repository's modules use, for evaluating them where there is no nixpkgs: option
# declarations with types that check, imports, mkIf, mkMerge, priorities and sub-modules. What is defined without being
# declared is merged by its structure, lists by joining them, so that a host evaluates without NixOS's own modules.
# The behaviour is that of nixpkgs' lib/modules.nix; where both are at hand the tests compare what they yield.
let
  inherit (builtins)
    all
    any
    attrNames
    attrValues
    concatLists
    concatMap
    concatStringsSep
    elem
    elemAt
    filter
    foldl'
    genList
    hasAttr
    head
    isAttrs
    isBool
    isFunction
    isInt
    isList
    isPath
    isString
    length
    listToAttrs
    mapAttrs
    match
    replaceStrings
    stringLength
    substring
    tail
    toJSON
    typeOf
    ;

  showPath = concatStringsSep ".";
  fail = path: message: throw "The option `${showPath path}' ${message}";
  isType = type: value: isAttrs value && (value._type or null) == type;

  # --- definitions: [ { prio; value; } ] out of a value with mkIf, mkMerge and mkOverride around it

  discharge =
    value:
    if isType "if" value then
      if value.condition then discharge value.content else [ ]
    else if isType "merge" value then
      concatMap discharge value.contents
    else if isType "override" value then
      map (d: d // { prio = value.priority; }) (discharge value.content)
    else if isType "order" value then
      discharge value.content
    else
      [
        {
          prio = 100;
          inherit value;
        }
      ];

  # strongest keeps the definitions of the best priority, whose number is the smallest.
  strongest =
    defs:
    let
      best = foldl' (a: d: if d.prio < a then d.prio else a) 9999 defs;
    in
    map (d: d.value) (filter (d: d.prio == best) defs);

  # push moves mkIf and its like inside an attribute set, so that its names are known without its condition.
  push =
    value:
    if isType "if" value then
      map (mapAttrs (_: lib.mkIf value.condition)) (push value.content)
    else if isType "merge" value then
      concatMap push value.contents
    else if isType "override" value then
      map (mapAttrs (_: lib.mkOverride value.priority)) (push value.content)
    else
      [ value ];

  # zip turns [ { a = 1; } { a = 2; } ] into { a = [ 1 2 ]; }.
  zip = builtins.zipAttrsWith (_: values: values);

  mergeEqual =
    path: values:
    if all (v: v == head values) values then
      head values
    else
      fail path "has conflicting definitions: ${concatStringsSep " and " (map describe values)}";

  describe = value: if isFunction value then "a function" else toJSON value;

  # --- types: { name, check, merge = path: [ value with properties ]: value }

  mkType =
    args:
    {
      _type = "option-type";
      getSubOptions = _: { };
      merge = path: raw: mergeEqual path (checked path args (strongest (concatMap discharge raw)));
    }
    // args;

  checked =
    path: type: values:
    map (
      value:
      if type.check value then value else fail path "is not of type `${type.name}': ${describe value}"
    ) values;

  simple = name: check: mkType { inherit name check; };
  listMerge =
    type: path: raw:
    concatLists (
      map
        (map (element: type.merge (path ++ [ "*" ]) [ element ]))
        (checked path { name = "list of ${type.name}"; check = isList; } (strongest (concatMap discharge raw)))
    );
  isPackage = value: isAttrs value && (value.type or null) == "derivation";

  anything = mkType {
    name = "anything";
    check = _: true;
    merge =
      path: raw:
      let
        # Sets keep their conditions inside, so that asking for one name does not decide the others.
        pushed = concatMap (value: if looksLikeSet value then push value else [ value ]) raw;
        sets = filter (v: isAttrs v && !(v ? _type) && !isPackage v) pushed;
        values = strongest (concatMap discharge raw);
      in
      if pushed != [ ] && length sets == length pushed then
        mapAttrs (name: defs: anything.merge (path ++ [ name ]) defs) (
          lib.filterAttrs (_: defs: concatMap discharge defs != [ ]) (zip sets)
        )
      else if values == [ ] then
        null
      else if all isList values then
        concatLists values
      else if all isFunction values then
        arg: anything.merge path (map (f: f arg) values)
      else
        mergeEqual path values;
  };
  looksLikeSet =
    value:
    if isType "if" value || isType "override" value then
      looksLikeSet value.content
    else if isType "merge" value then
      all looksLikeSet value.contents
    else
      isAttrs value && !isPackage value;

  types = rec {
    inherit anything;
    unspecified = anything;
    raw = mkType {
      name = "raw value";
      check = _: true;
      merge = _: raw: head (strongest (concatMap discharge raw));
    };
    bool = simple "boolean" isBool;
    int = simple "signed integer" isInt;
    float = simple "floating point number" builtins.isFloat;
    port = simple "16 bit unsigned integer" (v: isInt v && v >= 0 && v < 65536);
    str = simple "string" isString;
    nonEmptyStr = simple "non-empty string" (v: isString v && match "[[:space:]]*" v == null);
    lines = mkType {
      name = "strings concatenated with \"\\n\"";
      check = isString;
      merge = path: raw: concatStringsSep "\n" (checked path { name = "string"; check = isString; } (strongest (concatMap discharge raw)));
    };
    path = simple "absolute path" (v: (isPath v || isString v || isAttrs v && v ? outPath) && substring 0 1 (toString v) == "/");
    package = simple "package" isPackage;
    attrs = anything;
    enum = values: simple "one of ${concatStringsSep ", " (map toJSON values)}" (v: elem v values);
    strMatching = pattern: simple "string matching the pattern ${pattern}" (v: isString v && match pattern v != null);
    ints.between = a: b: simple "integer between ${toString a} and ${toString b}" (v: isInt v && v >= a && v <= b);
    ints.positive = simple "positive integer" (v: isInt v && v > 0);
    ints.unsigned = simple "unsigned integer" (v: isInt v && v >= 0);
    nullOr =
      type:
      mkType {
        name = "null or ${type.name}";
        inherit (type) getSubOptions;
        check = v: v == null || type.check v;
        merge =
          path: raw:
          let
            values = strongest (concatMap discharge raw);
          in
          if all (v: v == null) values then null else type.merge path raw;
      };
    either =
      a: b:
      mkType {
        name = "${a.name} or ${b.name}";
        getSubOptions = prefix: a.getSubOptions prefix // b.getSubOptions prefix;
        check = v: a.check v || b.check v;
        merge =
          path: raw:
          let
            values = checked path (either a b) (strongest (concatMap discharge raw));
          in
          if all a.check values then a.merge path values else b.merge path values;
      };
    oneOf = list: foldl' either (head list) (tail list);
    listOf =
      type:
      mkType {
        name = "list of ${type.name}";
        check = isList;
        merge = listMerge type;
        getSubOptions = prefix: type.getSubOptions (prefix ++ [ "*" ]);
      };
    attrsOf =
      type:
      mkType {
        name = "attribute set of ${type.name}";
        getSubOptions = prefix: type.getSubOptions (prefix ++ [ "<name>" ]);
        check = v: isAttrs v && !isPackage v;
        merge =
          path: raw:
          let
            sets = checked path (attrsOf type) (concatMap push raw);
          in
          mapAttrs (name: defs: type.merge (path ++ [ name ]) defs) (
            lib.filterAttrs (_: defs: concatMap discharge defs != [ ]) (zip sets)
          );
      };
    lazyAttrsOf = attrsOf;
    functionTo =
      type:
      mkType {
        name = "function to ${type.name}";
        check = isFunction;
        merge = path: raw: arg: type.merge path (map (f: f arg) (strongest (concatMap discharge raw)));
      };
    submodule =
      module:
      mkType {
        name = "submodule";
        getSubOptions = prefix: (evalAt prefix [ module ] { }).options;
        check = v: isAttrs v || isFunction v || isPath v;
        merge =
          path: raw:
          removeAttrs
            (evalAt path (
              [ module { _module.args.name = elemAt path (length path - 1); } ] ++ map (config: { inherit config; }) (concatMap push raw)
            ) { }).config
            [ "_module" ];
      };
    submoduleWith = { modules, ... }: submodule { imports = modules; };
  };

  # --- modules

  # load calls and normalizes a module and those it imports.
  load =
    args: module:
    let
      called = if isPath module || isString module then import module else module;
      plain = if isFunction called then called args else called;
      short = !(plain ? config || plain ? options);
      this = {
        options = plain.options or { };
        config = if short then removeAttrs plain [ "imports" "options" "freeformType" "_file" "key" ] else plain.config or { };
        freeform = plain.freeformType or plain.config.freeformType or null;
      };
    in
    concatMap (load args) (plain.imports or [ ]) ++ [ this ];

  isOption = isType "option";
  mergeOptions = path: trees:
    mapAttrs (
      name: values:
      let
        here = path ++ [ name ];
      in
      if any isOption values then
        if length values == 1 then head values // { loc = here; } else fail here "is declared ${toString (length values)} times"
      else
        mergeOptions here values
    ) (zip trees);

  evalAt =
    prefix: modules: specialArgs:
    let
      # An argument that is not special is looked up in _module.args when it is used.
      args = specialArgs // {
        inherit lib config options;
        inherit (result) extra;
        name = config._module.args.name or (throw "name is known in a sub-module only");
        pkgs = specialArgs.pkgs or config._module.args.pkgs;
      };
      loaded = concatMap (load args) modules;
      options = mergeOptions prefix (map (m: m.options) loaded);
      freeforms = filter (t: t != null) (map (m: m.freeform) loaded);
      definitions = concatMap (m: push m.config) loaded;

      build =
        path: tree: defs:
        let
          given = zip defs;
          declared = mapAttrs (
            name: option:
            let
              here = path ++ [ name ];
              raw = given.${name} or [ ];
            in
            if isOption option then
              valueOf here option raw
            else
              build here option (concatMap push raw)
          ) tree;
          free = removeAttrs given (attrNames tree);
          # A set that declares options itself knows no other names; one that only leads to some is NixOS's.
          strict = any isOption (attrValues tree);
          loose = mapAttrs (
            name: raw:
            let
              here = path ++ [ name ];
            in
            (if freeforms == [ ] then anything else elemOf (head freeforms)).merge here raw
          ) free; # conditions are not asked for here: they may depend on what is beside them
          unknown = if strict && freeforms == [ ] then filter (name: name != "_module") (attrNames free) else [ ];
        in
        if unknown != [ ] then fail (path ++ [ (head unknown) ]) "does not exist" else loose // declared;

      valueOf =
        path: option: raw:
        let
          real = concatMap discharge raw;
          type = option.type or anything;
          merged =
            if real != [ ] then
              type.merge path (raw ++ (if option ? default && type.name != "submodule" then [ (lib.mkOptionDefault option.default) ] else [ ]))
            else if option ? default then
              type.merge path [ option.default ]
            else
              fail path "was accessed but has no value defined";
        in
        (option.apply or (x: x)) merged;

      config = build prefix options definitions;
      result = {
        inherit config options;
        extra = specialArgs;
      };
    in
    result;

  elemOf = type: if type ? element then type.element else anything;

  lib = rec {
    inherit types isType isOption;
    inherit (builtins)
      all
      any
      attrNames
      attrValues
      concatMap
      concatLists
      concatStringsSep
      elem
      elemAt
      filter
      foldl'
      genList
      hasAttr
      head
      isAttrs
      isList
      isString
      length
      listToAttrs
      mapAttrs
      match
      readFile
      replaceStrings
      stringLength
      substring
      tail
      ;

    # evalModules { modules, specialArgs }: as nixpkgs'.
    evalModules =
      {
        modules,
        specialArgs ? { },
      }:
      evalAt [ ] modules specialArgs;

    mkOption = option: option // { _type = "option"; };
    mkEnableOption =
      what:
      mkOption {
        type = types.bool;
        default = false;
        description = "Whether to enable ${what}.";
        example = true;
      };
    mkIf = condition: content: { _type = "if"; inherit condition content; };
    mkMerge = contents: { _type = "merge"; inherit contents; };
    mkOverride = priority: content: { _type = "override"; inherit priority content; };
    mkOptionDefault = mkOverride 1500;
    mkDefault = mkOverride 1000;
    mkForce = mkOverride 50;
    mkBefore = content: { _type = "order"; inherit content; };
    mkAfter = mkBefore;
    literalExpression = text: { _type = "literalExpression"; inherit text; };
    literalMD = literalExpression;

    id = x: x;
    optional = c: x: if c then [ x ] else [ ];
    optionals = c: list: if c then list else [ ];
    optionalAttrs = c: set: if c then set else { };
    optionalString = c: s: if c then s else "";
    nameValuePair = name: value: { inherit name value; };
    mapAttrs' = f: set: listToAttrs (map (name: f name set.${name}) (attrNames set));
    mapAttrsToList = f: set: map (name: f name set.${name}) (attrNames set);
    filterAttrs = keep: set: listToAttrs (concatMap (name: optional (keep name set.${name}) (nameValuePair name set.${name})) (attrNames set));
    genAttrs = names: f: listToAttrs (map (name: nameValuePair name (f name)) names);
    concatMapStringsSep = separator: f: list: concatStringsSep separator (map f list);
    concatMapAttrs = f: set: foldl' (a: b: a // b) { } (attrValues (mapAttrs f set));
    concatLines = list: concatStringsSep "" (map (line: line + "\n") list);
    flatten = x: if isList x then concatMap flatten x else [ x ];
    unique = foldl' (seen: x: if elem x seen then seen else seen ++ [ x ]) [ ];
    hasPrefix = prefix: s: substring 0 (stringLength prefix) s == prefix;
    hasSuffix =
      suffix: s:
      let
        n = stringLength s - stringLength suffix;
      in
      n >= 0 && substring n (stringLength suffix) s == suffix;
    hasInfix = infix: s: length (builtins.split (escapeRegex infix) s) > 1;
    removePrefix = prefix: s: if hasPrefix prefix s then substring (stringLength prefix) (-1) s else s;
    removeSuffix = suffix: s: if hasSuffix suffix s then substring 0 (stringLength s - stringLength suffix) s else s;
    splitString = separator: s: filter isString (builtins.split (escapeRegex separator) s);
    escapeRegex = replaceStrings
      [ "\\" "." "*" "+" "?" "(" ")" "[" "]" "{" "}" "|" "^" "$" ]
      [ "\\\\" "\\." "\\*" "\\+" "\\?" "\\(" "\\)" "\\[" "\\]" "\\{" "\\}" "\\|" "\\^" "\\$" ];
    toInt = builtins.fromJSON;
    toUpper = replaceStrings
      [ "a" "b" "c" "d" "e" "f" "g" "h" "i" "j" "k" "l" "m" "n" "o" "p" "q" "r" "s" "t" "u" "v" "w" "x" "y" "z" ]
      [ "A" "B" "C" "D" "E" "F" "G" "H" "I" "J" "K" "L" "M" "N" "O" "P" "Q" "R" "S" "T" "U" "V" "W" "X" "Y" "Z" ];
    escapeShellArg = s: "'${replaceStrings [ "'" ] [ "'\\''" ] (toString s)}'";
    escapeShellArgs = concatMapStringsSep " " escapeShellArg;
    range = a: b: genList (n: a + n) (b - a + 1);
    concatStrings = concatStringsSep "";
    trivial.release = let release = builtins.getEnv "PANTHER_NIX_RELEASE"; in if release == "" then "26.05" else release;
    last = list: elemAt list (length list - 1);
    recursiveUpdate =
      a: b:
      a // mapAttrs (name: value: if isAttrs value && isAttrs (a.${name} or null) then recursiveUpdate a.${name} value else value) b;
    getExe = package: "${package}/bin/${package.meta.mainProgram or package.pname or package.name}";
    getExe' = package: program: "${package}/bin/${program}";
    lowPrio = package: package;
    licenses.mit = { spdxId = "MIT"; };
    platforms.linux = [ "x86_64-linux" "aarch64-linux" ];
    cleanSource = src: src;
    versionAtLeast = a: b: builtins.compareVersions a b >= 0;
    warn = message: value: builtins.trace "warning: ${message}" value;
    throwIf = condition: message: value: if condition then throw message else value;
  };
in
lib
