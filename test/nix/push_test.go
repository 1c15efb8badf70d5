package nix

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// fleetNix and attic stand for what scripts/push runs: they write down how they were called, and fail where the test says so. attic
// says what its configuration is when it is asked for the cache. `nix shell … --command` runs the command.
const (
	fleetNix = `#!/bin/sh
echo "nix $*" >>"${0%/*}/calls"
case "nix $*" in
FAIL) exit 1 ;;
*" --command "*) while [ "$1" != --command ]; do shift; done; shift; exec "$@" ;;
*toplevel) h=${4#.#nixosConfigurations.}; echo "/nix/store/${h%%.*}" ;;
esac
`
	attic = `#!/bin/sh
echo "attic $*" >>"${0%/*}/calls"
[ "$2" != info ] || { stat -c %a "$XDG_CONFIG_HOME" && cat "$XDG_CONFIG_HOME/attic/config.toml"; } >"${0%/*}/config"
case "attic $*" in FAIL) exit 1 ;; esac
`
	pushToken = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjaSJ9.c2ln_x-y"
)

// stand makes a folder with the stand-ins and returns it.
func stand(t *testing.T, fail string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"nix": fleetNix, "attic": attic} {
		text = strings.Replace(text, "FAIL", strings.ReplaceAll(fail, " ", `\ `), 1)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// calls are those of the stand-ins, and what attic's configuration was.
func calls(t *testing.T, dir string) (string, string) {
	t.Helper()
	made, err := os.ReadFile(filepath.Join(dir, "calls"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	config, err := os.ReadFile(filepath.Join(dir, "config"))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if strings.Contains(string(made), pushToken) {
		t.Errorf("the token stands in a command line:\n%s", made)
	}
	return string(made), string(config)
}

const atticConfig = "700\ndefault-server = \"fleet\"\n[servers.fleet]\nendpoint = \"http://ovh-cloud-vps:8081/\"\ntoken = \"" + pushToken + "\"\n"

func TestPush(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		args   []string
		fail   string
		token  string
		status int
		calls  []string // in this order
		not    string
		says   string
	}{
		"all":                          {nil, "none", pushToken + "\n", 0, []string{"attic cache info main", "attic push main /nix/store/desktop", "/nix/store/hetzner-cloud-vps", "/nix/store/ovh-cloud-vps", "/nix/store/yoga", "/nix/store/zephyrus"}, "servers", "== yoga"},
		"one":                          {[]string{"--cache", "fleet", "yoga"}, "none", pushToken, 0, []string{"attic cache info fleet", "nix build --no-link --print-out-paths .#nixosConfigurations.yoga.", "attic push fleet /nix/store/yoga"}, "zephyrus", "== yoga"},
		"not there":                    {nil, "attic cache info*", pushToken, 75, []string{"attic cache info main"}, "nix build", "in the tailnet"},
		"one is broken":                {[]string{"yoga", "zephyrus", "desktop"}, "nix build*zephyrus*", pushToken, 69, []string{"attic push main /nix/store/yoga", "attic push main /nix/store/desktop"}, "push main /nix/store/zephyrus", "do not build: zephyrus"},
		"may only pull":                {[]string{"yoga", "desktop"}, "attic push*yoga", pushToken, 1, []string{"attic push main /nix/store/yoga", "attic push main /nix/store/desktop"}, "zephyrus", "may only pull"},
		"no token":                     {nil, "none", "", 64, nil, "attic", "make-token"},
		"two tokens":                   {nil, "none", pushToken + "\n" + pushToken, 64, nil, "attic", "make-token"},
		"a token that ends its string": {nil, "none", `x" endpoint = "http://192.0.2.7/`, 64, nil, "attic", "make-token"},
		"no such host":                 {[]string{"mars"}, "none", pushToken, 64, nil, "nix build", "there is no host mars"},
		"option as a host":             {[]string{"--", "yoga"}, "none", pushToken, 64, nil, "nix build", "Exit status"},
		"server that ends its string":  {[]string{"--server", `http://x/" token = "y`}, "none", pushToken, 64, nil, "attic", "Exit status"},
		"dry run":                      {[]string{"--dry-run", "yoga"}, "none", "", 0, nil, "attic", "+ attic push main"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := stand(t, tc.fail)
			file := filepath.Join(dir, "token")
			if err := os.WriteFile(file, []byte(tc.token), 0o600); err != nil {
				t.Fatal(err)
			}
			c := exec.Command(root+"/scripts/push", tc.args...)
			c.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "ATTIC_TOKEN_FILE="+file, "TMPDIR="+t.TempDir())
			out, err := c.CombinedOutput()
			if got := c.ProcessState.ExitCode(); got != tc.status || !strings.Contains(string(out), tc.says) {
				t.Errorf("exit status %d, want %d and %q: %v\n%s", got, tc.status, tc.says, err, out)
			}
			made, config := calls(t, dir)
			rest := made
			for _, call := range tc.calls {
				_, after, ok := strings.Cut(rest, call)
				if !ok {
					t.Fatalf("%q is not there, or not in this order:\n%s", call, made)
				}
				rest = after
			}
			if strings.Contains(made, tc.not) {
				t.Errorf("%q happened:\n%s", tc.not, made)
			}
			if tc.calls != nil && config != atticConfig {
				t.Errorf("attic's configuration is\n%s", config)
			}
			if left, err := os.ReadDir(c.Env[len(c.Env)-1][len("TMPDIR="):]); err != nil || len(left) > 0 {
				t.Errorf("left behind: %v, %v", left, err)
			}
		})
	}
}

// What the workflow runs by itself, run as it stands there.
func TestPushWorkflow(t *testing.T) {
	t.Parallel()
	var workflow struct {
		Jobs map[string]struct {
			Steps []struct {
				Env map[string]string
				Run string
			}
		}
	}
	if err := yaml.Unmarshal([]byte(readAll(t, root+"/.github/workflows/cache.yml")), &workflow); err != nil {
		t.Fatal(err)
	}
	dir, ran := stand(t, "none"), 0
	for _, step := range workflow.Jobs["push"].Steps {
		if step.Run == "" {
			continue
		}
		ran++
		c := exec.Command("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step.Run) // as a runner does
		c.Dir = root
		c.Env = append(os.Environ(), "PATH="+dir+":"+os.Getenv("PATH"), "RUNNER_TEMP="+t.TempDir())
		for name, value := range step.Env {
			if value == "${{ secrets.ATTIC_TOKEN }}" {
				value = pushToken
			}
			c.Env = append(c.Env, name+"="+value)
		}
		if out, err := c.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", step.Run, err, out)
		}
	}
	made, config := calls(t, dir)
	if ran != 1 || config != atticConfig || strings.Count(made, "attic push main /nix/store/") != 5 {
		t.Errorf("%d steps ran; attic's configuration is\n%s\ncalls:\n%s", ran, config, made)
	}
}
