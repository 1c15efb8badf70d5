// Package agentdb runs agentdb and panther-embed as processes of their own, over
// a real PostgreSQL, and does to them what happens to processes. Without
// PANTHER_TEST_POSTGRES its tests are skipped, as package pgtest says.
package agentdb

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"testing"
	"time"

	"panther/pkg/agentdb"
	"panther/pkg/embed"
	"panther/pkg/encoder/encodertest"
	"panther/pkg/knowledge"
	"panther/pkg/sd"
)

// serveEnv makes the test binary one of the services, for the time until it is
// interrupted.
const serveEnv = "PANTHER_TEST_SERVE"

func TestMain(m *testing.M) {
	name := os.Getenv(serveEnv)
	if name == "" {
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := serve(ctx, name, os.Args[1], os.Args[2], os.Args[3]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// serve runs a service on its socket in dir and says on standard output when it
// is ready. agentdb keeps its data in database and asks the embedder whose folder
// embedder is; panther-embed has a model's folder for a database.
func serve(ctx context.Context, name, dir, database, embedder string) error {
	env, err := sd.Local(name, dir, slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})))
	if err != nil {
		return err
	}
	go func() {
		select {
		case <-env.ReadyC():
			fmt.Println("ready")
		case <-ctx.Done():
		}
	}()
	if name == embed.Name {
		cfg := embed.Default()
		cfg.Model = database
		return embed.Run(ctx, env, cfg)
	}
	cfg := agentdb.Default()
	cfg.Canaries.MaxLost = 1 // a random model is a bad one
	cfg.Database, cfg.Embedding.URL = database, "unix:"+sd.LocalSocket(embedder, embed.Name)
	return agentdb.Run(ctx, env, cfg)
}

// service is a service that can be killed and started again.
type service struct {
	t         *testing.T
	name, dir string
	args      []string
	cmd       *exec.Cmd
}

// twoModels installs a tiny model under two names, which are two embedding
// spaces.
func twoModels(t *testing.T) (first, second string) {
	t.Helper()
	known := words
	for i := range documents { // each has a vector of its own
		known = append(known[:len(known):len(known)], fmt.Sprint(i))
	}
	tiny, models := os.DirFS(encodertest.Tiny(t, known...)), t.TempDir()
	first, second = filepath.Join(models, "first"), filepath.Join(models, "second")
	for _, dir := range []string{first, second} {
		if err := os.CopyFS(dir, tiny); err != nil {
			t.Fatal(err)
		}
	}
	return first, second
}

func startEmbed(t *testing.T, model string) *service {
	t.Helper()
	return startService(t, embed.Name, model, "")
}

func startAgentdb(t *testing.T, database string, e *service) *service {
	t.Helper()
	return startService(t, agentdb.Name, database, e.dir)
}

func startService(t *testing.T, name string, args ...string) *service {
	t.Helper()
	s := &service{t: t, name: name, dir: t.TempDir(), args: args}
	s.start()
	t.Cleanup(s.kill)
	return s
}

func (s *service) start() {
	s.t.Helper()
	self, err := os.Executable()
	if err != nil {
		s.t.Fatal(err)
	}
	s.cmd = exec.Command(self, append([]string{s.dir}, s.args...)...)
	s.cmd.Env = append(os.Environ(), serveEnv+"="+s.name)
	s.cmd.Stderr = os.Stderr
	out, err := s.cmd.StdoutPipe()
	if err == nil {
		err = s.cmd.Start()
	}
	if err != nil {
		s.t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		s.t.Fatalf("%s ended before it was ready: %q, %v", s.name, line, err)
	}
}

// kill is kill -9.
func (s *service) kill() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
}

func (s *service) client() *knowledge.Client {
	c := knowledge.NewClient("unix:"+sd.LocalSocket(s.dir, s.name), "")
	s.t.Cleanup(c.Close)
	return c
}

// eventually repeats a check until it holds.
func eventually(t *testing.T, within time.Duration, check func() error) {
	t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(within); ; {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("never: %v", err)
		}
		<-tick.C
	}
}

// settled waits until everything is embedded in one active space, that of model.
func settled(t *testing.T, c *knowledge.Client, model string) {
	t.Helper()
	eventually(t, 5*time.Minute, func() error {
		st, err := c.Stats(t.Context())
		if err != nil {
			return err
		}
		if len(st.Spaces) != 1 || !st.Spaces[0].Active || st.Spaces[0].Pending > 0 || st.Spaces[0].Model != model {
			return fmt.Errorf("spaces %+v", st.Spaces)
		}
		return nil
	})
}
