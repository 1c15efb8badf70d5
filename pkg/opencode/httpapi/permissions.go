package httpapi

import (
	"context"

	"panther/pkg/identity"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/rest"
)

func (s *Server) permissionRoutes(a *rest.API) {
	rest.Handle(a, "GET /permission", "List the requests that wait for the caller", func(ctx context.Context, _ *rest.None) ([]api.PermissionRequest, error) {
		return s.Requests.List(identity.Of(ctx)), nil
	})
	rest.Handle(a, "POST /permission/{id}/reply", "Answer a request", func(ctx context.Context, in *replyPermission) (bool, error) {
		return true, s.Requests.Reply(ctx, in.ID, in.Body)
	})
	rest.Handle(a, "POST /session/{id}/permissions/{permission}", "Answer a request, by its older name", func(ctx context.Context, in *respondPermission) (bool, error) {
		return true, s.Requests.Reply(ctx, in.Permission, api.PermissionReply{Reply: in.Body.Response})
	})
	rest.Fixed(a, "GET /question", "List the questions that wait for the caller", []api.QuestionRequest{})
}

type replyPermission struct {
	ID   string `path:"id"`
	Body api.PermissionReply
}

type respondPermission struct {
	ID         string `path:"id"`
	Permission string `path:"permission"`
	Body       api.PermissionResponse
}
