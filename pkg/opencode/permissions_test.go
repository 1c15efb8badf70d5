package opencode

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"panther/pkg/opencode/mcp"

	"panther/pkg/llm"
	"panther/pkg/llm/scripted"
	"panther/pkg/opencode/api"
)

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
