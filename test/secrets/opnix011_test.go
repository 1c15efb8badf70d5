package secrets

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"panther/pkg/opnix/vault"
)

// update is where a build of opnix 0.11 is that resolves a reference to "value
// of " and itself (test/bench/secrets makes one); with it the wanted files are
// written anew.
var update = flag.String("update-opnix011", "", "program that takes a configuration and a folder")

// inside runs the arguments from the fourth on where nothing but the users of
// the examples is in /etc and /opt is empty, and then lists the files there and
// in the folder $2: path, mode, owner and content, through links.
const inside = `set -e
mount -t tmpfs t /etc && cp "$1" /etc/passwd && cp "$1.group" /etc/group && mount -t tmpfs t /opt
out=$2 && shift 2 && "$@"
cd "$out/" && find -L . /etc /opt -path ./.absolute -prune -o -type f ! -path '/etc/passwd' ! -path '/etc/group' -printf '%p %m %u:%g ' -exec cat {} ';' -printf '\n' | sort
`

const (
	exampleUsers  = "root:x:0:0::/root:/bin/sh\ncaddy:x:301:301::/:/bin/false\npostgres:x:302:302::/:/bin/false\nuser:x:303:303::/:/bin/false\n"
	exampleGroups = "root:x:0:\ncaddy:x:301:\npostgres:x:302:\ngroup:x:303:\n"
)

// The configurations in opnix 0.11's documentation, and those that its modules
// write, give the files that opnix 0.11 itself writes for them.
func TestConfigurationsOfOpnix011(t *testing.T) {
	t.Parallel()
	examples, err := filepath.Glob("testdata/opnix011/*.json")
	if err != nil || len(examples) < 7 {
		t.Fatalf("%d examples, %v", len(examples), err)
	}
	for _, p := range examples {
		t.Run(strings.TrimSuffix(filepath.Base(p), ".json"), func(t *testing.T) {
			t.Parallel()
			example, err := filepath.Abs(p)
			if err != nil {
				t.Fatal(err)
			}
			if code, out := finish(t, exec.Command(opnix, "-check", "-elsewhere", "-config", example)); code != 0 {
				t.Fatal(out)
			}
			needRoot(t)
			needTool(t, "unshare")
			dir := t.TempDir()
			write := func(name, content string) {
				p := filepath.Join(dir, name)
				if err := errors.Join(os.MkdirAll(filepath.Dir(p), 0o755), os.WriteFile(p, []byte(content), 0o644)); err != nil {
					t.Fatal(err)
				}
			}
			write("users", exampleUsers)
			write("users.group", exampleGroups)
			for _, ref := range references(t, example) {
				write("vault/"+strings.TrimPrefix(ref, "op://"), "value of "+ref)
			}
			write("backend.json", `{"backend": {"type": "folder", "path": "`+dir+`/vault"}, "lastGood": {"enable": false}}`)
			out := dir + "/lib/secrets"
			program := []string{opnix, "materialize", "-config", example, "-config", dir + "/backend.json", "-output", out, "-run-dir", dir + "/run", "-state-dir", dir + "/lib/state"}
			if *update != "" {
				program = []string{*update, example, out}
			}
			cmd := exec.Command("unshare", append([]string{"-m", "sh", "-c", inside, "sh", dir + "/users", out}, program...)...)
			var said strings.Builder
			cmd.Stderr = &said
			got, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v\n%s", err, said.String())
			}
			golden := strings.TrimSuffix(p, ".json") + ".files"
			if *update != "" {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil || string(got) != string(want) {
				t.Errorf("%v\ngot\n%swant\n%s", err, got, want)
			}
		})
	}
}

// references lists what a configuration asks for, decoded.
func references(t *testing.T, p string) []string {
	t.Helper()
	var doc struct{ Secrets []struct{ Reference string } }
	b, err := os.ReadFile(p)
	if err == nil {
		err = json.Unmarshal(b, &doc)
	}
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, s := range doc.Secrets {
		if _, err := vault.ParseReference(s.Reference); err != nil {
			t.Fatal(err)
		}
		out = append(out, s.Reference)
	}
	return out
}
