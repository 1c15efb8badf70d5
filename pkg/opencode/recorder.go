package opencode

import (
	"encoding/json"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"panther/pkg/gate"
	"panther/pkg/knowledge"
	"panther/pkg/llm"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/ledger"
	"panther/pkg/opencode/loop"
)

// recorder writes a turn down as it goes, as parts of the answering message and
// events that tell of them. Every change is queued in the ledger, which stores
// it before anybody hears of it.
type recorder struct {
	t *turn

	mu    sync.Mutex
	msg   api.Message
	open  *api.Part            // text or reasoning that grows
	step  []api.Part           // parts of the running step, to be voided
	calls map[string]*api.Part // tool parts by call
	last  *api.Part            // last text part, for the sources
}

func (o *recorder) put(parts []api.Part, events ...ledger.Event) {
	o.t.r.ledger.Append(ledger.Change{Parts: parts, Events: events})
}

func (o *recorder) updated(p api.Part) {
	o.t.r.ledger.Append(ledger.PartChange(p))
}

func (o *recorder) newPart(typ string) api.Part {
	return api.Part{ID: knowledge.NewID("prt"), SessionID: o.msg.SessionID, MessageID: o.msg.ID, Type: typ}
}

// Step implements loop.Sink.
func (o *recorder) Step(int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.step = nil
	p := o.newPart(api.PartStepStart)
	o.updated(p)
}

// grow adds to the open part of a type, which it opens first if need be.
func (o *recorder) grow(typ, s string) {
	if o.open == nil || o.open.Type != typ {
		o.closePart()
		p := o.newPart(typ)
		p.Time = &api.PartTime{Start: now()}
		o.open = &p
		o.updated(p)
	}
	o.open.Text += s
	p := *o.open
	o.put([]api.Part{p}, ledger.Event{SessionID: p.SessionID, Type: api.EventPartDelta,
		Data: ledger.Delta{SessionID: p.SessionID, MessageID: p.MessageID, PartID: p.ID, Field: "text", Delta: s}})
}

// closePart ends the open part.
func (o *recorder) closePart() {
	if o.open == nil {
		return
	}
	p := *o.open
	p.Time = &api.PartTime{Start: p.Time.Start, End: now()}
	if p.Type == api.PartText {
		o.last = &p
	}
	o.step = append(o.step, p)
	o.open = nil
	o.updated(p)
}

// Delta implements loop.Sink: reasoning, since text comes checked to Text.
func (o *recorder) Delta(d llm.Delta) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.grow(api.PartReasoning, d.Reasoning)
	return nil
}

// Text implements output.
func (o *recorder) Text(s string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.grow(api.PartText, s)
}

// Note implements output: a part of its own.
func (o *recorder) Note(s string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closePart()
	o.grow(api.PartText, strings.TrimSpace(s))
}

// Void implements loop.Sink: parts of the step are removed and a retry part
// says why.
func (o *recorder) Void(next llm.Info, attempt int, wait time.Duration, cause error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closePart()
	for _, p := range o.step {
		p.Text = "" // parts cannot be deleted alone; an empty one says nothing
		p.Ignored = true
		o.updated(p)
	}
	o.step, o.last = nil, nil
	p := o.newPart(api.PartRetry)
	p.Attempt, p.Time, p.Error = attempt, &api.PartTime{Created: now()}, api.NewError(api.NameAPI, "%s; next: %s", cause, next.Ref())
	p.Error.Data["isRetryable"] = true
	o.updated(p)
	o.put(nil, ledger.StatusEvent(o.msg.SessionID, api.SessionStatus{Type: "retry", Attempt: attempt, Message: cause.Error(), Next: now() + wait.Milliseconds()}))
	o.t.r.log.Warn("model asked again", "session_id", o.msg.SessionID, "turn_id", o.msg.ID, "model", next.Ref(), "attempt", attempt, "wait", wait, "error", cause)
}

// Call implements loop.Sink.
func (o *recorder) Call(c llm.Call) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closePart()
	p := o.newPart(api.PartTool)
	p.CallID, p.Tool = c.ID, c.Name
	p.State = &api.ToolState{Status: api.ToolRunning, Input: validInput(c), Time: &api.PartTime{Start: now()}}
	o.calls[c.ID] = &p
	o.updated(p)
}

// validInput returns arguments as every client and agentdb can read them, which
// refuse a name that comes twice.
func validInput(c llm.Call) json.RawMessage {
	raw := c.Invalid
	if raw == "" {
		if v := jsontext.Value(c.Arguments); v.IsValid() && v.Kind() == '{' {
			return c.Arguments
		}
		raw = string(c.Arguments)
	}
	b, _ := json.Marshal(map[string]string{"raw": strings.ToValidUTF8(raw, "\uFFFD")})
	return b
}

// progress shows what a running call does.
func (o *recorder) progress(call, title string, metadata map[string]any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	p := o.calls[call]
	if p == nil || p.State.Status != api.ToolRunning {
		return
	}
	s := *p.State
	s.Title, s.Metadata = title, metadata
	p.State = &s
	o.updated(*p)
}

// Result implements loop.Sink.
func (o *recorder) Result(c llm.Call, res loop.Result, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	p := o.calls[c.ID]
	if p == nil {
		return
	}
	s := *p.State
	s.Time = &api.PartTime{Start: s.Time.Start, End: now()}
	if err != nil {
		s.Status, s.Error = api.ToolError, gate.Clean(err.Error())
	} else {
		s.Status, s.Title, s.Output, s.Metadata = api.ToolCompleted, gate.Plain(o.t.src, res.Title, 200), res.Output, res.Metadata
	}
	p.State = &s
	o.updated(*p)
	o.t.r.log.Info("tool ended", "session_id", o.msg.SessionID, "turn_id", o.msg.ID, "tool", c.Name, "status", s.Status, "millis", s.Time.End-s.Time.Start)
}

// Finish implements loop.Sink.
func (o *recorder) Finish(resp *llm.Response, by llm.Info) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closePart()
	tokens, cost := o.t.charge(resp, by)
	p := o.newPart(api.PartStepFinish)
	p.Reason, p.Tokens, p.Cost = resp.Finish, &tokens, cost
	o.updated(p)
}

// end closes what is open and returns the last changes of the message.
func (o *recorder) end(failure *api.NamedError) ledger.Change {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closePart()
	for _, p := range o.calls {
		if p.State.Status != api.ToolRunning {
			continue
		}
		s := *p.State
		s.Status, s.Error, s.Time = api.ToolError, "ended with the turn", &api.PartTime{Start: s.Time.Start, End: now()}
		p.State = &s
		o.updated(*p)
	}
	var c ledger.Change
	if o.last != nil && o.t.src != nil && o.t.src.Len() > 0 {
		o.last.SetSources(o.t.src.Citations())
		c = ledger.PartChange(*o.last)
	}
	o.msg.Time.Completed = now()
	o.msg.Error, o.msg.Finish = failure, o.t.finish
	switch {
	case failure != nil && (o.msg.Finish == "" || o.msg.Finish == llm.FinishStop):
		o.msg.Finish = "error"
	case o.msg.Finish == "":
		o.msg.Finish = llm.FinishStop
	}
	o.msg.Tokens, o.msg.Cost = &o.t.tokens, o.t.cost
	if o.t.by.ID != "" {
		o.msg.ProviderID, o.msg.ModelID = o.t.by.Provider, o.t.by.ID
	}
	return ledger.Join(c, ledger.MessageChange(o.msg))
}
