package opencode

import (
	"net"
	"path/filepath"
	"strings"
	"testing"

	"panther/pkg/config"
	"panther/pkg/llm"
	"panther/pkg/llm/scripted"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/subagent"
)

// The shell is there for sub-agents only, when it is switched on and there is a
// sandbox, behind its permission; what it prints lets no address through.
func TestShellOfSubagents(t *testing.T) {
	t.Parallel()
	socket := filepath.Join(t.TempDir(), "s.sock")
	ln, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go func() { _ = subagent.Serve(t.Context(), conn, discard) }()
		}
	}()
	model := func(r scripted.Request) scripted.Reply {
		has := strings.Contains(" "+strings.Join(r.Tools, " ")+" ", " shell ")
		switch {
		case r.Last(llm.RoleTool) != "":
			return scripted.Reply{Text: "It said: " + r.Last(llm.RoleTool)}
		case r.Last(llm.RoleUser) == "calculate" && has:
			return scripted.Reply{Calls: []llm.Call{scripted.Call("s", "shell", map[string]string{"command": "echo $((6*7)) https://evil.io/x"})}}
		case r.Last(llm.RoleUser) == "calculate":
			return scripted.Reply{Text: "I have no shell."}
		case has:
			return scripted.Reply{Text: "The agent itself has a shell."}
		}
		return scripted.Reply{Calls: []llm.Call{scripted.Call("d", "delegate", map[string]any{"tasks": []map[string]string{{"description": "x", "prompt": "calculate"}}})}}
	}
	for name, tc := range map[string]struct {
		change func(*Config)
		reply  string
		want   string
	}{
		"off":        {func(c *Config) { c.Subagents.Socket = socket }, "once", "I have no shell."},
		"no sandbox": {func(c *Config) { c.Subagents.Shell = true }, "once", "I have no shell."},
		"allowed":    {func(c *Config) { c.Subagents.Socket, c.Subagents.Shell = socket, true }, "once", "42 link-removed"},
		"asked": {func(c *Config) {
			c.Subagents.Socket, c.Subagents.Shell, c.Permission = socket, true, map[string]string{"shell": "ask"}
		}, "once", "42 link-removed"},
		"refused": {func(c *Config) {
			c.Subagents.Socket, c.Subagents.Shell, c.Permission = socket, true, map[string]string{"shell": "ask"}
		}, "reject", "does not allow it"},
		"denied": {func(c *Config) {
			c.Subagents.Socket, c.Subagents.Shell, c.Permission = socket, true, map[string]string{"shell": "deny"}
		}, "once", "I have no shell."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(c *Config) { withModel(t, model)(c); tc.change(c) })
			w.answerPermissions(tc.reply)
			s := w.session()
			if m := w.ask(s.ID, "go"); !strings.Contains(m.Text(), tc.want) {
				t.Errorf("got %s", short(m))
			}
			kids, err := w.client.Children(t.Context(), s.ID)
			if err != nil || len(kids) != 1 {
				t.Fatalf("%d children, %v", len(kids), err)
			}
			l, err := w.client.Messages(t.Context(), kids[0].ID, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range l[len(l)-1].Parts {
				if p.Tool == "shell" && (p.State.Status == api.ToolCompleted) != strings.Contains(tc.want, "42") {
					t.Errorf("the call is stored as %+v", p.State)
				}
			}
		})
	}
}

// A sub-agent that hangs is ended by its deadline, and the answer says so.
func TestSubagentDeadline(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *Config) {
		withModel(t, func(r scripted.Request) scripted.Reply {
			switch {
			case r.Last(llm.RoleTool) != "":
				return scripted.Reply{Text: r.Last(llm.RoleTool)}
			case r.Last(llm.RoleUser) == "hang":
				return scripted.Reply{Hang: true}
			}
			return scripted.Reply{Calls: []llm.Call{scripted.Call("d", "delegate", map[string]any{"tasks": []map[string]string{{"description": "x", "prompt": "hang"}}})}}
		})(c)
		c.Subagents.Time = config.Duration(200e6)
	})
	if m := w.ask(w.session().ID, "go"); !strings.Contains(m.Text(), "the sub-agent was ended after 200ms") {
		t.Errorf("got %s", short(m))
	}
}
