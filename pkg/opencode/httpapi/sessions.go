package httpapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"panther/pkg/gate"
	"panther/pkg/identity"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/grounding"
	"panther/pkg/opencode/permission"
	"panther/pkg/opencode/rest"
	"panther/pkg/opencode/sessions"
)

func (s *Server) sessionRoutes(a *rest.API) {
	rest.Handle(a, "GET /session", "List sessions, newest first", s.listSessions)
	rest.Handle(a, "POST /session", "Make a session", s.createSession)
	rest.Handle(a, "GET /session/status", "List the sessions in which something runs", s.sessionStatus)
	rest.Handle(a, "GET /session/{id}", "Read a session", func(ctx context.Context, in *sessionPath) (*api.Session, error) {
		return s.Sessions.Get(ctx, in.ID)
	})
	rest.Handle(a, "PATCH /session/{id}", "Change a session", s.updateSession)
	rest.Handle(a, "DELETE /session/{id}", "Delete a session, its children and all that was said", func(ctx context.Context, in *sessionPath) (bool, error) {
		return true, s.Sessions.Delete(ctx, in.ID)
	})
	rest.Handle(a, "GET /session/{id}/children", "List the sessions of a session's sub-agents", func(ctx context.Context, in *sessionPath) ([]api.Session, error) {
		if _, err := s.Sessions.Get(ctx, in.ID); err != nil {
			return nil, err
		}
		return s.Sessions.Children(ctx, in.ID)
	})
	rest.Handle(a, "POST /session/{id}/fork", "Copy a session up to a message", func(ctx context.Context, in *forkSession) (*api.Session, error) {
		return s.Sessions.Fork(ctx, in.ID, in.Body.MessageID)
	})
	rest.Handle(a, "POST /session/{id}/revert", "Take a session back to before a message", s.revert)
	rest.Handle(a, "POST /session/{id}/unrevert", "Bring back what was taken back", s.unrevert)
	rest.Handle(a, "POST /session/{id}/abort", "End the turn that runs", func(ctx context.Context, in *sessionPath) (bool, error) {
		return true, s.abort(ctx, in.ID)
	})
	rest.Handle(a, "POST /session/{id}/summarize", "Sum up what was said, to make room", s.summarize)
	rest.Stream[exportSession, api.Export](a, "GET /session/{id}/export", "Read a session with all that was said", s.export)
}

type listSessions struct {
	Roots  bool   `query:"roots" doc:"Only those without a parent"`
	Search string `query:"search" doc:"In the title"`
	Start  int64  `query:"start" doc:"Changed since, in milliseconds since 1970"`
	Limit  int    `query:"limit" doc:"At most 1000; default 100"`
}

func (s *Server) listSessions(ctx context.Context, in *listSessions) ([]api.Session, error) {
	parent := sessions.AnyParent
	if in.Roots {
		parent = ""
	}
	list, err := s.Sessions.List(ctx, parent, in.Search, min(in.Limit, 1000))
	for i := range list {
		list[i].TellOwner = identity.Of(ctx) == identity.Everyone
		if list[i].Time.Updated < in.Start {
			list = list[:i]
			break
		}
	}
	return list, err
}

type createSession struct{ Body api.CreateSession }

func (s *Server) createSession(ctx context.Context, in *createSession) (*api.Session, error) {
	if name := in.Body.Agent; name != "" {
		if err := s.checkAgent(name); err != nil {
			return nil, err
		}
	}
	if err := permission.Check(in.Body.Permission); err != nil {
		return nil, err
	}
	return s.Sessions.Create(ctx, s.preferring(ctx, in.Body))
}

func (s *Server) sessionStatus(ctx context.Context, _ *rest.None) (map[string]api.SessionStatus, error) {
	out := map[string]api.SessionStatus{}
	for _, id := range s.Sessions.Running() {
		if _, err := s.Sessions.Get(ctx, id); err == nil {
			out[id] = api.SessionStatus{Type: "busy"}
		}
	}
	return out, nil
}

type updateSession struct {
	ID   string `path:"id"`
	Body api.UpdateSession
}

func (s *Server) updateSession(ctx context.Context, in *updateSession) (*api.Session, error) {
	if err := permission.Check(in.Body.Permission); err != nil {
		return nil, err
	}
	return s.Sessions.Edit(ctx, in.ID, func(s *api.Session) {
		if in.Body.Title != nil {
			s.Title = gate.Line(*in.Body.Title, 200)
		}
		if in.Body.Metadata != nil {
			s.Metadata = in.Body.Metadata
		}
		if in.Body.Permission != nil {
			s.Permission = in.Body.Permission
		}
		if in.Body.Time != nil {
			s.Time.Archived = in.Body.Time.Archived
		}
	})
}

type forkSession struct {
	ID   string `path:"id"`
	Body api.Fork
}

type revertSession struct {
	ID   string `path:"id"`
	Body api.Revert
}

func (s *Server) revert(ctx context.Context, in *revertSession) (*api.Session, error) {
	if _, err := s.Sessions.Get(ctx, in.ID); err != nil {
		return nil, err
	}
	if _, err := s.Sessions.Message(ctx, in.ID, in.Body.MessageID); err != nil {
		return nil, err
	}
	s.Sessions.Abort(in.ID)
	return s.Sessions.Edit(ctx, in.ID, func(s *api.Session) { s.Revert = &in.Body })
}

func (s *Server) unrevert(ctx context.Context, in *sessionPath) (*api.Session, error) {
	return s.Sessions.Edit(ctx, in.ID, func(s *api.Session) { s.Revert = nil })
}

func (s *Server) abort(ctx context.Context, id string) error {
	_, err := s.Sessions.Get(ctx, id)
	if err == nil {
		s.Sessions.Abort(id)
	}
	return err
}

type summarizeSession struct {
	ID   string `path:"id"`
	Body api.ModelRef
}

func (s *Server) summarize(ctx context.Context, in *summarizeSession) (bool, error) {
	ref := ""
	if in.Body.ModelID != "" {
		ref = in.Body.String()
	}
	if _, err := s.Sessions.Get(ctx, in.ID); err != nil {
		return false, err
	}
	info, ok := s.Models.Find(ref)
	if !ok {
		return false, api.BadRequest("a summary needs a language model, and %q is not configured", ref)
	}
	return true, s.Prompts.Summarize(ctx, in.ID, info)
}

type exportSession struct {
	ID     string `path:"id"`
	Format string `query:"format" doc:"json or markdown"`
}

func (s *Server) export(w http.ResponseWriter, r *http.Request, in *exportSession) error {
	ctx := r.Context()
	info, err := s.Sessions.Get(ctx, in.ID)
	if err != nil {
		return err
	}
	out := api.Export{Info: *info, Children: []api.ExportedChild{}}
	if out.Messages, err = s.Sessions.Messages(ctx, in.ID); err != nil {
		return err
	}
	switch in.Format {
	case "markdown":
		w.Header().Set("Content-Type", "text/markdown; charset=utf-8")
		_, _ = w.Write([]byte(markdown(out)))
		return nil
	case "", "json":
	default:
		return api.BadRequest("the format is markdown or json")
	}
	kids, err := s.Sessions.Children(ctx, in.ID)
	if err != nil {
		return err
	}
	for _, k := range kids {
		list, err := s.Sessions.Messages(ctx, k.ID)
		if err != nil {
			return err
		}
		out.Children = append(out.Children, api.ExportedChild{Info: k, Messages: list})
	}
	b, err := json.MarshalIndent(out, "", "  ")
	if err != nil {
		return fmt.Errorf("encode session: %w", err)
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(append(b, '\n'))
	return nil
}

// markdown writes a session for people.
func markdown(e api.Export) string {
	var b strings.Builder
	src := grounding.NewSources()
	fmt.Fprintf(&b, "# %s\n\n*%s, session %s*\n", gate.Text(src, e.Info.Title), time.UnixMilli(e.Info.Time.Created).UTC().Format("2006-01-02 15:04 UTC"), e.Info.ID)
	for _, m := range e.Messages {
		who := "Question"
		if m.Info.Role == api.RoleAssistant {
			who = "Answer"
		}
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", who, m.Text())
		for _, p := range m.Parts {
			if p.Type == api.PartTool && p.State != nil {
				fmt.Fprintf(&b, "\n- used %s: %s\n", p.Tool, gate.Text(src, gate.Line(p.State.Title+p.State.Error, 200)))
			}
		}
		if m.Info.Error != nil {
			fmt.Fprintf(&b, "\n*%s*\n", gate.Text(src, m.Info.Error.Message()))
		}
		if list := grounding.List(m.Sources()); list != "" {
			b.WriteString("\nSources:\n\n" + list)
		}
	}
	return b.String()
}
