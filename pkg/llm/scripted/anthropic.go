package scripted

import (
	"encoding/json"
	"net/http"

	"panther/pkg/llm"
)

type anthropic struct{}

func (anthropic) parse(r *http.Request, body []byte) (Request, error) {
	var in struct {
		Model    string          `json:"model"`
		System   json.RawMessage `json:"system"`
		Messages []struct {
			Role    string          `json:"role"`
			Content json.RawMessage `json:"content"`
		} `json:"messages"`
		Tools []struct {
			Name string `json:"name"`
		} `json:"tools"`
		Choice struct {
			Type string `json:"type"`
		} `json:"tool_choice"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return Request{}, err
	}
	out := Request{Protocol: "anthropic", Model: in.Model, Key: r.Header.Get("X-Api-Key"), System: content(in.System)}
	for _, m := range in.Messages {
		var blocks []struct {
			Type, Text, ID, Name string
			Thinking             string
			Input                json.RawMessage
			ToolUseID            string `json:"tool_use_id"`
			IsError              bool   `json:"is_error"`
			Content              json.RawMessage
		}
		if json.Unmarshal(m.Content, &blocks) != nil {
			out.Messages = append(out.Messages, llm.Message{Role: m.Role, Text: content(m.Content)})
			continue
		}
		msg := llm.Message{Role: m.Role}
		for _, b := range blocks {
			switch b.Type {
			case "text":
				msg.Text += b.Text
			case "thinking":
				msg.Reasoning = &llm.Reasoning{Text: b.Thinking}
			case "tool_use":
				msg.Calls = append(msg.Calls, llm.Call{ID: b.ID, Name: b.Name, Arguments: b.Input})
			case "tool_result":
				out.Messages = append(out.Messages, llm.Message{Role: llm.RoleTool, CallID: b.ToolUseID, Text: content(b.Content), Failed: b.IsError})
			}
		}
		if msg.Text != "" || len(msg.Calls) > 0 {
			out.Messages = append(out.Messages, msg)
		}
	}
	if in.Choice.Type == "none" {
		in.Tools = nil
	}
	for _, t := range in.Tools {
		out.Tools = append(out.Tools, t.Name)
	}
	return out, nil
}

func (anthropic) failure(r Reply) any {
	return map[string]any{"type": "error", "error": map[string]any{"type": "scripted_error", "message": r.Error}}
}

func (anthropic) begin(s *stream) {
	s.send("message_start", map[string]any{"type": "message_start", "message": map[string]any{
		"id": "msg_scripted", "type": "message", "role": "assistant", "model": s.model, "content": []any{},
		"stop_reason": nil, "usage": map[string]any{"input_tokens": 1, "output_tokens": 0}}})
}

// block sends one whole content block; text and reasoning come as one each
// piece, which the protocol allows.
func (anthropic) block(s *stream, start map[string]any, deltas ...map[string]any) {
	s.send("content_block_start", map[string]any{"type": "content_block_start", "index": s.block, "content_block": start})
	for _, d := range deltas {
		s.send("content_block_delta", map[string]any{"type": "content_block_delta", "index": s.block, "delta": d})
	}
	s.send("content_block_stop", map[string]any{"type": "content_block_stop", "index": s.block})
	s.block++
}

func (a anthropic) reasoning(s *stream, t string) {
	a.block(s, map[string]any{"type": "thinking", "thinking": "", "signature": ""},
		map[string]any{"type": "thinking_delta", "thinking": t}, map[string]any{"type": "signature_delta", "signature": "sig"})
}

func (a anthropic) text(s *stream, t string) {
	a.block(s, map[string]any{"type": "text", "text": ""}, map[string]any{"type": "text_delta", "text": t})
}

func (a anthropic) call(s *stream, _ int, c llm.Call) {
	args := string(c.Arguments)
	half := len(args) / 2
	a.block(s, map[string]any{"type": "tool_use", "id": c.ID, "name": c.Name, "input": map[string]any{}},
		map[string]any{"type": "input_json_delta", "partial_json": args[:half]},
		map[string]any{"type": "input_json_delta", "partial_json": args[half:]})
}

func (anthropic) end(s *stream, r Reply, u llm.Usage) {
	stop := r.Finish
	if stop == "" {
		stop = "end_turn"
		if len(r.Calls) > 0 {
			stop = "tool_use"
		}
	}
	s.send("message_delta", map[string]any{"type": "message_delta", "delta": map[string]any{"stop_reason": stop, "stop_sequence": nil},
		"usage": map[string]any{"input_tokens": u.Input, "output_tokens": u.Output, "cache_read_input_tokens": u.CacheRead, "cache_creation_input_tokens": u.CacheWrite}})
	s.send("message_stop", map[string]any{"type": "message_stop"})
}
