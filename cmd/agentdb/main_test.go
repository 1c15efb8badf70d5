package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/rogpeppe/go-internal/testscript"

	"panther/pkg/knowledge"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"agentdb": main})
}

func TestCommand(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{Dir: "testdata", Cmds: map[string]func(*testscript.TestScript, bool, []string){
		"exits": exits, "ready": ready, "store": storeDocuments, "tool": callTool,
	}, Setup: func(e *testscript.Env) error {
		e.Setenv("HOME", e.WorkDir)
		e.Setenv("AGENTDB_SOCKET", "unix:"+e.WorkDir+"/agentdb.sock")
		return expand(e.WorkDir)
	}})
}

// expand puts the folder into the configurations in it, since sockets have
// absolute paths.
func expand(dir string) error {
	files, err := filepath.Glob(dir + "/*.toml")
	for _, f := range files {
		b, rerr := os.ReadFile(f)
		err = errors.Join(err, rerr, os.WriteFile(f, []byte(strings.ReplaceAll(string(b), "/$WORK", dir)), 0o600))
	}
	return err
}

// exits runs a command that ends with a status: exits STATUS COMMAND ARGUMENT...
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits STATUS COMMAND ARGUMENT...")
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
		ts.Fatalf("exit status %d, want %d\n%s", got, want, ts.ReadFile("stderr"))
	}
}

// ready waits until the server serves.
func ready(ts *testscript.TestScript, _ bool, _ []string) {
	c := knowledge.NewClient(ts.Getenv("AGENTDB_SOCKET"), "")
	defer c.Close()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	var err error
	for range 500 {
		if err = c.Ready(context.Background()); err == nil {
			return
		}
		<-tick.C
	}
	ts.Fatalf("not ready: %v", err)
}

// callTool calls a tool of `agentdb mcp` and prints the result: tool NAME
// ARGUMENTS.
func callTool(ts *testscript.TestScript, _ bool, args []string) {
	cmd := exec.Command("agentdb", "mcp")
	cmd.Env = append(os.Environ(), "AGENTDB_SOCKET="+ts.Getenv("AGENTDB_SOCKET"))
	s, err := mcp.NewClient(&mcp.Implementation{Name: "test"}, nil).Connect(context.Background(), &mcp.CommandTransport{Command: cmd}, nil)
	ts.Check(err)
	defer s.Close()
	r, err := s.CallTool(context.Background(), &mcp.CallToolParams{Name: args[0], Arguments: json.RawMessage(args[1])})
	ts.Check(err)
	ts.Check(json.NewEncoder(ts.Stdout()).Encode(r))
}

// storeDocuments stores each file as a document.
func storeDocuments(ts *testscript.TestScript, _ bool, args []string) {
	c := knowledge.NewClient(ts.Getenv("AGENTDB_SOCKET"), "")
	defer c.Close()
	for _, name := range args {
		rs, err := c.Upsert(context.Background(), knowledge.Document{URI: "https://e.org/" + name, Source: "docs", Title: name, Markdown: ts.ReadFile(name)})
		ts.Check(err)
		if rs[0].Error != "" {
			ts.Fatalf("%s: %s", name, rs[0].Error)
		}
	}
}
