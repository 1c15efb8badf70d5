package openai

import (
	"context"
	"net/http"
	"time"

	"panther/pkg/opencode/api"
	"panther/pkg/opencode/rest"
	"panther/pkg/opencode/turn"
)

// Server is what the operations work with.
type Server struct {
	*turn.Runtime
	TurnTime time.Duration          // deadline of an answer
	Turns    context.Context        // ends when turns must
	Started  time.Time              //
	Refusal  func(error) *api.Error // of errors that are not this API's
	stored   *responses             // that may be gone on with
}

// Register adds the operations to a.
func (s *Server) Register(a *rest.API) {
	s.stored = newResponses()
	a = a.Failing(s.fail)
	rest.Fixed(a, "GET /v1/models", "List the agents and the models behind them", s.models())
	rest.Handle(a, "GET /v1/models/{id...}", "Describe an agent or a model", s.model)
	rest.Stream[chatInput, completion](a, "POST /v1/chat/completions", "Answer a conversation", s.chat)
	rest.Stream[responseInput, response](a, "POST /v1/responses", "Answer a conversation, which may be gone on with", s.respond)
	rest.Handle(a, "GET /v1/responses/{id}", "Read a response", s.response)
	rest.Handle(a, "DELETE /v1/responses/{id}", "Forget a response", s.forget)
}

func (s *Server) models() models {
	created := s.Started.Unix()
	out := models{Object: "list", Data: []model{}}
	for _, a := range s.Agents.All() {
		if a.Mode != api.ModeSubagent {
			out.Data = append(out.Data, model{a.Name, "model", created, "panther"})
		}
	}
	for _, i := range s.Models.Infos() {
		out.Data = append(out.Data, model{i.Ref(), "model", created, i.Provider})
	}
	out.Data = append(out.Data, model{api.Extractive.String(), "model", created, "panther"})
	return out
}

type idInput struct {
	ID string `path:"id"`
}

func (s *Server) model(_ context.Context, in *idInput) (model, error) {
	for _, m := range s.models().Data {
		if m.ID == in.ID {
			return m, nil
		}
	}
	return model{}, notFound("model_not_found", "there is no agent and no model %q; GET /v1/models lists them", in.ID)
}

// run answers a question into out within the server's time.
func (s *Server) run(r *http.Request, t *turn.Turn, out turn.Output) error {
	ctx, cancel := context.WithTimeoutCause(r.Context(), s.TurnTime, turn.ErrTime)
	defer cancel()
	defer context.AfterFunc(s.Turns, cancel)()
	return t.Run(ctx, out)
}
