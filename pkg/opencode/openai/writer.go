package openai

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"panther/pkg/knowledge"
	"panther/pkg/llm"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/grounding"
	"panther/pkg/opencode/loop"
	"panther/pkg/opencode/rest"
	"panther/pkg/opencode/turn"
)

// writer answers with a completion, as it comes or whole. It implements
// turn.Output. A chat client has no place for thoughts and tools.
type writer struct {
	w      http.ResponseWriter
	t      *turn.Turn
	stream bool
	head   completion // what all chunks have
	begun  bool
	gap    bool // what comes is of another step
	text   strings.Builder
}

func newWriter(w http.ResponseWriter, t *turn.Turn, in request) *writer {
	return &writer{w: w, t: t, stream: in.Stream, head: completion{ID: knowledge.NewID("chatcmpl"), Model: in.Model}}
}

// chunk sends one piece of the answer.
func (o *writer) chunk(choices []choice, u *usage) {
	if !o.begun {
		o.begun = true
		o.w.Header().Set("Content-Type", "text/event-stream")
		o.w.Header().Set("Cache-Control", "no-cache, no-transform")
	}
	c := o.head
	c.Object, c.Created, c.Choices, c.Usage = "chat.completion.chunk", time.Now().Unix(), choices, u
	b, _ := json.Marshal(c)
	fmt.Fprintf(o.w, "data: %s\n\n", b)
	_ = http.NewResponseController(o.w).Flush()
}

// Text implements turn.Output.
func (o *writer) Text(s string) {
	first := o.text.Len() == 0
	if o.gap && !first {
		s = "\n\n" + s
	}
	o.gap = false
	o.text.WriteString(s)
	if !o.stream {
		return
	}
	d := delta{Content: s}
	if first {
		d.Role = "assistant"
	}
	o.chunk([]choice{{Delta: &d}}, nil)
}

// sources appends the cited passages as links, since a chat client knows no
// other place for them.
func (o *writer) sources() {
	if list := grounding.List(o.t.Sources().Citations()); list != "" {
		o.Text("\n\n**Sources**\n\n" + strings.TrimSpace(list))
	}
}

func (o *writer) end(withUsage bool) {
	tk, _ := o.t.Spent()
	u := &usage{Prompt: tk.Input + tk.Cache.Read, Completion: tk.Output + tk.Reasoning, Total: tk.Total}
	finish := o.finish()
	if o.stream {
		o.chunk([]choice{{Delta: &delta{}, Finish: &finish}}, nil)
		if withUsage {
			o.chunk([]choice{}, u)
		}
		fmt.Fprint(o.w, "data: [DONE]\n\n")
		return
	}
	c := o.head
	c.Object, c.Created, c.Usage = "chat.completion", time.Now().Unix(), u
	c.Choices = []choice{{Message: &answer{Role: "assistant", Content: o.text.String()}, Finish: &finish}}
	rest.Answer(o.w, http.StatusOK, c)
}

// finish is why the answer ended, as OpenAI says it.
func (o *writer) finish() string {
	switch o.t.Finish() {
	case llm.FinishLength:
		return "length"
	case llm.FinishFilter:
		return "content_filter"
	}
	return "stop"
}

// Note implements turn.Output.
func (o *writer) Note(s string) { o.Text(s) }

// Void implements turn.Output. What was streamed cannot be taken back here, so
// that the reader is told.
func (o *writer) Void(llm.Info, int, time.Duration, error) {
	if o.text.Len() > 0 && o.stream {
		o.Text("\n\n(The model was interrupted and begins anew.)\n\n")
	} else {
		o.text.Reset()
	}
}

// Step implements turn.Output: what each step says is a text of its own.
func (o *writer) Step() { o.gap = true }

func (o *writer) Thought(string)                      {}
func (o *writer) Call(llm.Call)                       {}
func (o *writer) Progress(string, loop.Result)        {}
func (o *writer) Result(llm.Call, loop.Result, error) {}
func (o *writer) Finish(string, api.Tokens, float64)  {}
