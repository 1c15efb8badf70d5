package panther

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"panther/pkg/sd"
)

// The test binary is the command: a script runs it as `panther`.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"panther": func() { sd.Main(Run) }})
}

// TestScripts runs every script of testdata against services of its own, in a
// folder of its own.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:   "testdata",
		Setup: setup,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":   exits,
			"waits":   waits,
			"visits":  visits,
			"appends": appends,
		},
		Condition: func(cond string) (bool, error) {
			if cond == "root" {
				return os.Geteuid() == 0, nil
			}
			return false, fmt.Errorf("unknown condition %q", cond)
		},
		Deadline: deadline(t),
	})
}

func deadline(t *testing.T) time.Time {
	d, ok := t.Deadline()
	if !ok {
		return time.Time{}
	}
	return d.Add(-5 * time.Second) // for cleaning up
}

// providers is the opencode.toml of every script.
const providers = `version = 1
titles = false
[[provider]]
name = "test"
kind = "openai"
url = "%s/v1"
[[provider.model]]
id = "echo"
[[provider.model]]
id = "slow"
[[provider.model]]
id = "broken"
[[provider.model]]
id = "keeper"
`

// setup gives a script a folder whose path is short enough for sockets, and a
// web server for the files below www.
func setup(env *testscript.Env) error {
	home, err := os.MkdirTemp("", "p")
	if err != nil {
		return err
	}
	env.Defer(func() { _ = os.RemoveAll(home) })
	mux := http.NewServeMux()
	mux.Handle("/", tagged(filepath.Join(env.WorkDir, "www")))
	mux.HandleFunc("POST /v1/chat/completions", scriptedModel)
	web := httptest.NewServer(mux)
	env.Defer(web.Close)
	if err := os.MkdirAll(filepath.Join(home, "config"), 0o700); err != nil {
		return err
	}
	models := fmt.Sprintf(providers, web.URL)
	if err := os.WriteFile(filepath.Join(home, "config", "opencode.toml"), []byte(models), 0o600); err != nil {
		return err
	}
	env.Setenv("PANTHER_HOME", home)
	env.Setenv("XDG_CACHE_HOME", filepath.Join(env.WorkDir, "cache")) // no model but the built-in one
	env.Setenv("PANTHER_LOG", "warn")
	env.Setenv("WEB", web.URL)
	env.Setenv("TERM", "dumb")
	return nil
}

// tagged serves a folder with entity tags, since files that change within a
// second have the same Last-Modified.
func tagged(dir string) http.Handler {
	files := http.FileServer(http.Dir(dir))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := r.URL.Path
		if strings.HasSuffix(name, "/") {
			name += "index.html"
		}
		if b, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(path.Clean(name)))); err == nil {
			w.Header().Set("ETag", fmt.Sprintf(`"%x"`, sha256.Sum256(b)))
		}
		files.ServeHTTP(w, r)
	})
}

// visits opens the address that a file holds as a browser does: visits 303 link
func visits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: visits STATUS FILE")
	}
	c := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := c.Get(strings.TrimSpace(ts.ReadFile(args[1])))
	ts.Check(err)
	defer resp.Body.Close()
	if got := strconv.Itoa(resp.StatusCode); got != args[0] {
		ts.Fatalf("status %s", got)
	}
}

// appends adds a quoted text to a file.
func appends(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: appends FILE TEXT")
	}
	f, err := os.OpenFile(ts.MkAbs(args[0]), os.O_APPEND|os.O_WRONLY, 0)
	ts.Check(err)
	_, err = f.WriteString(strings.ReplaceAll(args[1], `\n`, "\n"))
	ts.Check(errors.Join(err, f.Close()))
}

// exits runs a command that must end with a status: exits 64 panther …
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS COMMAND…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var ee *exec.ExitError
	if errors.As(err, &ee) {
		got = ee.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("%v: exit status %d, want %d", args[1:], got, want)
	}
}

// waits runs a command until it succeeds with an output that matches:
// waits PATTERN COMMAND…
func waits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: waits PATTERN COMMAND…")
	}
	want := regexp.MustCompile("(?m)" + args[0])
	path, err := exec.LookPath(args[1])
	ts.Check(err)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	var out []byte
	for end := time.Now().Add(time.Minute); time.Now().Before(end); <-tick.C {
		cmd := exec.Command(path, args[2:]...)
		cmd.Dir = ts.MkAbs(".")
		cmd.Env = []string{"PATH=" + ts.Getenv("PATH"), "PANTHER_HOME=" + ts.Getenv("PANTHER_HOME")}
		if out, err = cmd.CombinedOutput(); err == nil && want.Match(out) {
			return
		}
	}
	ts.Fatalf("%v: after a minute still: %v\n%s", args[1:], err, out)
}
