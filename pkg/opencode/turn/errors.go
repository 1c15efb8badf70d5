package turn

import (
	"context"
	"errors"
	"fmt"

	"panther/pkg/gate"
	"panther/pkg/llm"
	"panther/pkg/opencode/api"
	"panther/pkg/opencode/sessions"
	"panther/pkg/sd"
)

// Causes for which a turn ends early, besides sessions.ErrAborted.
var (
	ErrInterrupted = errors.New("the runtime was stopped in the middle of the turn")
	ErrTime        = errors.New("the turn took too long")
)

// BudgetError means that no more may be spent.
type BudgetError struct {
	What         string // session or day
	Spent, Limit float64
}

func (e *BudgetError) Error() string {
	return fmt.Sprintf("the budget of the %s is used up: $%.2f of $%.2f", e.What, e.Spent, e.Limit)
}

// Failure is what a message carries of why its turn, which ran in ctx, ended
// early; nil if it did not.
func Failure(ctx context.Context, err error) *api.NamedError {
	var le *llm.Error
	var be *BudgetError
	cause := context.Cause(ctx)
	switch {
	case err == nil:
		return nil
	case errors.Is(cause, ErrInterrupted):
		return api.NewError(api.NameTurnInterrupted, "%s", ErrInterrupted)
	case errors.Is(cause, sessions.ErrAborted):
		return api.NewError(api.NameAborted, "%s", sessions.ErrAborted)
	case errors.Is(cause, ErrTime):
		return api.NewError(api.NameUnknown, "%s", ErrTime)
	case errors.As(err, &be):
		return api.NewError(api.NameBudgetExhausted, "%s", be)
	case errors.As(err, &le):
		return ModelFailure(le)
	}
	e := api.NewError(api.NameUnknown, "%s", err)
	if h := sd.HintOf(err); h != "" {
		e.Data["hint"] = h
	}
	return e
}

// ModelFailure is what a client is told of a model that failed.
func ModelFailure(le *llm.Error) *api.NamedError {
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
