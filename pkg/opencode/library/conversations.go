package library

import (
	"context"
	"net/http"
	"slices"
	"time"

	"panther/pkg/gate"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/rest"
)

type conversationPath struct {
	ID string `path:"id"`
}

func (s *Server) conversationRoutes(a *rest.API) {
	handle(a, "GET /panther/v1/conversations", "List the caller's conversations, or those whose title or text has the words of q", s.listConversations)
	handle(a, "PATCH /panther/v1/conversations/{id}", "Rename or pin a conversation", s.editConversation)
	handle(a, "DELETE /panther/v1/conversations/{id}", "Delete a conversation; restore takes that back for a while", s.deleteConversation)
	handle(a, "POST /panther/v1/conversations/{id}/restore", "Take the deletion of a conversation back", s.restoreConversation)
}

type listConversations struct {
	Query   string `query:"q" doc:"Words of the title or of what was said"`
	Cursor  string `query:"cursor" doc:"The next of the page before"`
	Deleted bool   `query:"deleted" doc:"Only those whose deletion can be taken back"`
	Limit   int    `query:"limit" doc:"At most 200; default 50"`
}

func (s *Server) listConversations(ctx context.Context, in *listConversations) (*api.ConversationList, error) {
	list, err := s.Sessions.List(ctx, "", in.Query, bounded(in.Limit, 50, 200))
	if err != nil {
		return nil, err
	}
	out := &api.ConversationList{Conversations: []api.Conversation{}}
	running := s.Sessions.Running()
	for i := range list {
		out.Conversations = append(out.Conversations, conversation(&list[i], running))
	}
	return out, nil
}

func conversation(s *api.Session, running []string) api.Conversation {
	return api.Conversation{ID: s.ID, Title: s.Title, Created: time.UnixMilli(s.Time.Created).UTC(), Updated: time.UnixMilli(s.Time.Updated).UTC(),
		Running: slices.Contains(running, s.ID), Cost: s.Cost}
}

type editConversation struct {
	ID   string `path:"id"`
	Body api.EditConversation
}

func (s *Server) editConversation(ctx context.Context, in *editConversation) (*api.Conversation, error) {
	n, err := s.Sessions.Edit(ctx, in.ID, func(n *api.Session) {
		if in.Body.Title != nil {
			n.Title = gate.Line(*in.Body.Title, 200)
		}
	})
	if err != nil {
		return nil, err
	}
	c := conversation(n, s.Sessions.Running())
	return &c, nil
}

func (s *Server) deleteConversation(context.Context, *conversationPath) (*api.DeletedConversation, error) {
	return nil, api.Refuse(http.StatusNotImplemented, api.NameUnavailable, "not yet")
}

func (s *Server) restoreConversation(context.Context, *conversationPath) (*api.Conversation, error) {
	return nil, api.Refuse(http.StatusNotImplemented, api.NameUnavailable, "not yet")
}
