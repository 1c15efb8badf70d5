package loop

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"panther/pkg/llm"
	"panther/pkg/llm/provider"
	"panther/pkg/llm/scripted"
)

// record is a sink that remembers.
type record struct {
	mu      sync.Mutex
	text    string
	steps   int
	results map[string]string
}

func (r *record) Step(n int)                               { r.steps = n }
func (r *record) Delta(d llm.Delta) error                  { r.text += d.Text; return nil }
func (r *record) Void(llm.Info, int, time.Duration, error) { r.text = "" }
func (r *record) Call(llm.Call)                            {}
func (r *record) Finish(*llm.Response, llm.Info)           {}
func (r *record) Result(c llm.Call, res Result, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.results == nil {
		r.results = map[string]string{}
	}
	r.results[c.ID] = fmt.Sprint(res.Output, err)
}

func model(t *testing.T, script scripted.Script) Model {
	t.Helper()
	srv := httptest.NewServer(scripted.Handler(script))
	t.Cleanup(srv.Close)
	s := &llm.Set{}
	i := llm.Info{Provider: "p", ID: "m"}
	s.Add(i, provider.NewOpenAI(i, provider.Endpoint{URL: srv.URL + "/v1", Client: srv.Client()}))
	return func(ctx context.Context, req *llm.Request, o llm.Observer) (*llm.Response, llm.Info, error) {
		return s.Generate(ctx, "", req, o)
	}
}

func question(text string) llm.Request {
	return llm.Request{Messages: []llm.Message{{Role: llm.RoleUser, Text: text}}}
}

func tool(name string, run func(context.Context, llm.Call) (Result, error)) Tool {
	return Tool{Tool: llm.Tool{Name: name, Schema: json.RawMessage(`{"type":"object"}`)}, Run: run}
}

// Calls of one answer run at the same time, and what fails is told to the
// model, which goes on.
func TestCallsRunTogether(t *testing.T) {
	t.Parallel()
	var both sync.WaitGroup
	both.Add(2)
	meet := tool("meet", func(context.Context, llm.Call) (Result, error) {
		both.Done()
		both.Wait() // blocks unless both run at once
		return Result{Output: "met"}, nil
	})
	m := model(t, func(r scripted.Request) scripted.Reply {
		if r.Last(llm.RoleTool) == "" {
			return scripted.Reply{Calls: []llm.Call{scripted.Call("1", "meet", nil), scripted.Call("2", "meet", nil),
				scripted.Call("3", "nothing", nil), {ID: "4", Name: "meet", Arguments: json.RawMessage("{nonsense")}}}
		}
		var got []string
		for _, m := range r.Messages {
			if m.Role == llm.RoleTool {
				got = append(got, m.CallID+m.Text)
			}
		}
		return scripted.Reply{Text: strings.Join(got, "|")}
	})
	rec := &record{}
	msgs, err := Run(t.Context(), m, question("q"), []Tool{meet}, rec, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	want := `1met|2met|3Error: call "nothing": no such tool|4Error: call meet: the arguments must be one JSON object, and these are none: "{nonsense"`
	if last := msgs[len(msgs)-1]; last.Text != want || rec.steps != 2 || len(msgs) != 6 {
		t.Errorf("got %q in %d steps and %d messages", last.Text, rec.steps, len(msgs))
	}
}

func TestStepLimitWithdrawsTools(t *testing.T) {
	t.Parallel()
	again := tool("again", func(context.Context, llm.Call) (Result, error) { return Result{Output: "more"}, nil })
	m := model(t, func(r scripted.Request) scripted.Reply {
		if len(r.Tools) == 0 {
			return scripted.Reply{Text: "what I have"}
		}
		return scripted.Reply{Calls: []llm.Call{scripted.Call("x", "again", nil)}}
	})
	rec := &record{}
	msgs, err := Run(t.Context(), m, question("q"), []Tool{again}, rec, Limits{Steps: 3})
	if err != nil || rec.steps != 3 || msgs[len(msgs)-1].Text != "what I have" {
		t.Errorf("got %+v after %d steps, %v", msgs, rec.steps, err)
	}
}

// On the last step the tools stay defined, none may be called, and no user stands
// behind the result of one.
func TestLastStepKeepsTheForm(t *testing.T) {
	t.Parallel()
	again := tool("again", func(context.Context, llm.Call) (Result, error) { return Result{Output: "more"}, nil })
	var last *llm.Request
	m := func(_ context.Context, req *llm.Request, _ llm.Observer) (*llm.Response, llm.Info, error) {
		last = req
		if req.NoCalls {
			return &llm.Response{Message: llm.Message{Role: llm.RoleAssistant, Text: "what I have"}, Finish: llm.FinishStop}, llm.Info{}, nil
		}
		return &llm.Response{Message: llm.Message{Role: llm.RoleAssistant, Calls: []llm.Call{scripted.Call("x", "again", nil)}}, Finish: llm.FinishCalls}, llm.Info{}, nil
	}
	if _, err := Run(t.Context(), m, question("q"), []Tool{again}, &record{}, Limits{Steps: 2}); err != nil {
		t.Fatal(err)
	}
	if n := len(last.Messages); len(last.Tools) != 1 || n != 4 || last.Messages[2].Role != llm.RoleTool || !strings.Contains(last.Messages[2].Text, lastStep) {
		t.Errorf("asked %+v", last)
	}
}

// A model that pauses is given its answer back and goes on; one that a filter
// stopped has called nothing.
func TestPauseAndFilter(t *testing.T) {
	t.Parallel()
	n := 0
	m := func(_ context.Context, req *llm.Request, _ llm.Observer) (*llm.Response, llm.Info, error) {
		n++
		r := &llm.Response{Message: llm.Message{Role: llm.RoleAssistant, Text: "one "}, Finish: llm.FinishPause}
		if last := req.Messages[len(req.Messages)-1]; last.Role == llm.RoleAssistant {
			r.Message.Text, r.Finish = "two", llm.FinishFilter
			r.Message.Calls = []llm.Call{scripted.Call("x", "again", nil)}
		}
		return r, llm.Info{}, nil
	}
	msgs, err := Run(t.Context(), m, question("q"), nil, &record{}, Limits{})
	if err != nil || n != 2 || len(msgs) != 2 || Answer(msgs) != "one two" {
		t.Errorf("asked %d times, got %+v, %v", n, msgs, err)
	}
}

func TestToolTimeAndBudget(t *testing.T) {
	t.Parallel()
	slow := tool("slow", func(ctx context.Context, _ llm.Call) (Result, error) {
		<-ctx.Done()
		return Result{}, ctx.Err()
	})
	m := model(t, func(scripted.Request) scripted.Reply {
		return scripted.Reply{Calls: []llm.Call{scripted.Call("x", "slow", nil)}}
	})
	rec := &record{}
	spent := 0
	broke := errors.New("broke")
	_, err := Run(t.Context(), m, question("q"), []Tool{slow}, rec, Limits{ToolTime: time.Millisecond, Spend: func() error {
		if spent++; spent > 1 {
			return broke
		}
		return nil
	}})
	if !errors.Is(err, broke) || !strings.Contains(rec.results["x"], "took longer than 1ms") {
		t.Errorf("got %v, results %v", err, rec.results)
	}
}

func TestCancelEndsTheLoop(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stop")
	wait := tool("wait", func(ctx context.Context, _ llm.Call) (Result, error) {
		cancel(stop)
		<-ctx.Done()
		return Result{}, ctx.Err()
	})
	m := model(t, func(scripted.Request) scripted.Reply {
		return scripted.Reply{Text: "let me ", Calls: []llm.Call{scripted.Call("x", "wait", nil)}}
	})
	msgs, err := Run(ctx, m, question("q"), []Tool{wait}, &record{}, Limits{})
	if !errors.Is(err, stop) || len(msgs) != 2 || msgs[0].Text != "let me " {
		t.Errorf("got %+v, %v", msgs, err)
	}
}

// What is too long loses old results first, then old turns, and never the
// question or a result that was not seen.
func TestShrink(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("word ", 400) // 500 tokens
	conv := func() llm.Request {
		return llm.Request{Messages: []llm.Message{
			{Role: llm.RoleUser, Text: "old " + long}, {Role: llm.RoleAssistant, Text: "old answer"},
			{Role: llm.RoleUser, Text: "question"},
			{Role: llm.RoleAssistant, Calls: []llm.Call{{ID: "1", Name: "t"}}}, {Role: llm.RoleTool, CallID: "1", Text: long},
			{Role: llm.RoleAssistant, Calls: []llm.Call{{ID: "2", Name: "t"}}}, {Role: llm.RoleTool, CallID: "2", Text: long},
		}}
	}
	r := conv()
	if n := shrink(&r, 0, 3, 2500); n != 0 || r.Messages[4].Text != long {
		t.Error("shrank what fits")
	}
	if n := shrink(&r, 0, 3, 1500); n != 0 || r.Messages[4].Text != gone || r.Messages[6].Text != long {
		t.Error("did not give up the old result alone")
	}
	if n := shrink(&r, 0, 3, 800); n != 2 || r.Messages[0].Text != "question" {
		t.Errorf("cut %d messages", n)
	}
	if n := shrink(&r, 0, 1, 10); n != 0 || r.Messages[0].Text != "question" {
		t.Error("gave up the question")
	}
	r = conv()
	r.Messages = append([]llm.Message{{Role: llm.RoleUser, Text: "summary"}, {Role: llm.RoleAssistant, Text: "Understood."}}, r.Messages...)
	if n := shrink(&r, 2, 5, 800); n != 2 || r.Messages[0].Text != "summary" || r.Messages[2].Text != "question" {
		t.Errorf("cut %d messages, and begins with %q", n, r.Messages[0].Text)
	}
}

// A model that says the conversation is too long is asked once more with less.
func TestOverflow(t *testing.T) {
	t.Parallel()
	m := model(t, func(r scripted.Request) scripted.Reply {
		if len(r.Messages) > 1 {
			return scripted.Reply{Status: 400, Error: "maximum context length exceeded"}
		}
		return scripted.Reply{Text: "short now"}
	})
	req := llm.Request{Messages: []llm.Message{{Role: llm.RoleUser, Text: strings.Repeat("old ", 100)}, {Role: llm.RoleAssistant, Text: "a"}, {Role: llm.RoleUser, Text: "q"}}}
	msgs, err := Run(t.Context(), m, req, nil, &record{}, Limits{})
	if err != nil || len(msgs) != 1 || msgs[0].Text != "short now" {
		t.Errorf("got %+v, %v", msgs, err)
	}
}
