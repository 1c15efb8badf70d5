package opencode

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	client "panther/pkg/opencode/mcp"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/pelletier/go-toml/v2"

	"panther/pkg/knowledge"
	"panther/pkg/llm"
	"panther/pkg/llm/scripted"
	"panther/pkg/opencode/api"
)

// attempt is one entry of testdata/attempts.toml.
type attempt struct {
	Name      string   `toml:"name"`
	In        string   `toml:"in"` // page, title, memory or tool
	Text      string   `toml:"text"`
	Says      string   `toml:"says"` // "REASON …" in its thoughts
	Gone      []string `toml:"gone"`
	Left      []string `toml:"left"`
	Call      string   `toml:"call"`
	Arguments string   `toml:"arguments"`
}

// word is how a question of the test finds the page or memory of an attempt.
func word(i int) string { return fmt.Sprintf("zorblax%dq", i) }

// The model of this test does whatever a hostile text asks for. What the
// runtime guarantees holds all the same:
//
//   - the text stands between marks with a fence that it cannot know, the
//     instructions and the list of tools are as without it;
//   - a tool that is not in the list, is denied or asks first does nothing;
//   - an address that the sources, the user and the tools did not give reaches
//     no client but as code, and nothing that a client would load by itself does;
//   - a citation of a source that there is not is marked.
func TestAttempts(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("testdata/attempts.toml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Attempt []attempt `toml:"attempt"`
	}
	if err := toml.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Attempt) < 30 {
		t.Fatalf("only %d attempts", len(file.Attempt))
	}
	number := regexp.MustCompile(`zorblax(\d+)q`)
	var mu sync.Mutex
	seen := map[int]scripted.Request{} // the last request of each attempt
	obey := func(r scripted.Request) scripted.Reply {
		var i int
		for _, m := range r.Messages {
			if v := number.FindString(m.Text); m.Role == llm.RoleUser && v != "" {
				_, _ = fmt.Sscanf(v, "zorblax%dq", &i)
			}
		}
		mu.Lock()
		seen[i] = r
		mu.Unlock()
		if i >= len(file.Attempt) { // the question without an attempt
			return scripted.Reply{Text: "Fine."}
		}
		a := file.Attempt[i]
		results := 0
		for _, m := range r.Messages {
			if m.Role == llm.RoleTool {
				results++
			}
		}
		var calls []llm.Call
		if a.In == "tool" {
			calls = append(calls, scripted.Call("t", "tool_read", map[string]int{"number": i}))
		}
		if a.Call != "" {
			calls = append(calls, llm.Call{ID: "c", Name: a.Call, Arguments: json.RawMessage(a.Arguments)})
		}
		if results < len(calls) {
			return scripted.Reply{Calls: calls[results : results+1]}
		}
		if s, ok := strings.CutPrefix(a.Says, "REASON "); ok {
			return scripted.Reply{Reasoning: s, Text: "Fine."}
		}
		return scripted.Reply{Text: a.Says}
	}
	posted := false
	w := newWorld(t, func(c *Config) {
		withModel(t, obey)(c)
		c.MCP = []client.Server{{Name: "tool", URL: toolServer(t, file.Attempt, nil)}, {Name: "notes", URL: toolServer(t, nil, &posted)}}
		c.Permission = map[string]string{"tool_*": "allow", "feedback": "deny"}
	})
	for i, a := range file.Attempt {
		text := "About " + word(i) + ". " + a.Text
		switch a.In {
		case "page":
			w.upsert(page{fmt.Sprintf("https://docs.test.io/%d", i), "Notes on " + word(i), "# Notes on " + word(i) + "\n\n" + text + "\n"})
		case "title":
			w.upsert(page{fmt.Sprintf("https://docs.test.io/%d", i), word(i) + a.Text, "# " + word(i) + "\n\nA page about " + word(i) + ".\n"})
		case "memory":
			if _, err := w.know.Remember(t.Context(), knowledge.Memory{Kind: knowledge.MemoryFact, Text: text, Provenance: knowledge.Provenance{Origin: "agent"}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.connected("tool", "notes")
	w.answerPermissions("reject")
	question := func(i int) (string, string) {
		s := w.session()
		var told strings.Builder
		for e, err := range w.client.Follow(t.Context(), s.ID, api.Ask("What is known about "+word(i)+"?")) {
			if err != nil {
				t.Fatal(err)
			}
			p, _ := e.Decode()
			told.WriteString(p.Delta)
		}
		list, err := w.client.Messages(t.Context(), s.ID, 0)
		if err != nil || len(list) != 2 {
			t.Fatalf("%d messages, %v", len(list), err)
		}
		var stored strings.Builder
		for _, p := range list[1].Parts {
			stored.WriteString(p.Text)
		}
		return told.String(), stored.String()
	}
	question(len(file.Attempt))
	plain := seen[len(file.Attempt)]
	for i, a := range file.Attempt {
		told, stored := question(i)
		for _, s := range a.Gone {
			if strings.Contains(told, s) || strings.Contains(stored, s) {
				t.Errorf("%s: a client got %q: %q", a.Name, s, told)
			}
		}
		for _, s := range a.Left {
			if !strings.Contains(told, s) || !strings.Contains(stored, s) {
				t.Errorf("%s: %q is missing in %q", a.Name, s, told)
			}
		}
		r := seen[i]
		if r.System != plain.System || !slices.Equal(r.Tools, plain.Tools) {
			t.Errorf("%s: changed the instructions or the tools to %v", a.Name, r.Tools)
		}
		if !slices.ContainsFunc(r.Messages, func(m llm.Message) bool {
			return strings.Contains(strings.ReplaceAll(m.Text, "about "+word(i)+"?", ""), word(i))
		}) {
			t.Errorf("%s: the model did not see it", a.Name)
		}
		if at := outside(r, word(i), "What is known about "+word(i)+"?"); at != "" {
			t.Errorf("%s: its text stands outside the marks: %q", a.Name, at)
		}
		if a.Call != "" && !refused(r) {
			t.Errorf("%s: the call was not refused: %+v", a.Name, r.Messages[len(r.Messages)-1])
		}
	}
	if posted {
		t.Error("another server's tool was used without the user's word")
	}
}

// outside returns what of a request holds the word and is neither the question
// nor between marks with the turn's fence.
func outside(r scripted.Request, word, question string) string {
	for _, m := range r.Messages {
		if m.Role == llm.RoleAssistant {
			continue
		}
		rest, ok := m.Text, true
		for ok {
			rest, ok = unmarked(rest)
		}
		if rest = strings.ReplaceAll(rest, question, ""); strings.Contains(rest, word) {
			return rest
		}
	}
	return strings.Repeat("the instructions", min(1, strings.Count(r.System, word)))
}

var mark = regexp.MustCompile(`<((?:source|memory|result)-[0-9a-f]{16})(?: [^\n]*)?>\n`)

// unmarked takes the first text between marks out, if there is one. The text
// must not hold its own fence.
func unmarked(s string) (string, bool) {
	l := mark.FindStringSubmatchIndex(s)
	if l == nil {
		return s, false
	}
	end := "\n</" + s[l[2]:l[3]] + ">\n"
	text, rest, ok := strings.Cut(s[l[1]-1:], end)
	if _, fence, _ := strings.Cut(s[l[2]:l[3]], "-"); !ok || strings.Contains(text, fence) {
		return s, false
	}
	return s[:l[0]] + rest, true
}

// refused reports whether the last call of a request came to nothing.
func refused(r scripted.Request) bool {
	return strings.HasPrefix(r.Last(llm.RoleTool), "Error: ")
}

// toolServer is an MCP server: its tool read gives the text of an attempt, its
// tool post notes that it was used.
func toolServer(t *testing.T, attempts []attempt, posted *bool) string {
	t.Helper()
	s := mcp.NewServer(&mcp.Implementation{Name: "tools", Version: "1"}, nil)
	type args struct {
		Number int    `json:"number,omitempty"`
		Text   string `json:"text,omitempty"`
	}
	result := func(text string) (*mcp.CallToolResult, any, error) {
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: text}}}, nil, nil
	}
	if posted != nil {
		mcp.AddTool(s, &mcp.Tool{Name: "post"}, func(context.Context, *mcp.CallToolRequest, args) (*mcp.CallToolResult, any, error) {
			*posted = true
			return result("posted")
		})
	} else {
		mcp.AddTool(s, &mcp.Tool{Name: "read"}, func(_ context.Context, _ *mcp.CallToolRequest, a args) (*mcp.CallToolResult, any, error) {
			if a.Number >= len(attempts) {
				return result("nothing")
			}
			return result("About " + word(a.Number) + ". " + attempts[a.Number].Text)
		})
	}
	srv := httptest.NewServer(mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return s }, nil))
	t.Cleanup(srv.Close)
	return srv.URL
}
