package local

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"panther/pkg/knowledge"
	"panther/pkg/sd"
)

// begin runs an instance in a folder of its own and returns it when it is
// ready. Its end is waited for at the end of the test.
func begin(t *testing.T, dir string) (Status, context.CancelFunc, <-chan error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ready, ended := make(chan Status, 1), make(chan error, 1)
	go func() {
		ended <- Run(ctx, Options{Dir: dir, Config: filepath.Join(dir, "config"), Listen: "127.0.0.1:0",
			Log: slog.New(slog.DiscardHandler), Ready: func(s Status) { ready <- s }})
	}()
	t.Cleanup(cancel)
	select {
	case s := <-ready:
		return s, cancel, ended
	case err := <-ended:
		t.Fatalf("ended before it was ready: %v", err)
	}
	return Status{}, cancel, ended
}

// short returns a folder whose path leaves room for sockets.
func short(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "p")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func TestRunOnceAFolderAndAgain(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir()) // no model but the built-in one
	dir := short(t)
	s, cancel, ended := begin(t, dir)
	if !s.Ready() || len(s.Services) != 3 || !strings.HasPrefix(s.Address, "http://127.0.0.1:") {
		t.Errorf("status %+v", s)
	}
	err := Run(t.Context(), Options{Dir: dir})
	if err == nil || !strings.Contains(err.Error(), "is in use by process") || sd.HintOf(err) == "" {
		t.Errorf("a second instance: %v", err)
	}
	doc := knowledge.Document{URI: "file:///x", Source: "s", Title: "x", Markdown: "kept over a restart"}
	k := knowledge.NewClient("unix:"+sd.LocalSocket(dir, "agentdb"), "")
	defer k.Close()
	if _, err := k.Upsert(t.Context(), doc); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(sd.LocalSocket(dir, ControlSocket))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("control socket: %v %v", info.Mode(), err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("stopped: %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "run", "*")); len(left) > 0 {
		t.Errorf("sockets were left behind: %q", left)
	}

	_, _, ended = begin(t, dir)
	if d, err := k.Document(t.Context(), doc.URI); err != nil || d.Markdown != doc.Markdown {
		t.Errorf("after a restart: %+v, %v", d, err)
	}
	c, err := Dial(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Stop(t.Context()); err != nil {
		t.Error(err)
	}
	if err := <-ended; err != nil {
		t.Errorf("told to stop: %v", err)
	}
}

func TestAWrongConfigurationEndsItWithTheFilesPlace(t *testing.T) {
	t.Parallel()
	dir := short(t)
	if err := os.MkdirAll(filepath.Join(dir, "config"), 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "config", "agentdb.toml")
	if err := os.WriteFile(path, []byte("version = 1\nnonsense = true\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := Run(t.Context(), Options{Dir: dir, Config: filepath.Join(dir, "config")})
	if sd.ExitCode(err) != sd.ExitConfig || !strings.Contains(err.Error(), path+":2:1") {
		t.Errorf("got %v with status %d", err, sd.ExitCode(err))
	}
}

func TestServiceIsStartedAgain(t *testing.T) {
	t.Parallel()
	dir := short(t)
	starts := make(chan int, 8)
	n := 0
	p := part{name: "x", env: func() (*sd.Env, error) { return sd.Local("x", dir, slog.New(slog.DiscardHandler)) },
		run: func(ctx context.Context, env *sd.Env) error {
			n++
			starts <- n
			if n == 1 {
				return os.ErrDeadlineExceeded
			}
			env.Ready("up")
			<-ctx.Done()
			return nil
		}}
	fatal := make(chan error, 1)
	s := startService(slog.New(slog.DiscardHandler), p, fatal)
	<-starts
	<-starts
	<-s.firstReady
	if st := s.snapshot(); st.State != StateReady || st.Restarts != 1 || st.Status != "up" || st.Error != "" {
		t.Errorf("after a restart: %+v", st)
	}
	s.end()
	if st := s.snapshot(); st.State != StateStopped {
		t.Errorf("at the end: %+v", st)
	}
	wrong := p
	wrong.run = func(context.Context, *sd.Env) error { return sd.ConfigError(os.ErrInvalid, "") }
	s = startService(slog.New(slog.DiscardHandler), wrong, fatal)
	if err := <-fatal; sd.ExitCode(err) != sd.ExitConfig {
		t.Errorf("fatal: %v", err)
	}
	s.end()
}
