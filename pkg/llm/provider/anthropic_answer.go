package provider

import (
	"encoding/json"
	"net/http"
	"strings"

	"panther/pkg/llm"
)

// claudeAnswer puts an answer together. It implements reader.
type claudeAnswer struct {
	ep     Endpoint
	emit   func(llm.Delta) error
	blocks []*claudeBlock
	stop   string
	ended  bool
	usage  llm.Usage
}

// claudeBlock is a block of content as it came. What is not text, thought or
// call is kept as it is.
type claudeBlock struct {
	Type      string          `json:"type"`
	Text      string          `json:"text"`
	Thinking  string          `json:"thinking"`
	Signature string          `json:"signature"`
	ID        string          `json:"id"`
	Name      string          `json:"name"`
	Input     json.RawMessage `json:"input"`
	index     int
	raw       json.RawMessage
	tags      thoughts
}

type claudeUsage struct {
	Input      int `json:"input_tokens"`
	Output     int `json:"output_tokens"`
	CacheRead  int `json:"cache_read_input_tokens"`
	CacheWrite int `json:"cache_creation_input_tokens"`
}

func (a *claudeAnswer) count(u claudeUsage) {
	for _, c := range []struct {
		to *int
		n  int
	}{{&a.usage.Input, u.Input}, {&a.usage.Output, u.Output}, {&a.usage.CacheRead, u.CacheRead}, {&a.usage.CacheWrite, u.CacheWrite}} {
		if c.n > 0 { // totals so far; what is left out does not change
			*c.to = c.n
		}
	}
}

func (a *claudeAnswer) finished() bool { return a.ended || a.stop != "" }

func (a *claudeAnswer) whole(data []byte) error {
	if data[0] == '<' {
		return a.ep.failure(http.StatusNotFound, nil, data) // a web page: the URL is wrong
	}
	var m struct {
		Type    string            `json:"type"`
		Content []json.RawMessage `json:"content"`
		Stop    string            `json:"stop_reason"`
		Usage   claudeUsage       `json:"usage"`
	}
	if json.Unmarshal(data, &m) != nil || m.Type == "error" || m.Content == nil {
		return a.ep.failure(http.StatusOK, nil, data)
	}
	for i, raw := range m.Content {
		if err := a.begin(i, raw); err != nil {
			return err
		}
	}
	a.count(m.Usage)
	a.stop, a.ended = m.Stop, true
	return nil
}

func (a *claudeAnswer) event(name string, data []byte) (bool, error) {
	var ev struct {
		Type    string          `json:"type"`
		Error   json.RawMessage `json:"error"`
		Index   int             `json:"index"`
		Block   json.RawMessage `json:"content_block"`
		Usage   claudeUsage     `json:"usage"`
		Message struct {
			Usage claudeUsage `json:"usage"`
		} `json:"message"`
		Delta struct {
			Type, Text, Thinking, Signature string
			JSON                            string `json:"partial_json"`
			Stop                            string `json:"stop_reason"`
		} `json:"delta"`
	}
	if string(data) == "[DONE]" {
		return true, nil
	}
	err := json.Unmarshal(data, &ev)
	if ev.Type == "" {
		ev.Type = name
	}
	if ev.Type == "error" || len(ev.Error) > 0 && string(ev.Error) != "null" || err != nil && ev.Type == "" {
		return true, a.ep.failure(http.StatusOK, nil, data)
	}
	switch ev.Type {
	case "message_start":
		a.count(ev.Message.Usage)
	case "message_delta":
		a.count(ev.Usage)
		if ev.Delta.Stop != "" {
			a.stop = ev.Delta.Stop
		}
	case "message_stop":
		a.ended = true
		return true, nil
	case "content_block_start":
		return false, a.begin(ev.Index, ev.Block)
	case "content_block_delta":
		b := a.block(ev.Index)
		b.Signature += ev.Delta.Signature
		if ev.Delta.JSON != "" {
			if string(b.Input) == "{}" {
				b.Input = nil
			}
			b.Input = append(b.Input, ev.Delta.JSON...)
		}
		return false, a.say(b, ev.Delta.Text, ev.Delta.Thinking)
	}
	return false, nil
}

// begin adds a block, which may have content already.
func (a *claudeAnswer) begin(index int, raw json.RawMessage) error {
	b := &claudeBlock{index: index, raw: raw}
	_ = json.Unmarshal(raw, b)
	a.blocks = append(a.blocks, b)
	text, thinking := b.Text, b.Thinking
	b.Text, b.Thinking = "", ""
	return a.say(b, text, thinking)
}

// block returns the block of an index or, where a server counts otherwise, the
// last.
func (a *claudeAnswer) block(index int) *claudeBlock {
	for i := len(a.blocks) - 1; i >= 0; i-- {
		if a.blocks[i].index == index {
			return a.blocks[i]
		}
	}
	if len(a.blocks) == 0 {
		a.blocks = append(a.blocks, &claudeBlock{Type: "text", index: index})
	}
	return a.blocks[len(a.blocks)-1]
}

func (a *claudeAnswer) say(b *claudeBlock, text, thinking string) error {
	d := llm.Delta{Reasoning: thinking}
	if text != "" {
		d = b.tags.add(text)
	}
	return a.pass(b, d, thinking)
}

func (a *claudeAnswer) pass(b *claudeBlock, d llm.Delta, thinking string) error {
	if d.Unsay {
		b.Text = ""
	}
	b.Text += d.Text
	b.Thinking += thinking
	return emitBy(a.emit, d)
}

func (a *claudeAnswer) response(req *llm.Request) (*llm.Response, error) {
	r := &llm.Response{Finish: finishOf(a.stop), Message: llm.Message{Role: llm.RoleAssistant}, Usage: a.usage}
	var c calls
	var thought strings.Builder
	signed := false
	for _, b := range a.blocks {
		if err := a.pass(b, b.tags.end(), ""); err != nil {
			return nil, err
		}
		switch b.Type {
		case "text":
			r.Message.Text += b.Text
			if strings.TrimSpace(b.Text) == "" {
				continue
			}
			b.raw, _ = json.Marshal(map[string]string{"type": b.Type, "text": b.Text})
		case "thinking":
			signed = true
			thought.WriteString(b.Thinking)
			b.raw, _ = json.Marshal(map[string]string{"type": b.Type, "thinking": b.Thinking, "signature": b.Signature})
		case "tool_use":
			c.list = append(c.list, &building{id: b.ID, name: b.Name, args: argumentText(b.Input)})
			continue
		case "":
			continue
		default: // redacted_thinking, and what a tool of the server did
			signed = true
		}
		r.Message.Blocks = append(r.Message.Blocks, b.raw)
	}
	if !signed {
		r.Message.Blocks = nil
	}
	if thought.Len() > 0 {
		r.Message.Reasoning = &llm.Reasoning{Text: thought.String()}
	}
	r.Message.Calls = c.finish(req)
	if len(r.Message.Calls) > 0 && r.Finish == llm.FinishStop {
		r.Finish = llm.FinishCalls
	}
	return r, nil
}
