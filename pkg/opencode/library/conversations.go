package library

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"panther/pkg/gate"
	"panther/pkg/knowledge"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/grounding"
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

// pinnedMost bounds the conversations that are kept at the top.
const pinnedMost = 200

// maxSaid bounds the query of a search in conversations, in bytes.
const maxSaid = 1024

func (s *Server) listConversations(ctx context.Context, in *listConversations) (*api.ConversationList, error) {
	limit := bounded(in.Limit, 50, 200)
	before, id, err := position(in.Cursor)
	if err != nil {
		return nil, err
	}
	out := &api.ConversationList{Conversations: []api.Conversation{}}
	running := s.Sessions.Running()
	if query := strings.TrimSpace(in.Query); query != "" {
		if len(query) > maxSaid {
			return nil, api.BadRequest("the query has %d bytes, at most %d are taken", len(query), maxSaid)
		}
		list, err := s.Sessions.Search(ctx, query, knowledge.SearchSessions{Before: before, BeforeID: id, Limit: limit})
		if err != nil {
			return nil, err
		}
		for i := range list {
			c := conversation(&list[i].Session, running)
			c.Message, c.Excerpt = list[i].MessageID, gate.Plain(grounding.NewSources(), list[i].Excerpt, 300)
			out.Conversations = append(out.Conversations, c)
		}
		if len(list) == limit {
			out.Next = cursor(&list[len(list)-1].Session)
		}
		return out, nil
	}
	yes, no := true, false
	sel := knowledge.ListSessions{Before: before, BeforeID: id, Limit: limit}
	if in.Deleted {
		sel.Deleted = true
	} else {
		sel.Pinned = &no
	}
	list, err := s.Sessions.Select(ctx, sel)
	if err != nil {
		return nil, err
	}
	if len(list) == limit {
		out.Next = cursor(&list[len(list)-1])
	}
	if in.Cursor == "" && !in.Deleted {
		pinned, err := s.Sessions.Select(ctx, knowledge.ListSessions{Pinned: &yes, Limit: pinnedMost})
		if err != nil {
			return nil, err
		}
		list = append(pinned, list...)
	}
	for i := range list {
		out.Conversations = append(out.Conversations, conversation(&list[i], running))
	}
	return out, nil
}

// cursor is the position behind a conversation.
func cursor(s *api.Session) string { return strconv.FormatInt(s.Time.Updated, 10) + "." + s.ID }

// position reads a cursor.
func position(cursor string) (before time.Time, id string, err error) {
	if cursor == "" {
		return time.Time{}, "", nil
	}
	ms, id, _ := strings.Cut(cursor, ".")
	n, err := strconv.ParseInt(ms, 10, 64)
	if err != nil || n <= 0 || id == "" || len(id) > 64 {
		return time.Time{}, "", api.BadRequest("cursor is none that was given")
	}
	return time.UnixMilli(n), id, nil
}

func conversation(s *api.Session, running []string) api.Conversation {
	c := api.Conversation{ID: s.ID, Title: s.Title, Created: time.UnixMilli(s.Time.Created).UTC(), Updated: time.UnixMilli(s.Time.Updated).UTC(),
		Pinned: s.Pinned, Running: slices.Contains(running, s.ID), Cost: s.Cost}
	if s.Time.Deleted != 0 {
		at := time.UnixMilli(s.Time.Deleted).UTC()
		c.Deleted = &at
	}
	return c
}

type editConversation struct {
	ID   string `path:"id"`
	Body api.EditConversation
}

func (s *Server) editConversation(ctx context.Context, in *editConversation) (*api.Conversation, error) {
	title := ""
	if in.Body.Title != nil {
		if title = gate.Line(*in.Body.Title, 200); title == "" {
			return nil, api.BadRequest("the title is empty")
		}
	}
	n, err := s.Sessions.Tidy(ctx, in.ID, func(n *api.Session) {
		if title != "" {
			n.Title = title
		}
		if in.Body.Pinned != nil {
			n.Pinned = *in.Body.Pinned
		}
	})
	if err != nil {
		return nil, err
	}
	c := conversation(n, s.Sessions.Running())
	return &c, nil
}

func (s *Server) deleteConversation(ctx context.Context, in *conversationPath) (*api.DeletedConversation, error) {
	until, err := s.Sessions.Discard(ctx, in.ID)
	return &api.DeletedConversation{ID: in.ID, Until: until}, err
}

func (s *Server) restoreConversation(ctx context.Context, in *conversationPath) (*api.Conversation, error) {
	n, err := s.Sessions.Restore(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	c := conversation(n, s.Sessions.Running())
	return &c, nil
}
