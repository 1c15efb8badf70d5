package api

import (
	"fmt"
	"net/http"

	"panther/pkg/gate"
)

// Refuse returns the answer with which the server refuses a request.
func Refuse(status int, name, format string, args ...any) *Error {
	return &Error{Status: status, NamedError: *NewError(name, format, args...)}
}

// BadRequest refuses what cannot be read or done.
func BadRequest(format string, args ...any) *Error {
	return Refuse(http.StatusBadRequest, NameBadRequest, format, args...)
}

// NotFound refuses what there is not, or not for the caller.
func NotFound(kind, id string) *Error {
	e := Refuse(http.StatusNotFound, NameNotFound, "there is no %s %q", kind, gate.Line(id, 80))
	e.Kind, e.ID = kind, gate.Line(id, 80)
	return e
}

// Within adds the session in which there is no such thing.
func (e *Error) Within(session string) *Error {
	e.Session = session
	return e
}

// WithHint adds what to do.
func (e *Error) WithHint(format string, args ...any) *Error {
	e.Hint = fmt.Sprintf(format, args...)
	return e
}
