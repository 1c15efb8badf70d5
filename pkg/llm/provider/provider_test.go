package provider_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"path"
	"reflect"
	"strings"
	"testing"
	"time"

	"panther/pkg/llm"
	"panther/pkg/llm/provider"
	"panther/pkg/llm/scripted"
)

var protocols = map[string]func(llm.Info, provider.Endpoint) llm.Model{"openai": provider.NewOpenAI, "anthropic": provider.NewAnthropic}

// each runs the conformance tests against every protocol.
func each(t *testing.T, script scripted.Script, test func(t *testing.T, m llm.Model)) {
	t.Helper()
	for name, make := range protocols {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := httptest.NewServer(scripted.Handler(script))
			t.Cleanup(srv.Close)
			url := srv.URL
			if name == "openai" {
				url += "/v1"
			}
			test(t, make(llm.Info{Provider: name, ID: "m"}, provider.Endpoint{URL: url, Key: "key-1", Client: srv.Client(), Credential: "model-key"}))
		})
	}
}

func ask(text string) *llm.Request {
	return &llm.Request{System: "be kind", Messages: []llm.Message{{Role: llm.RoleUser, Text: text}}}
}

func TestStreams(t *testing.T) {
	t.Parallel()
	each(t, func(r scripted.Request) scripted.Reply {
		if r.Key != "key-1" || r.System != "be kind" || r.Last(llm.RoleUser) != "hi" || r.Model != "m" {
			t.Errorf("request %+v", r)
		}
		return scripted.Reply{Text: "one two three", Reasoning: "hm ", Usage: llm.Usage{Input: 7, Output: 3, CacheRead: 2}}
	}, func(t *testing.T, m llm.Model) {
		var text, thought string
		pieces := 0
		r, err := m.Generate(t.Context(), ask("hi"), func(d llm.Delta) error {
			text += d.Text
			thought += d.Reasoning
			pieces++
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if text != "one two three" || r.Message.Text != text || thought != "hm " || pieces < 4 {
			t.Errorf("streamed %q and %q in %d pieces, answer %+v", text, thought, pieces, r.Message)
		}
		if r.Finish != llm.FinishStop || r.Usage.Input != 7 || r.Usage.Output != 3 || r.Usage.CacheRead != 2 {
			t.Errorf("finish %s, usage %+v", r.Finish, r.Usage)
		}
	})
}

func TestCallsAndResults(t *testing.T) {
	t.Parallel()
	calls := []llm.Call{scripted.Call("c1", "search", map[string]any{"query": "x y"}), scripted.Call("c2", "read", map[string]any{})}
	each(t, func(r scripted.Request) scripted.Reply {
		if r.Last(llm.RoleTool) == "" {
			return scripted.Reply{Text: "looking", Calls: calls}
		}
		var got []llm.Message
		for _, m := range r.Messages {
			if m.Role == llm.RoleTool {
				got = append(got, llm.Message{CallID: m.CallID, Text: m.Text})
			}
		}
		if want := []llm.Message{{CallID: "c1", Text: "found"}, {CallID: "c2", Text: "gone"}}; !reflect.DeepEqual(got, want) {
			t.Errorf("results %+v", got)
		}
		return scripted.Reply{Text: "done"}
	}, func(t *testing.T, m llm.Model) {
		req := ask("hi")
		req.Tools = []llm.Tool{{Name: "search", Description: "d", Schema: json.RawMessage(`{"type":"object","properties":{"query":{"type":"string"}},"required":["query"]}`)}}
		r, err := m.Generate(t.Context(), req, nil)
		if err != nil {
			t.Fatal(err)
		}
		if r.Finish != llm.FinishCalls || len(r.Message.Calls) != 2 || r.Message.Text != "looking" {
			t.Fatalf("got %+v", r)
		}
		for i, c := range r.Message.Calls {
			if c.ID != calls[i].ID || c.Name != calls[i].Name || string(c.Arguments) != string(calls[i].Arguments) {
				t.Errorf("call %d: %+v", i, c)
			}
		}
		req.Messages = append(req.Messages, r.Message, llm.Message{Role: llm.RoleTool, CallID: "c1", Text: "found"},
			llm.Message{Role: llm.RoleTool, CallID: "c2", Text: "gone", Failed: true})
		if r, err = m.Generate(t.Context(), req, nil); err != nil || r.Message.Text != "done" {
			t.Errorf("got %+v, %v", r, err)
		}
	})
}

func TestFailures(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		reply scripted.Reply
		kind  llm.Kind
		after time.Duration
	}{
		"auth":     {scripted.Reply{Status: 401, Error: "bad key"}, llm.KindAuth, 0},
		"rate":     {scripted.Reply{Status: 429, Error: "slow down", RetryAfter: "7"}, llm.KindRate, 7 * time.Second},
		"server":   {scripted.Reply{Status: 529, Error: "overloaded"}, llm.KindServer, 0},
		"request":  {scripted.Reply{Status: 400, Error: "no such field"}, llm.KindRequest, 0},
		"overflow": {scripted.Reply{Status: 400, Error: "prompt is too long: 210000 tokens"}, llm.KindOverflow, 0},
		"cut":      {scripted.Reply{Text: "a b c d", Cut: 2}, llm.KindNetwork, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			each(t, func(scripted.Request) scripted.Reply { return tc.reply }, func(t *testing.T, m llm.Model) {
				_, err := m.Generate(t.Context(), ask("hi"), nil)
				var e *llm.Error
				if !errors.As(err, &e) || e.Kind != tc.kind || e.RetryAfter != tc.after || e.Status != tc.reply.Status {
					t.Fatalf("got %#v (%v)", e, err)
				}
				if tc.reply.Error != "" && !strings.Contains(err.Error(), tc.reply.Error) {
					t.Errorf("the provider's words are lost: %v", err)
				}
				if strings.Contains(err.Error(), "key-1") {
					t.Errorf("the key is in the error: %v", err)
				}
				if tc.kind == llm.KindAuth && !strings.Contains(e.HintText(), "model-key") {
					t.Errorf("hint %q", e.HintText())
				}
			})
		})
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	asked := map[string]chan struct{}{"openai": make(chan struct{}, 4), "anthropic": make(chan struct{}, 4)} // each cancels what asked it
	each(t, func(r scripted.Request) scripted.Reply {
		asked[r.Protocol] <- struct{}{}
		return scripted.Reply{Hang: true}
	},
		func(t *testing.T, m llm.Model) {
			ctx, cancel := context.WithCancel(t.Context())
			go func() { <-asked[path.Base(t.Name())]; cancel() }()
			if _, err := m.Generate(ctx, ask("hi"), nil); llm.KindOf(err) != llm.KindCancelled {
				t.Errorf("got %v", err)
			}
		})
}
