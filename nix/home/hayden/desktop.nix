# What the desktop looks like to its owner. Niri's key bindings are Niri's own defaults but for these.
{ lib, ... }:
{
  programs.alacritty = {
    enable = true;
    settings.font.normal.family = lib.mkDefault "Fira Code";
  };
  programs.kitty.enable = true;
  xdg.configFile."niri/config.kdl".text = ''
    prefer-no-csd
    spawn-at-startup "xwayland-satellite"
    input {
        touchpad { tap; natural-scroll; }
        focus-follows-mouse
    }
    binds {
        Mod+T { spawn "alacritty"; }
        Mod+B { spawn "brave"; }
        Mod+Space { spawn "dms" "ipc" "call" "spotlight" "toggle"; }
        Mod+N { spawn "dms" "ipc" "call" "notifications" "toggle"; }
        Super+Alt+L { spawn "dms" "ipc" "call" "lock" "lock"; }
        Mod+Q { close-window; }
        Mod+F { maximize-column; }
        Mod+Shift+F { fullscreen-window; }
        Mod+H { focus-column-left; }
        Mod+L { focus-column-right; }
        Mod+J { focus-workspace-down; }
        Mod+K { focus-workspace-up; }
        Mod+Shift+H { move-column-left; }
        Mod+Shift+L { move-column-right; }
        Mod+Shift+J { move-column-to-workspace-down; }
        Mod+Shift+K { move-column-to-workspace-up; }
        Mod+R { switch-preset-column-width; }
        Print { screenshot; }
        XF86AudioRaiseVolume allow-when-locked=true { spawn "wpctl" "set-volume" "@DEFAULT_AUDIO_SINK@" "5%+"; }
        XF86AudioLowerVolume allow-when-locked=true { spawn "wpctl" "set-volume" "@DEFAULT_AUDIO_SINK@" "5%-"; }
        XF86AudioMute allow-when-locked=true { spawn "wpctl" "set-mute" "@DEFAULT_AUDIO_SINK@" "toggle"; }
        XF86MonBrightnessUp allow-when-locked=true { spawn "dms" "ipc" "call" "brightness" "increment" "5"; }
        XF86MonBrightnessDown allow-when-locked=true { spawn "dms" "ipc" "call" "brightness" "decrement" "5"; }
        Mod+Shift+E { quit; }
    }
  '';
}
