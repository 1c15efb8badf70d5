package system

import (
	"context"
	"time"

	"panther/pkg/identity"
	"panther/pkg/knowledge"
	"panther/pkg/llm"
	"panther/pkg/opencode/access"
	"panther/pkg/opencode/account"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/rest"
	"panther/pkg/opencode/sessions"
)

// Server is what the operations work with.
type Server struct {
	Knowledge *knowledge.Client
	Sessions  *sessions.Store
	Models    *llm.Set
	Account   *account.Account
	Gate      *access.Gate
	Operator  func(identity.Identity) bool // whether somebody may read journals
	Limit     float64                      // of what a day may cost, 0 means none
	Local     bool                         // panther local: no systemd
	Dir       string                       // state folder
	Version   string
	Started   time.Time
	Services  func(context.Context) ([]api.UnitState, error) // of panther local

	Panther func() (string, error) // where the command panther is
	Home    string                 // folder of panther local
	Root    string                 // folder of the file system, "" but in tests

	tests    tests
	checkups checkups
}

// patience is how long agentdb may be away before a person hears of it.
const patience = 3 * time.Second

// Register adds the operations to a.
func (s *Server) Register(a *rest.API) {
	handle(a, "GET /panther/v1/system", "Tell what Panther runs on: units, disks, the database, secrets by name", s.system)
	handle(a, "GET /panther/v1/system/doctor", "Find what is wrong and say what to do, as panther doctor does", s.doctor)
	handle(a, "GET /panther/v1/system/journal", "Read the last lines of a unit, for root and the group that may", s.journal)
	handle(a, "GET /panther/v1/models", "List the configured models", s.models)
	rest.Handle(a, "POST /panther/v1/models/test", "Ask a model a question of a few tokens", s.test)
	handle(a, "GET /panther/v1/spend", "Tell what the caller's conversations have cost, by day and model", s.spend)
	handle(a, "GET /panther/v1/logins", "List the caller's browsers that were let in; root's list has all", func(ctx context.Context, _ *rest.None) (*api.LoginList, error) {
		return &api.LoginList{Logins: s.Gate.Logins(identity.Of(ctx))}, nil
	})
	handle(a, "DELETE /panther/v1/logins/{id}", "End a login and what it is doing", func(ctx context.Context, in *loginPath) (rest.None, error) {
		return rest.None{}, s.Gate.Revoke(identity.Of(ctx), in.ID)
	})
}

type loginPath struct {
	ID string `path:"id"`
}

// handle adds an operation that does not wait long for agentdb.
func handle[In, Out any](a *rest.API, route, summary string, f func(context.Context, *In) (Out, error)) {
	rest.Handle(a, route, summary, func(ctx context.Context, in *In) (Out, error) {
		return f(knowledge.WithPatience(ctx, patience), in)
	})
}
