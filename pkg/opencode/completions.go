package opencode

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"panther/pkg/gate"
	"panther/pkg/identity"
	"panther/pkg/knowledge"
	"panther/pkg/llm"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/grounding"
	"panther/pkg/opencode/loop"
)

// chatRequest is the body of OpenAI's chat completions, as far as it matters.
// The model is an agent, provider/model, or anything else for the default.
type chatRequest struct {
	Model    string `json:"model"`
	Stream   bool   `json:"stream"`
	Messages []struct {
		Role    string          `json:"role"`
		Content json.RawMessage `json:"content"`
	} `json:"messages"`
	StreamOptions struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
}

// serveModels lists the agents and the models behind them, as OpenAI does.
func (r *server) serveModels(w http.ResponseWriter, _ *http.Request) error {
	type model struct {
		ID      string `json:"id"`
		Object  string `json:"object"`
		Created int64  `json:"created"`
		OwnedBy string `json:"owned_by"`
	}
	data := []model{}
	for _, a := range r.agents {
		if a.Mode != api.ModeSubagent {
			data = append(data, model{a.Name, "model", r.started.Unix(), "panther"})
		}
	}
	for _, i := range r.models.Infos() {
		data = append(data, model{i.Ref(), "model", r.started.Unix(), i.Provider})
	}
	data = append(data, model{api.Extractive.String(), "model", r.started.Unix(), "panther"})
	answer(w, 200, map[string]any{"object": "list", "data": data})
	return nil
}

// chatTurn makes a turn of a request. Nothing of it is stored: the client holds
// the conversation.
func (r *server) chatTurn(by identity.Identity, in chatRequest) (*turn, error) {
	t := &turn{r: r, owner: by, agent: r.agent(""), disabled: map[string]bool{}}
	for _, m := range in.Messages {
		text, err := chatText(m.Content)
		if err != nil {
			return nil, err
		}
		switch m.Role {
		case "system", "developer":
			t.system = strings.TrimSpace(t.system + "\n\n" + text)
		case "assistant":
			t.history = append(t.history, llm.Message{Role: llm.RoleAssistant, Text: text})
		case "user":
			if t.question != "" {
				t.earlier = append(t.earlier, t.question)
			}
			t.question = text
			t.history = append(t.history, llm.Message{Role: llm.RoleUser, Text: text})
		case "tool", "function":
		default:
			return nil, api.BadRequest("there is no role %q", gate.Line(m.Role, 40))
		}
	}
	if n := len(t.history); n == 0 || t.history[n-1].Role != llm.RoleUser || strings.TrimSpace(t.question) == "" {
		return nil, api.BadRequest("the last message is not the user's")
	}
	if len(t.question) > maxPrompt {
		return nil, api.BadRequest("the message has more than %d bytes", maxPrompt)
	}
	t.history = t.history[:len(t.history)-1]
	if info, ok := r.models.Find(in.Model); ok && in.Model != "" {
		t.model = info.Ref()
	} else if info, ok := r.models.Find(""); ok && in.Model != api.Extractive.String() {
		t.model = info.Ref()
	}
	if a := r.agent(in.Model); a != nil && in.Model != "" {
		t.agent = a
		if a.Model != "" && t.model != "" {
			t.model = a.Model
		}
	}
	t.hasRead("what the client sent") // pages too, where it looks them up itself
	t.rules = r.rules(t.agent)
	return t, nil
}

func chatText(raw json.RawMessage) (string, error) {
	var s string
	if len(raw) == 0 || string(raw) == "null" || json.Unmarshal(raw, &s) == nil {
		return s, nil
	}
	var blocks []struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}
	if err := json.Unmarshal(raw, &blocks); err != nil {
		return "", api.BadRequest("the content of a message is neither text nor a list of parts")
	}
	for _, b := range blocks {
		s += b.Text
	}
	return s, nil
}

func (r *server) serveCompletions(w http.ResponseWriter, q *http.Request) error {
	var in chatRequest
	if err := read(q, &in); err != nil {
		return err
	}
	t, err := r.chatTurn(identity.Of(q.Context()), in)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(q.Context(), r.cfg.TurnTime.D(), errTurnTime)
	defer cancel()
	defer context.AfterFunc(r.turnCtx, cancel)()
	out := &chatWriter{w: w, t: t, stream: in.Stream, id: knowledge.NewID("chatcmpl"), model: in.Model}
	t.out = out
	err = t.run(ctx)
	if err != nil && (out.text.Len() == 0 || !in.Stream) {
		var le *llm.Error
		if asModelError(err, &le) {
			return &api.Error{Status: http.StatusBadGateway, NamedError: *modelError(le)}
		}
		return err
	}
	if err != nil {
		out.Text("\n\n(" + gate.Text(t.src, turnError(ctx, err).Message()) + ")")
	}
	out.sources()
	out.end(in.StreamOptions.IncludeUsage)
	return nil
}

// chatWriter is the output of a turn as chat completion.
type chatWriter struct {
	w      http.ResponseWriter
	t      *turn
	stream bool
	id     string
	model  string
	begun  bool
	gap    bool // what comes is of another step
	text   strings.Builder
}

func (o *chatWriter) chunk(delta map[string]any, finish any, usage any) {
	if !o.begun {
		o.begun = true
		o.w.Header().Set("Content-Type", "text/event-stream")
		o.w.Header().Set("Cache-Control", "no-cache, no-transform")
	}
	v := map[string]any{"id": o.id, "object": "chat.completion.chunk", "created": time.Now().Unix(), "model": o.model,
		"choices": []any{map[string]any{"index": 0, "delta": delta, "finish_reason": finish}}}
	if usage != nil {
		v["choices"], v["usage"] = []any{}, usage
	}
	b, _ := json.Marshal(v)
	fmt.Fprintf(o.w, "data: %s\n\n", b)
	_ = http.NewResponseController(o.w).Flush()
}

// Text implements output.
func (o *chatWriter) Text(s string) {
	first := o.text.Len() == 0
	if o.gap && !first {
		s = "\n\n" + s
	}
	o.gap = false
	o.text.WriteString(s)
	if !o.stream {
		return
	}
	d := map[string]any{"content": s}
	if first {
		d["role"] = "assistant"
	}
	o.chunk(d, nil, nil)
}

// sources appends the cited passages as links, since a chat client knows no
// other place for them.
func (o *chatWriter) sources() {
	if list := grounding.List(o.t.src.Citations()); list != "" {
		o.Text("\n\n**Sources**\n\n" + strings.TrimSpace(list))
	}
}

func (o *chatWriter) end(withUsage bool) {
	tk := o.t.tokens
	usage := map[string]int{"prompt_tokens": tk.Input + tk.Cache.Read, "completion_tokens": tk.Output + tk.Reasoning, "total_tokens": tk.Total}
	if o.stream {
		o.chunk(map[string]any{}, o.finish(), nil)
		if withUsage {
			o.chunk(nil, nil, usage)
		}
		fmt.Fprint(o.w, "data: [DONE]\n\n")
		return
	}
	answer(o.w, 200, map[string]any{"id": o.id, "object": "chat.completion", "created": time.Now().Unix(), "model": o.model, "usage": usage,
		"choices": []any{map[string]any{"index": 0, "finish_reason": o.finish(), "message": map[string]any{"role": "assistant", "content": o.text.String()}}}})
}

// finish is why the answer ended, as OpenAI says it.
func (o *chatWriter) finish() string {
	switch o.t.finish {
	case llm.FinishLength:
		return "length"
	case llm.FinishFilter:
		return "content_filter"
	}
	return "stop"
}

// Note implements output.
func (o *chatWriter) Note(s string) { o.Text(s) }

// Void implements loop.Sink. What was streamed cannot be taken back here, so
// the reader is told.
func (o *chatWriter) Void(llm.Info, int, time.Duration, error) {
	if o.text.Len() > 0 && o.stream {
		o.Text("\n\n(The model was interrupted and begins anew.)\n\n")
	} else {
		o.text.Reset()
	}
}

// Finish implements loop.Sink.
func (o *chatWriter) Finish(resp *llm.Response, by llm.Info) { o.t.charge(resp, by) }

// Step implements loop.Sink: what each step says is a text of its own.
func (o *chatWriter) Step(int) { o.gap = true }

// Delta, Call and Result implement loop.Sink; a chat client has no place
// for them.
func (o *chatWriter) Delta(llm.Delta) error               { return nil }
func (o *chatWriter) Call(llm.Call)                       {}
func (o *chatWriter) Result(llm.Call, loop.Result, error) {}
