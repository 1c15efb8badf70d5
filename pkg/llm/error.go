package llm

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
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

// classify makes an *Error of an answer's status, headers and message, or of
// what kept the answer from coming (status 0).
func classify(status int, h http.Header, message string, err error) *Error {
	e := &Error{Status: status, Err: err}
	if message != "" {
		e.Err = errors.New(message)
	}
	switch {
	case errors.Is(err, context.Canceled):
		e.Kind = KindCancelled
	case status == 0:
		e.Kind = KindNetwork
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		e.Kind = KindAuth
	case status == http.StatusTooManyRequests:
		e.Kind = KindRate
	case status == http.StatusRequestTimeout || status == http.StatusConflict || status >= 500:
		e.Kind = KindServer
	case overflows(status, message):
		e.Kind = KindOverflow
	}
	e.RetryAfter = retryAfter(h, time.Now())
	return e
}

// overflows recognizes a conversation that is too long. Providers share no code
// for it; these are the words of OpenAI, Anthropic, llama.cpp, vLLM, Ollama and
// OpenRouter.
func overflows(status int, message string) bool {
	if status != http.StatusBadRequest && status != http.StatusRequestEntityTooLarge {
		return false
	}
	m := strings.ToLower(message)
	for _, s := range []string{"context length", "context_length", "prompt is too long", "context window", "context size", "too many tokens", "exceed_context"} {
		if strings.Contains(m, s) {
			return true
		}
	}
	return status == http.StatusRequestEntityTooLarge
}

// retryAfter reads Retry-After (RFC 9110, seconds or a date) and the
// milliseconds that some providers send.
func retryAfter(h http.Header, now time.Time) time.Duration {
	if ms, err := strconv.ParseFloat(h.Get("Retry-After-Ms"), 64); err == nil && ms > 0 && ms < 1e9 {
		return time.Duration(ms * float64(time.Millisecond))
	}
	v := h.Get("Retry-After")
	if s, err := strconv.ParseFloat(v, 64); err == nil && s > 0 && s < 1e6 {
		return time.Duration(s * float64(time.Second))
	}
	if t, err := http.ParseTime(v); err == nil {
		return max(t.Sub(now), 0)
	}
	return 0
}
