package command

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"

	"panther/pkg/opnix"
	"panther/pkg/opnix/run"
	"panther/pkg/opnix/vault"
	"panther/pkg/sd"
)

const bootUnit = `[Unit]
Wants=network-online.target run-opnix.mount
After=network-online.target run-opnix.mount

[Service]
ExecStart=/usr/bin/opnix materialize --copy-first
`

// machine is a root with a configuration, a unit and what a run left in /var.
func machine(t *testing.T) string {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	config := strings.ReplaceAll(`{"backend":{"type":"folder","path":"ROOT/vault"},"outputDir":"ROOT/var/lib/opnix/secrets",
	  "lastGood":{"sealer":"age","identity":"ROOT/id"},"secrets":[{"path":"a","reference":"op://V/I/F"}]}`, "ROOT", root)
	for p, content := range map[string]string{"/vault/V/I/F": "v", "/id": id.String(), opnix.DefaultConfig: config, "/usr/lib/systemd/system/" + secretsUnit: bootUnit} {
		if err := errors.Join(os.MkdirAll(filepath.Dir(root+p), 0o755), os.WriteFile(root+p, []byte(content), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	cfg, err := opnix.Load(root + opnix.DefaultConfig)
	if err != nil {
		t.Fatal(err)
	}
	r := &run.Runner{Config: cfg, Paths: run.Paths{Run: root + "/run/opnix", State: root + "/var/lib/opnix/state"}}
	if _, err := r.Materialize(context.Background(), run.Options{}); err != nil {
		t.Fatal(err)
	}
	return root
}

func TestGenerator(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(root string) error
		writes bool
	}{
		"a boot with a copy": {func(root string) error { return os.RemoveAll(root + "/run") }, true},
		"a reload":           {func(string) error { return nil }, false},
		"no copy": {func(root string) error {
			return errors.Join(os.RemoveAll(root+"/run"), os.Remove(root+"/var/lib/opnix/state/last-good.json"))
		}, false},
		"another configuration": {func(root string) error {
			return errors.Join(os.RemoveAll(root+"/run"), os.WriteFile(root+opnix.DefaultConfig, []byte(`{"secrets":[{"path":"b","reference":"op://V/I/F"}]}`), 0o600))
		}, false},
		"a broken one": {func(root string) error {
			return errors.Join(os.RemoveAll(root+"/run"), os.WriteFile(root+opnix.DefaultConfig, []byte(`{`), 0o600))
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root, early, normal := machine(t), t.TempDir(), t.TempDir()
			if err := tc.change(root); err != nil {
				t.Fatal(err)
			}
			if err := (Generator{Root: root}).Run(normal, early); err != nil {
				t.Fatal(err)
			}
			b, err := os.ReadFile(early + "/" + secretsUnit)
			if (err == nil) != tc.writes {
				t.Fatalf("written: %v", err)
			}
			if s := string(b); tc.writes && (strings.Contains(s, "network-online") || !strings.Contains(s, "After=run-opnix.mount\n") || !strings.Contains(s, "ExecStart=/usr/bin/opnix")) {
				t.Errorf("%s", s)
			}
			if _, err := os.Stat(root + "/run/opnix"); err == nil && name != "a reload" {
				t.Error("the generator made files in /run")
			}
		})
	}
}

// The units reach what the configuration asks for, and nothing else.
func TestGeneratorGivesReach(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ config, want string }{
		"nothing elsewhere": {`{"secrets":[{"path":"a","reference":"op://V/I/F"}]}`, ""},
		"absolute paths": {`{"secrets":[{"path":"/etc/app/sub dir/key","reference":"op://V/I/F","symlinks":["/srv/x"]},
		  {"path":"/var/lib/opnix/secrets/b","reference":"op://V/I/F","copies":["/etc/app/100%/y"]}]}`,
			`ReadWritePaths="-/etc/app"
ReadWritePaths="-/etc/app/100%%"
ReadWritePaths="-/srv"
CapabilityBoundingSet=CAP_SETGID CAP_SETUID
SystemCallFilter=@setuid
`},
		"a home": {`{"secrets":[{"path":"/home/alice/.ssh/id","owner":"nobody-knows","reference":"op://V/I/F"}]}`,
			`ProtectHome=no
ReadWritePaths="-/home"
CapabilityBoundingSet=CAP_SETGID CAP_SETUID
SystemCallFilter=@setuid
`},
		"read from a home": {`{"backend":{"type":"folder","path":"/root/vault"},"secrets":[{"path":"a","reference":"op://V/I/F"}]}`, "ProtectHome=read-only\n"},
		"another output":   {`{"outputDir":"/opt/secrets","secrets":[{"path":"a","reference":"op://V/I/F"}]}`, "ReadWritePaths=\"-/opt\"\nCapabilityBoundingSet=CAP_SETGID CAP_SETUID\nSystemCallFilter=@setuid\n"},
		"a broken one":     {`{`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root, normal := t.TempDir(), t.TempDir()
			var err error
			for _, dir := range []string{"/etc/opnix", "/etc/app/100%", "/srv", "/opt", "/home"} {
				err = errors.Join(err, os.MkdirAll(root+dir, 0o755))
			}
			if err := errors.Join(err, os.WriteFile(root+opnix.DefaultConfig, []byte(tc.config), 0o600), (Generator{Root: root}).Run(normal, t.TempDir())); err != nil {
				t.Fatal(err)
			}
			for _, unit := range []string{secretsUnit, refreshUnit} {
				b, err := os.ReadFile(filepath.Join(normal, unit+".d", "50-reach.conf"))
				_, got, _ := strings.Cut(string(b), "[Service]\n")
				if got != tc.want || (err == nil) != (tc.want != "") {
					t.Errorf("%s: %v\n%swant\n%s", unit, err, got, tc.want)
				}
			}
		})
	}
}

// What was placed before can be removed, when it is no longer wanted.
func TestGeneratorReachesWhatWasPlaced(t *testing.T) {
	t.Parallel()
	root, normal := machine(t), t.TempDir()
	if err := os.WriteFile(root+"/var/lib/opnix/state/placed.json", []byte(`{"links":{"/usr/share/x/y":"t"},"copies":{}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := (Generator{Root: root}).Run(normal, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(normal, secretsUnit+".d", "50-reach.conf"))
	if !strings.Contains(string(b), `ReadWritePaths="-/usr"`) {
		t.Errorf("%v\n%s", err, b)
	}
}

// A token that is elsewhere is watched there.
func TestGeneratorWatchesTheToken(t *testing.T) {
	t.Parallel()
	for config, want := range map[string]string{
		`{"tokenFile":"/run/keys/100%/opnix","secrets":[{"path":"a","reference":"op://V/I/F"}]}`:                                        "\nPathChanged=/run/keys/100%%/opnix\n",
		`{"tokenFile":"/run/keys/opnix","backend":{"type":"folder","path":"/srv/v"},"secrets":[{"path":"a","reference":"op://V/I/F"}]}`: "",
		`{"secrets":[{"path":"a","reference":"op://V/I/F"}]}`:                                                                           "",
	} {
		root, normal := machine(t), t.TempDir()
		if err := os.WriteFile(root+opnix.DefaultConfig, []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := (Generator{Root: root}).Run(normal, t.TempDir()); err != nil {
			t.Fatal(err)
		}
		b, _ := os.ReadFile(filepath.Join(normal, watchUnit+".d", "50-token.conf"))
		if got := string(b); want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s: %q", config, got)
		}
	}
}

// The form of opnix 0.11 ends with the statuses that it documents.
func TestFormerStatus(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		kinds []vault.Kind
		want  int
	}{
		"missing":             {[]vault.Kind{vault.Missing}, 65},
		"ambiguous":           {[]vault.Kind{vault.Unavailable, vault.Ambiguous}, 65},
		"invalid":             {[]vault.Kind{vault.Invalid}, 65},
		"limited":             {[]vault.Kind{vault.RateLimited}, 75},
		"limited and missing": {[]vault.Kind{vault.Missing, vault.RateLimited}, 75},
		"away":                {[]vault.Kind{vault.Unavailable}, 1},
	} {
		fe := &run.FailuresError{}
		for _, k := range tc.kinds {
			fe.Failures = append(fe.Failures, vault.Failure{Kind: k})
		}
		if got := sd.ExitCode(formerStatus(fe)); got != tc.want {
			t.Errorf("%s: %d, want %d", name, got, tc.want)
		}
	}
	if err := formerStatus(nil); err != nil {
		t.Error(err)
	}
}
