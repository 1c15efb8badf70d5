package sessions

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"panther/pkg/identity"
	"panther/pkg/knowledge"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/ledger"
)

// Messages returns what was said in a session, oldest first.
func (st *Store) Messages(ctx context.Context, session string) ([]api.MessageWithParts, error) {
	list, err := st.know.Messages(ctx, session, "")
	if err != nil {
		return nil, err
	}
	return decodeMessages(list)
}

// Unfinished returns the messages of all sessions that a process left running,
// with prompts whose answer did not begin.
func (st *Store) Unfinished(ctx context.Context) ([]api.MessageWithParts, error) {
	list, err := st.know.Messages(identity.With(ctx, identity.Everyone), "", ledger.Running)
	if err != nil {
		return nil, err
	}
	return decodeMessages(list)
}

// Message returns one message of a session.
func (st *Store) Message(ctx context.Context, session, id string) (*api.MessageWithParts, error) {
	k, err := st.know.Message(ctx, id)
	if errors.Is(err, knowledge.ErrNotFound) || err == nil && k.SessionID != session {
		return nil, api.NotFound("message", id).Within(session)
	} else if err != nil {
		return nil, err
	}
	m, err := decodeMessage(*k)
	return &m, err
}

// Known reports whether there is a message of an identifier, whosever it is.
func (st *Store) Known(ctx context.Context, id string) (bool, error) {
	_, err := st.know.Message(identity.With(ctx, identity.Everyone), id)
	if errors.Is(err, knowledge.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

func decodeMessages(list []knowledge.Message) ([]api.MessageWithParts, error) {
	out := make([]api.MessageWithParts, 0, len(list))
	for _, k := range list {
		m, err := decodeMessage(k)
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

func decodeMessage(k knowledge.Message) (api.MessageWithParts, error) {
	m := api.MessageWithParts{Parts: []api.Part{}}
	if err := json.Unmarshal(k.Data, &m.Info); err != nil {
		return m, fmt.Errorf("decode message %s: %w", k.ID, err)
	}
	for _, kp := range k.Parts {
		var p api.Part
		if err := json.Unmarshal(kp.Data, &p); err != nil {
			return m, fmt.Errorf("decode part %s: %w", kp.ID, err)
		}
		m.Parts = append(m.Parts, p)
	}
	return m, nil
}

// DropReverted removes for good what was taken back before.
func (st *Store) DropReverted(ctx context.Context, s *api.Session) error {
	if s.Revert == nil {
		return nil
	}
	list, err := st.Messages(ctx, s.ID)
	if err != nil {
		return err
	}
	var c ledger.Change
	if i := api.IndexMessage(list, s.Revert.MessageID); i >= 0 {
		for _, m := range list[i:] {
			c.DeleteMessages = append(c.DeleteMessages, m.Info.ID)
			c.Events = append(c.Events, ledger.MessageRemoved(s.ID, m.Info.ID))
		}
	}
	if err := st.ledger.Write(ctx, c); err != nil {
		return err
	}
	_, err = st.Edit(ctx, s.ID, func(s *api.Session) { s.Revert = nil })
	return err
}

// Fork copies a session up to a message ("" means all), with new identifiers.
func (st *Store) Fork(ctx context.Context, id, before string) (*api.Session, error) {
	from, err := st.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	list, err := st.Messages(ctx, id)
	if err != nil {
		return nil, err
	}
	if before != "" {
		i := api.IndexMessage(list, before)
		if i < 0 {
			return nil, api.NotFound("message", before)
		}
		list = list[:i]
	}
	s := *from
	if id := identity.Of(ctx); id.Person() {
		s.Owner = id
	}
	t := now()
	s.ID, s.ParentID, s.Revert, s.Title = knowledge.NewID("ses"), "", nil, forkTitle(from.Title)
	s.Slug, s.Time, s.Cost, s.Tokens = s.ID[4:18], api.SessionTime{Created: t, Updated: t}, 0, api.Tokens{}
	c := ledger.SessionChange(api.EventSessionCreated, s)
	renamed := map[string]string{}
	for _, m := range list {
		if m.Info.Role == api.RoleAssistant && m.Info.Time.Completed == 0 {
			continue // runs
		}
		old := m.Info.ID
		m.Info.ID, m.Info.SessionID, m.Info.ParentID = api.NewID("msg"), s.ID, renamed[m.Info.ParentID]
		renamed[old] = m.Info.ID
		c.Messages = append(c.Messages, ledger.Message{Message: m.Info, Status: ledger.StatusOf(m.Info)})
		for _, p := range m.Parts {
			p.ID, p.SessionID, p.MessageID = api.NewID("prt"), s.ID, m.Info.ID
			if of := renamed[p.Covers()]; of != "" {
				p.SetCovers(of)
			}
			c.Parts = append(c.Parts, p)
		}
	}
	return &s, st.ledger.Write(ctx, c)
}

func forkTitle(t string) string {
	if strings.HasPrefix(t, Untitled) || strings.HasSuffix(t, " (fork)") {
		return t
	}
	return t + " (fork)"
}
