package opencode

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	client "panther/pkg/opencode/mcp"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"panther/pkg/llm"
	"panther/pkg/llm/scripted"
	"panther/pkg/opencode/api"
)

var discard = slog.New(slog.DiscardHandler)

// The test binary is an MCP server too, for those that are started.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "mcp-server" {
		s := mcp.NewServer(&mcp.Implementation{Name: "started", Version: "1"}, nil)
		type args struct {
			Text string `json:"text"`
		}
		mcp.AddTool(s, &mcp.Tool{Name: "say it", Description: "Says it."}, func(_ context.Context, _ *mcp.CallToolRequest, a args) (*mcp.CallToolResult, any, error) {
			if a.Text == "die" {
				os.Exit(1)
			}
			return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: a.Text + " " + strings.Join(os.Environ(), " ")}}}, nil, nil
		})
		if err := s.Run(context.Background(), &mcp.StdioTransport{}); err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// A started MCP server's tool asks first, gets nothing of the environment, and
// is there again after the server died.
func TestStartedMCPServer(t *testing.T) {
	t.Parallel()
	text := "hello"
	w := newWorld(t, func(c *Config) {
		withModel(t, func(r scripted.Request) scripted.Reply {
			if out := r.Last(llm.RoleTool); out != "" {
				return scripted.Reply{Text: "It said: " + out}
			}
			if !slices.Contains(r.Tools, "mine_say_it") {
				return scripted.Reply{Text: fmt.Sprintf("no such tool in %v", r.Tools)}
			}
			return scripted.Reply{Calls: []llm.Call{scripted.Call("c", "mine_say_it", map[string]string{"text": text})}}
		})(c)
		c.MCP = []client.Server{{Name: "mine", Command: []string{os.Args[0], "mcp-server"}}}
	})
	w.connected("mine")
	w.answerPermissions("once")
	if got := w.ask(w.session().ID, "say it").Text(); !strings.Contains(got, "hello PATH=") || strings.Contains(got, "HOME=") {
		t.Errorf("got %s", got)
	}
	text = "die"
	if got := w.ask(w.session().ID, "say it").Text(); !strings.Contains(got, "Error: call mine_say_it") {
		t.Errorf("of a server that died: %s", got)
	}
	w.connected("mine")
	text = "again"
	if got := w.ask(w.session().ID, "say it").Text(); !strings.Contains(got, "again PATH=") {
		t.Errorf("after it came back: %s", got)
	}
}

// A long conversation is summed up, once, and goes on from the summary.
func TestCompaction(t *testing.T) {
	t.Parallel()
	var sums int
	var last scripted.Request
	w := newWorld(t, func(c *Config) {
		withModel(t, func(r scripted.Request) scripted.Reply {
			if strings.HasPrefix(r.System, "Summarize") {
				sums++
				return scripted.Reply{Text: "They spoke of indexes. ![x](https://evil.io/s)"}
			}
			last = r
			return scripted.Reply{Text: strings.Repeat("many words about it ", 200)}
		})(c)
		c.Providers[0].Models[0].Context = 8000
		c.Knowledge.Tokens = 500
	})
	s := w.session()
	for i := range 9 {
		w.ask(s.ID, fmt.Sprintf("question %d", i))
	}
	if sums == 0 || sums > 4 {
		t.Errorf("summed up %d times", sums)
	}
	if m := last.Messages[0]; !strings.HasPrefix(m.Text, "Summary of the conversation so far:\nThey spoke of indexes. x (link-removed)") {
		t.Errorf("the conversation begins with %.200q", m.Text)
	}
	if err := w.client.Summarize(t.Context(), s.ID, api.ModelRef{ProviderID: "test", ModelID: "m"}); err != nil {
		t.Error(err)
	}
	list, err := w.client.Messages(t.Context(), s.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, m := range list {
		if m.Info.Summary == true {
			n++
		}
	}
	if n != sums {
		t.Errorf("%d summaries are stored of %d", n, sums)
	}
}

// A budget ends a turn between two answers of the model, and says so.
func TestBudget(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *Config) {
		withModel(t, func(r scripted.Request) scripted.Reply {
			return scripted.Reply{Text: "So far. ", Calls: []llm.Call{scripted.Call("c", "recall", map[string]string{"query": "x"})}, Usage: llm.Usage{Input: 1_000_000}}
		})(c)
		c.Providers[0].Models[0].Price = llm.Price{Input: 1}
		c.Budget.Session = 2.5
	})
	s := w.session()
	m := w.ask(s.ID, "spend")
	if m.Info.Error == nil || m.Info.Error.Name != api.NameBudgetExhausted || !strings.Contains(m.Text(), "So far.") || !strings.Contains(m.Text(), "$3.00 of $2.50") || m.Info.Cost != 3 {
		t.Errorf("got %s, cost %g", short(m), m.Info.Cost)
	}
	if got, err := w.client.Session(t.Context(), s.ID); err != nil || got.Cost != 3 || got.Tokens.Input != 3_000_000 {
		t.Errorf("the session has %+v, %v", got, err)
	}
	if m := w.ask(s.ID, "again"); m.Info.Cost != 0 || m.Info.Error == nil {
		t.Errorf("a turn after that: %s", short(m))
	}
}

// Sub-agents that work at once spend from one budget with their parent, and what
// they spent counts in the next turn.
func TestBudgetOfSubagents(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	w := newWorld(t, func(c *Config) {
		withModel(t, func(r scripted.Request) scripted.Reply {
			asked.Add(1)
			usage := llm.Usage{Input: 1_000_000} // a dollar
			if strings.HasPrefix(r.Messages[0].Text, "work") {
				return scripted.Reply{Text: "done", Usage: usage, Calls: []llm.Call{scripted.Call("r", "recall", map[string]string{"query": "x"})}}
			}
			if r.Last(llm.RoleTool) != "" {
				return scripted.Reply{Text: "All done.", Usage: usage}
			}
			var tasks []map[string]string
			for range 4 {
				tasks = append(tasks, map[string]string{"description": "x", "prompt": "work"})
			}
			return scripted.Reply{Usage: usage, Calls: []llm.Call{scripted.Call("d", "delegate", map[string]any{"tasks": tasks})}}
		})(c)
		c.Providers[0].Models[0].Price = llm.Price{Input: 1}
		c.Budget.Session = 6
		c.Knowledge.Memories = 0
	})
	s := w.session()
	m := w.ask(s.ID, "go")
	// One answer of the parent, and of the sub-agents those that began before the
	// sixth dollar was spent: at most four at once.
	if n := asked.Load(); n < 6 || n > 9 {
		t.Errorf("the model was asked %d times: %s", n, short(m))
	}
	n := asked.Load()
	if m = w.ask(s.ID, "again"); m.Info.Error == nil || m.Info.Error.Name != api.NameBudgetExhausted || asked.Load() != n {
		t.Errorf("went on: %s", short(m))
	}
}

// Titles come from the first words at once and from a model when it comes to
// it; one that the user gave stays.
func TestTitles(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *Config) {
		withModel(t, func(r scripted.Request) scripted.Reply {
			if strings.HasPrefix(r.System, "Write a title") {
				return scripted.Reply{Text: "**\"Partial indexes\".**\n"}
			}
			return scripted.Reply{Text: "Fine."}
		})(c)
		c.Titles = true
	})
	s := w.session()
	if err := w.client.PromptAsync(t.Context(), s.ID, api.Ask("How do I create a partial index?")); err != nil {
		t.Fatal(err)
	}
	var titles []string
	w.until(api.Subscribe{Session: s.ID, After: 1}, func(e api.Event, p api.Properties) bool {
		if e.Type == api.EventSessionUpdated && (len(titles) == 0 || titles[len(titles)-1] != p.Session.Title) {
			titles = append(titles, p.Session.Title)
		}
		return len(titles) == 2
	})
	if fmt.Sprint(titles) != "[How do I create a partial index? Partial indexes]" {
		t.Errorf("titles %q", titles)
	}
	named, err := w.client.CreateSession(t.Context(), api.CreateSession{Title: "Mine"})
	if err != nil {
		t.Fatal(err)
	}
	w.ask(named.ID, "How?")
	if got, err := w.client.Session(t.Context(), named.ID); err != nil || got.Title != "Mine" {
		t.Errorf("a title that was given became %q, %v", got.Title, err)
	}
}

// Fork, revert, unrevert, rename, export, children and delete.
func TestSessionVerbs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, withModel(t, func(r scripted.Request) scripted.Reply {
		return scripted.Reply{Text: fmt.Sprintf("Answer to %.9s, after %d messages [1].", r.Last(llm.RoleUser), len(r.Messages)-1)}
	}))
	ctx, s := t.Context(), w.session()
	w.ask(s.ID, "first partial index")
	w.ask(s.ID, "second partial index")
	list, err := w.client.Messages(ctx, s.ID, 0)
	if err != nil || len(list) != 4 {
		t.Fatalf("%d messages, %v", len(list), err)
	}
	fork, err := w.client.Fork(ctx, s.ID, api.Fork{MessageID: list[2].Info.ID})
	if err != nil {
		t.Fatal(err)
	}
	if m := w.ask(fork.ID, "third partial index"); !strings.Contains(m.Text(), "third") || !strings.Contains(m.Text(), "after 2 messages") {
		t.Errorf("in the fork: %s", short(m))
	}
	if _, err := w.client.Revert(ctx, s.ID, api.Revert{MessageID: list[2].Info.ID}); err != nil {
		t.Fatal(err)
	}
	if got, err := w.client.Unrevert(ctx, s.ID); err != nil || got.Revert != nil {
		t.Errorf("unreverted: %+v, %v", got, err)
	}
	if _, err := w.client.Revert(ctx, s.ID, api.Revert{MessageID: list[2].Info.ID}); err != nil {
		t.Fatal(err)
	}
	w.ask(s.ID, "fourth partial index")
	if list, err = w.client.Messages(ctx, s.ID, 0); err != nil || len(list) != 4 || !strings.Contains(list[3].Text(), "fourth") {
		t.Errorf("after the revert %d messages, the last %q, %v", len(list), list[len(list)-1].Text(), err)
	}
	title := "Renamed"
	if _, err := w.client.UpdateSession(ctx, s.ID, api.UpdateSession{Title: &title}); err != nil {
		t.Fatal(err)
	}
	md, err := w.client.Export(ctx, s.ID, "markdown")
	if err != nil || !strings.HasPrefix(string(md), "# Renamed\n") || !strings.Contains(string(md), "## Question\n\nfourth") || !strings.Contains(string(md), "- [1] [Partial Indexes") {
		t.Errorf("as Markdown: %v\n%s", err, md)
	}
	var whole struct {
		Info     api.Session
		Messages []api.MessageWithParts
	}
	js, err := w.client.Export(ctx, s.ID, "json")
	if err != nil || json.Unmarshal(js, &whole) != nil || whole.Info.Title != "Renamed" || len(whole.Messages) != 4 {
		t.Errorf("as JSON: %v\n%.300s", err, js)
	}
	if err := w.client.DeleteSession(ctx, s.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.client.Session(ctx, s.ID); err == nil {
		t.Error("a deleted session is still there")
	}
	if l, err := w.client.Messages(ctx, fork.ID, 0); err != nil || len(l) != 4 {
		t.Errorf("the fork has %d messages, %v", len(l), err)
	}
}

// Clients ask for open questions; the agent asks none.
func TestQuestions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	if b, err := w.get("/question"); err != nil || strings.TrimSpace(string(b)) != "[]" {
		t.Errorf("%s, %v", b, err)
	}
	for _, verb := range []string{"reply", "reject"} {
		resp, err := http.Post(w.tcp()+"/question/que_none/"+verb, "application/json", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode != 404 {
			t.Errorf("%s: %s", verb, resp.Status)
		}
	}
}
