package nix

import (
	"encoding/json"
	"errors"
	"os/exec"
	"slices"
	"testing"
)

// Every option that the fleet sets is one that its upstream has, and takes its value: on the release of the hosts, on the one
// that is a line of flake.nix away, and on nixpkgs of today. What is recorded is set by somebody.
func TestUpstreamOptions(t *testing.T) {
	t.Parallel()
	for _, release := range []string{"25.05", "26.05", "26.11"} {
		t.Run(release, func(t *testing.T) {
			t.Parallel()
			c := command(t, "nix-instantiate", "--eval", "--strict", "--json", "./upstream.nix")
			c.Env = append(c.Env, "PANTHER_NIX_RELEASE="+release)
			out, err := c.Output()
			if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
				t.Fatalf("%v\n%s", err, exit.Stderr)
			} else if err != nil {
				t.Fatal(err)
			}
			var got struct {
				Recorded []string
				Set      []struct {
					Name        string
					Known, Fits bool
					Type        string
					Value       any
				}
			}
			if err := json.Unmarshal(out, &got); err != nil {
				t.Fatal(err)
			}
			var set []string
			for _, o := range got.Set {
				set = append(set, o.Name)
				switch {
				case !o.Known:
					t.Errorf("%s is set, and nobody upstream has it; if it does, record it in options.nix", o.Name)
				case !o.Fits:
					t.Errorf("%s is %v, and upstream wants: %s", o.Name, o.Value, o.Type)
				}
			}
			for _, name := range got.Recorded {
				if !slices.Contains(set, name) {
					t.Errorf("%s is recorded, and nobody sets it", name)
				}
			}
			if len(got.Recorded) < 130 {
				t.Errorf("only %d options are recorded", len(got.Recorded))
			}
		})
	}
}
