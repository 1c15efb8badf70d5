package openai

import (
	"context"
	"encoding/json"
	"net/http"

	"panther/pkg/gate"
	"panther/pkg/identity"
	"panther/pkg/llm"
	"panther/pkg/opencode/rest"
	"panther/pkg/opencode/turn"
)

type responseInput struct{ Body responseRequest }

// respond answers with a response, as it comes or whole.
func (s *Server) respond(w http.ResponseWriter, r *http.Request, in *responseInput) error {
	owner := identity.Of(r.Context())
	c, q, err := s.responseQuestion(owner, in.Body)
	if err != nil {
		return err
	}
	t := turn.New(s.Runtime, q)
	out := newResponseWriter(w, t, in.Body)
	err = s.run(r, t, out)
	switch {
	case err != nil && !out.begun:
		return err
	case err != nil:
		out.failed(s.failureOf(err))
	default:
		out.end()
	}
	if out.resp.Store && err == nil {
		c.add(llm.Message{Role: llm.RoleAssistant, Text: out.text.String(), Calls: t.Calls()})
		s.stored.put(storedResponse{owner: owner, response: out.resp, conversation: c})
	}
	if !in.Body.Stream {
		rest.Answer(w, http.StatusOK, out.resp)
	}
	return nil
}

// responseQuestion makes a turn's question of a response's request, and returns
// the conversation that it ends.
func (s *Server) responseQuestion(by identity.Identity, in responseRequest) (c conversation, q turn.Question, err error) {
	opt, err := in.options()
	if err != nil {
		return c, q, err
	}
	if id := in.PreviousResponseID; id != "" {
		before, ok := s.stored.get(by, id)
		if !ok {
			e := &failure{Status: http.StatusBadRequest, Type: "invalid_request_error", Param: ptr("previous_response_id"), Code: ptr("previous_response_not_found"),
				Message: "there is no response " + gate.Line(id, 80) + ": they are kept for a while and end with the process"}
			return c, q, e
		}
		c = before.conversation.clone()
	}
	c.system = nil // instructions are of one response
	if in.Instructions != nil {
		said, err := text("instructions", in.Instructions)
		if err != nil {
			return c, q, err
		}
		c.system = append(c.system, said)
	}
	if err := s.addInput(by, &c, in.Input); err != nil {
		return c, q, err
	}
	q, err = s.question(by, c, in.Model, opt)
	return c, q, err
}

func (in responseRequest) options() (opt turn.Options, err error) {
	if err := in.check(); err != nil {
		return opt, err
	}
	for _, f := range []struct {
		name string
		set  bool
	}{
		{"background", in.Background}, {"conversation", len(in.Conversation) > 0 && string(in.Conversation) != "null"},
		{"prompt", len(in.Prompt) > 0 && string(in.Prompt) != "null"}, {"truncation", in.Truncation == "auto"},
	} {
		if f.set {
			return opt, refuse(f.name, "%s is not done by this server", f.name)
		}
	}
	opt = turn.Options{Plain: in.plain(), OneCall: in.oneCall(), MaxTokens: in.MaxOutputTokens, Temperature: in.Temperature, TopP: in.TopP, Effort: in.Reasoning.Effort}
	for _, t := range in.Tools {
		if t.Type != "function" {
			return opt, refuse("tools", "tools of type %q are not known here; functions are", gate.Line(t.Type, 40))
		}
		if opt.Tools, err = addTool(opt.Tools, t.function); err != nil {
			return opt, err
		}
	}
	f := in.Text.Format
	if opt.Format, err = format("text", f.Type, f.Name, f.Schema, f.Strict); err != nil {
		return opt, err
	}
	return opt, checkOptions(&opt, in.ToolChoice)
}

// addInput appends the items of an input to a conversation.
func (s *Server) addInput(by identity.Identity, c *conversation, raw json.RawMessage) error {
	var said string
	if json.Unmarshal(raw, &said) == nil {
		c.add(llm.Message{Role: llm.RoleUser, Text: said})
		return nil
	}
	var items []inputItem
	if err := json.Unmarshal(raw, &items); err != nil {
		return refuse("input", "input is neither text nor a list of items")
	}
	for _, it := range items {
		if it.Type == "item_reference" {
			ref, ok := s.stored.item(by, it.ID)
			if !ok {
				return refuse("input", "there is no item %q: responses are kept for a while and end with the process", gate.Line(it.ID, 80))
			}
			it = ref
		}
		if err := c.item(it); err != nil {
			return err
		}
	}
	return nil
}

// item appends one item.
func (c *conversation) item(it inputItem) error {
	switch it.Type {
	case "", "message":
		if it.Role == "user" {
			u, err := userMessage("input", it.Content)
			if err == nil {
				c.add(u)
			}
			return err
		}
		said, err := text("input", it.Content)
		if err != nil {
			return err
		}
		switch it.Role {
		case "system", "developer":
			c.system = append(c.system, said)
		case "assistant":
			c.add(llm.Message{Role: it.Role, Text: said})
		default:
			return refuse("input", "there is no role %q", gate.Line(it.Role, 40))
		}
	case "function_call":
		call := called(it.CallID, it.Name, it.Arguments)
		if n := len(c.messages); n > 0 && c.messages[n-1].Role == llm.RoleAssistant {
			c.messages[n-1].Calls = append(c.messages[n-1].Calls, call)
			return nil
		}
		c.add(llm.Message{Role: llm.RoleAssistant, Calls: []llm.Call{call}})
	case "function_call_output":
		said, err := text("input", it.Output)
		if err != nil {
			return err
		}
		c.add(llm.Message{Role: llm.RoleTool, CallID: it.CallID, Text: gate.Clean(said)})
	case "reasoning": // of another model's; nothing of ours comes so
	default:
		return refuse("input", "items of type %q are not known here", gate.Line(it.Type, 40))
	}
	return nil
}

// clone returns a conversation that can be gone on with.
func (c conversation) clone() conversation {
	out := conversation{messages: append([]llm.Message(nil), c.messages...)}
	for i, m := range out.messages {
		out.messages[i].Calls = append([]llm.Call(nil), m.Calls...)
	}
	return out
}

func (s *Server) response(ctx context.Context, in *idInput) (response, error) {
	r, ok := s.stored.get(identity.Of(ctx), in.ID)
	if !ok {
		return response{}, notFound("response_not_found", "there is no response %q", gate.Line(in.ID, 80))
	}
	return r.response, nil
}

type forgotten struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Deleted bool   `json:"deleted"`
}

func (s *Server) forget(ctx context.Context, in *idInput) (forgotten, error) {
	if !s.stored.remove(identity.Of(ctx), in.ID) {
		return forgotten{}, notFound("response_not_found", "there is no response %q", gate.Line(in.ID, 80))
	}
	return forgotten{in.ID, "response", true}, nil
}

func ptr[T any](v T) *T { return &v }
