package httpapi

import (
	"context"
	"fmt"
	"net/http"

	"panther/pkg/agentdb/engine"
	"panther/pkg/knowledge"
)

func (a *api) crawls() {
	type sourcePath struct {
		Name string `path:"name" maxLength:"128"`
	}
	type sources struct {
		Sources []knowledge.Source `json:"sources"`
	}
	type putSource struct {
		Name string `path:"name" maxLength:"128"`
		Body knowledge.Source
	}
	add(a, http.MethodGet, "/v1/sources", "List sources with their counters and last runs", maxSmallBody,
		func(ctx context.Context, e *engine.Engine, _ *struct{}) (*body[sources], error) {
			l, err := e.Sources(ctx)
			return &body[sources]{sources{orEmpty(l)}}, err
		})
	add(a, http.MethodPut, "/v1/sources/{name}", "Register a source", maxSmallBody,
		func(ctx context.Context, e *engine.Engine, in *putSource) (*none, error) {
			in.Body.Name = in.Name
			return nil, e.Store().PutSource(ctx, in.Body)
		})
	add(a, http.MethodDelete, "/v1/sources/{name}", "Remove a source, its documents and its runs", maxSmallBody,
		func(ctx context.Context, e *engine.Engine, in *sourcePath) (*none, error) {
			return nil, e.Store().DeleteSource(ctx, in.Name)
		})

	type putRun struct {
		ID   string `path:"id" maxLength:"128"`
		Body knowledge.Run
	}
	type listRuns struct {
		Source string `query:"source"`
		Limit  int    `query:"limit" minimum:"0" maximum:"1000" doc:"Default 100"`
	}
	type runs struct {
		Runs []knowledge.Run `json:"runs"`
	}
	add(a, http.MethodPut, "/v1/runs/{id}", "Record the state of a crawl run", maxSmallBody,
		func(ctx context.Context, e *engine.Engine, in *putRun) (*none, error) {
			in.Body.ID = in.ID
			if in.Body.Source == "" || in.Body.Started.IsZero() {
				return nil, fmt.Errorf("%w: a run needs its source and when it started", engine.ErrInvalid)
			}
			return nil, e.Store().PutRun(ctx, in.Body)
		})
	add(a, http.MethodGet, "/v1/runs", "List crawl runs, newest first", maxSmallBody,
		func(ctx context.Context, e *engine.Engine, in *listRuns) (*body[runs], error) {
			l, err := e.Store().Runs(ctx, in.Source, in.Limit)
			return &body[runs]{runs{orEmpty(l)}}, err
		})

	type pages struct {
		Pages []knowledge.PageOutcome `json:"pages" maxItems:"1000"`
	}
	type putPages struct {
		ID   string `path:"id" maxLength:"128"`
		Body pages
	}
	type listPages struct {
		ID      string `path:"id" maxLength:"128"`
		Outcome string `query:"outcome"`
	}
	add(a, http.MethodPost, "/v1/runs/{id}/pages", "Record what became of pages", maxBody,
		func(ctx context.Context, e *engine.Engine, in *putPages) (*none, error) {
			return nil, e.Store().PutPages(ctx, in.ID, in.Body.Pages)
		})
	add(a, http.MethodGet, "/v1/runs/{id}/pages", "List what became of the pages of a run", maxSmallBody,
		func(ctx context.Context, e *engine.Engine, in *listPages) (*body[pages], error) {
			l, err := e.Store().Pages(ctx, in.ID, in.Outcome)
			return &body[pages]{pages{orEmpty(l)}}, err
		})
}
