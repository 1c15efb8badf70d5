package library

import (
	"context"
	"fmt"
	"strings"

	"panther/pkg/gate"
	"panther/pkg/knowledge"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/rest"
)

type memoryPath struct {
	ID string `path:"id"`
}

func (s *Server) memoryRoutes(a *rest.API) {
	handle(a, "GET /panther/v1/memories", "List the caller's memories, newest first", s.listMemories)
	handle(a, "PATCH /panther/v1/memories/{id}", "Correct a memory; one that waits is confirmed by it", s.editMemory)
	handle(a, "POST /panther/v1/memories/{id}/confirm", "Keep a memory that waits for a person's word", func(ctx context.Context, in *memoryPath) (*api.MemoryView, error) {
		if _, err := s.memory(ctx, in.ID); err != nil {
			return nil, err
		}
		m, err := s.Knowledge.ConfirmMemory(ctx, in.ID)
		if err != nil {
			return nil, err
		}
		return view(m), nil
	})
	handle(a, "POST /panther/v1/memories/{id}/restore", "Recall a memory again that was superseded, merged or laid aside", func(ctx context.Context, in *memoryPath) (rest.None, error) {
		if _, err := s.memory(ctx, in.ID); err != nil {
			return rest.None{}, err
		}
		return rest.None{}, s.Knowledge.RestoreMemory(ctx, in.ID)
	})
	handle(a, "DELETE /panther/v1/memories/{id}", "Forget a memory for good", func(ctx context.Context, in *memoryPath) (rest.None, error) {
		if _, err := s.memory(ctx, in.ID); err != nil {
			return rest.None{}, err
		}
		return rest.None{}, s.Knowledge.Forget(ctx, in.ID)
	})
}

type listMemories struct {
	Kind       string `query:"kind" doc:"fact, episode or skill"`
	Waiting    bool   `query:"waiting" doc:"Only those that wait to be confirmed"`
	Superseded bool   `query:"superseded" doc:"Also those that are not recalled"`
	Session    string `query:"session" doc:"Only what this conversation stored"`
	Limit      int    `query:"limit" doc:"At most 1000; default 200"`
}

func (s *Server) listMemories(ctx context.Context, in *listMemories) (*api.MemoryList, error) {
	limit := in.Limit
	if limit == 0 {
		limit = 200
	}
	list, err := s.Knowledge.Memories(ctx, knowledge.ListMemories{Kind: in.Kind, Waiting: in.Waiting, Superseded: in.Superseded, Session: in.Session, Limit: min(limit, 1000)})
	if err != nil {
		return nil, err
	}
	out := &api.MemoryList{Memories: make([]api.MemoryView, 0, len(list))}
	for i := range list {
		out.Memories = append(out.Memories, *view(&list[i]))
	}
	return out, nil
}

// memory returns a memory of the caller's.
func (s *Server) memory(ctx context.Context, id string) (*knowledge.Memory, error) {
	if len(id) > 64 {
		return nil, api.NotFound("memory", id)
	}
	return s.Knowledge.Memory(ctx, id)
}

type editMemory struct {
	ID   string `path:"id"`
	Body api.EditMemory
}

func (s *Server) editMemory(ctx context.Context, in *editMemory) (*api.MemoryView, error) {
	m, err := s.memory(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	text := strings.TrimSpace(in.Body.Text)
	if text == "" {
		return nil, api.BadRequest("the text is empty: to forget a memory, delete it")
	}
	next := *m
	next.ID, next.Supersedes, next.SupersededBy = "", m.ID, ""
	next.Text = text
	next.Provenance.Origin, next.Provenance.By = "user", ""
	kept, err := s.Knowledge.Remember(ctx, next)
	if err != nil {
		return nil, err
	}
	return view(kept), nil
}

// view is a memory as a page shows it. Its texts were written by models and
// agents: what is not seen is taken out.
func view(m *knowledge.Memory) *api.MemoryView {
	v := &api.MemoryView{Memory: *m, From: from(m.Provenance), Why: m.Why(nil)}
	for _, text := range []*string{&v.Text, &v.Outcome, &v.Critique, &v.Body} {
		*text = gate.Clean(*text)
	}
	return v
}

// from says where a memory came from.
func from(p knowledge.Provenance) string {
	s := map[string]string{"user": "written by you", "agent": "noted by the agent", "subagent": "noted by a sub-agent",
		"mcp": "stored by another agent over MCP", "consolidation": "put together from others at night"}[p.Origin]
	if s == "" {
		s = "of unknown origin"
	}
	if p.By != "" {
		s += " (" + gate.Line(p.By, 80) + ")"
	}
	switch n := len(p.Read); {
	case p.Confirmed != "":
		s += ", confirmed"
	case n == 1:
		s += ", after reading " + gate.Line(p.Read[0], 120)
	case n > 1:
		s += fmt.Sprintf(", after reading %d sources", n)
	}
	return s
}
