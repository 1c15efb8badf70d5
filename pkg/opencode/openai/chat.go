package openai

import (
	"net/http"
	"slices"

	"panther/pkg/gate"
	"panther/pkg/identity"
	"panther/pkg/llm"
	"panther/pkg/opencode/turn"
)

type chatInput struct{ Body chatRequest }

func (s *Server) chat(w http.ResponseWriter, r *http.Request, in *chatInput) error {
	q, err := s.chatQuestion(identity.Of(r.Context()), in.Body)
	if err != nil {
		return err
	}
	t := turn.New(s.Runtime, q)
	out := newChatWriter(w, t, in.Body)
	if err := s.run(r, t, out); err != nil {
		if !out.begun {
			return err
		}
		out.fail(s.failureOf(err))
		return nil
	}
	out.end(in.Body.StreamOptions.IncludeUsage)
	return nil
}

// chatQuestion makes a turn's question of a chat completion's request.
func (s *Server) chatQuestion(by identity.Identity, in chatRequest) (q turn.Question, err error) {
	opt, err := in.options()
	if err != nil {
		return q, err
	}
	var c conversation
	for _, m := range in.Messages {
		if m.Role == "user" {
			u, err := userMessage("messages", m.Content)
			if err != nil {
				return q, err
			}
			c.add(u)
			continue
		}
		said, err := text("messages", m.Content)
		if err != nil {
			return q, err
		}
		switch m.Role {
		case "system", "developer":
			c.system = append(c.system, said)
		case "assistant":
			a := llm.Message{Role: llm.RoleAssistant, Text: said}
			for _, call := range m.ToolCalls {
				a.Calls = append(a.Calls, called(call.ID, call.Function.Name, call.Function.Arguments))
			}
			c.add(a)
		case "tool":
			c.add(llm.Message{Role: llm.RoleTool, CallID: m.ToolCallID, Text: gate.Clean(said)})
		default:
			return q, refuse("messages", "there is no role %q", gate.Line(m.Role, 40))
		}
	}
	return s.question(by, c, in.Model, opt)
}

func (in chatRequest) options() (opt turn.Options, err error) {
	if err := in.check(); err != nil {
		return opt, err
	}
	opt = turn.Options{Plain: in.plain(), OneCall: in.oneCall(), MaxTokens: in.MaxCompletionTokens, Temperature: in.Temperature, TopP: in.TopP,
		Effort: in.ReasoningEffort}
	if opt.MaxTokens == 0 {
		opt.MaxTokens = in.MaxTokens
	}
	for _, t := range in.Tools {
		if t.Type != "function" {
			return opt, refuse("tools", "tools of type %q are not known here; functions are", gate.Line(t.Type, 40))
		}
		if opt.Tools, err = addTool(opt.Tools, t.Function); err != nil {
			return opt, err
		}
	}
	if f := in.ResponseFormat; f != nil {
		if opt.Format, err = format("response_format", f.Type, f.Schema.Name, f.Schema.Schema, f.Schema.Strict); err != nil {
			return opt, err
		}
	}
	if opt.Stop, err = stops(in.Stop); err != nil {
		return opt, err
	}
	return opt, checkOptions(&opt, in.ToolChoice)
}

// checkOptions checks what both APIs have alike.
func checkOptions(opt *turn.Options, choice []byte) error {
	if err := toolChoice(choice, opt); err != nil {
		return err
	}
	if err := bounded("temperature", opt.Temperature, 2); err != nil {
		return err
	}
	if err := bounded("top_p", opt.TopP, 1); err != nil {
		return err
	}
	switch {
	case opt.MaxTokens < 0:
		return refuse("max_tokens", "max_tokens is negative")
	case !slices.Contains(efforts, opt.Effort):
		return refuse("reasoning_effort", "the effort %q is not known", gate.Line(opt.Effort, 40))
	}
	return nil
}

// called is a call that the client gives back.
func called(id, name, arguments string) llm.Call {
	c := llm.Call{ID: id, Name: name, Arguments: []byte(arguments)}
	if !isObject(c.Arguments) {
		c.Arguments = []byte("{}")
	}
	return c
}
