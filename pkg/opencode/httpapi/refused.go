package httpapi

import (
	"net/http"
	"strings"

	"panther/pkg/opencode/api"
	"panther/pkg/opencode/rest"
)

// refusal is why operations of OpenCode are refused: what they would do is not
// done here, or what they are about is not there.
type refusal struct {
	why    string
	routes []string
}

// notDone are refused with status 400.
var notDone = []refusal{
	{"the keys of providers are credentials of the service, which its owner sets", []string{"PUT /auth/{id}", "DELETE /auth/{id}",
		"POST /provider/{id}/oauth/authorize", "POST /provider/{id}/oauth/callback", "POST /api/integration/{id}/connect/key",
		"POST /api/integration/{id}/connect/oauth", "POST /api/integration/attempt/{id}/complete", "PATCH /api/credential/{id}"}},
	{"MCP servers and their tokens are set in opencode.toml, by the owner of the server", []string{"POST /mcp", "POST /mcp/{name}/auth",
		"DELETE /mcp/{name}/auth", "POST /mcp/{name}/auth/callback", "POST /mcp/{name}/auth/authenticate"}},
	{"this server has no organizations", []string{"POST /experimental/console/switch"}},
	{"this server works on no repository", []string{"POST /vcs/apply", "POST /project/git/init", "PATCH /project/{id}", "POST /session/{id}/init",
		"POST /experimental/project/{id}/copy", "DELETE /experimental/project/{id}/copy", "POST /experimental/project/{id}/copy/refresh",
		"POST /experimental/project/{id}/copy/generate-name", "POST /experimental/worktree", "DELETE /experimental/worktree",
		"POST /experimental/worktree/reset", "POST /experimental/control-plane/move-session"}},
	{"this server has no workspaces", []string{"POST /experimental/workspace", "DELETE /experimental/workspace/{id}", "POST /experimental/workspace/warp"}},
	{"this server takes over no sessions of others", []string{"POST /sync/replay", "POST /sync/steal"}},
	{"this server has no terminals", []string{"POST /pty", "POST /api/pty"}},
	{"this server is asked for permission by itself alone", []string{"POST /api/session/{id}/permission"}},
	{"events are told as they happen, at /api/event, and kept by no session", []string{"GET /api/session/{id}/history", "GET /api/session/{id}/event"}},
	{"no terminal interface is controlled by this server", []string{"POST /tui/control/response"}},
}

// notThere are refused with status 404, as about a thing of a kind.
var notThere = []refusal{
	{"terminal", []string{"GET /pty/{id}", "PUT /pty/{id}", "DELETE /pty/{id}", "POST /pty/{id}/connect-token", "GET /pty/{id}/connect",
		"GET /api/pty/{id}", "PUT /api/pty/{id}", "DELETE /api/pty/{id}", "POST /api/pty/{id}/connect-token", "GET /api/pty/{id}/connect"}},
	{"question", []string{"POST /question/{id}/reply", "POST /question/{id}/reject", "POST /api/session/{session}/question/{id}/reply",
		"POST /api/session/{session}/question/{id}/reject"}},
	{"integration", []string{"GET /api/integration/{id}", "GET /api/integration/attempt/{id}", "DELETE /api/integration/attempt/{id}"}},
	{"credential", []string{"DELETE /api/credential/{id}"}},
	{"saved permission", []string{"DELETE /api/permission/saved/{id}"}},
	{"file", []string{"GET /file/content", "GET /api/fs/read/{id...}"}},
	{"request of a terminal interface", []string{"GET /tui/control/next"}},
}

// refusals adds both to a, those of the second API to second.
func refusals(a, second *rest.API) {
	of := func(route string) *rest.API {
		if strings.Contains(route, " /api/") {
			return second
		}
		return a
	}
	for _, r := range notDone {
		for _, route := range r.routes {
			rest.Refuse(of(route), route, api.BadRequest("%s", r.why))
		}
	}
	for _, r := range notThere {
		e := api.Refuse(http.StatusNotFound, api.NameNotFound, "this server has no such %s", r.why)
		e.Kind = r.why
		for _, route := range r.routes {
			rest.Refuse(of(route), route, e)
		}
	}
}
