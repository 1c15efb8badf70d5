package nix

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// scripts/deploy with stand-ins for nix, nixos-rebuild and ssh that write down how they were called.
func TestDeploy(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		args   []string
		fail   string // command line that fails, a shell pattern
		status int
		calls  []string // in this order, among others
		not    string
	}{
		"healthy":       {[]string{"ovh-cloud-vps", "--target-host", "hayden@ovh"}, "none", 0, []string{"nix build", "nixos-rebuild switch --flake .#ovh-cloud-vps --target-host hayden@ovh", "panther doctor"}, "switch-to-configuration"},
		"not healthy":   {[]string{"ovh-cloud-vps", "--target-host", "hayden@ovh"}, "*panther doctor*", 1, []string{"nixos-rebuild", "panther doctor", "--set /nix/store/before", "/nix/store/before/bin/switch-to-configuration switch"}, "nothing was done"},
		"switch failed": {[]string{"yoga", "--target-host", "hayden@yoga"}, "nixos-rebuild*", 1, []string{"nixos-rebuild", "/nix/store/before/bin/switch-to-configuration switch"}, "is healthy"},
		"build failed":  {[]string{"yoga", "--target-host", "hayden@yoga"}, "nix *", 69, []string{"nix build"}, "nixos-rebuild"},
		"dry run":       {[]string{"yoga", "--dry-run"}, "none", 0, []string{"+ nix build", "+ nixos-rebuild switch", "nothing was done"}, "switch-to-configuration"},
		"no such host":  {[]string{"mars"}, "none", 64, []string{"there is no host mars", "yoga"}, "nix build"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			standIn := "#!/bin/sh\nline=\"${0##*/} $*\"\necho \"$line\" >&2\ncase $line in " + strings.ReplaceAll(tc.fail, " ", `\ `) + ") exit 1 ;; *readlink*) echo /nix/store/before ;; esac\n"
			for _, command := range []string{"nix", "nixos-rebuild", "ssh", "sleep"} {
				if err := os.WriteFile(filepath.Join(dir, command), []byte(standIn), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			c := exec.Command(root+"/scripts/deploy", tc.args...)
			c.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"))
			out, err := c.CombinedOutput()
			if got := c.ProcessState.ExitCode(); got != tc.status {
				t.Errorf("exit status %d, want %d: %v\n%s", got, tc.status, err, out)
			}
			rest := string(out)
			for _, call := range tc.calls {
				_, after, ok := strings.Cut(rest, call)
				if !ok {
					t.Fatalf("%q is not there, or not in this order:\n%s", call, out)
				}
				rest = after
			}
			if strings.Contains(string(out), tc.not) {
				t.Errorf("%q happened:\n%s", tc.not, out)
			}
		})
	}
}
