package httpapi

import (
	"context"
	"errors"
	"net/http"

	"panther/pkg/knowledge"
	"panther/pkg/llm"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/rest"
	"panther/pkg/opencode/turn"
	"panther/pkg/sd"
)

// Defect is what a client is told of a panic.
var Defect = api.Refuse(http.StatusInternalServerError, api.NameUnknown, "this is a defect of the server; its log has the details")

// Refusal makes an answer of an error: what agentdb cannot do for now is 503,
// and so is a stop; what a model refused has the status that says whose turn it is.
func Refusal(err error) *api.Error {
	var e *api.Error
	var p *knowledge.Problem
	var away *knowledge.AwayError
	var tooLarge *http.MaxBytesError
	var unread *rest.InputError
	var model *llm.Error
	var budget *turn.BudgetError
	switch {
	case errors.As(err, &e):
		return e
	case errors.As(err, &tooLarge):
		return api.Refuse(http.StatusRequestEntityTooLarge, api.NameBadRequest, "the body is larger than %d bytes", tooLarge.Limit)
	case errors.As(err, &unread):
		return api.BadRequest("%s", unread)
	case errors.Is(err, turn.ErrTime):
		return api.Refuse(http.StatusGatewayTimeout, api.NameUnavailable, "%s", turn.ErrTime)
	case errors.As(err, &model):
		return &api.Error{Status: modelStatus(model), NamedError: *turn.ModelFailure(model)}
	case errors.As(err, &budget):
		return api.Refuse(http.StatusPaymentRequired, api.NameBudgetExhausted, "%s", budget)
	case errors.Is(err, knowledge.ErrNotFound):
		return api.Refuse(http.StatusNotFound, api.NameNotFound, "there is no such thing")
	case errors.As(err, &p) && p.Status < 500:
		return api.BadRequest("%s", p.Error())
	case errors.As(err, &p), errors.As(err, &away):
		r := api.Refuse(http.StatusServiceUnavailable, api.NameUnavailable, "the knowledge base cannot be used now: %s", err)
		r.Hint = sd.HintOf(err)
		return r
	case errors.Is(err, context.DeadlineExceeded):
		return api.Refuse(http.StatusGatewayTimeout, api.NameUnavailable, "%s", err)
	}
	// What is left was ended from outside: the process stops, or somebody aborted it.
	r := api.Refuse(http.StatusServiceUnavailable, api.NameUnavailable, "%s", err)
	r.Hint = sd.HintOf(err)
	return r
}

// modelStatus is what a client is told of a model's failure: whether to wait, to
// ask for less, or that the provider is at fault.
func modelStatus(e *llm.Error) int {
	switch e.Kind {
	case llm.KindRate, llm.KindQuota:
		return http.StatusTooManyRequests
	case llm.KindOverflow:
		return http.StatusRequestEntityTooLarge
	}
	return http.StatusBadGateway
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
	retry(w, e)
	rest.Answer(w, e.Status, body)
}

// FailProblem answers with an error as operations of Panther's own have it.
func FailProblem(w http.ResponseWriter, err error) {
	e := Refusal(err)
	retry(w, e)
	rest.AnswerAs(w, "application/problem+json", e.Status, api.Problem{Type: "panther:" + e.Name, Title: http.StatusText(e.Status), Status: e.Status, Detail: e.Message(), Hint: e.Hint})
}

func retry(w http.ResponseWriter, e *api.Error) {
	if e.Status == http.StatusTooManyRequests || e.Status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
}
