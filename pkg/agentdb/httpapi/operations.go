package httpapi

import (
	"context"
	"net/http"
	"time"

	"panther/pkg/agentdb/engine"
	"panther/pkg/agentdb/rights"
	"panther/pkg/knowledge"
)

func (a *api) operations() {
	add(a, http.MethodGet, "/v1/stats", "Describe the database", maxSmallBody,
		func(ctx context.Context, e *engine.Engine, _ *struct{}) (*body[*knowledge.Stats], error) {
			s, err := e.Stats(ctx)
			if err == nil {
				s.Spaces = orEmpty(s.Spaces)
			}
			return &body[*knowledge.Stats]{s}, err
		})

	type maintain struct {
		PurgeHours int `query:"purge_hours" minimum:"0" default:"720" doc:"Age from which tombstones are purged"`
	}
	add(a, http.MethodPost, "/v1/maintain", "Purge, tidy memories, optimize, and ask the canaries", maxSmallBody,
		func(ctx context.Context, e *engine.Engine, in *maintain) (*body[*knowledge.Maintained], error) {
			m, err := e.Maintain(ctx, time.Duration(in.PurgeHours)*time.Hour)
			return &body[*knowledge.Maintained]{m}, err
		})

	type findings struct {
		Findings []knowledge.Finding `json:"findings"`
	}
	type check struct {
		Repair bool `query:"repair" doc:"Correct what is found"`
	}
	add(a, http.MethodPost, "/v1/check", "Verify the invariants of the database", maxSmallBody,
		func(ctx context.Context, e *engine.Engine, in *check) (*body[findings], error) {
			if in.Repair && !rights.Privileged(ctx) {
				return nil, ErrForbidden
			}
			fs, err := e.Store().Check(ctx, in.Repair)
			return &body[findings]{findings{orEmpty(fs)}}, err
		})
}
