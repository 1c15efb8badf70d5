package llm

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Kind tells what a caller can decide about a failure.
type Kind int

// Kinds of failure.
const (
	KindRequest   Kind = iota // the provider refuses the request: repeating it cannot help
	KindAuth                  // the key is missing or wrong
	KindOverflow              // the conversation does not fit the model
	KindRate                  // too many requests or tokens for now
	KindQuota                 // the account is used up
	KindServer                // the provider failed
	KindNetwork               // the provider was not reached, or the stream broke
	KindCancelled             // the caller gave up
)

// Error is a failure of a model.
type Error struct {
	Ref        string // provider/model
	Kind       Kind
	Status     int           // HTTP status; 0 if there was no answer
	RetryAfter time.Duration // what the provider asked for; 0 if nothing
	Credential string        // name of the key's credential, for the hint
	Codes      string        // what the server calls the failure: its codes and types, in lower case
	Err        error
}

func (e *Error) Error() string {
	if e.Status > 0 {
		return fmt.Sprintf("ask %s: %v (%d)", e.Ref, e.Err, e.Status)
	}
	return fmt.Sprintf("ask %s: %v", e.Ref, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// Temporary reports whether the same request may succeed a moment later.
func (e *Error) Temporary() bool {
	return e.Kind == KindRate || e.Kind == KindServer || e.Kind == KindNetwork
}

// HintText returns what an operator can do.
func (e *Error) HintText() string {
	switch e.Kind {
	case KindAuth:
		if e.Credential != "" {
			return "put the provider's key into the credential " + e.Credential
		}
		return "give the provider a credential in opencode.toml"
	case KindQuota:
		return "top up the account at the provider, or configure a fallback model"
	case KindRate:
		return "wait, or configure a fallback model"
	case KindNetwork:
		return "check the provider's url in opencode.toml and that its server runs"
	case KindOverflow:
		return "start a new session, or set the model's context in opencode.toml"
	case KindRequest:
		if e.Status == http.StatusNotFound {
			return "check the model's id and the provider's url in opencode.toml"
		}
	}
	return ""
}

// KindOf returns the kind of a failure, KindRequest for one that is no *Error.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return KindRequest
}
