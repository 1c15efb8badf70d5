package opencode

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"panther/pkg/identity"
	"panther/pkg/llm"
	"panther/pkg/llm/scripted"
	"panther/pkg/opencode/api"
)

// person asks the runtime as a login: tailscaled, which is root as this test is,
// says who is behind it.
type person struct {
	w     *world
	login string
	base  string
}

func persons(t *testing.T, change func(*Config), names ...string) (*world, []*person) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root can speak for tailscaled")
	}
	var logins []string
	for _, n := range names {
		logins = append(logins, n+"@test.io")
	}
	w := newWorld(t, func(c *Config) {
		if change != nil {
			change(c)
		}
		c.Access.Tailscale = logins
	})
	var out []*person
	for _, l := range logins {
		out = append(out, &person{w, l, w.tcp()})
	}
	return w, out
}

// send returns the status and the body of an answer, both of the stream's if that
// is one.
func (p *person) send(method, path, body string) (int, string) {
	p.w.t.Helper()
	resp := p.open(p.w.t.Context(), method, path, body)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		p.w.t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

func (p *person) open(ctx context.Context, method, path, body string) *http.Response {
	p.w.t.Helper()
	q, err := http.NewRequestWithContext(ctx, method, p.base+path, strings.NewReader(body))
	if err != nil {
		p.w.t.Fatal(err)
	}
	if p.login != "" {
		q.Header.Set("Tailscale-User-Login", p.login)
	}
	resp, err := http.DefaultClient.Do(q)
	if err != nil {
		p.w.t.Fatalf("%s %s: %v", method, path, err)
	}
	return resp
}

// get decodes an answer that must be 200.
func get[T any](p *person, method, path, body string) (v T) {
	p.w.t.Helper()
	status, b := p.send(method, path, body)
	if err := json.Unmarshal([]byte(b), &v); err != nil || status != http.StatusOK {
		p.w.t.Fatalf("%s %s: %d %s (%v)", method, path, status, b, err)
	}
	return v
}

// stream reads events until one has the word; do is called when it has begun.
func (p *person) stream(path, word string, do ...func()) string {
	p.w.t.Helper()
	ctx, cancel := context.WithTimeout(p.w.t.Context(), time.Minute)
	defer cancel()
	resp := p.open(ctx, http.MethodGet, path, "")
	defer resp.Body.Close()
	var b strings.Builder
	s := bufio.NewScanner(resp.Body)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		b.WriteString(s.Text() + "\n")
		for ; len(do) > 0; do = do[1:] {
			do[0]()
		}
		if strings.Contains(s.Text(), word) {
			return b.String()
		}
	}
	p.w.t.Fatalf("%s ended without %s: %v\n%s", path, word, s.Err(), b.String())
	return ""
}

// TestOwners has one person try everything on the session of another, by every
// route: nothing is found, and nothing is told.
func TestOwners(t *testing.T) {
	t.Parallel()
	w, people := persons(t, nil, "alice", "bob")
	alice, bob := people[0], people[1]
	s := get[api.Session](alice, "POST", "/session", `{"title":"zebra"}`)
	kept := get[api.Session](alice, "POST", "/session", `{"title":"zebra too"}`)
	mine := get[api.Session](bob, "POST", "/session", `{"title":"mine"}`)
	m := get[api.MessageWithParts](alice, "POST", "/session/"+s.ID+"/message", `{"messageID":"msg_0000000000zebra","parts":[{"type":"text","text":"partial index zebra"}]}`)
	k, err := w.know.Session(identity.With(t.Context(), identity.Everyone), s.ID)
	if err != nil || k.Owner != "login:alice@test.io" || s.Owner != "" || len(m.Parts) == 0 {
		t.Fatalf("alice's session is %+v, %+v, %v, the answer %+v", s, k, err, m)
	}
	prompt := `{"parts":[{"type":"text","text":"hello"}]}`
	for _, tc := range []struct {
		method, path, body string
		want               int
	}{
		{"GET", "/session/ID", "", 404}, {"PATCH", "/session/ID", `{"title":"bob was here"}`, 404}, {"DELETE", "/session/ID", "", 404},
		{"GET", "/session/ID?everyone=true", "", 404}, {"DELETE", "/session/ID?everyone=true", "", 404}, {"GET", "/session/ID/../ID", "", 404},
		{"GET", "/session/ID/children", "", 404}, {"POST", "/session/ID/fork", "{}", 404}, {"POST", "/session/ID/fork", `{"messageID":"MSG"}`, 404},
		{"POST", "/session/ID/revert", `{"messageID":"MSG"}`, 404}, {"POST", "/session/ID/unrevert", "", 404}, {"POST", "/session/ID/abort", "", 404},
		{"POST", "/session/ID/summarize", "{}", 404}, {"POST", "/session/ID/init", "{}", 400}, {"GET", "/session/ID/todo", "", 404}, {"GET", "/session/ID/diff", "", 404},
		{"GET", "/session/ID/message", "", 404}, {"GET", "/session/ID/message/MSG", "", 404}, {"GET", "/session/MINE/message/MSG", "", 404},
		{"POST", "/session/ID/message", prompt, 404}, {"POST", "/session/ID/prompt_async", prompt, 404}, {"POST", "/session/ID/command", `{"command":"check"}`, 404},
		{"GET", "/session/ID/export", "", 404}, {"GET", "/session/ID/export?format=markdown", "", 404}, {"POST", "/session/ID/share", "{}", 404},
		{"POST", "/session", `{"parentID":"ID"}`, 404}, {"POST", "/session/MINE/fork", `{"messageID":"MSG"}`, 404}, {"POST", "/session/MINE/revert", `{"messageID":"MSG"}`, 404},
		{"POST", "/session/MINE/message", `{"messageID":"MSG","parts":[{"type":"text","text":"bob was here"}]}`, 409},
		{"POST", "/session/MINE/prompt_async", `{"messageID":"MSG","parts":[{"type":"text","text":"bob was here"}]}`, 409},
		{"DELETE", "/session/ID/message/MSG", "", 404}, {"DELETE", "/session/ID/message/MSG/part/prt_x", "", 404}, {"PATCH", "/session/ID/message/MSG/part/prt_x", `{"type":"text"}`, 404},
		{"DELETE", "/session/MINE/message/MSG", "", 404}, {"POST", "/session/ID/shell", `{"command":"ls"}`, 404}, {"DELETE", "/session/ID/share", "", 404},
		{"POST", "/experimental/session/ID/background", "", 404}, {"GET", "/api/session/ID", "", 404}, {"POST", "/api/session/ID/agent", `{"agent":"critic"}`, 404},
		{"POST", "/api/session/ID/model", `{"model":{"providerID":"panther","id":"extractive"}}`, 404}, {"POST", "/api/session/ID/prompt", `{"prompt":{"text":"hello"}}`, 404},
		{"POST", "/api/session/ID/compact", "", 404}, {"POST", "/api/session/ID/wait", "", 404}, {"POST", "/api/session/ID/interrupt", "", 404},
		{"POST", "/api/session/ID/revert/stage", `{"messageID":"MSG"}`, 404}, {"POST", "/api/session/ID/revert/clear", "", 404}, {"POST", "/api/session/ID/revert/commit", "", 404},
		{"GET", "/api/session/ID/message", "", 404}, {"GET", "/api/session/ID/message/MSG", "", 404}, {"GET", "/api/session/ID/context", "", 404},
		{"GET", "/api/session/ID/permission", "", 404}, {"GET", "/api/session/ID/permission/per_x", "", 404}, {"GET", "/api/session/ID/question", "", 404},
		{"GET", "/api/session", "", 200}, {"GET", "/api/session?search=zebra", "", 200}, {"GET", "/api/session/active", "", 200}, {"GET", "/api/event?session=ID", "", 404},
		{"GET", "/event?session=ID", "", 404}, {"GET", "/global/event?session=ID&last_event_id=1", "", 404},
		{"GET", "/session", "", 200}, {"GET", "/session?search=zebra", "", 200}, {"GET", "/session?roots=true&limit=1000", "", 200}, {"GET", "/session?everyone=true", "", 200},
		{"GET", "/session/status", "", 200}, {"GET", "/permission", "", 200}, {"GET", "/experimental/session", "", 200}, {"GET", "/panther/status", "", 200},
	} {
		fill := strings.NewReplacer("messageID", "messageID", "providerID", "providerID", "parentID", "parentID", "MINE", mine.ID, "MSG", "msg_0000000000zebra", "ID", s.ID)
		status, b := bob.send(tc.method, fill.Replace(tc.path), fill.Replace(tc.body))
		if status != tc.want {
			t.Errorf("%s %s %s: %d %s, want %d", tc.method, tc.path, tc.body, status, b, tc.want)
		}
		if told := strings.ReplaceAll(b, "msg_0000000000zebra", ""); strings.Contains(told, "zebra") || tc.want == 200 && strings.Contains(b, s.ID) {
			t.Errorf("%s %s tells %s", tc.method, tc.path, b)
		}
	}
	again := get[[]api.MessageWithParts](alice, "GET", "/session/"+s.ID+"/message", "")
	if len(again) != 2 || again[0].Text() != "partial index zebra" || get[api.Session](alice, "GET", "/session/"+s.ID, "").Title != "zebra" {
		t.Errorf("alice's session after that: %+v", again)
	}

	if ok := get[bool](alice, "DELETE", "/session/"+kept.ID, ""); !ok {
		t.Error("alice cannot remove her session")
	}
	get[api.Session](bob, "POST", "/session", `{"title":"the end"}`)
	for _, path := range []string{"/event", "/global/event"} {
		if got := bob.stream(path+"?last_event_id=1", "the end"); strings.Contains(got, "zebra") || strings.Contains(got, s.ID) || strings.Contains(got, kept.ID) || !strings.Contains(got, "mine") {
			t.Errorf("%s replays to bob\n%s", path, got)
		}
		if got := alice.stream(path+"?last_event_id=1", api.EventSessionDeleted); !strings.Contains(got, "zebra") || !strings.Contains(got, kept.ID) {
			t.Errorf("%s replays to alice\n%s", path, got)
		}
	}
	live := bob.stream("/event", "the live end", func() {
		get[api.MessageWithParts](alice, "POST", "/session/"+s.ID+"/message", `{"parts":[{"type":"text","text":"vacuum zebra"}]}`)
		get[api.Session](bob, "POST", "/session", `{"title":"the live end"}`)
	})
	if strings.Contains(live, "zebra") || strings.Contains(live, s.ID) {
		t.Errorf("bob is told\n%s", live)
	}
	// After a restart the events come from agentdb, and owners too.
	w.stop()
	w.start()
	bob.base, alice.base = w.tcp(), w.tcp()
	get[api.Session](bob, "POST", "/session", `{"title":"the real end"}`)
	if got := bob.stream("/event?last_event_id=1", "the real end"); strings.Contains(got, "zebra") || strings.Contains(got, s.ID) {
		t.Errorf("after a restart bob is told\n%s", got)
	}
	if status, _ := bob.send("GET", "/session/"+s.ID, ""); status != 404 {
		t.Errorf("after a restart bob reads it: %d", status)
	}
	// Root says that it wants to see what is not its own.
	root := &person{w, "", w.tcp()}
	if list := get[[]api.Session](root, "GET", "/session", ""); len(list) != 0 {
		t.Errorf("root's own sessions are %+v", list)
	}
	if list := get[[]api.Session](root, "GET", "/session?everyone=true", ""); len(list) != 5 {
		t.Errorf("everyone's sessions are %+v", list)
	}
	if status, _ := root.send("POST", "/session/"+s.ID+"/message?everyone=true", prompt); status != 404 {
		t.Errorf("root speaks for alice: %d", status)
	}
}

// TestOwnPermissions has one person answer what another is asked, and both have
// memories and sub-agents of their own.
func TestOwnPermissions(t *testing.T) {
	t.Parallel()
	_, people := persons(t, func(c *Config) {
		withModel(t, func(r scripted.Request) scripted.Reply {
			if out := r.Last(llm.RoleTool); out != "" {
				return scripted.Reply{Text: "Tool said: " + out}
			}
			if q := r.Last(llm.RoleUser); strings.Contains(q, "Memories that may matter") || strings.Contains(q, "what do I like") {
				return scripted.Reply{Text: fmt.Sprintf("It says zebra: %v.", strings.Contains(q, "likes zebra"))}
			}
			return scripted.Reply{Calls: []llm.Call{scripted.Call("c", "remember", map[string]any{"text": "The user likes zebra stripes."})}}
		})(c)
		c.Permission = map[string]string{"remember": "ask"}
	}, "alice", "bob")
	alice, bob := people[0], people[1]
	s := get[api.Session](alice, "POST", "/session", "{}")
	if status, b := alice.send("POST", "/session/"+s.ID+"/prompt_async", `{"parts":[{"type":"text","text":"remember what I like"}]}`); status != http.StatusNoContent {
		t.Fatalf("%d %s", status, b)
	}
	alice.stream("/event?last_event_id=1", api.EventPermissionAsked)
	open := get[[]api.PermissionRequest](alice, "GET", "/permission", "")
	if len(open) != 1 {
		t.Fatalf("alice is asked %+v", open)
	}
	if got := get[[]api.PermissionRequest](bob, "GET", "/permission", ""); len(got) != 0 {
		t.Errorf("bob is asked %+v", got)
	}
	if got := get[map[string]api.SessionStatus](bob, "GET", "/session/status", ""); len(got) != 0 {
		t.Errorf("bob sees %+v run", got)
	}
	for _, path := range []string{"/session/" + s.ID, "/session/" + s.ID + "/message"} { // the process holds it while its turn runs
		if status, b := bob.send("GET", path, ""); status != 404 {
			t.Errorf("bob reads %s: %d %s", path, status, b)
		}
	}
	for path, body := range map[string]string{
		"/permission/" + open[0].ID + "/reply":                 `{"reply":"always"}`,
		"/session/" + s.ID + "/permissions/" + open[0].ID:      `{"response":"always"}`,
		"/session/ses_none/permissions/" + open[0].ID + "":     `{"response":"reject"}`,
		"/permission/" + open[0].ID + "/reply?everyone=true":   `{"reply":"reject"}`,
		"/permission/" + open[0].ID + "/reply?session=" + s.ID: `{"reply":"once"}`,
	} {
		if status, b := bob.send("POST", path, body); status != 404 {
			t.Errorf("bob answers for alice at %s: %d %s", path, status, b)
		}
	}
	if !get[bool](alice, "POST", "/permission/"+open[0].ID+"/reply", `{"reply":"once"}`) {
		t.Error("alice cannot answer")
	}
	alice.stream("/event?last_event_id=1", api.EventSessionIdle)
	for p, want := range map[*person]string{alice: "true", bob: "false"} {
		own := get[api.Session](p, "POST", "/session", "{}")
		m := get[api.MessageWithParts](p, "POST", "/session/"+own.ID+"/message", `{"parts":[{"type":"text","text":"what do I like: stripes?"}]}`)
		if !strings.Contains(m.Text(), "zebra: "+want) {
			t.Errorf("%s is told %q", p.login, m.Text())
		}
		_, b := p.send("POST", "/v1/chat/completions", `{"messages":[{"role":"user","content":"what do I like: stripes?"}]}`)
		if !strings.Contains(b, "zebra: "+want) {
			t.Errorf("%s is told %s", p.login, b)
		}
	}
}
