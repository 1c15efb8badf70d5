package httpapi

import (
	"context"
	"net/http"

	"panther/pkg/identity"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/rest"
	"panther/pkg/opencode/sessions"
	"panther/pkg/opencode/tools"
)

// codingRoutes serve what OpenCode has for coding: all of it is empty here, where
// there is neither a folder nor a repository to work on.
func (s *Server) codingRoutes(a *rest.API) {
	for _, path := range []string{"/lsp", "/formatter", "/skill", "/file", "/file/status", "/find", "/find/file", "/find/symbol", "/vcs/status", "/vcs/diff",
		"/pty", "/pty/shells", "/project/{id}/directories", "/experimental/workspace", "/experimental/workspace/adapter", "/experimental/workspace/status",
		"/experimental/worktree"} {
		rest.Fixed(a, "GET "+path, "List nothing", []struct{}{})
	}
	rest.Fixed(a, "POST /sync/history", "List nothing", []struct{}{})
	rest.Fixed(a, "GET /vcs", "Tell that there is no version control", api.VCS{})
	a.HandleFunc("GET /vcs/diff/raw", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/x-diff; charset=utf-8")
	})
	rest.Fixed(a, "GET /provider/auth", "List no ways to sign in", struct{}{})
	rest.Fixed(a, "GET /experimental/resource", "List no resources", struct{}{})
	rest.Fixed(a, "GET /experimental/capabilities", "Tell what clients may offer", api.Features{})
	rest.Fixed(a, "GET /experimental/console", "Tell of no organization", api.Console{Providers: []string{}})
	rest.Fixed(a, "GET /experimental/console/orgs", "List no organizations", api.Organizations{List: []struct{}{}})
	rest.Fixed(a, "POST /experimental/workspace/sync-list", "Look for no workspaces", rest.None{})
	rest.Fixed(a, "POST /sync/start", "Follow no workspaces", false)
	rest.Fixed(a, "POST /global/upgrade", "Tell who upgrades", api.Upgrade{Error: "this server is upgraded with its packages"})
	for _, what := range []string{"todo", "diff"} {
		rest.Handle(a, "GET /session/{id}/"+what, "List nothing", known(s, []struct{}{}))
	}
	rest.Handle(a, "POST /experimental/session/{id}/background", "Tell that sub-agents are waited for", known(s, false))
	rest.Handle(a, "POST /session/{id}/share", "Refuse: sessions are not shared", func(ctx context.Context, in *sessionPath) (rest.None, error) {
		if _, err := s.Sessions.Get(ctx, in.ID); err != nil {
			return rest.None{}, err
		}
		return rest.None{}, api.BadRequest("sessions are not shared")
	})
	rest.Handle(a, "DELETE /session/{id}/share", "Read the session, which is not shared", func(ctx context.Context, in *sessionPath) (*api.Session, error) {
		return s.Sessions.Get(ctx, in.ID)
	})
	rest.Handle(a, "GET /experimental/session", "List sessions with their project", s.listGlobal)
	rest.Handle(a, "GET /experimental/tool/ids", "List the names of the tools", func(ctx context.Context, _ *rest.None) ([]string, error) {
		var names []string
		for _, t := range s.tools(ctx) {
			names = append(names, t.ID)
		}
		return names, nil
	})
	rest.Handle(a, "GET /experimental/tool", "List the tools", func(ctx context.Context, _ *rest.None) ([]api.ToolInfo, error) { return s.tools(ctx), nil })
}

// known answers v for a session that there is.
func known[T any](s *Server, v T) func(context.Context, *sessionPath) (T, error) {
	return func(ctx context.Context, in *sessionPath) (T, error) {
		_, err := s.Sessions.Get(ctx, in.ID)
		return v, err
	}
}

func (s *Server) listGlobal(ctx context.Context, in *listSessions) ([]api.GlobalSession, error) {
	list, err := s.listSessions(ctx, in)
	out := make([]api.GlobalSession, len(list))
	for i := range list {
		out[i] = api.GlobalSession{Session: list[i], Project: api.ProjectSummary{ID: sessions.Project, Worktree: "/"}}
	}
	return out, err
}

// tools describes what models may call for the caller, where no rule denies it.
func (s *Server) tools(ctx context.Context) []api.ToolInfo {
	var out []api.ToolInfo
	for _, t := range tools.All() {
		out = append(out, api.ToolInfo{ID: t.Name, Description: t.Description, Parameters: t.Schema})
	}
	for _, t := range s.MCP.Tools(identity.Of(ctx)) {
		out = append(out, api.ToolInfo{ID: t.Name, Description: t.Description, Parameters: t.Schema})
	}
	return out
}
