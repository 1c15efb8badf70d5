package prompt

import (
	"context"
	"errors"
	"fmt"

	"panther/pkg/identity"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/ledger"
	"panther/pkg/opencode/turn"
)

// Recover takes up what a process that ended left: a turn that ran is marked as
// interrupted, since what it did cannot be done twice, and a prompt whose turn
// had not begun is answered. Those of this process are left alone.
func (q *Queue) Recover(ctx context.Context) error {
	list, err := q.rt.Sessions.Unfinished(ctx)
	if err != nil {
		return fmt.Errorf("look for unfinished turns: %w", err)
	}
	waiting := map[string][]api.MessageWithParts{} // by session
	for _, m := range list {
		switch {
		case m.Info.Role == api.RoleUser && m.Info.Time.Created < q.started.UnixMilli():
			waiting[m.Info.SessionID] = append(waiting[m.Info.SessionID], m)
		case m.Info.Role == api.RoleAssistant && m.Info.Time.Created < q.started.UnixMilli():
			if err := q.interrupted(ctx, m); err != nil {
				return err
			}
		}
	}
	for _, prompts := range waiting {
		q.turns.Go(func() {
			for _, m := range prompts {
				q.resume(m)
			}
		})
	}
	return nil
}

// interrupted stores that a turn was.
func (q *Queue) interrupted(ctx context.Context, m api.MessageWithParts) error {
	m.Info.Error, m.Info.Finish, m.Info.Time.Completed = api.NewError(api.NameTurnInterrupted, "%s", turn.ErrInterrupted), "error", now()
	c := ledger.MessageChange(m.Info)
	for _, p := range m.Parts {
		if p.State == nil || p.State.Status != api.ToolRunning && p.State.Status != api.ToolPending {
			continue
		}
		p.State.Status, p.State.Error = api.ToolError, turn.ErrInterrupted.Error()
		c = ledger.Join(c, ledger.PartChange(p))
	}
	c.Events = append(c.Events, ledger.IdleEvents(m.Info.SessionID)...)
	q.log.Warn("turn was interrupted", "session_id", m.Info.SessionID, "turn_id", m.Info.ID)
	return q.rt.Ledger.Write(ctx, c)
}

// resume answers a prompt that was stored. Where that is no longer possible, its
// agent or model being gone, the answer says so.
func (q *Queue) resume(m api.MessageWithParts) {
	id := m.Info.SessionID
	p := api.Prompt{Agent: m.Info.Agent, Model: m.Info.Model, System: m.Info.System, Tools: m.Info.Tools}
	for _, part := range m.Parts {
		p.Parts = append(p.Parts, api.PromptPart{Type: part.Type, Text: part.Text, Ignored: part.Ignored, Filename: part.Filename, URL: part.URL,
			Name: part.Name, Prompt: part.Prompt, Agent: part.Agent})
	}
	s, err := q.rt.Sessions.Get(q.as(identity.Everyone), id)
	if err != nil {
		q.log.Warn("prompt was not taken up", "session_id", id, "error", err)
		return
	}
	t, err := q.question(s, p)
	if err != nil {
		t := api.Now()
		failed := api.Message{ID: api.NewID("msg"), SessionID: id, Role: api.RoleAssistant, ParentID: m.Info.ID, Agent: m.Info.Agent, Mode: m.Info.Agent,
			Time: api.MessageTime{Created: t, Completed: t}, Error: turn.Failure(q.turnCtx, err), Finish: "error"}
		c := ledger.MessageChange(failed)
		c.Messages = append(c.Messages, ledger.Message{Message: m.Info, Status: ledger.Done})
		c.Events = append(c.Events, ledger.IdleEvents(id)...)
		q.rt.Ledger.Append(c)
		return
	}
	if t.Owner == "" {
		t.Owner = identity.Nobody // asked before there were owners
	}
	q.log.Info("prompt taken up", "session_id", id)
	if _, err := q.answer(t, m.Info); err != nil && !errors.Is(err, ledger.ErrClosed) {
		q.log.Warn("prompt was not answered", "session_id", id, "error", err)
	}
}
