package opencode

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"panther/pkg/llm"
	"panther/pkg/llm/scripted"
	"panther/pkg/opencode/api"
	client "panther/pkg/opencode/mcp"
)

// Every operation of OpenCode's that is in the table has a handler here, also where
// the program that made the table cannot be had.
func TestKnownOperations(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	p := &person{w, "", w.tcp()}
	table, err := os.ReadFile("../../test/runtime/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	known := 0
	for line := range strings.Lines(string(table)) {
		cells := strings.Split(line, " | ")
		method, path, ok := strings.Cut(cells[min(1, len(cells)-1)], " /")
		if !ok || strings.Contains(cells[2], "events") {
			continue
		}
		known++
		status, b := p.send(method, "/"+strings.NewReplacer("{", "", "}", "").Replace(path), "{}")
		if strings.Contains(b, "there is no "+method+" /") || status >= http.StatusInternalServerError || status == http.StatusMethodNotAllowed {
			t.Errorf("%s /%s: %d %s", method, path, status, b)
		}
	}
	if known < 180 {
		t.Errorf("the table has %d operations", known)
	}
}

// What a client would have run is told not to have been, where the person sees it
// and the model does not.
func TestNoShell(t *testing.T) {
	t.Parallel()
	var prompts string
	w := newWorld(t, withModel(t, func(r scripted.Request) scripted.Reply {
		prompts += string(r.Body)
		return scripted.Reply{Text: "Hello."}
	}))
	s := w.session()
	p := &person{w, "", w.tcp()}
	m := get[api.MessageWithParts](p, "POST", "/session/"+s.ID+"/shell", `{"agent":"panther","command":"rm -rf zebra"}`)
	if m.Info.Error == nil || !strings.Contains(m.Info.Error.Message(), "no shell") {
		t.Errorf("got %+v", m)
	}
	list := get[[]api.MessageWithParts](p, "GET", "/session/"+s.ID+"/message", "")
	if len(list) != 2 || list[0].Text() != "!rm -rf zebra" || list[1].Info.ParentID != list[0].Info.ID {
		t.Errorf("kept: %+v", list)
	}
	w.ask(s.ID, "hello")
	if strings.Contains(prompts, "zebra") {
		t.Errorf("the model was asked %s", prompts)
	}
}

// Messages and parts can be changed and deleted where no turn runs, and every
// client is told.
func TestEdits(t *testing.T) {
	t.Parallel()
	hold := make(chan struct{})
	w := newWorld(t, withModel(t, func(r scripted.Request) scripted.Reply {
		if strings.Contains(r.Last(llm.RoleUser), "wait") {
			<-hold
		}
		return scripted.Reply{Text: "An answer."}
	}))
	s, p := w.session(), &person{w, "", w.tcp()}
	m := w.ask(s.ID, "hello")
	base := "/session/" + s.ID + "/message/" + m.Info.ID
	i := partOf(m, api.PartText)
	text := func() string {
		return get[api.MessageWithParts](p, "GET", base, "").Text()
	}
	part := func(change func(*api.Part)) string {
		v := m.Parts[i]
		change(&v)
		return asJSON(t, v)
	}
	seen := p.stream("/event", api.EventMessageRemoved, func() {
		v := get[api.Part](p, "PATCH", base+"/part/"+m.Parts[i].ID, part(func(v *api.Part) { v.Text = "See [this](javascript:alert(1)) and https://example.org/x." }))
		if got := text(); got != v.Text || strings.Contains(got, "](javascript") || !strings.Contains(got, "https://example.org/x") {
			t.Errorf("changed to %q", got)
		}
		for what, body := range map[string]string{"another type": part(func(v *api.Part) { v.Type = api.PartReasoning }),
			"another part": part(func(v *api.Part) { v.ID = "prt_x" }), "too long": part(func(v *api.Part) { v.Text = strings.Repeat("x", 300<<10) })} {
			if status, b := p.send("PATCH", base+"/part/"+m.Parts[i].ID, body); status != http.StatusBadRequest {
				t.Errorf("%s: %d %s", what, status, b)
			}
		}
		if status, b := p.send("PATCH", base+"/part/"+m.Parts[0].ID, asJSON(t, m.Parts[0])); status != http.StatusBadRequest {
			t.Errorf("a record was changed: %d %s", status, b)
		}
		get[bool](p, "DELETE", base+"/part/"+m.Parts[i].ID, "")
		if got := text(); got != "" {
			t.Errorf("left of the message: %q", got)
		}
		if status, _ := p.send("DELETE", base+"/part/"+m.Parts[i].ID, ""); status != http.StatusNotFound {
			t.Errorf("deleted again: %d", status)
		}
		get[bool](p, "DELETE", base, "")
	})
	if !strings.Contains(seen, api.EventPartRemoved) || !strings.Contains(seen, api.EventPartUpdated) {
		t.Errorf("told %s", seen)
	}
	if list := get[[]api.MessageWithParts](p, "GET", "/session/"+s.ID+"/message", ""); len(list) != 1 {
		t.Errorf("left: %+v", list)
	}
	if err := w.client.PromptAsync(t.Context(), s.ID, api.Ask("wait")); err != nil {
		t.Fatal(err)
	}
	w.running(s.ID)
	list := get[[]api.MessageWithParts](p, "GET", "/session/"+s.ID+"/message", "")
	if status, b := p.send("DELETE", "/session/"+s.ID+"/message/"+list[0].Info.ID, ""); status != http.StatusConflict {
		t.Errorf("while a turn runs: %d %s", status, b)
	}
	close(hold)
}

// running waits until a turn runs in a session.
func (w *world) running(session string) {
	w.t.Helper()
	p := &person{w, "", w.tcp()}
	for get[map[string]api.SessionStatus](p, "GET", "/session/status", "")[session].Type != "busy" {
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func partOf(m *api.MessageWithParts, typ string) int {
	for i, p := range m.Parts {
		if p.Type == typ {
			return i
		}
	}
	return 0
}

// A person chooses the model and the agent of sessions to come; the rest is the
// owner's of the server, and what others chose is theirs.
func TestChoices(t *testing.T) {
	t.Parallel()
	_, people := persons(t, withModel(t, func(scripted.Request) scripted.Reply { return scripted.Reply{Text: "Hello."} }), "alice", "bob")
	alice, bob := people[0], people[1]
	before := get[api.Config](alice, "GET", "/config", "")
	got := get[api.Config](alice, "PATCH", "/config", fmt.Sprintf(`{"model":"panther/extractive","default_agent":"critic","share":%q}`, before.Share))
	if got.Model != "panther/extractive" || got.DefaultAgent != "critic" || get[api.Config](alice, "GET", "/global/config", "").Model != got.Model {
		t.Errorf("chosen: %+v", got)
	}
	if s := get[api.Session](alice, "POST", "/session", "{}"); s.Agent != "critic" || s.Model == nil || s.Model.ID != "extractive" {
		t.Errorf("alice's session: %+v", s)
	}
	if s, c := get[api.Session](bob, "POST", "/session", "{}"), get[api.Config](bob, "GET", "/config", ""); s.Agent != "" || s.Model != nil || c.Model != before.Model {
		t.Errorf("bob's session: %+v, configuration %+v", s, c)
	}
	for _, body := range []string{`{"model":"no/such"}`, `{"model":7}`, `{"model":""}`, `{"default_agent":"nobody"}`, `{"share":"auto"}`, `{"mcp":{"x":{}}}`, `{"permission":"allow"}`} {
		if status, b := alice.send("PATCH", "/config", body); status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", body, status, b)
		}
	}
}

// A server that one person disconnects is gone from that person's turns alone.
func TestDisconnectedServer(t *testing.T) {
	t.Parallel()
	tools := map[string]string{}
	w, people := persons(t, func(c *Config) {
		withModel(t, func(r scripted.Request) scripted.Reply {
			tools[r.Last(llm.RoleUser)[:3]] = strings.Join(r.Tools, " ")
			return scripted.Reply{Text: "Hello."}
		})(c)
		c.MCP = []client.Server{{Name: "mine", Command: []string{os.Args[0], "mcp-server"}}}
	}, "alice", "bob")
	w.connected("mine")
	alice, bob := people[0], people[1]
	ask := func(p *person, text string) string {
		s := get[api.Session](p, "POST", "/session", "{}")
		get[api.MessageWithParts](p, "POST", "/session/"+s.ID+"/message", `{"parts":[{"type":"text","text":"`+text+`"}]}`)
		return tools[text]
	}
	get[bool](alice, "POST", "/mcp/mine/disconnect", "")
	if got := get[map[string]api.MCPStatus](alice, "GET", "/mcp", "")["mine"].Status; got != "disabled" {
		t.Errorf("alice sees it %s", got)
	}
	if got := ask(alice, "one"); strings.Contains(got, "mine_") {
		t.Errorf("alice's turn has %s", got)
	}
	if got := ask(bob, "two"); !strings.Contains(got, "mine_") {
		t.Errorf("bob's turn has %s", got)
	}
	if !get[bool](alice, "POST", "/mcp/mine/connect", "") {
		t.Error("it is not connected again")
	}
	if got := ask(alice, "tri"); !strings.Contains(got, "mine_") {
		t.Errorf("alice's turn then has %s", got)
	}
	if status, _ := alice.send("POST", "/mcp/other/connect", ""); status != http.StatusNotFound {
		t.Errorf("another one: %d", status)
	}
}

// Editors tell the terminal interfaces of their person what to do, and no others.
func TestTerminalInterfaces(t *testing.T) {
	t.Parallel()
	_, people := persons(t, nil, "alice", "bob")
	alice, bob := people[0], people[1]
	s := get[api.Session](alice, "POST", "/session", "{}")
	seen := alice.stream("/global/event", "the end", func() {
		get[bool](bob, "POST", "/tui/append-prompt", `{"text":"of bob"}`)
		get[bool](alice, "POST", "/tui/append-prompt", `{"text":"of alice"}`)
		get[bool](alice, "POST", "/tui/execute-command", `{"command":"messages_first"}`)
		get[bool](alice, "POST", "/tui/open-models", "")
		get[bool](alice, "POST", "/tui/select-session", `{"sessionID":"`+s.ID+`"}`)
		get[bool](alice, "POST", "/tui/publish", `{"type":"tui.toast.show","properties":{"message":"the end","variant":"info"}}`)
	})
	for _, want := range []string{`{"text":"of alice"}`, `{"command":"session.first"}`, `{"command":"model.list"}`, `"tui.session.select","properties":{"sessionID":"` + s.ID} {
		if !strings.Contains(seen, want) {
			t.Errorf("%s is missing in %s", want, seen)
		}
	}
	if strings.Contains(seen, "of bob") {
		t.Errorf("alice is told of bob's: %s", seen)
	}
	for _, tc := range []struct {
		path, body string
		want       int
	}{
		{"publish", `{"type":"session.deleted","properties":{}}`, 400}, {"publish", `{"type":"tui.toast.show","properties":{"message":"x","variant":"loud"}}`, 400},
		{"publish", `{"type":"tui.toast.show"}`, 400}, {"append-prompt", `{}`, 400}, {"execute-command", `{"command":""}`, 400},
		{"select-session", `{"sessionID":"ses_none"}`, 404}, {"publish", `{"type":"tui.session.select","properties":{"sessionID":"ses_none"}}`, 404},
	} {
		if status, b := alice.send("POST", "/tui/"+tc.path, tc.body); status != tc.want {
			t.Errorf("%s %s: %d %s", tc.path, tc.body, status, b)
		}
	}
	if status, _ := bob.send("POST", "/tui/select-session", `{"sessionID":"`+s.ID+`"}`); status != http.StatusNotFound {
		t.Errorf("bob selects alice's session: %d", status)
	}
}
