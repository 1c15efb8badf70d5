package panther

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"panther/pkg/knowledge"
	"panther/pkg/local"
	"panther/pkg/opencode/api"
	"panther/pkg/sd"
)

// Sockets of an installed server.
const (
	serverRuntime   = "/run/opencode/opencode.sock"
	serverKnowledge = "/run/agentdb/agentdb.sock"
)

// target is a running Panther.
type target struct {
	kind      string // "local", "server" or "socket"
	dir       string // local: the private folder
	runtime   string // opencoded: unix:/path or URL
	knowledge string // agentdb: the same; "" where only the runtime is reachable
}

// find returns the Panther to talk to: the one that --socket names, else a live
// local one, else the installed server.
func (a *app) find() (*target, error) {
	if a.socket != "" {
		return named(a.socket)
	}
	dir := local.Dir()
	if c, err := net.Dial("unix", sd.LocalSocket(dir, local.ControlSocket)); err == nil {
		_ = c.Close()
		return localTarget(dir), nil
	}
	for _, path := range []string{serverKnowledge, serverRuntime} {
		if _, err := os.Stat(path); err == nil {
			return &target{kind: "server", runtime: "unix:" + serverRuntime, knowledge: "unix:" + serverKnowledge}, nil
		} else if errors.Is(err, fs.ErrPermission) {
			return nil, permission(fmt.Errorf("reach %s: %w", path, fs.ErrPermission))
		}
	}
	return nil, sd.Hint(errors.New("no Panther is running here"),
		"start one with: panther local (in another terminal), or install it as a server: sudo scripts/install")
}

func localTarget(dir string) *target {
	return &target{kind: "local", dir: dir,
		runtime:   "unix:" + sd.LocalSocket(dir, "opencode"),
		knowledge: "unix:" + sd.LocalSocket(dir, "agentdb")}
}

// named reads --socket: a folder of a local instance or of sockets, a socket of
// opencoded or agentdb, or the URL of opencoded.
func named(s string) (*target, error) {
	if strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://") {
		return &target{kind: "socket", runtime: s}, nil
	}
	path := strings.TrimPrefix(s, "unix:")
	info, err := os.Stat(path)
	if err != nil {
		return nil, sd.Hint(fmt.Errorf("use socket: %w", err), "name a socket, a folder of sockets or a URL with --socket or PANTHER_SOCKET")
	}
	if info.IsDir() {
		if _, err := os.Stat(filepath.Join(path, "run")); err == nil {
			return localTarget(path), nil
		}
		return &target{kind: "socket", runtime: "unix:" + filepath.Join(path, "opencode.sock"),
			knowledge: "unix:" + filepath.Join(path, "agentdb.sock")}, nil
	}
	sibling := func(from, to string) string {
		if path == "/run/"+from+"/"+from+".sock" {
			return "unix:/run/" + to + "/" + to + ".sock"
		}
		return "unix:" + filepath.Join(filepath.Dir(path), to+".sock")
	}
	if filepath.Base(path) == "agentdb.sock" {
		return &target{kind: "socket", runtime: sibling("agentdb", "opencode"), knowledge: "unix:" + path}, nil
	}
	return &target{kind: "socket", runtime: "unix:" + path, knowledge: sibling("opencode", "agentdb")}, nil
}

func permission(err error) error {
	return sd.Hint(err, "join the group panther: sudo usermod -aG panther $USER, then log in again")
}

// knowledgeClient returns a client for agentdb of the running Panther.
func (a *app) knowledgeClient() (*knowledge.Client, *target, error) {
	t, err := a.find()
	if err != nil {
		return nil, nil, err
	}
	if t.knowledge == "" {
		return nil, nil, sd.Hint(fmt.Errorf("%s is the address of the runtime only", a.socket),
			"this command speaks to agentdb: name its socket or a folder of sockets with --socket")
	}
	return t.agentdb(), t, nil
}

// answerWithin bounds how long a person is kept waiting for a service that
// gives no answer: who asks wants to know that it hangs.
const answerWithin = 3 * time.Second

// agentdb returns a client for agentdb.
func (t *target) agentdb() *knowledge.Client { return knowledge.NewClient(t.knowledge, "") }

// passwordEnv are the variables that hold the password of a server which is
// reached by URL; the second is OpenCode's own.
var passwordEnv = []string{"PANTHER_PASSWORD", "OPENCODE_SERVER_PASSWORD"}

// opencoded returns a client for opencoded.
func (t *target) opencoded() *api.Client {
	password := ""
	for _, key := range passwordEnv {
		password = or(password, os.Getenv(key))
	}
	return api.NewClient(t.runtime, password)
}

// runtimeClient returns a client for opencoded of the running Panther.
func (a *app) runtimeClient() (*api.Client, *target, error) {
	t, err := a.find()
	if err != nil {
		return nil, nil, err
	}
	c := t.opencoded()
	if c.Everyone = a.everyone; c.Everyone && os.Geteuid() != 0 {
		return nil, nil, sd.Hint(sd.UsageError("only root sees everyone's sessions"), "run it by sudo")
	}
	return c, t, nil
}

// explain adds what to do to an error of a call to t, where t did not answer
// or could not serve.
func (t *target) explain(ctx context.Context, err error) error {
	switch {
	case err == nil || ctx.Err() != nil:
		return err
	case errors.Is(err, fs.ErrPermission):
		return permission(err)
	case !unreachable(err):
		return err
	case t.kind == "local":
		return sd.Hint(err, "see: panther status, and the output of panther local")
	case t.kind == "server":
		return sd.Hint(err, "see: panther doctor")
	}
	return sd.Hint(err, "is something listening at "+t.runtime+"?")
}

func unreachable(err error) bool {
	var problem *knowledge.Problem
	var refused *api.Error
	var dial *net.OpError
	return errors.As(err, &problem) && problem.Status == http.StatusServiceUnavailable ||
		errors.As(err, &refused) && refused.Status == http.StatusServiceUnavailable ||
		errors.As(err, &dial)
}
