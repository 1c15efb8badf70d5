package control

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
)

// Desk does what is asked. Its methods may be called by several goroutines; what
// the caller did wrong is an *Error.
type Desk interface {
	Sources(ctx context.Context) ([]Source, error)
	Look(ctx context.Context, p Place) (*Seen, error)
	Add(ctx context.Context, p Place) (*Seen, error)
	Edit(ctx context.Context, name string, change Change) (*Source, error)
	Remove(ctx context.Context, name string) error
	// Upload keeps a file, and makes a source of a name of all that are kept so.
	Upload(ctx context.Context, source, file string, r io.Reader) (*Source, error)
	Visitor
}

// Visitor visits sources.
type Visitor interface {
	// Visit begins and does not wait for the end. A source that is being visited
	// is not visited twice.
	Visit(ctx context.Context, sources []string) error
	// Interrupt ends the visit of a source, if there is one.
	Interrupt(source string)
	// Visits returns the visits that run, and the last one of each source.
	Visits() []Progress
}

// MaxUpload bounds a file that is uploaded, in bytes.
const MaxUpload = 64 << 20

// maxBody bounds the body of a request, in bytes.
const maxBody = 64 << 10

// Handler serves what a desk does.
func Handler(d Desk) http.Handler {
	mux := http.NewServeMux()
	handle(mux, "GET /v1/sources", func(r *http.Request, _ *struct{}) (any, error) { return d.Sources(r.Context()) })
	handle(mux, "POST /v1/look", func(r *http.Request, in *Place) (any, error) { return d.Look(r.Context(), *in) })
	handle(mux, "POST /v1/sources", func(r *http.Request, in *Place) (any, error) { return d.Add(r.Context(), *in) })
	handle(mux, "PATCH /v1/sources/{name}", func(r *http.Request, in *Change) (any, error) {
		return d.Edit(r.Context(), r.PathValue("name"), *in)
	})
	handle(mux, "DELETE /v1/sources/{name}", func(r *http.Request, _ *struct{}) (any, error) {
		return struct{}{}, d.Remove(r.Context(), r.PathValue("name"))
	})
	handle(mux, "PUT /v1/uploads/{source}/{file}", func(r *http.Request, _ *struct{}) (any, error) {
		return d.Upload(r.Context(), r.PathValue("source"), r.PathValue("file"), http.MaxBytesReader(nil, r.Body, MaxUpload))
	})
	handle(mux, "POST /v1/visits", func(r *http.Request, in *Visit) (any, error) { return struct{}{}, d.Visit(r.Context(), in.Sources) })
	handle(mux, "DELETE /v1/visits/{name}", func(r *http.Request, _ *struct{}) (any, error) {
		d.Interrupt(r.PathValue("name"))
		return struct{}{}, nil
	})
	handle(mux, "GET /v1/visits", func(*http.Request, *struct{}) (any, error) { return d.Visits(), nil })
	return mux
}

func handle[In any](mux *http.ServeMux, route string, f func(*http.Request, *In) (any, error)) {
	mux.HandleFunc(route, func(w http.ResponseWriter, r *http.Request) {
		in := new(In)
		var out any
		var err error
		if r.Method == http.MethodPost || r.Method == http.MethodPatch {
			err = json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(in)
			if err != nil {
				err = &Error{Status: http.StatusBadRequest, Text: "the body cannot be read: " + err.Error()}
			}
		}
		if err == nil {
			out, err = f(r, in)
		}
		status := http.StatusOK
		if err != nil {
			e := &Error{Status: http.StatusInternalServerError, Text: err.Error()}
			errors.As(err, &e)
			status, out = e.Status, e
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(out) // the client went away
	})
}
