package prompt

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"panther/pkg/gate"
	"panther/pkg/identity"
	"panther/pkg/llm"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/history"
	"panther/pkg/opencode/ledger"
	"panther/pkg/opencode/turn"
)

// Accepted is a prompt that is stored and whose answer is under way.
type Accepted struct {
	Asked  api.Message
	Done   chan struct{}         // closed when it is answered
	Answer *api.MessageWithParts // valid then
	Err    error
}

// Take stores a prompt and has it answered. It returns when the prompt is
// stored; the answer comes later.
func (q *Queue) Take(ctx context.Context, session string, p api.Prompt) (*Accepted, error) {
	defer q.rt.Sessions.Hold(session)()
	user, parts, t, err := q.admit(ctx, session, p)
	if err != nil {
		return nil, err
	}
	change := ledger.MessageChange(user)
	if !p.NoReply {
		change.Messages[0].Status = ledger.Running // until its answer begins: Recover finds it
	}
	for _, part := range parts {
		change = ledger.Join(change, ledger.PartChange(part))
	}
	if err := q.rt.Ledger.Write(ctx, change); err != nil {
		return nil, err
	}
	a := &Accepted{Asked: user, Done: make(chan struct{})}
	if p.NoReply {
		a.Answer = &api.MessageWithParts{Info: user, Parts: parts}
		close(a.Done)
		return a, nil
	}
	release := q.rt.Sessions.Hold(session) // what was read of it serves the turn
	q.turns.Go(func() {
		defer release()
		defer close(a.Done)
		a.Answer, a.Err = q.answer(t, user)
	})
	return a, nil
}

// admit makes of a prompt the message that asks, and the turn that would answer it.
func (q *Queue) admit(ctx context.Context, session string, p api.Prompt) (user api.Message, parts []api.Part, t *turn.Turn, err error) {
	if p.MessageID != "" && (!strings.HasPrefix(p.MessageID, "msg") || len(p.MessageID) > 64) {
		return user, nil, nil, api.BadRequest("messageID %q does not begin with msg", gate.Line(p.MessageID, 80))
	}
	s, err := q.rt.Sessions.Get(ctx, session)
	if err == nil && s.Owner == "" {
		s, err = q.rt.Sessions.Edit(ctx, session, func(*api.Session) {})
	}
	if err != nil {
		return user, nil, nil, err
	}
	if t, err = q.question(s, p); err != nil {
		return user, nil, nil, err
	}
	if err = q.unseen(ctx, p.MessageID); err != nil {
		return user, nil, nil, err
	}
	if err = q.rt.Sessions.DropReverted(ctx, s); err != nil {
		return user, nil, nil, err
	}
	user = api.Message{ID: p.MessageID, SessionID: session, Role: api.RoleUser, Time: api.MessageTime{Created: api.Now()}, Agent: t.Agent.Name,
		Model: t.Ref(), System: p.System, Tools: p.Tools}
	if user.ID == "" {
		user.ID = api.NewID("msg")
	}
	parts = partsOf(p)
	for i := range parts {
		parts[i].ID, parts[i].SessionID, parts[i].MessageID = api.NewID("prt"), session, user.ID
	}
	if q.accept.Err() != nil {
		err = ledger.ErrClosed
	}
	return user, parts, t, err
}

// Decline stores a prompt with the reason why it is not answered. Models are told
// of neither.
func (q *Queue) Decline(ctx context.Context, session string, p api.Prompt, why string) (*api.MessageWithParts, error) {
	user, parts, t, err := q.admit(ctx, session, p)
	if err != nil {
		return nil, err
	}
	now := api.Now()
	answer := api.Message{ID: api.NewIDAfter("msg", user.ID), SessionID: session, Role: api.RoleAssistant, ParentID: user.ID, Agent: user.Agent, Mode: user.Agent,
		ProviderID: t.Ref().ProviderID, ModelID: t.Ref().ModelID, Time: api.MessageTime{Created: now, Completed: now}, Finish: "error", Error: api.NewError(api.NameUnknown, "%s", why)}
	change := ledger.MessageChange(user)
	for _, part := range parts {
		part.Ignored = true
		change = ledger.Join(change, ledger.PartChange(part))
	}
	change = ledger.Join(change, ledger.MessageChange(answer), ledger.Change{Events: ledger.IdleEvents(session)})
	return &api.MessageWithParts{Info: answer, Parts: []api.Part{}}, q.rt.Ledger.Write(ctx, change)
}

// partsOf returns what a prompt says as it is stored.
func partsOf(p api.Prompt) []api.Part {
	parts := make([]api.Part, len(p.Parts))
	for i, in := range p.Parts {
		parts[i] = api.Part{Type: in.Type, Text: in.Text, Synthetic: in.Synthetic, Ignored: in.Ignored, Metadata: in.Metadata, Mime: in.Mime,
			Filename: in.Filename, URL: in.URL, Name: in.Name, Prompt: in.Prompt, Description: in.Description, Agent: in.Agent}
	}
	return parts
}

// unseen refuses a prompt that is stored already, so that a client may send one
// again when it does not know whether it arrived. Identifiers are one's own: one
// of another session is refused too.
func (q *Queue) unseen(ctx context.Context, id string) error {
	if id == "" {
		return nil
	}
	there, err := q.rt.Sessions.Known(ctx, id)
	if err == nil && there {
		err = api.Refuse(http.StatusConflict, api.NameConflict, "the message %q was sent before", id)
	}
	return err
}

// question decides which agent and model answer.
func (q *Queue) question(s *api.Session, p api.Prompt) (*turn.Turn, error) {
	text, files, err := history.Said(partsOf(p))
	if err != nil {
		return nil, err
	}
	name := p.Agent
	if name == "" {
		name = s.Agent
	}
	agent := q.rt.Agents.Find(name)
	if agent == nil {
		return nil, api.BadRequest("there is no agent %q", gate.Line(name, 80)).WithHint("there are %s", q.rt.Agents.Names())
	}
	typed := api.MessageWithParts{Parts: partsOf(p)}
	ask := turn.Question{Text: text, Query: typed.Text(), Files: files, Session: s.ID, Owner: s.Owner, Agent: agent, System: p.System, Permission: s.Permission, Disabled: map[string]bool{}}
	for tool, on := range p.Tools {
		ask.Disabled[tool] = !on
	}
	ref := ""
	switch {
	case p.Model != nil && p.Model.ModelID != "":
		ref = p.Model.String()
	case s.Model != nil && s.Model.ID != "":
		ref = s.Model.ProviderID + "/" + s.Model.ID
	case agent.Model != "":
		ref = agent.Model
	}
	if ref != api.Extractive.String() {
		info, ok := q.rt.Models.Find(ref)
		switch {
		case ok:
			ask.Model = info.Ref()
		case ref != "":
			return nil, api.BadRequest("there is no model %q", gate.Line(ref, 80)).WithHint("panther status lists the models")
		}
	}
	if err := q.rt.Reads(ask); err != nil {
		return nil, err
	}
	return turn.New(q.rt, ask), nil
}

// Summarize compacts a session now.
func (q *Queue) Summarize(ctx context.Context, session string, model llm.Info) error {
	if _, err := q.rt.Sessions.Get(ctx, session); err != nil {
		return err
	}
	leave, err := q.rt.Sessions.Enter(ctx, session, func(error) {})
	if err != nil {
		return err
	}
	defer leave()
	h, err := q.history(ctx, session, "")
	if err != nil {
		return err
	}
	err = q.compact.Summarize(ctx, session, model, &h)
	if errors.Is(err, history.ErrNothing) {
		err = api.BadRequest("%s", err)
	}
	return err
}

// everyone is for what outlives the right of a caller to see a session.
func everyone(ctx context.Context) context.Context {
	return identity.With(context.WithoutCancel(ctx), identity.Everyone)
}
