# Panther on NixOS: options become one configuration file per service, and the units come from the package as they are.
# What is wanted by what is read from the [Install] sections in units/, so that nothing of them is written twice.
{
  config,
  lib,
  pkgs,
  ...
}:
let
  inherit (lib)
    attrNames
    concatMap
    filter
    hasSuffix
    literalExpression
    mapAttrsToList
    mkDefault
    mkEnableOption
    mkIf
    mkOption
    optional
    removeSuffix
    splitString
    types
    ;

  cfg = config.services.panther;
  toml = pkgs.formats.toml { };
  json = pkgs.formats.json { };

  # What is checked at build time: the file as the program that will read it sees it.
  checked =
    name: file: program:
    if pkgs.stdenv.buildPlatform.canExecute pkgs.stdenv.hostPlatform then
      pkgs.runCommand name { } ''
        cp ${file} ${name}
        ${cfg.package}/${program} -check ${lib.optionalString (program == "bin/opnix") "--elsewhere "}-config ${name}
        cp ${file} $out
      ''
    else
      file;

  # The services, by the name of their configuration file.
  services = {
    panther-crawl = {
      program = "libexec/panther/panther-crawl";
      settings = {
        source = mapAttrsToList (name: source: { inherit name; } // source) cfg.crawl.sources;
      } // cfg.crawl.settings;
      units = [ ]; # read anew by every run
    };
    panther-embed = {
      program = "libexec/panther/panther-embed";
      # By a name that stays: clients know the embedding space by it.
      settings = lib.optionalAttrs (cfg.embed.model != null) { model = "/etc/panther/models/${cfg.embed.model.name}"; } // cfg.embed.settings;
      units = [ "panther-embed" ];
    };
    agentdb = {
      program = "bin/agentdb";
      inherit (cfg.agentdb) settings;
      units = [ "agentdb" ];
    };
    opencode = {
      program = "libexec/panther/opencoded";
      inherit (cfg.opencode) settings;
      units = [ "opencode" ];
    };
  };

  # What units run besides the suite itself: on NixOS a unit finds nothing that its path does not name. A host adds to it, or
  # replaces it by lib.mkForce, in systemd.services.NAME.path.
  programs =
    let
      crawler = [
        pkgs.git
        pkgs.openssh
      ];
      names = [ pkgs.getent ]; # of users and groups that /etc/passwd does not hold
    in
    {
      opencode = names;
      panther-crawl = crawler;
      panther-crawl-control = crawler;
      "panther-crawl@" = crawler;
      panther-render = optional (cfg.crawl.browser != null) cfg.crawl.browser ++ cfg.crawl.readers;
    };

  configFile =
    name:
    checked "${name}.toml" (toml.generate "${name}.toml" (
      { version = 1; } // services.${name}.settings
    )) services.${name}.program;

  # [Install] of every unit: { "agentdb.service" = [ "panther.target" ]; … }, those without one left out.
  wantedBy =
    let
      read =
        unit:
        concatMap (
          line:
          let
            m = builtins.match "WantedBy=(.*)" line;
          in
          if m == null then [ ] else filter (t: t != "") (splitString " " (builtins.head m))
        ) (splitString "\n" (builtins.readFile (./units + "/${unit}")));
      isUnit = name: builtins.match ".*\\.(path|service|socket|target|timer)" name != null;
    in
    builtins.listToAttrs (
      filter (u: u.value != [ ]) (
        map (name: {
          inherit name;
          value = read name;
        }) (filter isUnit (attrNames (builtins.readDir ./units)))
      )
    );

  ofKind =
    kind: settings:
    builtins.listToAttrs (
      map (
        unit:
        let
          name = removeSuffix ".${kind}" unit;
        in
        {
          inherit name;
          value = {
            wantedBy = wantedBy.${unit};
          } // settings name;
        }
      ) (filter (hasSuffix ".${kind}") (attrNames wantedBy))
    );

  # What restarts a service when it changes: its configuration, and the embedder's model.
  triggers =
    name:
    concatMap (n: optional (builtins.elem name services.${n}.units) (configFile n)) (attrNames services)
    ++ optional (name == "panther-embed" && cfg.embed.model != null) cfg.embed.model;

  # The port of ADDRESS:PORT, or null.
  port =
    address:
    let
      m = builtins.match "[^:]+:([1-9][0-9]*)|\\[[0-9a-f:]+]:([1-9][0-9]*)" address;
      digits = filter (d: d != null) m;
    in
    if m == null then null else lib.toInt (builtins.head digits);

  freeform =
    format: description: example:
    mkOption {
      inherit (format) type;
      inherit description example;
      default = { };
    };
in
{
  imports = [ ./nix/onepassword-secrets.nix ];

  options.services.panther = {
    enable = mkEnableOption "Panther, a private knowledge agent";

    package = mkOption {
      type = types.package;
      default = pkgs.panther or (pkgs.callPackage ./nix/package.nix { });
      defaultText = literalExpression "pkgs.panther";
      description = "The suite: programs, units and manual pages.";
    };

    users = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "hayden" ];
      description = "Users who may ask the agent, at port 8080 without a password too, and search the store; they join the group panther.";
    };

    interfaces = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "tailscale0" ];
      description = "Network interfaces on which the firewall opens the agent's port. The agent itself listens where opencode.socket says.";
    };

    opnix.settings = freeform json "Secrets, as /etc/opnix/secrets.json: opnix(1) describes it. Never put a secret itself here." {
      secrets = [
        {
          path = "opencode/anthropicApiKey";
          reference = "op://Panther/Anthropic/credential";
          services = [ "opencode" ];
        }
      ];
    };

    crawl = {
      browser = mkOption {
        type = types.nullOr types.package;
        default = pkgs.chromium;
        defaultText = literalExpression "pkgs.chromium";
        description = "The browser that runs the scripts of pages that are empty without them. null means that they stay empty.";
      };
      readers = mkOption {
        type = types.listOf types.package;
        default = [
          pkgs.poppler-utils
          pkgs.pandoc
          pkgs.mandoc
          pkgs.tesseract
        ];
        defaultText = literalExpression "[ pkgs.poppler-utils pkgs.pandoc pkgs.mandoc pkgs.tesseract ]";
        description = "Programs that read what the crawler does not read itself: PDF files, the formats of word processors and pages of manuals, mdoc pages, scans.";
      };
      startAt = mkOption {
        type = types.nullOr types.str;
        default = null;
        example = "*-*-* 04:30:00";
        description = "When the crawl starts (systemd.time(7)). null means as the unit says: every night at 02:00.";
      };
      settings = freeform toml "Further settings of panther-crawl.toml." { user_agent = "panther-crawl"; };
      sources = mkOption {
        type = types.attrsOf toml.type;
        default = { };
        example = {
          postgresql = {
            kind = "web";
            urls = [ "https://www.postgresql.org/docs/17/" ];
          };
          panther = {
            kind = "git";
            url = "https://github.com/example/panther";
            code = true;
          };
        };
        description = "What is crawled, by name: the source tables of panther-crawl.toml.";
      };
    };

    embed = {
      settings = freeform toml "Settings of panther-embed.toml." { provider = "encoder"; };
      model = mkOption {
        type = types.nullOr types.package;
        default = pkgs.callPackage ./nix/model.nix { };
        defaultText = literalExpression "bge-small-en-v1.5";
        description = "The sentence encoder, a folder as sentence-transformers writes it. null means to do without: search is by words alone.";
      };
    };

    agentdb = {
      settings = freeform toml "Settings of agentdb.toml." {
        embedding = {
          url = "https://api.openai.com/v1";
          model = "text-embedding-3-small";
          credential = "embedding-api-key";
        };
      };
      createLocally = mkOption {
        type = types.bool;
        default = true;
        description = "Run PostgreSQL with pgvector on this machine for it. Otherwise set `settings.database`.";
      };
    };

    opencode = {
      settings = freeform toml "Settings of opencode.toml: models, budgets, permissions, access." {
        model = "anthropic/claude-sonnet-4-5";
        access.tailscale = [ "hayden@github" ];
        memory.after_reading = "deny";
      };
      agents = mkOption {
        type = types.attrsOf types.path;
        default = { };
        example = literalExpression "{ reviewer = ./agents/reviewer.md; }";
        description = "Agents by name: Markdown files with front matter, as OpenCode reads them.";
      };
      listen = mkOption {
        type = types.listOf types.str;
        default = [ ];
        example = [ "100.64.0.1:8080" ];
        description = "Addresses besides the unix socket and 127.0.0.1:8080 on which the agent's socket listens, for a phone on the tailnet, say. They need not exist yet. The firewall opens their ports on `interfaces`, and `settings.access` says who may come in.";
      };
    };
  };

  config = lib.mkMerge [
    (mkIf (cfg.enable || config.services.onepassword-secrets.enable) {
      environment.systemPackages = [ cfg.package ];
      environment.etc = mkIf (cfg.opnix.settings != { }) {
        "opnix/secrets.json".source = checked "secrets.json" (json.generate "secrets.json" cfg.opnix.settings) "bin/opnix";
      };
      systemd.packages = [ cfg.package ];
      systemd.tmpfiles.packages = [ cfg.package ];
      # Lets a boot that has a last good copy of the secrets not wait for the network.
      systemd.generators.opnix-generator = "${cfg.package}/lib/systemd/system-generators/opnix-generator";
      systemd.services.opnix-refresh.path = [ pkgs.getent ];
      systemd.services.opnix-secrets = {
        path = [ pkgs.getent ];
        restartTriggers = mkIf (cfg.opnix.settings != { }) [ config.environment.etc."opnix/secrets.json".source ];
      };
    })
    (mkIf cfg.enable {
      assertions = [
        {
          assertion = cfg.agentdb.createLocally || cfg.agentdb.settings ? database;
          message = "services.panther.agentdb.createLocally is off: name a PostgreSQL server in services.panther.agentdb.settings.database.";
        }
        {
          assertion = !(cfg.agentdb.createLocally && cfg.agentdb.settings ? database);
          message = "services.panther.agentdb.settings.database names a server while services.panther.agentdb.createLocally runs one here: turn createLocally off.";
        }
        {
          assertion = !(cfg.crawl.settings ? source);
          message = "services.panther.crawl.settings.source: list sources by name in services.panther.crawl.sources instead.";
        }
        {
          assertion = cfg.embed.model == null || !(cfg.embed.settings ? model);
          message = "services.panther.embed.settings.model and services.panther.embed.model both name a model: remove one of them.";
        }
        {
          assertion =
            cfg.opencode.listen == [ ]
            || cfg.opencode.settings ? access.tailscale
            || cfg.opencode.settings ? access.credential;
          message = "services.panther.opencode.listen opens the agent to a network: say who may use it in services.panther.opencode.settings.access, by tailscale logins or by the credential of a password.";
        }
      ]
      ++ map (address: {
        assertion = port address != null;
        message = "services.panther.opencode.listen: '${address}' is not an address with a port, such as 100.64.0.1:8080 or [fd7a::1]:8080.";
      }) cfg.opencode.listen
      ++ optional (cfg.opencode.listen != [ ]) {
        assertion = cfg.interfaces != [ ] || !(config.networking.firewall.enable or true);
        message = "services.panther.opencode.listen: the firewall lets nobody in; name the interface, such as tailscale0, in services.panther.interfaces.";
      }
      ++ mapAttrsToList (name: _: {
        assertion = builtins.match "[a-z0-9][a-z0-9._-]*" name != null;
        message = "services.panther.crawl.sources.${name}: write the name in lower case letters, digits and - _ . only; it is an instance of panther-crawl@.service.";
      }) cfg.crawl.sources;

      environment.etc = builtins.listToAttrs (
        map (name: {
          name = "panther/${name}.toml";
          value.source = configFile name;
        }) (attrNames services)
      )
      // lib.mapAttrs' (name: source: {
        name = "panther/agents/${name}.md";
        value.source = source;
      }) cfg.opencode.agents
      // lib.optionalAttrs (cfg.embed.model != null) {
        "panther/models/${cfg.embed.model.name}".source = cfg.embed.model;
      };

      systemd.services = lib.mkMerge [
        (ofKind "service" (name: {
          path = mkIf (!(programs ? ${name}) && name != "opnix-secrets") (lib.mkForce [ ]); # it runs none
          restartTriggers = mkIf (triggers name != [ ]) (triggers name);
        }))
        (lib.mapAttrs (_: path: { inherit path; }) programs)
      ];
      systemd.sockets = lib.mkMerge [
        (ofKind "socket" (_: { }))
        (mkIf (cfg.opencode.listen != [ ]) {
          opencode.listenStreams = cfg.opencode.listen;
          opencode.socketConfig.FreeBind = true; # tailscaled brings the address when the socket is long there
        })
      ];
      systemd.timers = lib.mkMerge [
        (ofKind "timer" (_: { }))
        (mkIf (cfg.crawl.startAt != null) {
          panther-crawl.timerConfig.OnCalendar = [
            ""
            cfg.crawl.startAt
          ];
        })
      ];
      systemd.targets = ofKind "target" (_: { });
      systemd.paths = ofKind "path" (_: { });

      # sysusers.d of the package is not read on NixOS.
      users.groups = {
        panther.members = cfg.users;
        agentdb = { };
        opencode = { };
        panther-crawl = { };
        panther-metrics = { };
      };
      users.users = {
        panther-metrics = {
          isSystemUser = true;
          group = "panther-metrics";
          description = "Panther figures";
        };
        agentdb = {
          isSystemUser = true;
          group = "agentdb";
          home = "/var/lib/agentdb";
          description = "Panther knowledge store";
        };
        opencode = {
          isSystemUser = true;
          group = "opencode";
          home = "/var/lib/opencode";
          description = "Panther agent";
        };
        panther-crawl = {
          isSystemUser = true;
          group = "panther-crawl";
          home = "/var/lib/panther-crawl";
          description = "Panther crawler";
        };
      };

      # agentdb-setup.service makes the role, the database and the extension.
      services.postgresql = mkIf cfg.agentdb.createLocally {
        enable = true;
        extensions = ps: [ ps.pgvector ];
        settings.shared_buffers = mkDefault "256MB";
      };

      networking.firewall.interfaces = lib.genAttrs cfg.interfaces (_: {
        allowedTCPPorts = if cfg.opencode.listen == [ ] then [ 8080 ] else lib.unique (filter (p: p != null) (map port cfg.opencode.listen));
      });
    })
  ];
}
