package httpapi

import (
	"errors"
	"net/http"

	"panther/pkg/knowledge"
	"panther/pkg/llm"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/ledger"
	"panther/pkg/opencode/rest"
	"panther/pkg/opencode/turn"
	"panther/pkg/sd"
)

// Defect is what a client is told of a panic.
var Defect = api.Refuse(http.StatusInternalServerError, api.NameUnknown, "this is a defect of the server; its log has the details")

// Refusal makes an answer of an error: what agentdb cannot do for now is 503,
// and so is a stop.
func Refusal(err error) *api.Error {
	var e *api.Error
	var p *knowledge.Problem
	var tooLarge *http.MaxBytesError
	var unread *rest.InputError
	var model *llm.Error
	switch {
	case errors.As(err, &e):
		return e
	case errors.As(err, &tooLarge):
		return api.Refuse(http.StatusRequestEntityTooLarge, api.NameBadRequest, "the body is larger than %d bytes", tooLarge.Limit)
	case errors.As(err, &unread):
		return api.BadRequest("%s", unread)
	case errors.As(err, &model):
		return &api.Error{Status: http.StatusBadGateway, NamedError: *turn.ModelFailure(model)}
	case errors.Is(err, knowledge.ErrNotFound):
		return api.Refuse(http.StatusNotFound, api.NameNotFound, "there is no such thing")
	case errors.As(err, &p) && p.Status < 500:
		return api.BadRequest("%s", p.Error())
	case errors.Is(err, ledger.ErrClosed):
		return api.Refuse(http.StatusServiceUnavailable, api.NameUnavailable, "%s", ledger.ErrClosed)
	}
	// What is left is agentdb: away, or its answer was not understood.
	r := api.Refuse(http.StatusServiceUnavailable, api.NameUnavailable, "the knowledge base cannot be used now: %s", err)
	r.Hint = sd.HintOf(err)
	return r
}

// Fail answers with an error in OpenCode's shape.
func Fail(w http.ResponseWriter, err error) {
	e := Refusal(err)
	body := e.NamedError
	if e.Hint != "" {
		body.Data = map[string]any{"hint": e.Hint}
		for k, v := range e.Data {
			body.Data[k] = v
		}
	}
	rest.Answer(w, e.Status, body)
}
