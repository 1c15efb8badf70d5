package nix

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// standIn stands for nix, ssh and sleep: it writes down how it was called, fails where the test says so, and keeps which
// system runs on the host in a file. A host whose network was cut answers nobody.
const standIn = `#!/bin/sh
line="${0##*/} $*"
echo "$line" >&2
cd "${0%/*}"
case $line in ssh*) [ ! -e cut ] || exit 255 ;; esac
case $line in
FAIL) exit 1 ;;
*"nix eval"*) echo /dev/sda ;;
*--print-out-paths*) echo /nix/store/new ;;
*"switch-to-configuration test"*) echo /nix/store/new >current; [ ! -e cuts ] || touch cut ;;
*"start panther-way-back.service"*) echo /nix/store/before >current ;;
*"test \$(readlink"*) [ "$(cat current)" = /nix/store/new ] ;;
*"readlink -f"*) cat current ;;
*"cat >/mnt/etc/opnix-token"*) cat >token ;;
sleep*) n=$(cat slept 2>/dev/null || echo 0); echo $((n + 10)) >slept; [ "$n" -lt 200 ] || { rm -f cut; [ ! -e returns ] || echo /nix/store/before >current; } ;;
esac
`

// scripts/deploy with stand-ins for what it runs.
func TestDeploy(t *testing.T) {
	t.Parallel()
	const armed, host = "--unit=panther-way-back --on-active=300", "hayden@ovh"
	remote := []string{"ovh-cloud-vps", "--target-host", host}
	for name, tc := range map[string]struct {
		args   []string
		fail   string // command line that fails, a shell pattern
		files  string // of the stand-ins
		status int
		calls  []string // in this order, among others
		not    string
	}{
		"healthy": {remote, "none", "", 0, []string{"nix build", "nix copy --to ssh-ng://" + host, armed, "/nix/store/new/bin/switch-to-configuration test", "panther doctor",
			"--set /nix/store/new", "/nix/store/new/bin/switch-to-configuration boot", "systemctl stop panther-way-back.timer", "is healthy"}, "start panther-way-back"},
		"not healthy":      {remote, "*panther doctor*", "", 1, []string{armed, "/nix/store/before/bin/switch-to-configuration switch", "panther doctor", "start panther-way-back.service"}, "--set /nix/store/new"},
		"switch failed":    {remote, "*switch-to-configuration test*", "", 1, []string{armed, "switch-to-configuration test", "start panther-way-back.service"}, "is healthy"},
		"not made to boot": {remote, "*switch-to-configuration boot*", "", 1, []string{"panther doctor", "switch-to-configuration boot", "start panther-way-back.service"}, "is healthy"},
		"build failed":     {remote, "nix build*", "", 69, []string{"nix build"}, "ssh"},
		"copy failed":      {remote, "nix copy*", "", 69, []string{"nix copy"}, "systemd-run"},
		"not armed":        {remote, "*panther-way-back*", "", 69, []string{armed}, "switch-to-configuration test"},
		"network cut":      {remote, "none", "cuts returns", 1, []string{armed, "switch-to-configuration test", "is not healthy", "readlink"}, "--set /nix/store/new"},
		"cut for good":     {remote, "none", "cuts", 75, []string{armed, "switch-to-configuration test", "does not answer", "by itself"}, "--set /nix/store/new"},
		"dry run":          {[]string{"yoga", "--dry-run"}, "none", "", 0, []string{"+ nix build", armed, "switch-to-configuration test", "nothing was done"}, "nix copy"},
		"no such host":     {[]string{"mars"}, "none", "", 64, []string{"there is no host mars", "hetzner-cloud-vps"}, "nix build"},
		"option as a host": {[]string{"yoga", "--target-host", "-oProxyCommand=x"}, "none", "", 64, []string{"Exit status"}, "ssh "},
		"install": {[]string{"--install", "ovh-cloud-vps", "--target-host", "root@192.0.2.7", "--token", "TOKEN", "--yes"}, "none", "", 0,
			[]string{"nix build", "StrictHostKeyChecking=ask", "--phases kexec", "test -b /dev/sda", "--phases disko,install", "StrictHostKeyChecking=yes", "cat >/mnt/etc/opnix-token", "--phases reboot"}, "ops_canary"},
		"install without a disk": {[]string{"--install", "ovh-cloud-vps", "--target-host", "root@192.0.2.7", "--token", "TOKEN", "--yes"}, "*test\\ -b*", "", 76,
			[]string{"--phases kexec", "has no disk /dev/sda"}, "disko,install"},
		"installation fails": {[]string{"--install", "ovh-cloud-vps", "--target-host", "root@192.0.2.7", "--token", "TOKEN", "--yes"}, "*disko,install*", "", 76, []string{"disko,install"}, "opnix-token"},
		"install, dry run": {[]string{"--install", "ovh-cloud-vps", "--target-host", "root@192.0.2.7", "--dry-run"}, "none", "", 0,
			[]string{"+ nix build", "+ ssh", "+ nix run", "--phases kexec", "disko,install", "opnix-token", "--phases reboot", "nothing was done"}, "ssh -o Batch\n"},
		"install nowhere": {[]string{"--install", "ovh-cloud-vps"}, "none", "", 64, []string{"--target-host"}, "nix build"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			write := func(name, text string, mode os.FileMode) {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), mode); err != nil {
					t.Fatal(err)
				}
			}
			pattern := strings.ReplaceAll(strings.ReplaceAll(tc.fail, "\\ ", " "), " ", `\ `)
			for _, command := range []string{"nix", "ssh", "sleep"} {
				write(command, strings.Replace(standIn, "FAIL", pattern, 1), 0o755)
			}
			write("current", "/nix/store/before\n", 0o644)
			write("given", "ops_canary\n", 0o600)
			for _, f := range strings.Fields(tc.files) {
				write(f, "", 0o644)
			}
			args := strings.Split(strings.ReplaceAll(strings.Join(tc.args, "\n"), "TOKEN", filepath.Join(dir, "given")), "\n")
			c := exec.Command(root+"/scripts/deploy", args...)
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
			if name == "install" {
				if b, _ := os.ReadFile(filepath.Join(dir, "token")); string(b) != "ops_canary\n" {
					t.Errorf("the token that arrived is %q", b)
				}
			}
		})
	}
}
