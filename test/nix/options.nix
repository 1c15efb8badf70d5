# The options of others that the hosts and the home (home/…) set, by the type that their modules declare: NixOS's and Home
# Manager's of a release, disko's, niri-flake's and DankMaterialShell's as flake.lock has them. Recorded from the modules by hand,
# in the words of nixpkgs' lib.types; of a sub-module what the fleet sets is recorded, and nothing else may be set. When the
# inputs move, this file is read again.
{ lib, release }:
with lib.types;
let
  since = lib.versionAtLeast release;

  # record { name = type; … }: a sub-module with these options; open: one that has others, of a type.
  fields =
    known: other:
    {
      name = "sub-module";
      check = builtins.isAttrs;
      merge =
        path: values:
        builtins.mapAttrs (
          name: value:
          let
            at = path ++ [ name ];
            type = known.${name} or other;
          in
          if type == null then throw "${lib.concatStringsSep "." at} does not exist" else type.merge at [ value ]
        ) (builtins.head values);
    };
  record = known: fields known null;
  open = fields;

  # Values of which nothing is known but what they are.
  opaque = name: check: {
    inherit name check;
    merge = path: values: let v = builtins.head values; in if check v then v else throw "${lib.concatStringsSep "." path} is no ${name}";
  };
  function = opaque "function" builtins.isFunction;
  set = opaque "attribute set" builtins.isAttrs;
  module = opaque "module" (v: builtins.isAttrs v || builtins.isFunction v || builtins.isPath v);
  timeSpan = either str (listOf str);

  json = nullOr (oneOf [ bool int float str path (attrsOf anything) (listOf anything) ]);
  section = attrsOf (either (oneOf [ bool int str path ]) (listOf (oneOf [ bool int str path ])));
  unitName = strMatching "[a-zA-Z0-9@%:_.\\-]+[.](service|socket|device|mount|automount|swap|target|path|timer|scope|slice)";
  unit = {
    description = str;
    enable = bool;
    unitConfig = section;
    restartTriggers = listOf (oneOf [ str path package ]);
  }
  // lib.genAttrs [ "after" "aliases" "before" "bindsTo" "conflicts" "partOf" "requiredBy" "requires" "upheldBy" "wantedBy" "wants" ] (_: listOf unitName);
  service = record (
    unit
    // {
      environment = attrsOf (nullOr (oneOf [ str path package ]));
      path = listOf (oneOf [ package str ]);
      serviceConfig = section;
    }
  );
  atom = nullOr (oneOf [ bool int float str path package ]);
  busId = strMatching "([[:print:]]+[:@][0-9]{1,3}(@[0-9]{1,10})?:[0-9]{1,2}:[0-9])?";
  file = record { source = path; text = nullOr lines; };
in
{
  "boot.initrd.availableKernelModules" = listOf str;
  "boot.kernelModules" = listOf str;
  "boot.kernelParams" = listOf (strMatching "([^\"[:space:]]|\"[^\"]*\")+");
  "boot.loader.efi.canTouchEfiVariables" = bool;
  "boot.loader.grub.configurationLimit" = int;
  "boot.loader.grub.efiInstallAsRemovable" = bool;
  "boot.loader.grub.efiSupport" = bool;
  "boot.loader.grub.enable" = bool;
  "boot.loader.systemd-boot.configurationLimit" = nullOr int;
  "boot.loader.systemd-boot.editor" = bool;
  "boot.loader.systemd-boot.enable" = bool;
  "console.keyMap" = either str path;
  "disko.devices.disk" = attrsOf set; # test/nix/disko.nix asks disko itself
  "documentation.enable" = bool;
  "environment.etc" = attrsOf file;
  "environment.systemPackages" = listOf package;
  "fonts.packages" = listOf path;
  "hardware.bluetooth.enable" = bool;
  "hardware.cpu.amd.updateMicrocode" = bool;
  "hardware.cpu.intel.updateMicrocode" = bool;
  "hardware.enableRedistributableFirmware" = bool;
  "hardware.graphics.enable" = bool;
  "hardware.nvidia.modesetting.enable" = bool;
  "hardware.nvidia.open" = nullOr bool;
  "hardware.nvidia.prime.intelBusId" = busId;
  "hardware.nvidia.prime.nvidiaBusId" = busId;
  "hardware.nvidia.prime.offload.enable" = bool;
  "hardware.nvidia.prime.offload.enableOffloadCmd" = bool;
  "hardware.sensor.iio.enable" = bool;
  "home-manager.extraSpecialArgs" = set;
  "home-manager.sharedModules" = listOf module;
  "home-manager.useGlobalPkgs" = bool;
  "home-manager.useUserPackages" = bool;
  "home-manager.users" = attrsOf module;
  "i18n.defaultLocale" = str;
  "networking.firewall.allowPing" = bool;
  "networking.firewall.enable" = bool;
  "networking.firewall.interfaces" = attrsOf (record { allowedTCPPorts = listOf port; });
  "networking.hostName" = strMatching "$|[[:alnum:]]([[:alnum:]_-]{0,61}[[:alnum:]])?";
  "networking.networkmanager.enable" = bool;
  "networking.nftables.enable" = bool;
  "networking.useDHCP" = bool;
  "networking.useNetworkd" = bool;
  "niri-flake.cache.enable" = bool;
  "nix.gc.automatic" = bool;
  "nix.gc.dates" = if since "25.11" then timeSpan else str;
  "nix.gc.options" = str;
  "nix.settings" = open {
    auto-optimise-store = bool;
    substituters = listOf str;
    trusted-public-keys = listOf str;
    trusted-users = listOf str;
  } (either atom (listOf atom));
  "nixpkgs.config" = set;
  "nixpkgs.hostPlatform" = either str set;
  "programs.dankMaterialShell.enable" = bool;
  "programs.dankMaterialShell.enableClipboard" = bool;
  "programs.dankMaterialShell.enableDynamicTheming" = bool;
  "programs.dankMaterialShell.enableSystemMonitoring" = bool;
  "programs.dankMaterialShell.enableVPN" = bool;
  "programs.dankMaterialShell.greeter.compositor.name" = enum [ "niri" "hyprland" "sway" ];
  "programs.dankMaterialShell.greeter.enable" = bool;
  "programs.dankMaterialShell.greeter.quickshell.package" = package;
  "programs.dankMaterialShell.quickshell.package" = package;
  "programs.dankMaterialShell.systemd.enable" = bool;
  "programs.dconf.enable" = bool;
  "programs.direnv.enable" = bool;
  "programs.direnv.nix-direnv.enable" = bool;
  "programs.git.enable" = bool;
  "programs.niri.enable" = bool;
  "programs.niri.package" = package;
  "security.polkit.enable" = bool;
  "security.rtkit.enable" = bool;
  "security.sudo.wheelNeedsPassword" = bool;
  "services.asusd.enable" = bool;
  "services.atticd.enable" = bool;
  "services.atticd.environmentFile" = nullOr path;
  "services.atticd.settings" = attrsOf json;
  "services.datadog-agent.apiKeyFile" = path;
  "services.datadog-agent.checks" = attrsOf set;
  "services.datadog-agent.enable" = bool;
  "services.datadog-agent.enableLiveProcessCollection" = bool;
  "services.datadog-agent.extraConfig" = set;
  "services.datadog-agent.extraIntegrations" = attrsOf function;
  "services.datadog-agent.site" = nullOr str;
  "services.fstrim.enable" = bool;
  "services.fstrim.interval" = str;
  "services.fwupd.enable" = bool;
  "services.openssh.enable" = bool;
  "services.openssh.openFirewall" = bool;
  "services.openssh.settings" = open {
    KbdInteractiveAuthentication = nullOr bool;
    PasswordAuthentication = nullOr bool;
    PermitRootLogin = nullOr (enum [ "yes" "without-password" "prohibit-password" "forced-commands-only" "no" ]);
  } atom;
  "services.pipewire.alsa.enable" = bool;
  "services.pipewire.enable" = bool;
  "services.pipewire.pulse.enable" = bool;
  "services.pipewire.wireplumber.enable" = bool;
  "services.postgresql.enable" = bool;
  "services.postgresql.extensions" = either function (listOf path);
  "services.postgresql.settings" = attrsOf (nullOr (oneOf [ bool float int str ]));
  "services.power-profiles-daemon.enable" = bool;
  "services.qemuGuest.enable" = bool;
  "services.supergfxd.enable" = bool;
  "services.tailscale.authKeyFile" = nullOr path;
  "services.tailscale.enable" = bool;
  "services.tailscale.useRoutingFeatures" = enum [ "none" "client" "server" "both" ];
  "services.thermald.enable" = bool;
  "services.xserver.videoDrivers" = listOf str;
  "system.stateVersion" = str;
  "systemd.enableEmergencyMode" = bool;
  "systemd.generators" = attrsOf path;
  "systemd.network.networks" = attrsOf (record (lib.genAttrs [ "matchConfig" "linkConfig" "networkConfig" ] (_: section)));
  "systemd.packages" = listOf package;
  "systemd.paths" = attrsOf (record (unit // { pathConfig = section; }));
  "systemd.services" = attrsOf service;
  "systemd.sockets" = attrsOf (record (unit // { listenStreams = listOf str; socketConfig = section; }));
  "systemd.targets" = attrsOf (record unit);
  "systemd.timers" = attrsOf (record (unit // { timerConfig = section; }));
  "systemd.tmpfiles.packages" = listOf package;
  "systemd.tmpfiles.rules" = listOf str;
  "systemd.user.services" = attrsOf service;
  "time.timeZone" = nullOr (strMatching "[^ ]+");
  "users.groups" = attrsOf (record { members = listOf str; });
  "users.mutableUsers" = bool;
  "users.users" = attrsOf (record {
    description = strMatching "[^:\n]*";
    extraGroups = listOf str;
    group = str;
    home = strMatching "/[^:\n]*";
    isNormalUser = bool;
    isSystemUser = bool;
    openssh = record { authorizedKeys = record { keys = listOf (strMatching "[^\n\r]*"); keyFiles = listOf path; }; };
  });
  "virtualisation.podman.defaultNetwork.settings" = attrsOf json;
  "virtualisation.podman.dockerCompat" = bool;
  "virtualisation.podman.enable" = bool;
  "warnings" = listOf str;
  "xdg.portal.config" = attrsOf (attrsOf (either str (listOf str)));
  "xdg.portal.enable" = bool;
  "xdg.portal.extraPortals" = listOf package;
  "zramSwap.algorithm" = str;
  "zramSwap.enable" = bool;
  "zramSwap.memoryPercent" = int;
  "home/home.homeDirectory" = path;
  "home/home.packages" = listOf package;
  "home/home.stateVersion" = enum [ "23.11" "24.05" "24.11" "25.05" ];
  "home/home.username" = str;
  "home/programs.alacritty.enable" = bool;
  "home/programs.alacritty.settings" = attrsOf json;
  "home/programs.direnv.enable" = bool;
  "home/programs.direnv.nix-direnv.enable" = bool;
  "home/programs.git.enable" = bool;
  "home/programs.home-manager.enable" = bool;
  "home/programs.kitty.enable" = bool;
  "home/programs.ssh.enable" = bool;
  "home/systemd.user.services" = attrsOf (record (lib.genAttrs [ "Unit" "Service" "Install" ] (_: section)));
  "home/xdg.configFile" = attrsOf file;
  "home/xdg.enable" = bool;
}
// (
  if since "25.11" then
    {
      "services.logind.settings" = record { Login = section; };
      "home/programs.ssh.enableDefaultConfig" = bool;
    }
  else
    { "services.logind.lidSwitch" = enum [ "ignore" "poweroff" "reboot" "halt" "kexec" "suspend" "hibernate" "hybrid-sleep" "suspend-then-hibernate" "lock" ]; }
)
// (if since "26.11" then { "services.journald.settings" = record { Journal = section; }; } else { "services.journald.extraConfig" = lines; })
