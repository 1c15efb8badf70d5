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

// said gathers what an answer says, and passes pieces of it on. It implements
// turn.Output. Neither API has a place for the thoughts and tools of this server.
type said struct {
	t     *turn.Turn
	piece func(s string, first bool) // nil where the answer is not streamed
	gap   bool                       // what comes is of another step
	text  strings.Builder
}

// Text implements turn.Output.
func (o *said) Text(s string) {
	first := o.text.Len() == 0
	if o.gap && !first {
		s = "\n\n" + s
	}
	o.gap = false
	o.text.WriteString(s)
	if o.piece != nil {
		o.piece(s, first)
	}
}

// Note implements turn.Output. A program that reads a format reads no remarks.
func (o *said) Note(s string) {
	if o.t.Format == nil {
		o.Text(s)
	}
}

// Void implements turn.Output. What was streamed cannot be taken back here, so
// that the reader is told.
func (o *said) Void(llm.Info, int, time.Duration, error) {
	switch {
	case o.text.Len() > 0 && o.piece != nil:
		o.Text("\n\n(The model was interrupted and begins anew.)\n\n")
	default:
		o.text.Reset()
	}
}

// Step implements turn.Output: what each step says is a text of its own.
func (o *said) Step() { o.gap = true }

func (o *said) Thought(string)                      {}
func (o *said) Call(llm.Call)                       {}
func (o *said) Progress(string, loop.Result)        {}
func (o *said) Result(llm.Call, loop.Result, error) {}
func (o *said) Finish(string, api.Tokens, float64)  {}

// sources appends the cited passages as links, for clients that show no
// annotations. An answer that is for a program, or that only calls tools, has
// none.
func (o *said) sources() {
	if o.t.Format != nil || o.text.Len() == 0 {
		return
	}
	if list := grounding.List(o.t.Sources().Citations()); list != "" {
		o.gap = false
		o.Text("\n\n**Sources**\n\n" + strings.TrimSpace(list))
	}
}

// citations returns an annotation for each number in the answer that stands for
// a passage with an address. Indices count characters.
func (o *said) citations() []urlCitation {
	out := []urlCitation{}
	for _, at := range grounding.Marks(o.text.String()) {
		for _, c := range o.t.Sources().Citations() {
			if c.N == at.N && c.Link != "" {
				out = append(out, urlCitation{Start: at.Start, End: at.End, URL: c.Link, Title: c.Title})
			}
		}
	}
	return out
}

// chatWriter answers with a chat completion, as it comes or whole.
type chatWriter struct {
	said
	w     http.ResponseWriter
	head  completion // what all chunks have
	begun bool
}

func newChatWriter(w http.ResponseWriter, t *turn.Turn, in chatRequest) *chatWriter {
	o := &chatWriter{w: w, head: completion{ID: knowledge.NewID("chatcmpl"), Created: time.Now().Unix(), Model: in.Model}}
	o.t = t
	if in.Stream {
		o.piece = func(s string, first bool) {
			d := delta{Content: s}
			if first {
				d.Role = "assistant"
			}
			o.chunk([]choice{{Delta: &d}}, nil)
		}
	}
	return o
}

// chunk sends one piece of the answer.
func (o *chatWriter) chunk(choices []choice, u *usage) {
	c := o.head
	c.Object, c.Choices, c.Usage = "chat.completion.chunk", choices, u
	o.data(c)
}

func (o *chatWriter) data(v any) {
	if !o.begun {
		o.begun = true
		streamHeader(o.w)
	}
	b, _ := json.Marshal(v)
	fmt.Fprintf(o.w, "data: %s\n\n", b)
	_ = http.NewResponseController(o.w).Flush()
}

func streamHeader(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-cache, no-transform")
}

// fail ends a stream whose beginning was sent.
func (o *chatWriter) fail(f *failure) {
	o.data(errorBody{f})
	fmt.Fprint(o.w, "data: [DONE]\n\n")
}

func (o *chatWriter) end(withUsage bool) {
	cited := o.citations()
	o.sources()
	tk, _ := o.t.Spent()
	u := &usage{Prompt: tk.Input + tk.Cache.Read, Completion: tk.Output + tk.Reasoning, Total: tk.Total}
	finish := finishOf(o.t)
	calls := o.calls()
	var notes []annotation
	for _, c := range cited {
		notes = append(notes, annotation{"url_citation", c})
	}
	if o.piece != nil {
		o.endStream(finish, calls, notes)
		if withUsage {
			o.chunk([]choice{}, u)
		}
		fmt.Fprint(o.w, "data: [DONE]\n\n")
		return
	}
	a := &answer{Role: "assistant", ToolCalls: calls, Annotations: notes}
	if s := o.text.String(); s != "" || len(calls) == 0 {
		a.Content = &s
	}
	c := o.head
	c.Object, c.Usage = "chat.completion", u
	c.Choices = []choice{{Message: a, Finish: &finish}}
	rest.Answer(o.w, http.StatusOK, c)
}

func (o *chatWriter) endStream(finish string, calls []toolCall, notes []annotation) {
	for i := range calls {
		calls[i].Index = &i
		d := delta{ToolCalls: calls[i : i+1]}
		if o.text.Len() == 0 && i == 0 {
			d.Role = "assistant"
		}
		o.chunk([]choice{{Delta: &d}}, nil)
	}
	o.chunk([]choice{{Delta: &delta{Annotations: notes}, Finish: &finish}}, nil)
}

func (o *chatWriter) calls() []toolCall {
	var out []toolCall
	for _, c := range o.t.Calls() {
		out = append(out, toolCall{ID: c.ID, Type: "function", Function: calledByName{c.Name, string(c.Arguments)}})
	}
	return out
}

// finishOf is why the answer ended, as OpenAI says it.
func finishOf(t *turn.Turn) string {
	switch {
	case len(t.Calls()) > 0:
		return "tool_calls"
	case t.Finish() == llm.FinishLength:
		return "length"
	case t.Finish() == llm.FinishFilter:
		return "content_filter"
	}
	return "stop"
}

func isObject(raw []byte) bool {
	var object map[string]json.RawMessage
	return json.Unmarshal(raw, &object) == nil && object != nil
}
