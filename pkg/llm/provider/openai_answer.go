package provider

import (
	"encoding/json"
	"net/http"
	"strings"

	"panther/pkg/llm"
)

// openAIChunk is a chunk of a stream, or a whole answer.
type openAIChunk struct {
	Choices []struct {
		Delta   *openAIDelta    `json:"delta"`
		Message *openAIDelta    `json:"message"`
		Finish  json.RawMessage `json:"finish_reason"`
	} `json:"choices"`
	Usage json.RawMessage `json:"usage"`
}

type openAIDelta struct {
	Content   json.RawMessage `json:"content"`
	Refusal   string          `json:"refusal"`
	ToolCalls []piece         `json:"tool_calls"`
	// Not OpenAI's, but what vLLM, llama.cpp, DeepSeek and OpenRouter send.
	ReasoningContent json.RawMessage `json:"reasoning_content"`
	Reasoning        json.RawMessage `json:"reasoning"`
	Details          json.RawMessage `json:"reasoning_details"`
}

// openAIAnswer puts an answer together. It implements reader.
type openAIAnswer struct {
	ep              Endpoint
	emit            func(llm.Delta) error
	text, reasoning strings.Builder
	tags            thoughts
	calls           calls
	field           string // of the reasoning
	finish          string
	refused         bool
	done            bool
	usage           llm.Usage
}

func (a *openAIAnswer) finished() bool { return a.done || a.finish != "" }

func (a *openAIAnswer) whole(data []byte) error {
	if data[0] == '<' {
		return a.ep.failure(http.StatusNotFound, nil, data) // a web page: the URL is wrong
	}
	_, err := a.event("", data)
	a.done = err == nil
	return err
}

func (a *openAIAnswer) event(name string, data []byte) (bool, error) {
	if strings.HasPrefix(string(data), "[DONE]") {
		a.done = true
		return true, nil
	}
	var failed struct {
		Error  json.RawMessage `json:"error"`
		Object string          `json:"object"`
	}
	var chunk openAIChunk
	err := json.Unmarshal(data, &chunk)
	_ = json.Unmarshal(data, &failed)
	failure := len(failed.Error) > 0 && string(failed.Error) != "null" && string(failed.Error) != "{}" && string(failed.Error) != `""`
	if failure || name == "error" || failed.Object == "error" || err != nil && len(chunk.Choices) == 0 || len(chunk.Choices) == 0 && data[0] == '[' {
		return true, a.ep.failure(http.StatusOK, nil, data)
	}
	if u, ok := openAIUsage(chunk.Usage); ok {
		a.usage = u
	}
	if len(chunk.Choices) == 0 {
		return false, nil
	}
	c := chunk.Choices[0]
	var finish string
	if _ = json.Unmarshal(c.Finish, &finish); finish != "" {
		a.finish = strings.ToLower(finish)
	}
	switch a.finish {
	case "error", "abort", "network_error", "insufficient_system_resource": // OpenRouter, vLLM, Zhipu, DeepSeek
		f := a.ep.failure(http.StatusBadGateway, nil, []byte("the server gave up in the middle of the answer ("+a.finish+")"))
		a.finish = ""
		return true, f
	}
	d := c.Delta
	if d == nil {
		d = c.Message
	}
	if d == nil {
		return false, nil
	}
	for i, p := range d.ToolCalls {
		a.calls.add(p, i)
	}
	return false, a.write(d)
}

func (a *openAIAnswer) write(d *openAIDelta) error {
	out := contentOf(d.Content)
	if d.Refusal != "" {
		a.refused = true
		out.Text += d.Refusal
	}
	if out.Text != "" {
		t := a.tags.add(out.Text)
		out.Unsay, out.Text, out.Reasoning = t.Unsay, t.Text, out.Reasoning+t.Reasoning
	}
	for _, f := range []struct {
		name string
		raw  json.RawMessage
	}{{"reasoning_content", d.ReasoningContent}, {"reasoning", d.Reasoning}, {"reasoning_details", d.Details}} {
		if t := contentOf(f.raw); out.Reasoning == "" && t.Text+t.Reasoning != "" {
			out.Reasoning, a.field = t.Reasoning+t.Text, f.name
		}
	}
	return a.say(out)
}

// say keeps and passes on thoughts and text.
func (a *openAIAnswer) say(d llm.Delta) error {
	if d.Unsay {
		a.text.Reset()
	}
	a.text.WriteString(d.Text)
	a.reasoning.WriteString(d.Reasoning)
	return emitBy(a.emit, d)
}

// contentOf reads content: text, or a list of parts of which some are thoughts.
func contentOf(raw json.RawMessage) (d llm.Delta) {
	if len(raw) == 0 || json.Unmarshal(raw, &d.Text) == nil {
		return d
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) == nil {
		for _, e := range list {
			p := contentOf(e)
			d.Text, d.Reasoning = d.Text+p.Text, d.Reasoning+p.Reasoning
		}
		return d
	}
	var part struct {
		Type                                                 string
		Text, Content, Thinking, Reasoning, Summary, Refusal json.RawMessage
	}
	if json.Unmarshal(raw, &part) != nil {
		return d
	}
	for _, t := range []json.RawMessage{part.Thinking, part.Reasoning, part.Summary} {
		p := contentOf(t)
		d.Reasoning += p.Text + p.Reasoning
	}
	for _, t := range []json.RawMessage{part.Text, part.Content, part.Refusal} {
		p := contentOf(t)
		d.Text, d.Reasoning = d.Text+p.Text, d.Reasoning+p.Reasoning
	}
	if strings.Contains(part.Type, "think") || strings.Contains(part.Type, "reasoning.enc") {
		d = llm.Delta{Reasoning: d.Reasoning + d.Text}
	}
	return d
}

func openAIUsage(raw json.RawMessage) (llm.Usage, bool) {
	var u struct {
		Prompt     float64 `json:"prompt_tokens"`
		Completion float64 `json:"completion_tokens"`
		In         struct {
			Cached float64 `json:"cached_tokens"`
		} `json:"prompt_tokens_details"`
		Out struct {
			Reasoning float64 `json:"reasoning_tokens"`
		} `json:"completion_tokens_details"`
	}
	if len(raw) == 0 || json.Unmarshal(raw, &u) != nil || u.Prompt <= 0 && u.Completion <= 0 {
		return llm.Usage{}, false
	}
	return llm.Usage{Input: max(int(u.Prompt-u.In.Cached), 0), Output: int(u.Completion), Reasoning: int(u.Out.Reasoning), CacheRead: int(u.In.Cached)}, true
}

func (a *openAIAnswer) response(req *llm.Request) (*llm.Response, error) {
	if err := a.say(a.tags.end()); err != nil {
		return nil, err
	}
	r := &llm.Response{Message: llm.Message{Role: llm.RoleAssistant, Text: a.text.String(), Calls: a.calls.finish(req)}, Usage: a.usage, Finish: finishOf(a.finish)}
	if a.reasoning.Len() > 0 {
		r.Message.Reasoning = &llm.Reasoning{Text: a.reasoning.String(), Field: a.field}
	}
	switch {
	case a.refused:
		r.Finish = llm.FinishFilter
	case len(r.Message.Calls) > 0 && r.Finish == llm.FinishStop: // some servers say "stop" here
		r.Finish = llm.FinishCalls
	}
	if r.Usage == (llm.Usage{}) { // a server that does not count
		r.Usage = llm.Usage{Input: req.Tokens(), Output: llm.Tokens(r.Message.Text)}
	}
	return r, nil
}

// finishOf reads why an answer ended, by the names of all servers that are known.
func finishOf(reason string) string {
	switch strings.ReplaceAll(strings.ToLower(reason), "-", "_") {
	case "length", "max_tokens", "model_length", "max_output_tokens", "max_length", "model_context_window_exceeded", "context_length_exceeded":
		return llm.FinishLength
	case "content_filter", "content_filtered", "refusal", "safety", "sensitive", "recitation", "prohibited_content", "blocklist", "spii", "guardrail_intervened", "error_toxic":
		return llm.FinishFilter
	case "pause_turn":
		return llm.FinishPause
	case "tool_calls", "tool_use", "function_call":
		return llm.FinishCalls
	}
	return llm.FinishStop
}
