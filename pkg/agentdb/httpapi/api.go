// Package httpapi is agentdb's HTTP interface: the operations that knowledge.Client
// calls, described by themselves as OpenAPI 3.1 at /openapi.json. Every error is
// a problem (RFC 9457) whose type is stable. It decides nothing about data;
// package engine does.
//
// While there is no database every operation answers 503, which clients repeat.
package httpapi

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"panther/pkg/agentdb/engine"
	"panther/pkg/agentdb/store"
	"panther/pkg/sd"
)

// Source gives the engine, or nil and why there is none now.
type Source func() (*engine.Engine, error)

// Bodies of requests are bounded by what they are for: a batch of documents, a
// message with everything a tool printed, or a few fields.
const (
	maxDocuments = 64
	maxBatchBody = 36 << 20 // 32 MiB of Markdown with its JSON escapes
	maxBody      = 16 << 20
	maxSmallBody = 256 << 10
)

// Register adds the operations to the mux.
func Register(mux *http.ServeMux, source Source, log *slog.Logger) {
	cfg := huma.DefaultConfig("agentdb", sd.BuildVersion())
	cfg.Info.Description = "Documents, search, memory and sessions of one database. Every write may be repeated."
	cfg.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	cfg.DocsPath, cfg.SchemasPath, cfg.CreateHooks = "", "", nil
	cfg.AllowAdditionalPropertiesByDefault, cfg.FieldsOptionalByDefault = true, true
	cfg.Transformers = append(cfg.Transformers, typed)
	a := &api{huma: humago.New(mux, cfg), source: source, log: log}
	a.documents()
	a.changes()
	a.searches()
	a.memories()
	a.sessions()
	a.crawls()
	a.canaries()
	a.operations()
}

// schemaName keeps the envelopes of this package apart from what is in them.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	if strings.HasSuffix(t.PkgPath(), "/agentdb/httpapi") {
		name += "Body"
	}
	return name
}

type api struct {
	huma   huma.API
	source Source
	log    *slog.Logger
}

// body is an answer.
type body[T any] struct{ Body T }

// none is an answer without a body.
type none struct{}

// add registers an operation whose handler works with the engine.
func add[In, Out any](a *api, method, path, summary string, limit int64, handle func(context.Context, *engine.Engine, *In) (*Out, error)) {
	op := huma.Operation{Method: method, Path: path, OperationID: huma.GenerateOperationID(method, path, (*Out)(nil)), Summary: summary,
		MaxBodyBytes: limit, BodyReadTimeout: -1, Errors: []int{http.StatusNotFound, http.StatusUnprocessableEntity, http.StatusServiceUnavailable}}
	huma.Register(a.huma, op, func(ctx context.Context, in *In) (*Out, error) {
		e, err := a.source()
		if err != nil {
			return nil, a.problem(ctx, op.OperationID, err)
		}
		out, err := handle(ctx, e, in)
		if err != nil {
			return nil, a.problem(ctx, op.OperationID, err)
		}
		return out, nil
	})
}

// Types of problems. They are names, not addresses.
const (
	typeInvalid     = "urn:panther:problem:invalid"
	typeNotFound    = "urn:panther:problem:not-found"
	typeForbidden   = "urn:panther:problem:forbidden"
	typeConflict    = "urn:panther:problem:conflict"
	typeUnavailable = "urn:panther:problem:unavailable"
	typeTimeout     = "urn:panther:problem:timeout"
	typeInternal    = "urn:panther:problem:internal"
	typeFull        = "urn:panther:problem:full"
)

// ErrForbidden means that the caller may not do that.
var ErrForbidden = errors.New("only root and the service's own user may do this")

// problem turns an error into an answer. What nobody expects is logged here,
// and the caller is told no more than that.
func (a *api) problem(ctx context.Context, op string, err error) error {
	p := &huma.ErrorModel{Detail: err.Error()}
	switch {
	case errors.Is(err, engine.ErrInvalid):
		p.Status, p.Type = http.StatusUnprocessableEntity, typeInvalid
	case errors.Is(err, store.ErrNotFound), errors.Is(err, store.ErrUnknownSpace):
		p.Status, p.Type = http.StatusNotFound, typeNotFound
	case errors.Is(err, ErrForbidden):
		p.Status, p.Type = http.StatusForbidden, typeForbidden
	case errors.Is(err, store.ErrNotEmpty):
		p.Status, p.Type = http.StatusConflict, typeConflict
	case errors.Is(err, store.ErrUnavailable):
		p.Status, p.Type = http.StatusServiceUnavailable, typeUnavailable
	case errors.Is(err, store.ErrFull):
		p.Status, p.Type, p.Detail = http.StatusInsufficientStorage, typeFull, store.ErrFull.Error()
		a.log.Error("disk is full", "operation", op, "error", err)
	case errors.Is(err, context.DeadlineExceeded):
		p.Status, p.Type, p.Detail = http.StatusGatewayTimeout, typeTimeout, "the request took too long"
		a.log.Warn("request timed out", "operation", op, "error", err)
	case errors.Is(err, context.Canceled):
		p.Status, p.Type = http.StatusServiceUnavailable, typeUnavailable // nobody reads it
	default:
		p.Status, p.Type, p.Detail = http.StatusInternalServerError, typeInternal, "the request failed; agentdb's log says why"
		a.log.Error("request failed", "operation", op, "error", err, "peer_uid", peerUID(ctx))
	}
	p.Title = http.StatusText(p.Status)
	return p
}

func peerUID(ctx context.Context) int64 {
	if p, ok := sd.PeerOf(ctx); ok {
		return int64(p.UID)
	}
	return -1
}

// typed gives the problems that huma makes itself their type.
func typed(_ huma.Context, _ string, v any) (any, error) {
	if p, ok := v.(*huma.ErrorModel); ok && p.Type == "" {
		p.Type = typeInvalid
		if p.Status >= http.StatusInternalServerError {
			p.Type = typeInternal
		}
	}
	return v, nil
}
