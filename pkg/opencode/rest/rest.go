package rest

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
)

// MaxBody bounds the body of a request, in bytes.
const MaxBody = 4 << 20

// Fail answers a request with an error.
type Fail func(w http.ResponseWriter, err error)

// API is the operations that were added to it. Add all before the first request.
type API struct {
	*http.ServeMux
	doc  *document
	fail Fail
}

// New returns an API without operations.
func New(title, description, version string, fail Fail) *API {
	return &API{ServeMux: http.NewServeMux(), doc: newDocument(title, description, version), fail: fail}
}

// Failing returns the same API for operations whose errors look otherwise.
func (a *API) Failing(fail Fail) *API {
	b := *a
	b.fail = fail
	return &b
}

// None is no input or no answer, which is status 204.
type None struct{}

// Handle adds an operation: route is a method and a path as http.ServeMux takes
// them.
func Handle[In, Out any](a *API, route, summary string, handle func(ctx context.Context, in *In) (Out, error)) {
	Stream[In, Out](a, route, summary, func(w http.ResponseWriter, r *http.Request, in *In) error {
		out, err := handle(r.Context(), in)
		if err != nil {
			return err
		}
		if _, none := any(out).(None); none {
			w.WriteHeader(http.StatusNoContent)
			return nil
		}
		Answer(w, http.StatusOK, out)
		return nil
	})
}

// Stream adds an operation that writes its answer, an Out or several of them,
// itself. An error that it returns before it has written is answered.
func Stream[In, Out any](a *API, route, summary string, handle func(w http.ResponseWriter, r *http.Request, in *In) error) {
	Receive[In, Out](a, route, summary, MaxBody, handle)
}

// Receive is Stream for requests whose body may have that many bytes.
func Receive[In, Out any](a *API, route, summary string, most int64, handle func(w http.ResponseWriter, r *http.Request, in *In) error) {
	plan := planOf[In]()
	a.doc.add(route, summary, plan, typeOf[Out]())
	a.HandleFunc(route, func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, most)
		in := new(In)
		err := plan.read(r, in)
		if err == nil {
			err = handle(w, r, in)
		}
		if err != nil && r.Context().Err() == nil {
			a.fail(w, err)
		}
	})
}

// Fixed adds an operation whose answer is always the same.
func Fixed[Out any](a *API, route, summary string, v Out) {
	Handle(a, route, summary, func(context.Context, *None) (Out, error) { return v, nil })
}

// Refuse adds an operation that others have and this API refuses. Its description
// leaves it out.
func Refuse(a *API, route string, err error) {
	a.HandleFunc(route, func(w http.ResponseWriter, _ *http.Request) { a.fail(w, err) })
}

// Answer writes an answer as JSON.
func Answer(w http.ResponseWriter, status int, v any) { AnswerAs(w, "application/json", status, v) }

// AnswerAs writes an answer as JSON of a media type.
func AnswerAs(w http.ResponseWriter, media string, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil { // our own types; cannot happen
		status, b = http.StatusInternalServerError, []byte(`{"name":"UnknownError","data":{"message":"cannot encode the answer"}}`)
	}
	w.Header().Set("Content-Type", media)
	w.WriteHeader(status)
	_, _ = w.Write(append(b, '\n'))
}

// Recovering keeps the process where a handler panics. The error that it has
// answered is told no more than that.
func (a *API) Recovering(log *slog.Logger, defect error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			switch v := recover(); v {
			case nil:
			case any(http.ErrAbortHandler):
				panic(v) // the server breaks the connection, so that the client does not take a part for the whole
			default:
				log.Error("request panicked", "method", r.Method, "path", strings.Clone(r.Pattern), "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
				a.fail(w, defect)
			}
		}()
		a.ServeHTTP(w, r)
	})
}
