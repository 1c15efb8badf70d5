package vault

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Request asks for one value.
type Request struct {
	Ref  Reference
	File bool // a document or an attachment, whose Field is the file name
}

// Key identifies a request: equal keys mean the same value.
func (r Request) Key() string {
	if r.File {
		return "file " + r.Ref.String()
	}
	return r.Ref.String()
}

// Answer is what a backend found for the requests of one call.
type Answer struct {
	Values   map[string]Value // by Request.Key
	Failures []Failure        // one for each request without a value
	Requests int              // made to the server, 0 for a local backend
}

// Fail notes that a request has no value.
func (a *Answer) Fail(r Request, k Kind, format string, args ...any) {
	a.Failures = append(a.Failures, Failure{Key: r.Key(), Ref: r.Ref.String(), Kind: k, Detail: fmt.Sprintf(format, args...)})
}

// Put notes the value of a request.
func (a *Answer) Put(r Request, v Value) {
	if a.Values == nil {
		a.Values = map[string]Value{}
	}
	a.Values[r.Key()] = v
}

// Backend answers requests. Resolve is called once a run with every request,
// none twice, and answers each by a value or a failure. It returns an *Error
// where the backend as a whole could not be asked, which says nothing about any
// reference. It must stop when ctx ends and must never put a value, a token or
// a part of them into an error.
type Backend interface {
	Resolve(ctx context.Context, reqs []Request) (Answer, error)
}

// Kind says what a failure means for the next step.
type Kind string

// The kinds of failure.
const (
	Missing     Kind = "missing"      // no such vault, item, section, field or file
	Ambiguous   Kind = "ambiguous"    // more than one match
	Invalid     Kind = "invalid"      // the reference cannot be expressed or the value not be converted
	Unavailable Kind = "unavailable"  // refused, timeout, DNS, TLS, a captive portal, 5xx: try later
	RateLimited Kind = "rate_limited" // ask again only after the wait
	Denied      Kind = "denied"       // the token is not accepted: ask again only with another
)

// Failure is one reference without a value.
type Failure struct {
	Key    string `json:"key"` // Request.Key
	Ref    string `json:"reference"`
	Kind   Kind   `json:"kind"`
	Detail string `json:"detail"`
}

// Error is a backend that could not be asked.
type Error struct {
	Kind       Kind          // Unavailable, RateLimited, Denied or Invalid
	RetryAfter time.Duration // with RateLimited; 0 if the server did not say
	Err        error
}

func (e *Error) Error() string { return e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

// Errorf returns an Error of a kind.
func Errorf(k Kind, format string, args ...any) *Error {
	return &Error{Kind: k, Err: fmt.Errorf(format, args...)}
}

// KindOf returns the kind of a backend's error; Unavailable for one that does
// not say.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Unavailable
}

// FirstLine returns the first line of s, at most 200 bytes of it: what lies
// below may be a stack or a page of a captive portal.
func FirstLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	s = strings.TrimSpace(s)
	if len(s) > 200 {
		s = strings.ToValidUTF8(s[:200], "") + "…"
	}
	return s
}
