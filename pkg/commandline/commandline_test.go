package commandline

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"panther/pkg/sd"
)

func tree() *cobra.Command {
	root := &cobra.Command{Use: "x", Args: NoCommand, RunE: func(*cobra.Command, []string) error { return nil }}
	list := &cobra.Command{Use: "list", Args: NoCommand, RunE: root.RunE}
	list.Flags().Int("limit", 1, "how many")
	list.AddCommand(&cobra.Command{Use: "remove NAME", SuggestFor: []string{"delete"}, Args: Between(1, 1), RunE: root.RunE})
	root.AddCommand(list, &cobra.Command{Use: "other", Args: cobra.NoArgs, RunE: root.RunE})
	Prepare(root, Common)
	return root
}

// Whatever is wrong in a command line is an error of usage that says what to do.
func TestWrongCommandLines(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"lsit":             `there is no command "lsit" | did you mean: x list`,
		"list delete":      `there is no command "list delete" | did you mean: x list remove`,
		"list zzz":         `there is no command "list zzz" | see: x list --help`,
		"list remove":      "x list remove needs an argument more | usage: x list remove NAME [flags]",
		"list remove a b":  `x list remove does not know what to do with "b" | usage: x list remove NAME [flags]`,
		"list --limti 3":   "x list: unknown flag: --limti | did you mean --limit?",
		"list --zzz":       "x list: unknown flag: --zzz | see: x list --help",
		"list -z":          "x list: unknown shorthand flag: 'z' in -z | see: x list --help",
		"list --limit=lot": `x list: invalid argument "lot" for "--limit" flag: strconv.ParseInt: parsing "lot": invalid syntax | see: x list --help`,
		"other a":          `x other: unknown command "a" for "x other" | usage: x other [flags]`,
	} {
		root := tree()
		root.SetArgs(strings.Fields(line))
		err := root.ExecuteContext(t.Context())
		if err == nil {
			t.Errorf("%s: no error", line)
			continue
		}
		if got := err.Error() + " | " + sd.HintOf(err); got != want || sd.ExitCode(err) != sd.ExitUsage {
			t.Errorf("%s: %s (%d), want %s", line, got, sd.ExitCode(err), want)
		}
	}
}

func TestManualPagesHaveTheExitStatuses(t *testing.T) {
	t.Parallel()
	root, dir := tree(), filepath.Join(t.TempDir(), "man")
	root.SetArgs([]string{"man", dir})
	if err := root.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, page := range []string{"x.1", "x-list.1", "x-list-remove.1"} {
		b, err := os.ReadFile(filepath.Join(dir, page))
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range Common {
			if !strings.Contains(string(b), s.Meaning) {
				t.Errorf("%s does not say what status %d is", page, s.Code)
			}
		}
	}
}

func TestLongFlags(t *testing.T) {
	t.Parallel()
	got := LongFlags([]string{"-config", "f", "-check=true", "-n", "--x", "--", "-config"})
	if want := []string{"--config", "f", "--check=true", "-n", "--x", "--", "-config"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
