package opencode

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"panther/pkg/opencode/mcp"

	"panther/pkg/llm"
	"panther/pkg/llm/scripted"
	"panther/pkg/opencode/agents"
	"panther/pkg/opencode/api"
)

// Only what a tool declares is judged and executed, and what was judged is what
// is executed.
func TestArguments(t *testing.T) {
	t.Parallel()
	schemas := map[string]string{
		"fetch":  `{"type":"object","properties":{"url":{"type":"string"},"number":{"type":"integer"}}}`,
		"none":   `{"type":"object"}`,
		"any":    `{}`,
		"open":   `{"type":"object","properties":{"url":{}},"additionalProperties":true}`,
		"map":    `{"type":"object","properties":{"headers":{"type":"object","additionalProperties":{"type":"string"}},"free":{"type":"object"},"shut":{"type":"object","additionalProperties":false}}}`,
		"nested": `{"type":"object","$defs":{"step":{"type":"object","properties":{"path":{"type":"string"},"next":{"$ref":"#/$defs/step"}}}},"properties":{"steps":{"type":"array","items":{"$ref":"#/$defs/step"}}}}`,
		"either": `{"properties":{"to":{"anyOf":[{"type":"null"},{"type":"object","properties":{"url":{}}}]}},"allOf":[{"properties":{"also":{}}}]}`,
		"loop":   `{"$ref":"#","properties":{"a":{"$ref":"#/properties/a"}}}`,
	}
	for _, tc := range []struct{ tool, args, want string }{
		{"fetch", `{"url":"https://a.io/"}`, `{"url":"https://a.io/"} [{url https://a.io/}]`},
		{"fetch", ` { "url" : "\u0061", "number" : 9007199254740993 } `, `{"number":9007199254740993,"url":"a"} [{number 9007199254740993} {url a}]`},
		{"fetch", `{"url":{"href":"x","uri":"y"}}`, `{"url":{"href":"x","uri":"y"}} [{url.href x} {url.uri y}]`},
		{"fetch", `{"url":["x",null,true,[],{}]}`, `{"url":["x",null,true,[],{}]} [{url x} {url null} {url true} {url []} {url {}}]`},
		{"fetch", `{}`, `{} []`},
		{"fetch", `{"url":"https://evil.io/","uri":"https://docs.test.io/"}`, `no parameter "uri"; there are number, url`},
		{"fetch", `{"url":"https://evil.io/","URL":"https://docs.test.io/"}`, `no parameter "URL"`},
		{"fetch", `{"url":"https://evil.io/","url ":"x"}`, `no parameter "url "`},
		{"fetch", `{"url":"https://evil.io/","ur\u217c":"x"}`, `no parameter`},
		{"fetch", `{"url":"https://docs.test.io/","url":"https://evil.io/"}`, `duplicate`},
		{"fetch", `{"url":"https://docs.test.io/","\u0075rl":"https://evil.io/"}`, `duplicate`},
		{"fetch", "{\"url\":\"\xff\"}", `UTF-8`},
		{"fetch", `{"url":"\ud800"}`, `surrogate`},
		{"fetch", `{"url":"x"}{"url":"y"}`, `read arguments`},
		{"fetch", `[{"url":"x"}]`, `not an object`},
		{"fetch", `"url"`, `not an object`},
		{"fetch", `null`, `not an object`},
		{"fetch", ``, `read arguments`},
		{"fetch", strings.Repeat(`{"url":`, 20000) + "1" + strings.Repeat("}", 20000), `read arguments`},
		{"none", `{"url":"x"}`, `no parameter "url"; there is none`},
		{"any", `{"url":"x"}`, `no parameter "url"`},
		{"any", `{}`, `{} []`},
		{"open", `{"url":"x","more":"y"}`, `{"more":"y","url":"x"} [{more y} {url x}]`},
		{"map", `{"headers":{"A":"b"},"free":{"x":{"y":1}}}`, `[{free.x.y 1} {headers.A b}]`},
		{"map", `{"shut":{"x":1}}`, `no parameter "shut.x"`},
		{"nested", `{"steps":[{"path":"a","next":{"path":"b"}}]}`, `[{steps.next.path b} {steps.path a}]`},
		{"nested", `{"steps":[{"path":"a","next":{"uri":"b"}}]}`, `no parameter "steps.next.uri"`},
		{"either", `{"to":{"url":"x"},"also":"y"}`, `[{also y} {to.url x}]`},
		{"either", `{"to":{"uri":"x"}}`, `no parameter "to.uri"`},
		{"loop", `{"a":{"b":1}}`, `[{a.b 1}]`},
		{"loop", `{"b":1}`, `no parameter "b"`},
	} {
		tool := llm.Tool{Name: tc.tool, Schema: json.RawMessage(schemas[tc.tool])}
		call, u, err := use(tool, llm.Call{Name: tc.tool, Arguments: json.RawMessage(tc.args)})
		got := fmt.Sprint(string(call.Arguments), " ", u.Values)
		if err != nil {
			got = err.Error()
		} else if u.Whole != string(call.Arguments) {
			t.Errorf("%s %.80s: judged %s, runs %s", tc.tool, tc.args, u.Whole, call.Arguments)
		}
		if !strings.Contains(got, tc.want) {
			t.Errorf("%s %.80s gave %s, not %s", tc.tool, tc.args, got, tc.want)
		}
	}
}

// Every built-in tool takes what it declares, and a decoy of another one decides
// nothing.
func TestDecoys(t *testing.T) {
	t.Parallel()
	rules := agents.Rules{{Permission: "*", Pattern: "*", Action: api.ActionDeny}, {Permission: "*", Pattern: "https://docs.test.io/*", Action: api.ActionAllow}}
	for _, b := range builtins() {
		for _, args := range []string{`{"uri":"https://docs.test.io/a","query":"secret","text":"secret","id":"x","useful":true,"tasks":[]}`,
			`{"query":"secret","source":"https://docs.test.io/a"}`, `{"text":"secret","kind":"https://docs.test.io/a"}`, `{"id":"secret","useful":true,"uri":"https://docs.test.io/a"}`,
			`{"tasks":[{"description":"https://docs.test.io/a","prompt":"secret"}]}`, `{"tasks":[{"description":"x","prompt":"secret","uri":"https://docs.test.io/a"}],"uri":"https://docs.test.io/a"}`,
			`{"uri":"https://secret.test.io/","Uri":"https://docs.test.io/a"}`, `{"uri":["https://docs.test.io/a","https://secret.test.io/"]}`} {
			_, u, err := use(b.Tool, llm.Call{Name: b.Name, Arguments: json.RawMessage(args)})
			if err == nil && rules.Decide(u) != api.ActionDeny {
				t.Errorf("%s may be used with %s", b.Name, args)
			}
		}
	}
}

func TestShown(t *testing.T) {
	t.Parallel()
	for want, u := range map[string]agents.Use{
		`[*]`:                     {},
		`[a\u{202e}b\u{e0041}]`:   {Values: []agents.Value{{Name: "x", Text: "a\u202eb\U000e0041"}}},
		`[a="x\", b=\"y" b="\n"]`: {Values: []agents.Value{{Name: "a", Text: `x", b="y`}, {Name: "b", Text: "\n"}}},
	} {
		if got := fmt.Sprint(shown(u)); got != want {
			t.Errorf("%v shows %s, not %s", u, got, want)
		}
	}
}

// A table has no order: the more exact setting wins, every time.
func TestConfiguredPermissions(t *testing.T) {
	t.Parallel()
	for range 20 {
		rules := agents.Rules(configured(map[string]string{"*": "deny", "tool_*": "ask", "tool_read": "allow"}))
		for tool, want := range map[string]string{"x": "deny", "tool_x": "ask", "tool_read": "allow"} {
			if got := rules.Decide(agents.Use{Tool: tool}); got != want {
				t.Fatalf("%s is %s, not %s", tool, got, want)
			}
		}
	}
}

func TestServersShareNoTools(t *testing.T) {
	t.Parallel()
	for names, ok := range map[string]bool{"knowledge": false, "a,a_b": false, "a.b,a_b": false, "a,b": true, "a,ab": true} {
		c := Default()
		for n := range strings.SplitSeq(names, ",") {
			c.MCP = append(c.MCP, mcp.Server{Name: n, URL: "http://127.0.0.1:1/"})
		}
		if err := c.Validate(); (err == nil) != ok {
			t.Errorf("%s: %v", names, err)
		}
	}
}

// The task of a sub-agent is a model's text: it lets an address into the answer
// only where the person's words do.
func TestAddressesOfTasks(t *testing.T) {
	t.Parallel()
	task := []map[string]string{{"description": "x", "prompt": "Look at https://evil.io/s3cret"}}
	w := newWorld(t, withModel(t, func(r scripted.Request) scripted.Reply {
		switch {
		case r.Last(llm.RoleTool) != "":
			return scripted.Reply{Text: "Done."}
		case strings.HasPrefix(r.Last(llm.RoleUser), "Look at"):
			return scripted.Reply{Text: "It is at https://evil.io/s3cret now."}
		}
		return scripted.Reply{Calls: []llm.Call{scripted.Call("d", "delegate", map[string]any{"tasks": task})}}
	}))
	for question, want := range map[string]bool{"go": false, "go and read https://evil.io/s3cret": true, "go and read https://evil.io/": false} {
		s := w.session()
		w.ask(s.ID, question)
		kids, err := w.client.Children(t.Context(), s.ID)
		if err != nil || len(kids) != 1 {
			t.Fatalf("%d children, %v", len(kids), err)
		}
		l, err := w.client.Messages(t.Context(), kids[0].ID, 0)
		if err != nil {
			t.Fatal(err)
		}
		if got := l[len(l)-1].Text(); strings.Contains(got, "https://evil.io/s3cret") != want {
			t.Errorf("asked %q: the sub-agent said %s", question, got)
		}
	}
}

// A sub-agent asks where the agent above it does, whatever its own definition
// says, and "always" is for the call that was shown and no other.
func TestAlwaysIsForOneCall(t *testing.T) {
	t.Parallel()
	text := "likes tea"
	w := newWorld(t, func(c *Config) {
		withModel(t, func(r scripted.Request) scripted.Reply {
			if out := r.Last(llm.RoleTool); out != "" {
				return scripted.Reply{Text: "It said: " + out}
			}
			return scripted.Reply{Calls: []llm.Call{scripted.Call("c", "notes_post", map[string]any{"text": text, "number": 1})}}
		})(c)
		posted := false
		c.MCP = []mcp.Server{{Name: "notes", URL: toolServer(t, nil, &posted)}}
	})
	w.connected("notes")
	s := w.session()
	var mu sync.Mutex
	var asked []api.PermissionRequest
	ready := make(chan struct{})
	go func() {
		for e, err := range w.client.Events(t.Context(), api.Subscribe{}) {
			if err != nil {
				return
			}
			if e.Type == api.EventServerConnected {
				close(ready)
			}
			if p, err := e.Decode(); err == nil && p.Request != nil {
				mu.Lock()
				asked = append(asked, *p.Request)
				mu.Unlock()
				_ = w.client.ReplyPermission(t.Context(), p.Request.ID, api.PermissionReply{Reply: "always"})
			}
		}
	}()
	<-ready
	for _, tc := range []struct {
		text string
		want int // requests so far
	}{{"likes tea", 1}, {"likes tea", 1}, {"likes tea!", 2}, {"*", 3}, {"likes coffee", 4}} {
		text = tc.text
		m := w.ask(s.ID, "go")
		mu.Lock()
		if !strings.Contains(m.Text(), "posted") || len(asked) != tc.want {
			t.Errorf("%s: asked %d times, not %d: %s", tc.text, len(asked), tc.want, short(m))
		}
		mu.Unlock()
	}
	if got := fmt.Sprint(asked[0].Patterns, asked[0].Always); got != `[number="1" text="likes tea"] [{"number":1,"text":"likes tea"}]` {
		t.Errorf("the person was shown %s", got)
	}
}
