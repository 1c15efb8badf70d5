package httpapi

import (
	"context"
	"net/http"
	"time"

	"panther/pkg/gate"
	"panther/pkg/identity"
	"panther/pkg/opencode/access"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/prompt"
	"panther/pkg/opencode/rest"
	"panther/pkg/opencode/turn"
)

// Server is what the operations work with.
type Server struct {
	*turn.Runtime
	Prompts   *prompt.Queue
	Gate      *access.Gate
	Stop      context.Context // ends when the process was asked to stop
	Version   string
	Started   time.Time
	Addresses []string      // where it listens
	Line      func() string // as in systemctl status

	streams streams
	choices choices
}

// Register adds the operations to a.
func (s *Server) Register(a *rest.API) {
	s.sessionRoutes(a)
	s.messageRoutes(a)
	s.permissionRoutes(a)
	s.eventRoutes(a)
	s.serverRoutes(a)
	s.configRoutes(a)
	s.editRoutes(a)
	s.tuiRoutes(a)
	s.codingRoutes(a)
	second := a.Failing(failSecond)
	s.secondRoutes(second)
	refusals(a, second)
	a.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		Fail(w, api.Refuse(http.StatusNotFound, api.NameNotFound, "there is no %s %s", r.Method, gate.Line(r.URL.Path, 100)))
	})
}

// Everyones lets root see, change and delete what belongs to anybody where it
// says everyone=true. Otherwise it acts as itself, and what it sends by POST is
// always its own.
func Everyones(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if identity.Of(r.Context()) == identity.UID(0) && r.Method != http.MethodPost && r.URL.Query().Get("everyone") == "true" {
			r = r.WithContext(identity.With(r.Context(), identity.Everyone))
		}
		next.ServeHTTP(w, r)
	})
}

// sessionPath is the input of operations on a session.
type sessionPath struct {
	ID string `path:"id"`
}
