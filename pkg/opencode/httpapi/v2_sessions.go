package httpapi

import (
	"context"
	"slices"

	"panther/pkg/opencode/api"
	"panther/pkg/opencode/rest"
	"panther/pkg/opencode/sessions"
)

func (s *Server) secondSessionRoutes(a *rest.API) {
	rest.Handle(a, "GET /api/session", "List sessions", s.secondList)
	rest.Handle(a, "POST /api/session", "Make a session", func(ctx context.Context, in *body[api.V2CreateSession]) (api.V2Data[api.V2Session], error) {
		return s.second(s.createSession(ctx, &createSession{Body: api.CreateSession{Agent: in.Body.Agent, Model: in.Body.Model}}))
	})
	rest.Handle(a, "GET /api/session/active", "List the sessions in which a turn runs", func(ctx context.Context, _ *rest.None) (api.V2Data[map[string]api.V2Active], error) {
		busy, err := s.sessionStatus(ctx, nil)
		out := map[string]api.V2Active{}
		for id := range busy {
			out[id] = api.V2Active{Type: "running"}
		}
		return api.V2Data[map[string]api.V2Active]{Data: out}, err
	})
	rest.Handle(a, "GET /api/session/{id}", "Read a session", func(ctx context.Context, in *sessionPath) (api.V2Data[api.V2Session], error) {
		return s.second(s.Sessions.Get(ctx, in.ID))
	})
	rest.Handle(a, "POST /api/session/{id}/agent", "Choose the agent of a session", s.switchAgent)
	rest.Handle(a, "POST /api/session/{id}/model", "Choose the model of a session", s.switchModel)
	rest.Handle(a, "POST /api/session/{id}/compact", "Sum up what was said, to make room", func(ctx context.Context, in *sessionPath) (rest.None, error) {
		_, err := s.summarize(ctx, &summarizeSession{ID: in.ID})
		return rest.None{}, err
	})
	rest.Handle(a, "POST /api/session/{id}/wait", "Wait until no turn runs", func(ctx context.Context, in *sessionPath) (rest.None, error) {
		if _, err := s.Sessions.Get(ctx, in.ID); err != nil {
			return rest.None{}, err
		}
		leave, err := s.Sessions.Enter(ctx, in.ID, func(error) {})
		if err == nil {
			leave()
		}
		return rest.None{}, err
	})
	rest.Handle(a, "POST /api/session/{id}/interrupt", "End the turn that runs", func(ctx context.Context, in *sessionPath) (rest.None, error) {
		return rest.None{}, s.abort(ctx, in.ID)
	})
	rest.Handle(a, "POST /api/session/{id}/revert/stage", "Take a session back to before a message", func(ctx context.Context, in *revertSession) (api.V2Data[api.V2Revert], error) {
		_, err := s.revert(ctx, in)
		return api.V2Data[api.V2Revert]{Data: api.V2Revert{MessageID: in.Body.MessageID}}, err
	})
	rest.Handle(a, "POST /api/session/{id}/revert/clear", "Bring back what was taken back", func(ctx context.Context, in *sessionPath) (rest.None, error) {
		_, err := s.unrevert(ctx, in)
		return rest.None{}, err
	})
	rest.Handle(a, "POST /api/session/{id}/revert/commit", "Remove for good what was taken back", func(ctx context.Context, in *sessionPath) (rest.None, error) {
		v, err := s.Sessions.Get(ctx, in.ID)
		if err == nil {
			err = s.Sessions.DropReverted(ctx, v)
		}
		return rest.None{}, err
	})
	rest.Handle(a, "GET /api/session/{id}/question", "List no questions", known(s, api.V2Data[[]struct{}]{Data: []struct{}{}}))
	rest.Handle(a, "GET /api/session/{id}/permission", "List the requests that wait for the caller", s.secondSessionPermissions)
	rest.Handle(a, "GET /api/session/{id}/permission/{permission}", "Read a request", func(ctx context.Context, in *secondPermission) (out api.V2Data[api.V2Permission], err error) {
		list, err := s.secondSessionPermissions(ctx, &sessionPath{ID: in.ID})
		i := slices.IndexFunc(list.Data, func(p api.V2Permission) bool { return p.ID == in.Permission })
		if err == nil && i < 0 {
			err = api.NotFound("permission request", in.Permission)
		}
		if err == nil {
			out.Data = list.Data[i]
		}
		return out, err
	})
	rest.Handle(a, "POST /api/session/{id}/permission/{permission}/reply", "Answer a request", func(ctx context.Context, in *secondReply) (rest.None, error) {
		return rest.None{}, s.Requests.Reply(ctx, in.Permission, in.Body)
	})
}

type secondPermission struct {
	ID         string `path:"id"`
	Permission string `path:"permission"`
}

type secondReply struct {
	ID         string `path:"id"`
	Permission string `path:"permission"`
	Body       api.PermissionReply
}

type secondList struct {
	Search string `query:"search" doc:"In the title"`
	Limit  int    `query:"limit" doc:"At most 1000; default 50"`
	Order  string `query:"order" doc:"asc or desc, by time; default desc"`
	Cursor string `query:"cursor" doc:"Of an answer before"`
}

func (s *Server) secondList(ctx context.Context, in *secondList) (api.V2Page[api.V2Session], error) {
	list, err := s.Sessions.List(ctx, sessions.AnyParent, in.Search, 1000)
	if err != nil {
		return api.V2Page[api.V2Session]{}, err
	}
	out := make([]api.V2Session, len(list))
	for i, v := range list {
		out[i] = secondSession(v)
	}
	if in.Order == "asc" {
		slices.Reverse(out)
	}
	return paged(out, in.Limit, in.Cursor)
}

// second answers with a session in the shape of the second API.
func (s *Server) second(v *api.Session, err error) (api.V2Data[api.V2Session], error) {
	if err != nil {
		return api.V2Data[api.V2Session]{}, err
	}
	return api.V2Data[api.V2Session]{Data: secondSession(*v)}, nil
}

func secondSession(v api.Session) api.V2Session {
	out := api.V2Session{ID: v.ID, ParentID: v.ParentID, ProjectID: v.ProjectID, Agent: v.Agent, Model: v.Model, Cost: v.Cost, Tokens: v.Tokens,
		Time: api.V2SessionTime{Created: v.Time.Created, Updated: v.Time.Updated, Archived: v.Time.Archived}, Title: v.Title, Location: api.V2Directory{Directory: v.Directory}}
	out.Tokens.Total = 0
	if v.Revert != nil {
		out.Revert = &api.V2Revert{MessageID: v.Revert.MessageID}
	}
	return out
}

type switchAgent struct {
	ID   string `path:"id"`
	Body struct {
		Agent string `json:"agent"`
	}
}

func (s *Server) switchAgent(ctx context.Context, in *switchAgent) (rest.None, error) {
	if err := s.checkAgent(in.Body.Agent); err != nil {
		return rest.None{}, err
	}
	_, err := s.Sessions.Edit(ctx, in.ID, func(v *api.Session) { v.Agent = in.Body.Agent })
	return rest.None{}, err
}

type switchModel struct {
	ID   string `path:"id"`
	Body struct {
		Model api.SessionModel `json:"model"`
	}
}

func (s *Server) switchModel(ctx context.Context, in *switchModel) (rest.None, error) {
	m := in.Body.Model
	if err := s.checkModel(m.ProviderID + "/" + m.ID); err != nil {
		return rest.None{}, err
	}
	_, err := s.Sessions.Edit(ctx, in.ID, func(v *api.Session) { v.Model = &m })
	return rest.None{}, err
}

func (s *Server) secondSessionPermissions(ctx context.Context, in *sessionPath) (api.V2Data[[]api.V2Permission], error) {
	_, err := s.Sessions.Get(ctx, in.ID)
	return api.V2Data[[]api.V2Permission]{Data: s.secondPermissions(ctx, in.ID)}, err
}
