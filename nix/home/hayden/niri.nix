# Niri: its own default key bindings, with the programs of this desktop where they start one. A configuration without
# `binds` has none at all, so they are written here; test/nix compares them with Niri's list.
{ lib, ... }:
let
  # What a key does in four directions, for the arrow and for the letter.
  directions = {
    Left = "left";
    H = "left";
    Down = "down";
    J = "down";
    Up = "up";
    K = "up";
    Right = "right";
    L = "right";
  };
  of = direction: if direction == "left" || direction == "right" then "column-${direction}" else "window-${direction}";
  pages = {
    Page_Down = "down";
    U = "down";
    Page_Up = "up";
    I = "up";
  };
  wheel = {
    WheelScrollDown = "down";
    WheelScrollUp = "up";
  };
  sideways = {
    WheelScrollRight = "right";
    WheelScrollLeft = "left";
  };
  fold = {
    WheelScrollDown = "right";
    WheelScrollUp = "left";
  };
  on = modifiers: options: keys: action: lib.mapAttrs' (key: direction: lib.nameValuePair "${modifiers}+${key}${options}" (action direction)) keys;
  numbered = modifiers: action: lib.genAttrs (map (n: "${modifiers}+${toString n}") (lib.range 1 9)) (key: "${action} ${lib.last (lib.splitString "+" key)}");
  spawn = words: "spawn ${lib.concatMapStringsSep " " builtins.toJSON words}";
  shell = target: function: spawn ([ "dms" "ipc" "call" target ] ++ function);
  slowly = " cooldown-ms=150";
  locked = " allow-when-locked=true";

  binds =
    on "Mod" "" directions (d: "focus-${of d}")
    // on "Mod+Ctrl" "" directions (d: "move-${of d}")
    // on "Mod+Shift" "" directions (d: "focus-monitor-${d}")
    // on "Mod+Shift+Ctrl" "" directions (d: "move-column-to-monitor-${d}")
    // on "Mod" "" pages (d: "focus-workspace-${d}")
    // on "Mod+Ctrl" "" pages (d: "move-column-to-workspace-${d}")
    // on "Mod+Shift" "" pages (d: "move-workspace-${d}")
    // on "Mod" slowly wheel (d: "focus-workspace-${d}")
    // on "Mod+Ctrl" slowly wheel (d: "move-column-to-workspace-${d}")
    // on "Mod" "" sideways (d: "focus-column-${d}")
    // on "Mod+Ctrl" "" sideways (d: "move-column-${d}")
    // on "Mod+Shift" "" fold (d: "focus-column-${d}")
    // on "Mod+Ctrl+Shift" "" fold (d: "move-column-${d}")
    // numbered "Mod" "focus-workspace"
    // numbered "Mod+Ctrl" "move-column-to-workspace"
    // {
      "Mod+Shift+Slash" = "show-hotkey-overlay";
      "Mod+O repeat=false" = "toggle-overview";
      "Mod+Q repeat=false" = "close-window";
      "Mod+Home" = "focus-column-first";
      "Mod+End" = "focus-column-last";
      "Mod+Ctrl+Home" = "move-column-to-first";
      "Mod+Ctrl+End" = "move-column-to-last";
      "Mod+BracketLeft" = "consume-or-expel-window-left";
      "Mod+BracketRight" = "consume-or-expel-window-right";
      "Mod+Comma" = "consume-window-into-column";
      "Mod+Period" = "expel-window-from-column";
      "Mod+R" = "switch-preset-column-width";
      "Mod+Shift+R" = "switch-preset-window-height";
      "Mod+Ctrl+R" = "reset-window-height";
      "Mod+F" = "maximize-column";
      "Mod+Shift+F" = "fullscreen-window";
      "Mod+Ctrl+F" = "expand-column-to-available-width";
      "Mod+C" = "center-column";
      "Mod+Ctrl+C" = "center-visible-columns";
      "Mod+Minus" = ''set-column-width "-10%"'';
      "Mod+Equal" = ''set-column-width "+10%"'';
      "Mod+Shift+Minus" = ''set-window-height "-10%"'';
      "Mod+Shift+Equal" = ''set-window-height "+10%"'';
      "Mod+V" = "toggle-window-floating";
      "Mod+Shift+V" = "switch-focus-between-floating-and-tiling";
      "Mod+W" = "toggle-column-tabbed-display";
      "Print" = "screenshot";
      "Ctrl+Print" = "screenshot-screen";
      "Alt+Print" = "screenshot-window";
      "Mod+Escape allow-inhibiting=false" = "toggle-keyboard-shortcuts-inhibit";
      "Mod+Shift+E" = "quit";
      "Ctrl+Alt+Delete" = "quit";
      "Mod+Shift+P" = "power-off-monitors";

      # Niri's, with the programs that are here.
      "Mod+T" = spawn [ "alacritty" ];
      "Mod+D" = shell "spotlight" [ "toggle" ];
      "Super+Alt+L" = shell "lock" [ "lock" ];
      "XF86AudioRaiseVolume${locked}" = spawn [ "wpctl" "set-volume" "@DEFAULT_AUDIO_SINK@" "5%+" ];
      "XF86AudioLowerVolume${locked}" = spawn [ "wpctl" "set-volume" "@DEFAULT_AUDIO_SINK@" "5%-" ];
      "XF86AudioMute${locked}" = spawn [ "wpctl" "set-mute" "@DEFAULT_AUDIO_SINK@" "toggle" ];
      "XF86AudioMicMute${locked}" = spawn [ "wpctl" "set-mute" "@DEFAULT_AUDIO_SOURCE@" "toggle" ];
      # The last word is the device, and has to be there: "" is the screen's own.
      "XF86MonBrightnessUp${locked}" = shell "brightness" [ "increment" "5" "" ];
      "XF86MonBrightnessDown${locked}" = shell "brightness" [ "decrement" "5" "" ];

      # Beyond Niri's.
      "Mod+B" = spawn [ "brave" ];
      "Mod+Space" = shell "spotlight" [ "toggle" ];
      "Mod+N" = shell "notifications" [ "toggle" ];
    };
in
{
  xdg.configFile."niri/config.kdl".text = ''
    prefer-no-csd
    spawn-at-startup "xwayland-satellite"
    input {
        touchpad { tap; natural-scroll; }
        focus-follows-mouse
    }
    binds {
  ''
  + lib.concatStrings (lib.mapAttrsToList (key: action: "    ${key} { ${action}; }\n") binds)
  + "}\n";
}
