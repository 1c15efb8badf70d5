package opencode

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"panther/pkg/gate"
	"panther/pkg/knowledge"
	"panther/pkg/llm"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/ledger"
	"panther/pkg/sd"
)

// Causes for which a turn ends early.
var (
	errAborted     = errors.New("the turn was aborted")
	errInterrupted = errors.New("the runtime was stopped in the middle of the turn")
	errTurnTime    = errors.New("the turn took too long")
)

// budgetError means that no more may be spent.
type budgetError struct {
	what         string
	spent, limit float64
}

func (e *budgetError) Error() string {
	return fmt.Sprintf("the budget of the %s is used up: $%.2f of $%.2f", e.what, e.spent, e.limit)
}

// refusal makes an answer of an error: what agentdb cannot do for now is 503,
// and so is a stop.
func refusal(err error) *api.Error {
	var e *api.Error
	var p *knowledge.Problem
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &e):
		return e
	case errors.As(err, &tooLarge):
		return api.Refuse(http.StatusRequestEntityTooLarge, api.NameBadRequest, "the body is larger than %d bytes", tooLarge.Limit)
	case errors.Is(err, knowledge.ErrNotFound):
		return api.Refuse(http.StatusNotFound, api.NameNotFound, "there is no such thing")
	case errors.As(err, &p) && p.Status < 500:
		return api.Refuse(http.StatusBadRequest, api.NameBadRequest, "%s", p.Error())
	case errors.Is(err, ledger.ErrClosed):
		return api.Refuse(http.StatusServiceUnavailable, api.NameUnavailable, "%s", ledger.ErrClosed)
	}
	// What is left is agentdb: away, or its answer was not understood.
	r := api.Refuse(http.StatusServiceUnavailable, api.NameUnavailable, "the knowledge base cannot be used now: %s", err)
	r.Hint = sd.HintOf(err)
	return r
}

func fail(w http.ResponseWriter, err error) {
	e := refusal(err)
	if e.Hint != "" {
		e.Data["hint"] = e.Hint
	}
	answer(w, e.Status, e.NamedError)
}

func answer(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil { // our own types; cannot happen
		status, b = http.StatusInternalServerError, []byte(`{"name":"UnknownError","data":{"message":"cannot encode the answer"}}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(b, '\n'))
}

// turnError is what a message carries of why its turn ended early.
func turnError(ctx context.Context, err error) *api.NamedError {
	var le *llm.Error
	var be *budgetError
	cause := context.Cause(ctx)
	switch {
	case err == nil:
		return nil
	case errors.Is(cause, errInterrupted):
		return api.NewError(api.NameTurnInterrupted, "%s", errInterrupted)
	case errors.Is(cause, errAborted):
		return api.NewError(api.NameAborted, "%s", errAborted)
	case errors.Is(cause, errTurnTime):
		return api.NewError(api.NameUnknown, "%s", errTurnTime)
	case errors.As(err, &be):
		return api.NewError(api.NameBudgetExhausted, "%s", be)
	case errors.As(err, &le):
		return modelError(le)
	}
	e := api.NewError(api.NameUnknown, "%s", err)
	if h := sd.HintOf(err); h != "" {
		e.Data["hint"] = h
	}
	return e
}

func modelError(le *llm.Error) *api.NamedError {
	name := api.NameAPI
	switch le.Kind {
	case llm.KindAuth:
		name = api.NameProviderAuth
	case llm.KindOverflow:
		name = api.NameContextOverflow
	}
	e := api.NewError(name, "%s", gate.Clean(le.Error()))
	e.Data["isRetryable"] = le.Temporary()
	if le.Status > 0 {
		e.Data["statusCode"] = le.Status
	}
	if h := le.HintText(); h != "" {
		e.Data["hint"] = h
	}
	e.Data["providerID"], _ = llm.SplitRef(le.Ref)
	return e
}
