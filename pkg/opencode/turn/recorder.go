package turn

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"panther/pkg/gate"
	"panther/pkg/llm"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/grounding"
	"panther/pkg/opencode/ledger"
	"panther/pkg/opencode/loop"
)

// Recorder writes a turn down as it goes, as parts of the answering message and
// events that tell of them. Every change is queued in the ledger, which stores
// it before anybody hears of it. It implements Output.
type Recorder struct {
	t *Turn

	mu    sync.Mutex
	msg   api.Message
	parts []api.Part           // as they are now, in the order in which they began
	index map[string]int       // of parts, by identifier
	open  *api.Part            // text or reasoning that grows
	step  []api.Part           // parts of the running step, to be voided
	calls map[string]*api.Part // tool parts by call
	said  string               // text of the last part of the answer
}

// Record begins the message that answers a prompt, and returns what to run the
// turn with and the change that tells of the message.
func (t *Turn) Record(prompt string) (*Recorder, ledger.Change) {
	t.id = api.NewIDAfter("msg", prompt)
	dir := t.rt.Sessions.Directory()
	msg := api.Message{ID: t.id, SessionID: t.Session, Role: api.RoleAssistant, ParentID: prompt, Agent: t.Agent.Name, Mode: t.Agent.Name,
		ProviderID: t.Ref().ProviderID, ModelID: t.Ref().ModelID, Time: api.MessageTime{Created: api.Now()}, Path: &api.MessagePath{Cwd: dir, Root: dir}}
	return &Recorder{t: t, msg: msg, index: map[string]int{}, calls: map[string]*api.Part{}}, ledger.MessageChange(msg)
}

// Message returns the message as it is now.
func (o *Recorder) Message() *api.MessageWithParts {
	o.mu.Lock()
	defer o.mu.Unlock()
	return &api.MessageWithParts{Info: o.msg, Parts: append([]api.Part{}, o.parts...)}
}

func now() int64 { return time.Now().UnixMilli() }

// set keeps a part as it is now.
func (o *Recorder) set(p api.Part) {
	if i, ok := o.index[p.ID]; ok {
		o.parts[i] = p
		return
	}
	o.index[p.ID] = len(o.parts)
	o.parts = append(o.parts, p)
}

func (o *Recorder) updated(p api.Part) {
	o.set(p)
	o.t.rt.Ledger.Append(ledger.PartChange(p))
}

func (o *Recorder) newPart(typ string) api.Part {
	return api.Part{ID: api.NewID("prt"), SessionID: o.msg.SessionID, MessageID: o.msg.ID, Type: typ}
}

// Step implements Output.
func (o *Recorder) Step() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.step = nil
	p := o.newPart(api.PartStepStart)
	o.updated(p)
}

// grow adds to the open part of a type, which it opens first if need be.
func (o *Recorder) grow(typ, s string) {
	if o.open == nil || o.open.Type != typ {
		o.closePart()
		p := o.newPart(typ)
		p.Time = &api.PartTime{Start: now()}
		o.open = &p
		o.updated(p)
	}
	o.open.Text += s
	p := *o.open
	o.set(p)
	o.t.rt.Ledger.Append(ledger.Change{Parts: []api.Part{p}, Events: []ledger.Event{{SessionID: p.SessionID, Type: api.EventPartDelta,
		Data: ledger.Delta{SessionID: p.SessionID, MessageID: p.MessageID, PartID: p.ID, Field: "text", Delta: s}}}})
}

// closePart ends the open part.
func (o *Recorder) closePart() {
	if o.open == nil {
		return
	}
	p := *o.open
	p.Time = &api.PartTime{Start: p.Time.Start, End: now()}
	if p.Type == api.PartText {
		o.said = p.Text
	}
	o.step = append(o.step, p)
	o.open = nil
	o.updated(p)
}

// Thought implements Output.
func (o *Recorder) Thought(s string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.grow(api.PartReasoning, s)
}

// Text implements Output.
func (o *Recorder) Text(s string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.grow(api.PartText, s)
}

// Note implements Output: a part of its own.
func (o *Recorder) Note(s string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closePart()
	o.grow(api.PartText, strings.TrimSpace(s))
}

// Void implements Output: parts of the step are removed and a retry part
// says why.
func (o *Recorder) Void(next llm.Info, attempt int, wait time.Duration, cause error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closePart()
	for _, p := range o.step {
		p.Text = "" // clients that were told of the part need not know of removals; an empty one says nothing
		p.Ignored = true
		o.updated(p)
	}
	o.step, o.said = nil, ""
	if cause == nil {
		return
	}
	p := o.newPart(api.PartRetry)
	p.Attempt, p.Time, p.Error = attempt, &api.PartTime{Created: now()}, api.NewError(api.NameAPI, "%s; next: %s", cause, next.Ref())
	p.Error.Data["isRetryable"] = true
	o.updated(p)
	o.t.rt.Ledger.Append(ledger.Change{Events: []ledger.Event{ledger.StatusEvent(o.msg.SessionID,
		api.SessionStatus{Type: "retry", Attempt: attempt, Message: cause.Error(), Next: now() + wait.Milliseconds()})}})
	o.t.rt.Log.Warn("model asked again", "session_id", o.msg.SessionID, "turn_id", o.msg.ID, "model", next.Ref(), "attempt", attempt, "wait", wait, "error", cause)
}

// Call implements Output.
func (o *Recorder) Call(c llm.Call) {
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

// Progress implements Output.
func (o *Recorder) Progress(call string, r loop.Result) {
	o.mu.Lock()
	defer o.mu.Unlock()
	p := o.calls[call]
	if p == nil || p.State.Status != api.ToolRunning {
		return
	}
	s := *p.State
	s.Title, s.Metadata = r.Title, r.Metadata
	p.State = &s
	o.updated(*p)
	if list, ok := r.Metadata["tasks"].([]taskState); ok {
		o.tasks(call, list)
	}
}

// tasks shows each sub-agent of a call as OpenCode shows its own: clients link such
// a part to the child session.
func (o *Recorder) tasks(call string, list []taskState) {
	for i, t := range list {
		if t.SessionID == "" {
			continue
		}
		id := fmt.Sprintf("%s.%d", call, i+1)
		p := o.calls[id]
		if p == nil {
			n := o.newPart(api.PartTool)
			p, n.CallID, n.Tool = &n, id, api.ToolTask
			in, _ := json.Marshal(map[string]string{"description": t.Description, "prompt": t.Description, "subagent_type": t.Agent})
			p.State = &api.ToolState{Input: in, Title: t.Description, Metadata: map[string]any{"sessionId": t.SessionID}, Time: &api.PartTime{Start: now()}}
			o.calls[id] = p
		}
		was := p.State.Status
		s := *p.State
		switch t.Status {
		case "done":
			s.Status = api.ToolCompleted
		case "failed":
			s.Status, s.Error = api.ToolError, "the sub-agent failed"
		default:
			s.Status = api.ToolRunning
		}
		if s.Status == was {
			continue
		}
		if s.Status != api.ToolRunning {
			s.Time = &api.PartTime{Start: s.Time.Start, End: now()}
		}
		p.State = &s
		o.updated(*p)
	}
}

// Result implements Output.
func (o *Recorder) Result(c llm.Call, res loop.Result, err error) {
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
	o.t.rt.Log.Info("tool ended", "session_id", o.msg.SessionID, "turn_id", o.msg.ID, "tool", c.Name, "status", s.Status, "millis", s.Time.End-s.Time.Start)
}

// Finish implements Output.
func (o *Recorder) Finish(reason string, tokens api.Tokens, cost float64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.closePart()
	p := o.newPart(api.PartStepFinish)
	p.Reason, p.Tokens, p.Cost = reason, &tokens, cost
	o.updated(p)
}

// End closes what is open and returns the last changes of the message.
func (o *Recorder) End(failure *api.NamedError) ledger.Change {
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
	if o.said != "" && o.t.src.Len() > 0 {
		p := o.sources()
		o.set(p)
		c = ledger.PartChange(p)
	}
	o.msg.Time.Completed = now()
	o.msg.Error, o.msg.Finish = failure, o.t.finish
	switch {
	case failure != nil && (o.msg.Finish == "" || o.msg.Finish == llm.FinishStop):
		o.msg.Finish = "error"
	case o.msg.Finish == "":
		o.msg.Finish = llm.FinishStop
	}
	tokens, cost := o.t.Spent()
	o.msg.Tokens, o.msg.Cost = &tokens, cost
	if o.t.by.ID != "" {
		o.msg.ProviderID, o.msg.ModelID = o.t.by.Provider, o.t.by.ID
	}
	return ledger.Join(c, ledger.MessageChange(o.msg))
}

// sources returns the part that follows an answer: the list of what it cites, for
// clients that know of no citations, and all that it could cite as metadata. It is
// synthetic, so that clients which show citations themselves leave it out.
func (o *Recorder) sources() api.Part {
	p := o.newPart(api.PartText)
	p.Synthetic, p.Time = true, &api.PartTime{Start: now(), End: now()}
	all := o.t.src.Citations()
	p.SetSources(all)
	if list := grounding.List(all); list != "" {
		p.Text = "**Sources**\n\n" + strings.TrimSpace(list)
	}
	return p
}

// lastText returns the text with which the answer ended.
func (o *Recorder) lastText() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.said
}
