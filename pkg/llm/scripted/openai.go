package scripted

import (
	"encoding/json"
	"net/http"
	"strings"

	"panther/pkg/llm"
)

type openAI struct{}

func (openAI) parse(r *http.Request, body []byte) (Request, error) {
	var in struct {
		Model    string `json:"model"`
		Messages []struct {
			Role       string          `json:"role"`
			Content    json.RawMessage `json:"content"`
			ToolCallID string          `json:"tool_call_id"`
			ToolCalls  []struct {
				ID       string `json:"id"`
				Function struct {
					Name      string `json:"name"`
					Arguments string `json:"arguments"`
				} `json:"function"`
			} `json:"tool_calls"`
		} `json:"messages"`
		Tools []struct {
			Function struct {
				Name string `json:"name"`
			} `json:"function"`
		} `json:"tools"`
		Choice any `json:"tool_choice"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return Request{}, err
	}
	out := Request{Protocol: "openai", Model: in.Model, Key: strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")}
	for _, m := range in.Messages {
		msg := llm.Message{Role: m.Role, Text: content(m.Content), CallID: m.ToolCallID}
		if m.Role == "system" || m.Role == "developer" {
			out.System += msg.Text
			continue
		}
		for _, c := range m.ToolCalls {
			msg.Calls = append(msg.Calls, llm.Call{ID: c.ID, Name: c.Function.Name, Arguments: json.RawMessage(c.Function.Arguments)})
		}
		out.Messages = append(out.Messages, msg)
	}
	if in.Choice == "none" {
		in.Tools = nil
	}
	for _, t := range in.Tools {
		out.Tools = append(out.Tools, t.Function.Name)
	}
	return out, nil
}

// content reads a string, or the text of a list of blocks.
func content(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	var blocks []struct {
		Text string `json:"text"`
	}
	_ = json.Unmarshal(raw, &blocks)
	for _, b := range blocks {
		s += b.Text
	}
	return s
}

func (openAI) failure(r Reply) any {
	return map[string]any{"error": map[string]any{"message": r.Error, "type": "scripted", "code": nil}}
}

func (openAI) chunk(s *stream, delta map[string]any, finish any, usage any) {
	c := map[string]any{"id": "chatcmpl-scripted", "object": "chat.completion.chunk", "created": 1, "model": s.model,
		"choices": []any{map[string]any{"index": 0, "delta": delta, "finish_reason": finish}}}
	if usage != nil {
		c["usage"] = usage
	}
	s.send("", c)
}

func (o openAI) begin(s *stream) {
	o.chunk(s, map[string]any{"role": "assistant", "content": ""}, nil, nil)
}

func (o openAI) reasoning(s *stream, t string) {
	o.chunk(s, map[string]any{"reasoning_content": t}, nil, nil)
}

func (o openAI) text(s *stream, t string) { o.chunk(s, map[string]any{"content": t}, nil, nil) }

func (o openAI) call(s *stream, i int, c llm.Call) {
	args := string(c.Arguments)
	half := len(args) / 2 // in two pieces, as real servers cut them anywhere
	o.chunk(s, map[string]any{"tool_calls": []any{map[string]any{"index": i, "id": c.ID, "type": "function",
		"function": map[string]any{"name": c.Name, "arguments": args[:half]}}}}, nil, nil)
	o.chunk(s, map[string]any{"tool_calls": []any{map[string]any{"index": i,
		"function": map[string]any{"arguments": args[half:]}}}}, nil, nil)
}

func (o openAI) end(s *stream, r Reply, u llm.Usage) {
	finish := r.Finish
	if finish == "" {
		finish = "stop"
		if len(r.Calls) > 0 {
			finish = "tool_calls"
		}
	}
	o.chunk(s, map[string]any{}, finish, nil)
	o.chunk(s, map[string]any{}, nil, map[string]any{
		"prompt_tokens": u.Input + u.CacheRead, "completion_tokens": u.Output, "total_tokens": u.Input + u.CacheRead + u.Output,
		"prompt_tokens_details": map[string]any{"cached_tokens": u.CacheRead}})
	_, _ = s.w.Write([]byte("data: [DONE]\n\n"))
}
