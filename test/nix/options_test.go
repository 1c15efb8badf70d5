package nix

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write nix/OPTIONS.md anew")

// nix/OPTIONS.md is what the modules say.
func TestOptions(t *testing.T) {
	t.Parallel()
	var page string
	must(t, `import ../../nix/options.nix { lib = import ./lib.nix; inherit (import ./eval.nix { modules = [ ]; }) pkgs; }`, &page)
	const file = root + "/nix/OPTIONS.md"
	if *update {
		if err := os.WriteFile(file, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(text) != page {
		t.Error("nix/OPTIONS.md is not what the modules say: go test ./test/nix -run Options -update")
	}
	for _, name := range []string{"services.panther.enable", "services.panther.opencode.listen", "services.onepassword-secrets.secrets.<name>.reference",
		"services.onepassword-secrets.systemdIntegration.polling.interval", "programs.onepassword-secrets.secrets.<name>.path"} {
		if !strings.Contains(page, "\n### "+name+"\n") {
			t.Errorf("the page has no option %s", name)
		}
	}
}
