package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"panther/pkg/sd"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"panther-crawl": func() { sd.Main(run) }})
}

// TestCommand runs the scripts with a site at $SITE: what is in site/, 401 below
// /login/ without the right token, and 500 below /broken/. The command fill
// replaces @SITE@ and @WORK@ in files.
func TestCommand(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{Dir: "testdata", Setup: func(e *testscript.Env) error {
		files := http.FileServer(http.Dir(filepath.Join(e.WorkDir, "site")))
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case strings.HasPrefix(r.URL.Path, "/login/") && r.Header.Get("Authorization") != "Bearer right":
				w.WriteHeader(http.StatusUnauthorized)
			case strings.HasPrefix(r.URL.Path, "/broken/"):
				w.WriteHeader(http.StatusInternalServerError)
			default:
				files.ServeHTTP(w, r)
			}
		}))
		e.Defer(s.Close)
		e.Setenv("SITE", s.URL)
		e.Setenv("CREDENTIALS_DIRECTORY", filepath.Join(e.WorkDir, "credentials"))
		return nil
	}, Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
		"fill": func(ts *testscript.TestScript, _ bool, args []string) {
			for _, name := range args {
				text := strings.NewReplacer("@SITE@", ts.Getenv("SITE"), "@WORK@", ts.Getenv("WORK")).Replace(ts.ReadFile(name))
				ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o600))
			}
		},
	}})
}
