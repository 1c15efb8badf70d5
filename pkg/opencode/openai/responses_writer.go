package openai

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"panther/pkg/knowledge"
	"panther/pkg/llm"
	"panther/pkg/opencode/turn"
)

// responseWriter makes a response, and sends its events where it is streamed:
//
//	created ─ in_progress ─ item added ─ part added ─ text delta … ─ annotations
//	 ─ text done ─ part done ─ item done ─ items of calls ─ completed
//	                                                       └ incomplete, failed
type responseWriter struct {
	said
	w     http.ResponseWriter
	resp  response
	begun bool
	n     int // events sent
}

func newResponseWriter(w http.ResponseWriter, t *turn.Turn, in responseRequest) *responseWriter {
	o := &responseWriter{w: w, resp: response{ID: knowledge.NewID("resp"), Object: "response", CreatedAt: time.Now().Unix(), Status: "in_progress", Model: in.Model,
		Output: []outputItem{}, ParallelToolCalls: !in.oneCall(), Store: in.Store == nil || *in.Store, Temperature: in.Temperature, TopP: in.TopP,
		ToolChoice: "auto", Tools: []any{}, Metadata: in.Metadata}}
	if t.System != "" {
		o.resp.Instructions = &t.System
	}
	if in.PreviousResponseID != "" {
		o.resp.PreviousResponseID = &in.PreviousResponseID
	}
	if in.MaxOutputTokens > 0 {
		o.resp.MaxOutputTokens = &in.MaxOutputTokens
	}
	if len(in.ToolChoice) > 0 && string(in.ToolChoice) != "null" {
		o.resp.ToolChoice = in.ToolChoice
	}
	for _, tool := range in.Tools {
		o.resp.Tools = append(o.resp.Tools, tool)
	}
	if o.resp.Metadata == nil {
		o.resp.Metadata = map[string]any{}
	}
	o.t = t
	if in.Stream {
		o.piece = o.delta
	}
	return o
}

func (o *responseWriter) send(e event) {
	if o.piece == nil {
		return
	}
	o.begin()
	o.write(e)
}

// begin sends the events of a response that has no output yet.
func (o *responseWriter) begin() {
	if o.begun || o.piece == nil {
		return
	}
	o.begun = true
	streamHeader(o.w)
	for _, kind := range []string{"response.created", "response.in_progress"} {
		o.write(event{Type: kind, Response: &o.resp})
	}
}

func (o *responseWriter) write(e event) {
	e.Sequence = o.n
	o.n++
	b, _ := json.Marshal(e) // our own types
	fmt.Fprintf(o.w, "event: %s\ndata: %s\n\n", e.Type, b)
	_ = http.NewResponseController(o.w).Flush()
}

// zero is the index of the message and of its one part.
var zero = 0

func (o *responseWriter) delta(s string, first bool) {
	o.begin()
	if first {
		item := outputItem{Type: "message", ID: knowledge.NewID("msg"), Status: "in_progress", Role: "assistant", Content: []outputText{}}
		o.resp.Output = append(o.resp.Output, item)
		o.send(event{Type: "response.output_item.added", OutputIndex: &zero, Item: &item})
		o.send(event{Type: "response.content_part.added", OutputIndex: &zero, ContentIndex: &zero, ItemID: item.ID, Part: textPart("", nil)})
	}
	o.send(event{Type: "response.output_text.delta", OutputIndex: &zero, ContentIndex: &zero, ItemID: o.resp.Output[0].ID, Delta: &s, Logprobs: &[]any{}})
}

func textPart(s string, notes []responseAnnotation) *outputText {
	if notes == nil {
		notes = []responseAnnotation{}
	}
	return &outputText{Type: "output_text", Text: s, Annotations: notes, Logprobs: []any{}}
}

// end completes the response.
func (o *responseWriter) end() {
	cited := o.citations()
	o.sources()
	o.message(cited, "completed")
	for _, c := range o.t.Calls() {
		o.call(c)
	}
	o.resp.Usage = o.usage()
	o.resp.Status = "completed"
	switch o.t.Finish() {
	case llm.FinishLength:
		o.resp.Status, o.resp.IncompleteDetails = "incomplete", &incomplete{"max_output_tokens"}
	case llm.FinishFilter:
		o.resp.Status, o.resp.IncompleteDetails = "incomplete", &incomplete{"content_filter"}
	}
	o.send(event{Type: "response." + o.resp.Status, Response: &o.resp})
}

// failed ends the response with what went wrong.
func (o *responseWriter) failed(f *failure) {
	code := "server_error"
	if f.Code != nil {
		code = *f.Code
	}
	o.message(nil, "incomplete")
	o.resp.Status, o.resp.Error, o.resp.Usage = "failed", &responseError{code, f.Message}, o.usage()
	o.send(event{Type: "response.failed", Response: &o.resp})
}

// message ends the text of the answer, if it has any.
func (o *responseWriter) message(cited []urlCitation, status string) {
	s := o.text.String()
	if s == "" {
		return
	}
	if len(o.resp.Output) == 0 {
		o.resp.Output = append(o.resp.Output, outputItem{Type: "message", ID: knowledge.NewID("msg"), Role: "assistant"})
	}
	item := &o.resp.Output[0]
	var notes []responseAnnotation
	for i, c := range cited {
		notes = append(notes, responseAnnotation{"url_citation", c})
		o.send(event{Type: "response.output_text.annotation.added", OutputIndex: &zero, ContentIndex: &zero, AnnotationIndex: &i, ItemID: item.ID, Annotation: &notes[i]})
	}
	part := textPart(s, notes)
	item.Status, item.Content = status, []outputText{*part}
	o.send(event{Type: "response.output_text.done", OutputIndex: &zero, ContentIndex: &zero, ItemID: item.ID, Text: &s, Logprobs: &[]any{}})
	o.send(event{Type: "response.content_part.done", OutputIndex: &zero, ContentIndex: &zero, ItemID: item.ID, Part: part})
	o.send(event{Type: "response.output_item.done", OutputIndex: &zero, Item: item})
}

// call adds a call of a tool of the client.
func (o *responseWriter) call(c llm.Call) {
	at, none, args := len(o.resp.Output), "", string(c.Arguments)
	item := outputItem{Type: "function_call", ID: knowledge.NewID("fc"), Status: "in_progress", CallID: c.ID, Name: c.Name, Arguments: &none}
	o.send(event{Type: "response.output_item.added", OutputIndex: &at, Item: &item})
	o.send(event{Type: "response.function_call_arguments.delta", OutputIndex: &at, ItemID: item.ID, Delta: &args})
	o.send(event{Type: "response.function_call_arguments.done", OutputIndex: &at, ItemID: item.ID, Name: c.Name, Arguments: &args})
	done := item
	done.Status, done.Arguments = "completed", &args
	o.send(event{Type: "response.output_item.done", OutputIndex: &at, Item: &done})
	o.resp.Output = append(o.resp.Output, done)
}

func (o *responseWriter) usage() *responseUsage {
	tk, _ := o.t.Spent()
	u := &responseUsage{Input: tk.Input + tk.Cache.Read, Output: tk.Output + tk.Reasoning, Total: tk.Total}
	u.InputDetails.Cached, u.OutputDetails.Reasoning = tk.Cache.Read, tk.Reasoning
	return u
}
