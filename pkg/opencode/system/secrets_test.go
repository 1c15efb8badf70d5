package system

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"panther/pkg/identity"
	"panther/pkg/opencode/api"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestSecretsAreNamesAndAges(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	files := filepath.Join(root, "run/opnix/generations/7/files")
	const value = "hunter2-the-value"
	write(t, root+secretsConfig, `{"secrets":[{"path":"opencode/key","reference":"op://V/a/b"},{"path":"/etc/x"},{"path":"gone"},{"path":"../../../etc/shadow"}],"templates":{"t":{"path":"tpl/x"}}}`)
	write(t, filepath.Join(files, "opencode/key"), value)
	write(t, filepath.Join(files, ".absolute/etc/x"), value)
	write(t, filepath.Join(files, "tpl/x"), value)
	write(t, root+secretsStale, "")
	if err := os.MkdirAll(filepath.Dir(root+secretsLink), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(files, root+secretsLink); err != nil {
		t.Fatal(err)
	}
	early, late := time.Unix(1_700_000_000, 0), time.Unix(1_700_000_100, 0)
	units := []api.UnitState{{Name: "opnix-secrets.service", Status: "first", Since: &early}, {Name: "opnix-refresh.service", Status: "last", Since: &late}, {Name: "agentdb.service", Status: "x", Since: &late}}
	s := &Server{Root: root, Operator: func(id identity.Identity) bool { return id == identity.UID(0) }}
	got := s.secrets(identity.UID(0), units)
	if !got.Known || !got.Stale || got.Generation != 7 || got.Status != "last" || !got.Refreshed.Equal(late) || len(got.Secrets) != 5 {
		t.Fatalf("%+v", got)
	}
	for _, x := range got.Secrets {
		there := x.Name == "opencode/key" || x.Name == "/etc/x" || x.Name == "tpl/x"
		if (x.Written != nil) != there || x.Missing != (x.Name == "gone") {
			t.Errorf("%+v", x)
		}
	}
	if b, err := json.Marshal(got); err != nil || strings.Contains(string(b), value) || strings.Contains(string(b), "op://") {
		t.Errorf("it tells more than names: %s", b)
	}
	if got := s.secrets(identity.Login("a@b"), units); got.Known || len(got.Secrets) != 0 || got.Status != "" || got.Note == "" {
		t.Errorf("another person sees %+v", got)
	}
	for name, text := range map[string]string{"nonsense": "{", "other shapes": `{"secrets":{"a":{"path":"p"},"b":{}},"templates":3}`} {
		write(t, root+secretsConfig, text)
		got := s.secrets(identity.UID(0), nil)
		if (name == "nonsense") != (got.Note != "") || name != "nonsense" && len(got.Secrets) != 2 {
			t.Errorf("%s: %+v", name, got)
		}
	}
	local := &Server{Local: true, Home: root, Operator: s.Operator}
	write(t, filepath.Join(root, "credentials/anthropic-api-key"), value)
	write(t, filepath.Join(root, "credentials/openai-api-key"), "")
	if got := local.secrets(identity.UID(0), nil); len(got.Secrets) != 2 || got.Secrets[0].Missing || !got.Secrets[1].Missing {
		t.Errorf("in local mode: %+v", got)
	}
}
