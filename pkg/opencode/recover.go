package opencode

import (
	"context"
	"errors"
	"fmt"

	"panther/pkg/identity"
	"panther/pkg/knowledge"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/ledger"
)

// abort ends the running turn of a session and of its children.
func (r *server) abort(session string) {
	sl, done := r.sessions.use(session)
	defer done()
	sl.mu.Lock()
	defer sl.mu.Unlock()
	if sl.cancel != nil {
		sl.cancel(errAborted)
	}
}

// recover takes up what a process that ended left: a turn that ran is marked as
// interrupted, since what it did cannot be done twice, and a prompt whose turn
// had not begun is answered. Those of this process are left alone.
func (r *server) recover(ctx context.Context) error {
	list, err := r.know.Messages(identity.With(ctx, identity.Everyone), "", ledger.Running)
	if err != nil {
		return fmt.Errorf("look for unfinished turns: %w", err)
	}
	waiting := map[string][]api.MessageWithParts{} // by session
	for _, k := range list {
		m, err := decodeMessage(k)
		if err != nil {
			return err
		}
		switch {
		case m.Info.Role == api.RoleUser && m.Info.Time.Created < r.started.UnixMilli():
			waiting[m.Info.SessionID] = append(waiting[m.Info.SessionID], m)
		case m.Info.Role == api.RoleAssistant && k.ID < r.bootID:
			if err := r.interrupted(ctx, m); err != nil {
				return err
			}
		}
	}
	for _, prompts := range waiting {
		r.turns.Go(func() {
			for _, m := range prompts {
				r.resume(m)
			}
		})
	}
	return nil
}

// interrupted stores that a turn was.
func (r *server) interrupted(ctx context.Context, m api.MessageWithParts) error {
	m.Info.Error, m.Info.Finish, m.Info.Time.Completed = api.NewError(api.NameTurnInterrupted, "%s", errInterrupted), "error", now()
	c := ledger.MessageChange(m.Info)
	for _, p := range m.Parts {
		if p.State == nil || p.State.Status != api.ToolRunning && p.State.Status != api.ToolPending {
			continue
		}
		p.State.Status, p.State.Error = api.ToolError, errInterrupted.Error()
		c = ledger.Join(c, ledger.PartChange(p))
	}
	c.Events = append(c.Events, ledger.IdleEvents(m.Info.SessionID)...)
	r.log.Warn("turn was interrupted", "session_id", m.Info.SessionID, "turn_id", m.Info.ID)
	return r.ledger.Write(ctx, c)
}

// resume answers a prompt that was stored. Where that is no longer possible, its
// agent or model being gone, the answer says so.
func (r *server) resume(m api.MessageWithParts) {
	id := m.Info.SessionID
	p := api.Prompt{Agent: m.Info.Agent, Model: m.Info.Model, System: m.Info.System, Tools: m.Info.Tools}
	for _, part := range m.Parts {
		p.Parts = append(p.Parts, api.PromptPart{Type: part.Type, Text: part.Text, Ignored: part.Ignored, Filename: part.Filename, URL: part.URL,
			Name: part.Name, Prompt: part.Prompt, Agent: part.Agent})
	}
	s, err := r.session(identity.With(r.turnCtx, identity.Everyone), id)
	if err != nil {
		r.log.Warn("prompt was not taken up", "session_id", id, "error", err)
		return
	}
	var t *turn
	text, err := promptText(p)
	if err == nil {
		t, err = r.newTurn(s, p, text)
	}
	if err == nil && t.owner == "" {
		t.owner = identity.Nobody // asked before there were owners
	}
	if err != nil {
		failed := api.Message{ID: knowledge.NewID("msg"), SessionID: id, Role: api.RoleAssistant, ParentID: m.Info.ID, Agent: m.Info.Agent, Mode: m.Info.Agent,
			Time: api.MessageTime{Created: now(), Completed: now()}, Error: turnError(r.turnCtx, err), Finish: "error"}
		c := ledger.MessageChange(failed)
		c.Messages = append(c.Messages, ledger.Message{Message: m.Info, Status: ledger.Done})
		c.Events = append(c.Events, ledger.IdleEvents(id)...)
		r.ledger.Append(c)
		return
	}
	r.log.Info("prompt taken up", "session_id", id)
	if _, err := r.answer(t, m.Info); err != nil && !errors.Is(err, ledger.ErrClosed) {
		r.log.Warn("prompt was not answered", "session_id", id, "error", err)
	}
}
