package httpapi

import (
	"context"
	"net/http"
	"strconv"

	"panther/pkg/identity"
	"panther/pkg/llm"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/rest"
	"panther/pkg/opencode/sessions"
)

// secondRoutes serve OpenCode's second API, below /api, whose terminal interface
// asks both.
func (s *Server) secondRoutes(a *rest.API) {
	rest.Fixed(a, "GET /api/health", "Tell that the server runs", api.V2Health{Healthy: true})
	rest.Fixed(a, "GET /api/location", "Tell where the server works", s.location())
	rest.Fixed(a, "GET /api/agent", "List the agents", located(s, s.secondAgents()))
	models, providers := s.secondModels()
	rest.Fixed(a, "GET /api/model", "List the models", located(s, models))
	rest.Fixed(a, "GET /api/provider", "List where models are", located(s, providers))
	rest.Handle(a, "GET /api/provider/{id}", "Read where models are", func(_ context.Context, in *sessionPath) (out api.V2Located[api.V2Provider], err error) {
		for _, p := range providers {
			if p.ID == in.ID {
				return located(s, p), nil
			}
		}
		return out, api.NotFound("provider", in.ID)
	})
	var list []api.V2Command
	for _, c := range commands {
		list = append(list, api.V2Command{Name: c.Name, Template: c.Template, Description: c.Description, Agent: c.Agent})
	}
	rest.Fixed(a, "GET /api/command", "List the commands", located(s, list))
	for _, path := range []string{"integration", "skill", "reference", "fs/list", "fs/find", "pty", "question/request"} {
		rest.Fixed(a, "GET /api/"+path, "List nothing", located(s, []struct{}{}))
	}
	rest.Fixed(a, "GET /api/permission/saved", "List nothing: what was allowed is a session's", api.V2Data[[]struct{}]{Data: []struct{}{}})
	rest.Handle(a, "GET /api/permission/request", "List the requests that wait for the caller", func(ctx context.Context, _ *rest.None) (api.V2Located[[]api.V2Permission], error) {
		return located(s, s.secondPermissions(ctx, "")), nil
	})
	s.secondSessionRoutes(a)
	s.secondMessageRoutes(a)
}

func (s *Server) location() api.V2Location {
	return api.V2Location{Directory: s.Sessions.Directory(), Project: api.V2Project{ID: sessions.Project, Directory: "/"}}
}

func located[T any](s *Server, v T) api.V2Located[T] {
	return api.V2Located[T]{Location: s.location(), Data: v}
}

// nothing is what clients would have to add to a request: the server makes it.
func nothing() api.V2Request {
	return api.V2Request{Headers: map[string]string{}, Body: map[string]any{}}
}

func sessionModel(ref string) *api.SessionModel {
	if ref == "" {
		return nil
	}
	m := &api.SessionModel{}
	m.ProviderID, m.ID = llm.SplitRef(ref)
	return m
}

func (s *Server) secondAgents() []api.V2Agent {
	var out []api.V2Agent
	for _, a := range s.Agents.All() {
		v := api.V2Agent{ID: a.Name, Model: sessionModel(a.Model), Request: nothing(), System: a.Prompt, Description: a.Description, Mode: a.Mode,
			Hidden: a.Hidden, Steps: a.Steps, Permissions: []api.V2Rule{}}
		for _, r := range a.Rules {
			v.Permissions = append(v.Permissions, api.V2Rule{Action: r.Permission, Resource: r.Pattern, Effect: r.Action})
		}
		out = append(out, v)
	}
	return out
}

func (s *Server) secondModels() (models []api.V2Model, providers []api.V2Provider) {
	for _, p := range s.providers().Providers {
		providers = append(providers, api.V2Provider{ID: p.ID, Name: p.Name, API: api.V2API{Type: "native", Settings: map[string]any{}}, Request: nothing()})
		for _, m := range p.Models {
			v := api.V2Model{ID: m.ID, ProviderID: p.ID, Name: m.Name, API: api.V2API{ID: m.ID, Type: "native", Settings: map[string]any{}},
				Capabilities: api.V2Capabilities{Tools: m.Capabilities.ToolCall, Input: []string{"text"}, Output: []string{"text"}}, Request: nothing(),
				Variants: []struct{}{}, Cost: []api.ModelCost{m.Cost}, Status: m.Status, Enabled: true, Limit: m.Limit}
			if m.Capabilities.Input.Image {
				v.Capabilities.Input = append(v.Capabilities.Input, "image")
			}
			if m.Capabilities.Input.PDF {
				v.Capabilities.Input = append(v.Capabilities.Input, "pdf")
			}
			models = append(models, v)
		}
	}
	return models, providers
}

// secondPermissions lists what waits for the caller, in one session or in all.
func (s *Server) secondPermissions(ctx context.Context, session string) []api.V2Permission {
	out := []api.V2Permission{}
	for _, r := range s.Requests.List(identity.Of(ctx)) {
		if session != "" && r.SessionID != session {
			continue
		}
		v := api.V2Permission{ID: r.ID, SessionID: r.SessionID, Action: r.Permission, Resources: append([]string{}, r.Patterns...), Save: r.Always, Metadata: r.Metadata}
		if r.Tool != nil {
			v.Source = &api.V2Source{Type: "tool", MessageID: r.Tool.MessageID, CallID: r.Tool.CallID}
		}
		out = append(out, v)
	}
	return out
}

// paged cuts a part out of a list that is in the order asked for.
func paged[T any](list []T, limit int, cursor string) (api.V2Page[T], error) {
	out := api.V2Page[T]{Data: []T{}}
	if limit <= 0 {
		limit = 50
	}
	from, err := 0, error(nil)
	if cursor != "" {
		if from, err = strconv.Atoi(cursor); err != nil || from < 0 {
			return out, api.BadRequest("the cursor is none of this server")
		}
	}
	from = min(from, len(list))
	to := min(from+min(limit, 1000), len(list))
	out.Data = append(out.Data, list[from:to]...)
	if to < len(list) {
		out.Cursor.Next = strconv.Itoa(to)
	}
	if from > 0 {
		out.Cursor.Previous = strconv.Itoa(max(0, from-limit))
	}
	return out, nil
}

// failSecond answers with an error in the shape of the second API.
func failSecond(w http.ResponseWriter, err error) {
	e := Refusal(err)
	out := api.V2Error{Tag: "InvalidRequestError", Message: e.Message()}
	switch {
	case e.Status == http.StatusNotFound && e.Kind == "session":
		out.Tag, out.SessionID = "SessionNotFoundError", e.ID
	case e.Status == http.StatusNotFound && e.Kind == "message":
		out.Tag, out.SessionID, out.MessageID = "MessageNotFoundError", e.Session, e.ID
	case e.Status == http.StatusNotFound && e.Kind == "permission request":
		out.Tag, out.RequestID = "PermissionNotFoundError", e.ID
	case e.Status == http.StatusNotFound && e.Kind == "question":
		out.Tag, out.RequestID = "QuestionNotFoundError", "none"
	case e.Status == http.StatusNotFound && e.Kind == "provider":
		out.Tag, out.ProviderID = "ProviderNotFoundError", e.ID
	case e.Status == http.StatusNotFound && e.Kind == "terminal":
		out.Tag, out.PtyID = "PtyNotFoundError", "none"
	case e.Status == http.StatusConflict:
		out.Tag = "ConflictError"
	case e.Status == http.StatusServiceUnavailable:
		out.Tag = "ServiceUnavailableError"
	}
	rest.Answer(w, e.Status, out)
}
