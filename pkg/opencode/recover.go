package opencode

import (
	"context"
	"fmt"

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

// recover marks the turns that a killed process left running. Those of this
// process began later and are left alone.
func (r *server) recover(ctx context.Context) error {
	list, err := r.know.Messages(ctx, "", statusRunning)
	if err != nil {
		return fmt.Errorf("look for interrupted turns: %w", err)
	}
	for _, k := range list {
		if k.ID >= r.bootID {
			continue
		}
		m, err := decodeMessage(k)
		if err != nil {
			return err
		}
		m.Info.Error, m.Info.Finish, m.Info.Time.Completed = api.NewError(api.NameTurnInterrupted, "%s", errInterrupted), "error", now()
		c := messageChange(m.Info)
		for _, p := range m.Parts {
			if p.State == nil || p.State.Status != api.ToolRunning && p.State.Status != api.ToolPending {
				continue
			}
			p.State.Status, p.State.Error = api.ToolError, errInterrupted.Error()
			c.Parts = append(c.Parts, p)
			c.Events = append(c.Events, ledger.Event{SessionID: p.SessionID, Type: api.EventPartUpdated, Data: partEvent{p.SessionID, p, now()}})
		}
		id := m.Info.SessionID
		c.Events = append(c.Events, statusEvent(id, api.SessionStatus{Type: "idle"}),
			ledger.Event{SessionID: id, Type: api.EventSessionIdle, Data: map[string]string{"sessionID": id}})
		if err := r.ledger.Write(ctx, c); err != nil {
			return err
		}
		r.log.Warn("turn was interrupted", "session_id", id, "turn_id", m.Info.ID)
	}
	return nil
}
