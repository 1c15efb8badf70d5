package agents

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"panther/pkg/opencode/api"
)

func TestDefaults(t *testing.T) {
	t.Parallel()
	list, err := Load("")
	if err != nil || len(list) != 5 || list[0].Name != Default {
		t.Fatalf("got %d agents, %v", len(list), err)
	}
	for _, a := range list {
		if a.Description == "" || a.Prompt == "" || !a.BuiltIn {
			t.Errorf("%s is not whole: %+v", a.Name, a)
		}
		if a.Mode == api.ModeSubagent && (!a.Rules.Never("shell") || !a.Rules.Never("delegate")) {
			t.Errorf("%s may do more than its work", a.Name)
		}
	}
}

func TestFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"critic.md":  "---\ndisable: true\n---\n",
		"panther.md": "Be brief.",
		"ops.md":     "---\ndescription: d\nmode: primary\nmodel: p/m\ntemperature: 0.2\nsteps: 3\ntools:\n  remember: false\npermission:\n  delegate: ask\n  mcp_git_*:\n    \"*\": deny\n    read: allow\n---\nYou operate.\n",
		"notes.txt":  "not an agent",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	list, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]Agent{}
	for _, a := range list {
		by[a.Name] = a
	}
	if _, ok := by["critic"]; ok || len(list) != 5 || by["panther"].Prompt != "Be brief." || by["panther"].BuiltIn {
		t.Errorf("agents %+v", by)
	}
	ops := by["ops"]
	if ops.Prompt != "You operate." || ops.Model != "p/m" || *ops.Temperature != 0.2 || ops.Steps != 3 {
		t.Errorf("ops is %+v", ops)
	}
	for call, want := range map[[2]string]string{
		{"remember", "x"}: "deny", {"delegate", "x"}: "ask", {"recall", "x"}: "allow",
		{"mcp_git_log", "write"}: "deny", {"mcp_git_log", "read"}: "allow",
	} {
		if got := ops.Rules.Decide(Use{Tool: call[0], Values: []Value{{"x", call[1]}}}); got != want {
			t.Errorf("%v: %s, want %s", call, got, want)
		}
	}
	if Rules(nil).Decide(Use{Tool: "x"}) != api.ActionDeny {
		t.Error("what nothing allows was allowed")
	}
}

func TestWrongDefinitions(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"---\npermision: deny\n---\n":         "permision",
		"---\nmode: boss\n---\n":              "mode",
		"---\nmode: primary\n":                "no end",
		"---\ntools: all\n---\n":              "tools",
		"---\ntools: {a: maybe}\n---\n":       "tools.a",
		"---\npermission: {a: maybe}\n---\n":  "permission.a",
		"---\npermission: [allow]\n---\n":     "permission",
		"---\npermission: {a: {b: c}}\n---\n": "permission.a.b",
	} {
		if _, err := Parse("x", []byte(in)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q gave %v, want %q", in, err, want)
		}
	}
	if _, err := Parse("../x", nil); err == nil {
		t.Error("a path was taken for a name")
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("---\npermission: {a: {b: deny}}\n---\nx"))
	f.Fuzz(func(_ *testing.T, b []byte) { _, _ = Parse("x", b) })
}
