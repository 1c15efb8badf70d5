package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"panther/pkg/agentdb/engine"
	"panther/pkg/agentdb/store"
	"panther/pkg/knowledge"
)

// orEmpty makes a list of nothing [] and not null.
func orEmpty[T any](v []T) []T {
	if v == nil {
		return []T{}
	}
	return v
}

func (a *api) sessions() {
	add(a, http.MethodPost, "/v1/sessions", "Commit changes to sessions, whole or not at all", maxBody,
		func(ctx context.Context, e *engine.Engine, in *body[knowledge.Commit]) (*body[*knowledge.Committed], error) {
			if err := checkCommit(&in.Body); err != nil {
				return nil, err
			}
			r, err := e.Store().Commit(ctx, in.Body)
			return &body[*knowledge.Committed]{r}, err
		})

	type sessionPath struct {
		ID string `path:"id"`
	}
	add(a, http.MethodGet, "/v1/sessions/{id}", "Read a session", maxSmallBody,
		func(ctx context.Context, e *engine.Engine, in *sessionPath) (*body[*knowledge.Session], error) {
			s, err := e.Store().Session(ctx, in.ID)
			return &body[*knowledge.Session]{s}, err
		})

	type listSessions struct {
		Parent   string    `query:"parent" doc:"Children of this one; empty for those without a parent, * for all"`
		Search   string    `query:"search" doc:"In the title"`
		Before   time.Time `query:"before" doc:"Updated before"`
		BeforeID string    `query:"before_id" doc:"Behind this one, which was updated at before"`
		Pinned   string    `query:"pinned" enum:"true,false," doc:"Only those that are, or are not"`
		Deleted  bool      `query:"deleted" doc:"Those that are deleted, instead of the others"`
		Limit    int       `query:"limit" minimum:"0" maximum:"1000" doc:"Default 100"`
	}
	type sessions struct {
		Sessions []knowledge.Session `json:"sessions"`
	}
	add(a, http.MethodGet, "/v1/sessions", "List sessions, newest first", maxSmallBody,
		func(ctx context.Context, e *engine.Engine, in *listSessions) (*body[sessions], error) {
			sel := knowledge.ListSessions{Parent: in.Parent, Search: in.Search, Before: in.Before, BeforeID: in.BeforeID, Deleted: in.Deleted, Limit: in.Limit}
			if in.Pinned != "" {
				pinned := in.Pinned == "true"
				sel.Pinned = &pinned
			}
			l, err := e.Store().ListSessions(ctx, sel)
			return &body[sessions]{sessions{orEmpty(l)}}, err
		})
	type search struct {
		Query    string    `query:"q" required:"true" minLength:"1" maxLength:"4096" doc:"Words of the title, or of what was said"`
		Before   time.Time `query:"before" doc:"Updated before"`
		BeforeID string    `query:"before_id" doc:"Behind this one, which was updated at before"`
		Limit    int       `query:"limit" minimum:"0" maximum:"1000" doc:"Default 100"`
	}
	type found struct {
		Sessions []knowledge.FoundSession `json:"sessions"`
	}
	add(a, http.MethodGet, "/v1/sessions/search", "Find sessions by their titles and by what was said, newest first", maxSmallBody,
		func(ctx context.Context, e *engine.Engine, in *search) (*body[found], error) {
			l, err := e.Store().SearchSessions(ctx, knowledge.SearchSessions{Words: store.SaidWords(in.Query), Before: in.Before, BeforeID: in.BeforeID, Limit: in.Limit})
			return &body[found]{found{orEmpty(l)}}, err
		})

	type listMessages struct {
		ID      string    `query:"id"`
		Session string    `query:"session"`
		Status  string    `query:"status"`
		Since   time.Time `query:"since" doc:"Created since"`
		Bare    bool      `query:"bare" doc:"Without their parts"`
		Limit   int       `query:"limit" minimum:"0" maximum:"100000" doc:"The oldest so many; default all"`
	}
	type messages struct {
		Messages []knowledge.Message `json:"messages"`
	}
	add(a, http.MethodGet, "/v1/messages", "List messages with their parts, oldest first", maxSmallBody,
		func(ctx context.Context, e *engine.Engine, in *listMessages) (*body[messages], error) {
			if in.ID == "" && in.Session == "" && in.Status == "" && (in.Since.IsZero() || !in.Bare) {
				return nil, fmt.Errorf("%w: give an id, a session, a status, or since with bare", engine.ErrInvalid)
			}
			l, err := e.Store().Messages(ctx, store.ListMessages{ID: in.ID, Session: in.Session, Status: in.Status,
				Since: in.Since, Bare: in.Bare, Limit: in.Limit})
			return &body[messages]{messages{orEmpty(l)}}, err
		})

	type listEvents struct {
		Session string `query:"session"`
		After   int64  `query:"after" doc:"Sequence number"`
		Limit   int    `query:"limit" minimum:"0" maximum:"10000" doc:"Default 1000"`
	}
	type events struct {
		Events []knowledge.Event `json:"events"`
	}
	add(a, http.MethodGet, "/v1/events", "List events after a sequence number", maxSmallBody,
		func(ctx context.Context, e *engine.Engine, in *listEvents) (*body[events], error) {
			l, err := e.Store().Events(ctx, knowledge.ListEvents{Session: in.Session, After: in.After, Limit: in.Limit})
			return &body[events]{events{orEmpty(l)}}, err
		})
}

// checkCommit refuses what could not be found again, and makes missing data
// null.
func checkCommit(c *knowledge.Commit) error {
	if c.Key == "" {
		return fmt.Errorf("%w: key is empty", engine.ErrInvalid)
	}
	null := func(m *json.RawMessage) {
		if len(*m) == 0 {
			*m = json.RawMessage("null")
		}
	}
	for _, s := range c.Sessions {
		if s.ID == "" {
			return fmt.Errorf("%w: a session has no id", engine.ErrInvalid)
		}
	}
	for i, m := range c.Messages {
		if m.ID == "" || m.SessionID == "" {
			return fmt.Errorf("%w: a message has no id or session_id", engine.ErrInvalid)
		}
		for j, p := range m.Parts {
			if p.ID == "" {
				return fmt.Errorf("%w: a part has no id", engine.ErrInvalid)
			}
			null(&c.Messages[i].Parts[j].Data)
		}
	}
	for i, p := range c.Parts {
		if p.ID == "" || p.MessageID == "" {
			return fmt.Errorf("%w: a part has no id or message_id", engine.ErrInvalid)
		}
		null(&c.Parts[i].Data)
	}
	for i := range c.Events {
		null(&c.Events[i].Data)
	}
	return nil
}
