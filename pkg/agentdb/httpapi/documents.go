package httpapi

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"panther/pkg/agentdb/engine"
	"panther/pkg/knowledge"
)

type documentPath struct {
	ID string `path:"id" minLength:"32" maxLength:"32" doc:"First 16 bytes of the SHA-256 of the URI, in hex"`
}

func (a *api) documents() {
	type upsert struct {
		Body struct {
			Documents []knowledge.Document `json:"documents" required:"true" minItems:"1" maxItems:"64"`
		}
	}
	type upserted struct {
		Results []knowledge.Upserted `json:"results"`
	}
	add(a, http.MethodPost, "/v1/documents", "Store documents, each whole or not at all", maxBatchBody,
		func(ctx context.Context, e *engine.Engine, in *upsert) (*body[upserted], error) {
			if n := len(in.Body.Documents); n > maxDocuments {
				return nil, fmt.Errorf("%w: %d documents, at most %d are taken", engine.ErrInvalid, n, maxDocuments)
			}
			rs, err := e.Upsert(ctx, in.Body.Documents...)
			return &body[upserted]{upserted{rs}}, err
		})

	type list struct {
		Source  string `query:"source"`
		Prefix  string `query:"prefix" doc:"Of the URI"`
		After   string `query:"after" doc:"The next of the page before"`
		Deleted bool   `query:"deleted" doc:"Tombstones instead of live documents"`
		Limit   int    `query:"limit" minimum:"0" maximum:"1000" doc:"Default 100"`
	}
	add(a, http.MethodGet, "/v1/documents", "List documents in order of their URIs", maxSmallBody,
		func(ctx context.Context, e *engine.Engine, in *list) (*body[*knowledge.DocumentList], error) {
			l, err := e.Documents(ctx, knowledge.ListDocuments{Source: in.Source, Prefix: in.Prefix, After: in.After, Deleted: in.Deleted, Limit: in.Limit})
			return &body[*knowledge.DocumentList]{l}, err
		})
	type read struct {
		ID      string    `path:"id" minLength:"32" maxLength:"32" doc:"First 16 bytes of the SHA-256 of the URI, in hex"`
		Deleted bool      `query:"deleted" doc:"With the text of a tombstone"`
		At      time.Time `query:"at" doc:"As it was then"`
	}
	add(a, http.MethodGet, "/v1/documents/{id}", "Read a document", maxSmallBody,
		func(ctx context.Context, e *engine.Engine, in *read) (*body[*knowledge.Document], error) {
			if !in.At.IsZero() {
				d, err := e.DocumentAt(ctx, in.ID, in.At)
				return &body[*knowledge.Document]{d}, err
			}
			d, err := e.Document(ctx, in.ID, in.Deleted)
			return &body[*knowledge.Document]{d}, err
		})
	type passages struct {
		Passages []knowledge.DocumentPassage `json:"passages"`
	}
	add(a, http.MethodGet, "/v1/documents/{id}/passages", "List the passages of a document in reading order", maxSmallBody,
		func(ctx context.Context, e *engine.Engine, in *documentPath) (*body[passages], error) {
			ps, err := e.Passages(ctx, in.ID)
			return &body[passages]{passages{orEmpty(ps)}}, err
		})
	type editions struct {
		Documents []knowledge.Document `json:"documents"`
	}
	add(a, http.MethodGet, "/v1/documents/{id}/editions", "List the versions of a page, newest first, without their Markdown", maxSmallBody,
		func(ctx context.Context, e *engine.Engine, in *documentPath) (*body[editions], error) {
			ds, err := e.Editions(ctx, in.ID)
			return &body[editions]{editions{orEmpty(ds)}}, err
		})
	add(a, http.MethodDelete, "/v1/documents/{id}", "Make a tombstone of a document", maxSmallBody,
		func(ctx context.Context, e *engine.Engine, in *documentPath) (*none, error) {
			return nil, e.Store().Tombstone(ctx, in.ID)
		})
}

func (a *api) changes() {
	type list struct {
		Source string               `query:"source"`
		Since  time.Time            `query:"since" required:"true"`
		Kind   knowledge.ChangeKind `query:"kind" enum:"security,breaking,removed,deprecated,default,api,added,moved,detail,wording"`
		All    bool                 `query:"all" doc:"With changes of details and of words alone"`
		After  string               `query:"after" doc:"The next of the page before"`
	}
	add(a, http.MethodGet, "/v1/changes", "List what changed in documents since a time, judged", maxSmallBody,
		func(ctx context.Context, e *engine.Engine, in *list) (*body[*knowledge.ChangeList], error) {
			l, err := e.Changes(ctx, knowledge.ListChanges{Source: in.Source, Since: in.Since, Kind: in.Kind, All: in.All, After: in.After})
			return &body[*knowledge.ChangeList]{l}, err
		})
	type diff struct {
		ID    string    `path:"id" minLength:"32" maxLength:"32" doc:"First 16 bytes of the SHA-256 of the URI, in hex"`
		Since time.Time `query:"since" doc:"Default: before the last change"`
	}
	add(a, http.MethodGet, "/v1/documents/{id}/diff", "Compare a document with what it was", maxSmallBody,
		func(ctx context.Context, e *engine.Engine, in *diff) (*body[*knowledge.DocumentDiff], error) {
			d, err := e.Diff(ctx, in.ID, in.Since)
			return &body[*knowledge.DocumentDiff]{d}, err
		})
}

func (a *api) searches() {
	add(a, http.MethodPost, "/v1/search", "Find the passages that answer a query", maxSmallBody,
		func(ctx context.Context, e *engine.Engine, in *body[knowledge.SearchRequest]) (*body[*knowledge.SearchResponse], error) {
			r, err := e.Search(ctx, in.Body)
			return &body[*knowledge.SearchResponse]{r}, err
		})
	add(a, http.MethodPost, "/v1/context", "Pack the passages that answer a query into a token budget", maxSmallBody,
		func(ctx context.Context, e *engine.Engine, in *body[knowledge.ContextRequest]) (*body[*knowledge.ContextResponse], error) {
			r, err := e.Context(ctx, in.Body)
			return &body[*knowledge.ContextResponse]{r}, err
		})
}
