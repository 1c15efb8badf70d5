package command_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"panther/pkg/commandline"
	"panther/pkg/opnix/command"
	"panther/pkg/sd"
)

func TestMain(m *testing.M) {
	// Ops for another user run this program again (place.ChildCommand).
	if len(os.Args) > 1 && os.Args[1] == "place-as-user" {
		sd.Main(opnix)
	}
	testscript.Main(m, map[string]func(){"opnix": func() { sd.Main(opnix) }})
}

func opnix(ctx context.Context) error {
	command.Harden()
	root := command.New()
	root.SetArgs(commandline.LongFlags(os.Args[1:]))
	return root.ExecuteContext(ctx)
}

func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(e *testscript.Env) error {
			dir, err := filepath.EvalSymlinks(e.WorkDir)
			if err != nil {
				return err
			}
			e.Setenv("OPNIX", "-run-dir="+dir+"/run -state-dir="+dir+"/lib/state")
			e.Setenv("HOME", dir+"/home")
			return os.MkdirAll(dir+"/home", 0o700)
		},
		Condition: func(cond string) (bool, error) { return cond == "root" && os.Geteuid() == 0, nil },
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"mode":  mode,
			"subst": subst,
		},
	})
}

// mode checks the permissions of files: mode 0600 FILE...
func mode(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: mode MODE FILE...")
	}
	for _, p := range args[1:] {
		st, err := os.Stat(ts.MkAbs(p))
		ts.Check(err)
		if got := "0" + ("000" + octal(st.Mode().Perm()))[len(octal(st.Mode().Perm())):]; (got == args[0]) == neg {
			ts.Fatalf("%s has mode %s", p, got)
		}
	}
}

func octal(m os.FileMode) string {
	const digits = "01234567"
	return string([]byte{digits[m>>6&7], digits[m>>3&7], digits[m&7]})
}

// subst replaces $WORK in files.
func subst(ts *testscript.TestScript, _ bool, args []string) {
	for _, p := range args {
		s := os.Expand(ts.ReadFile(p), func(k string) string {
			if k == "WORK" {
				return ts.Getenv("WORK")
			}
			return "$" + k
		})
		ts.Check(os.WriteFile(ts.MkAbs(p), []byte(s), 0o600))
	}
}
