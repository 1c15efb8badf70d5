package nix

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Configurations of opnix 0.11 evaluate unchanged: ours in testdata, and with PANTHER_OPNIX_DOCS naming a checkout of
// opnix, every example of its documentation.
func TestOpnixExamples(t *testing.T) {
	t.Parallel()
	files := []string{"testdata/opnix.md"}
	if dir := os.Getenv("PANTHER_OPNIX_DOCS"); dir != "" {
		for _, pattern := range []string{"README.md", "docs/*.md", "docs/examples/*.md"} {
			more, err := filepath.Glob(filepath.Join(dir, pattern))
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, more...)
		}
		if len(files) < 5 {
			t.Fatalf("PANTHER_OPNIX_DOCS=%s has only %d pages", dir, len(files)-1)
		}
	}
	block := regexp.MustCompile("(?ms)^( *)```nix\n(.*?)^ *```")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range block.FindAllSubmatchIndex(text, -1) {
			line := 1 + strings.Count(string(text[:at[0]]), "\n")
			snippet := string(text[at[4]:at[5]])
			t.Run(fmt.Sprintf("%s:%d", filepath.Base(file), line), func(t *testing.T) {
				t.Parallel()
				example(t, snippet)
			})
		}
	}
}

// other are examples of something else than a NixOS or Home Manager configuration, or that opnix itself refuses.
var other = map[string]string{
	"outputs =|inputs\\.opnix|fetchTarball":            "a flake or a channel",
	"devShells|vars = \\[|buildOpnix":                  "a development shell",
	"groupId|com\\.example|darwin\\.|launchd":          "macOS",
	"Error: duplicate path|tokenFile = [^;]*;\n *# or": "wrong on purpose",
	"environment\\.isDevelopment":                      "an option that there is not in NixOS",
	"# Old format|# V0 Conf|# Before:":                 "two for one",
	`"postgres-superuser-password" =`:                  "names that opnix refuses too",
	"# This should restart Caddy":                      "a secret without its reference",
	`secrets = {\n  example = {`:                       "lacks a brace",
}

// example evaluates a snippet in the first frame in which it parses.
func example(t *testing.T, snippet string) {
	for pattern, what := range other {
		if regexp.MustCompile(pattern).MatchString(snippet) {
			t.Skip(what)
		}
	}
	dir := t.TempDir()
	for _, name := range regexp.MustCompile(`\./[\w/-]+\.json`).FindAllString(snippet, -1) {
		put(t, filepath.Join(dir, name), `{"secrets": [{"path": "`+strings.Trim(name, "./")+`", "reference": "op://Servers/item/field"}]}`)
	}
	file := filepath.Join(dir, "example.nix")
	for _, frame := range []string{
		"%s", // a module
		"{ config, lib, pkgs, ... }: { %s\n }",
		"{ services.onepassword-secrets = { %s\n }; }",
		"{ services.onepassword-secrets.secrets = { %s\n }; }",
		"{ services.onepassword-secrets.secrets.one = { reference = \"op://Servers/item/field\"; %s\n }; }",
	} {
		if frame == "%s" && !regexp.MustCompile(`(?m)^(\{|let)`).MatchString(snippet) || !fits(frame, snippet) {
			continue
		}
		text := fmt.Sprintf(frame, snippet)
		if strings.HasPrefix(strings.TrimSpace(snippet), "let") || strings.HasPrefix(snippet, "#") && frame == "%s" {
			text = "{ config, lib, pkgs, ... }:\n" + snippet
		}
		put(t, file, text)
		if out, err := command(t, "nix-instantiate", "--parse", file).CombinedOutput(); err == nil {
			accept(t, file)
			return
		} else if frame == "%s" {
			t.Logf("%s", out)
		}
	}
	t.Errorf("it parses in no frame:\n%s", snippet)
}

// fits reports whether what a snippet sets belongs into a frame.
func fits(frame, snippet string) bool {
	first := regexp.MustCompile(`(?m)^ *([a-zA-Z.\-]+) *=`).FindStringSubmatch(snippet)
	if frame == "%s" || first == nil {
		return frame == "%s"
	}
	root, nested, _ := strings.Cut(first[1], ".")
	switch {
	case nested != "":
		return strings.HasPrefix(frame, "{ config")
	case root == "secrets" || root == "configFiles" || root == "defaults" || root == "pathTemplate":
		return strings.Contains(frame, "secrets = {") && !strings.Contains(frame, "secrets.secrets")
	case root == "services" || root == "variables":
		return strings.Contains(frame, "secrets.one")
	}
	return strings.Contains(frame, "secrets.secrets")
}

// accept evaluates a module beside both of ours, and has opnix check what comes out.
func accept(t *testing.T, file string) {
	var got struct {
		Failed       []string
		System, User map[string]any
		Paths        map[string]string
	}
	must(t, `let c = (import ./eval.nix { modules = [
		../../nixos-module.nix ../../nix/home-module.nix `+file+`
		{ home = { username = "alice"; homeDirectory = "/home/alice"; }; networking.hostName = "example"; }
		{ xdg = { configHome = "/home/alice/.config"; dataHome = "/home/alice/.local/share"; }; }
		{ services.onepassword-secrets.enable = true; services.onepassword-secrets.secrets.another = { reference = "op://Servers/item/field"; path = "another"; }; }
	]; }).config; content = set: if set == null then { } else set."opnix/secrets.json".source.content or { }; in {
		failed = map (a: a.message) (builtins.filter (a: !a.assertion) c.assertions);
		system = content c.environment.etc;
		user = content (c.xdg.configFile or null);
		paths = c.services.onepassword-secrets.secretPaths // c.programs.onepassword-secrets.secretPaths;
	}`, &got)
	if len(got.Failed) > 0 {
		t.Errorf("assertions do not hold: %q", got.Failed)
	}
	for _, settings := range []map[string]any{got.System, got.User} {
		if len(settings) == 0 {
			continue
		}
		if out, err := check(t, "opnix/secrets.json", settings); err != nil {
			text, _ := json.Marshal(settings)
			t.Errorf("opnix refuses it: %v\n%s\n%s", err, out, text)
		}
	}
	for name, path := range got.Paths {
		if !filepath.IsAbs(path) || strings.ContainsAny(path, "{}") {
			t.Errorf("the path of %s is %q", name, path)
		}
	}
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// A file of opnix's JSON has its own template of paths, its own units and
// templates; a unit may be named with its suffix, and is a service of that name.
func TestOpnixFilesAndUnitNames(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, dir+"/more.json", `{"pathTemplate": "srv/{service}-{name}", "defaults": {"service": "web"}, "systemdIntegration": {"enable": true, "services": ["nginx.service"]},
	  "secrets": [{"reference": "op://V/I/a", "variables": {"name": "a"}}, {"reference": "op://V/I/b", "variables": {"name": "b", "service": "db"}, "services": ["postgresql"]},
	   {"reference": "op://V/I/c", "path": "plain", "services": {"dbus.socket": {"reload": true}}}],
	  "templates": [{"path": "env", "content": "A={{ plain }}", "services": ["web.service"]}]}`)
	put(t, dir+"/example.nix", `{ services.onepassword-secrets = { enable = true; configFiles = [ ./more.json "/etc/opnix/later.json" ]; secrets.one = { reference = "op://V/I/d"; services = [ "web.service" "web" ]; }; }; }`)
	var got struct {
		Failed, Services, Paths []string
		Settings                map[string]any
	}
	must(t, `let c = (import ./eval.nix { modules = [ ../../nixos-module.nix `+dir+`/example.nix ]; }).config; settings = c.environment.etc."opnix/secrets.json".source.content; in {
		failed = map (a: a.message) (builtins.filter (a: !a.assertion) c.assertions);
		services = builtins.filter (n: builtins.elem "opnix-secrets.service" (c.systemd.services.${n}.wants or [ ])) (builtins.attrNames c.systemd.services);
		paths = map (s: s.path) settings.secrets;
		inherit settings;
	}`, &got)
	for what, have := range map[string][]string{"": got.Failed, "nginx postgresql web": got.Services, "srv/web-a srv/db-b plain one": got.Paths} {
		if s := strings.Join(have, " "); s != what {
			t.Errorf("%q, want %q", s, what)
		}
	}
	if out, err := check(t, "opnix/secrets.json", got.Settings); err != nil {
		t.Errorf("opnix refuses it: %v\n%s", err, out)
	}
	if text, _ := json.Marshal(got.Settings["include"]); string(text) != `["/etc/opnix/later.json"]` {
		t.Errorf("include is %s", text)
	}
	if text, _ := json.Marshal(got.Settings["systemdIntegration"]); !strings.Contains(string(text), "nginx.service") {
		t.Errorf("%s", text)
	}
}

// A slip in the name of an owner is told when the system is built, not first by the machine that then lacks the secret.
func TestOwnerThatNoModuleDeclares(t *testing.T) {
	t.Parallel()
	var warnings []string
	must(t, `(import ./eval.nix { modules = [ ../../nixos-module.nix {
		users.users.caddy = { isSystemUser = true; group = "caddy"; };
		users.groups.caddy = { };
		services.onepassword-secrets = {
			enable = true;
			secrets.right = { reference = "op://a/b/c"; owner = "caddy"; group = "caddy"; };
			secrets.number = { reference = "op://a/b/d"; owner = "991"; };
			secrets.slip = { reference = "op://a/b/e"; owner = "cady"; group = "cadies"; };
			templates.mine = { path = "env"; content = "x={{ right }}"; owner = "cady"; };
		};
	} ]; }).config.warnings`, &warnings)
	said := strings.Join(warnings, "\n")
	for _, want := range []string{"the owner of slip, cady,", "the group of slip, cadies,", "the owner of mine, cady,"} {
		if !strings.Contains(said, want) {
			t.Errorf("nobody is warned of %q:\n%s", want, said)
		}
	}
	if len(warnings) != 3 {
		t.Errorf("%d warnings:\n%s", len(warnings), said)
	}
}
