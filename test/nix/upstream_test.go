package nix

import (
	"fmt"
	"strings"
	"testing"
)

// Every option that the fleet sets is one that its upstream has, and of its type; what is recorded is set by somebody.
func TestUpstreamOptions(t *testing.T) {
	t.Parallel()
	recorded, attrs := map[string]string{}, ""
	for line := range strings.Lines(readAll(t, "testdata/options.txt")) {
		name, kind, ok := strings.Cut(strings.TrimSpace(line), " ")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		if recorded[name] != "" {
			t.Errorf("%s is recorded twice", name)
		}
		recorded[name] = kind
		attrs += fmt.Sprintf("%q = true; ", name)
	}
	var set []struct{ Name, Kind string }
	must(t, `import ./upstream.nix { recorded = { `+attrs+` }; }`, &set)
	seen := map[string]bool{}
	for _, o := range set {
		seen[o.Name] = true
		switch kind := recorded[o.Name]; {
		case kind == "":
			t.Errorf("%s is set, and nobody upstream has it; if it does, record it in testdata/options.txt", o.Name)
		case kind != o.Kind && !(kind == "string" && o.Kind == "path"):
			t.Errorf("%s is a %s, and upstream wants a %s", o.Name, o.Kind, kind)
		}
	}
	for name := range recorded {
		if !seen[name] {
			t.Errorf("%s is recorded, and no host sets it", name)
		}
	}
}
