package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"panther/pkg/encoder/encodertest"
	"panther/pkg/sd"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"panther-embed": func() { sd.Main(run) }})
}

func TestCommand(t *testing.T) {
	t.Parallel()
	tiny := encodertest.Tiny(t)
	testscript.Run(t, testscript.Params{Dir: "testdata", Setup: func(e *testscript.Env) error {
		e.Setenv("HOME", e.WorkDir)
		return os.CopyFS(e.WorkDir+"/models/tiny", os.DirFS(tiny))
	}})
}
