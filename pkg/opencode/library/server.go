package library

import (
	"context"
	"errors"
	"net/http"
	"time"

	"panther/pkg/crawl/control"
	"panther/pkg/identity"
	"panther/pkg/knowledge"
	"panther/pkg/llm"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/rest"
	"panther/pkg/opencode/sessions"
)

// Server is what the operations work with.
type Server struct {
	Knowledge *knowledge.Client
	Sessions  *sessions.Store
	Models    *llm.Set
	Crawler   *control.Client
	Operator  func(identity.Identity) bool // whether somebody may change sources
	Mode      string                       // local or server
}

// Modes of an installation.
const (
	ModeLocal  = "local"
	ModeServer = "server"
)

// patience is how long agentdb may be away before a person hears of it: a
// restart is not noticed.
const patience = 3 * time.Second

// Register adds the operations to a.
func (s *Server) Register(a *rest.API) {
	handle(a, "GET /panther/v1/overview", "Tell what is known, and what to do next", s.overview)
	s.sourceRoutes(a)
	handle(a, "GET /panther/v1/search", "Find passages; the query may have \"phrases\", not:WORD, source:NAME, version:17, lang:TAG and after:DATE", s.search)
	handle(a, "GET /panther/v1/document", "Read a stored document", s.document)
	rest.Stream[rest.None, rest.None](a, "POST /panther/v1/share", "Take what a share sheet sends, as a form, and lead to the page that adds it", share)
	s.memoryRoutes(a)
	s.conversationRoutes(a)
}

// handle adds an operation that does not wait long for agentdb.
func handle[In, Out any](a *rest.API, route, summary string, f func(context.Context, *In) (Out, error)) {
	rest.Handle(a, route, summary, func(ctx context.Context, in *In) (Out, error) {
		return f(knowledge.WithPatience(ctx, patience), in)
	})
}

// operator refuses who may not change sources.
func (s *Server) operator(ctx context.Context) error {
	if s.Operator(identity.Of(ctx)) {
		return nil
	}
	return api.Refuse(http.StatusForbidden, api.NameForbidden, "only root and accounts in the group that may ask change sources").
		WithHint("let access.accounts in opencode.toml say which account this login is")
}

// crawlError is what a client is told of a failure of the crawler.
func crawlError(err error) error {
	var away *control.AwayError
	var refused *control.Error
	switch {
	case errors.As(err, &away):
		return api.Refuse(http.StatusServiceUnavailable, api.NameUnavailable, "the crawler cannot be asked now: %s", err).
			WithHint("see: systemctl status panther-crawl-control.socket")
	case errors.As(err, &refused):
		name := map[int]string{http.StatusNotFound: api.NameNotFound, http.StatusConflict: api.NameConflict}[refused.Status]
		if name == "" {
			name = api.NameBadRequest
		}
		e := api.Refuse(refused.Status, name, "%s", refused.Text)
		e.Hint = refused.Hint
		return e
	}
	return err
}

func orEmpty[T any](l []T) []T {
	if l == nil {
		return []T{}
	}
	return l
}

// when is a time, or nil for none.
func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
