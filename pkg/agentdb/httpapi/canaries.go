package httpapi

import (
	"context"
	"net/http"

	"panther/pkg/agentdb/engine"
	"panther/pkg/knowledge"
)

func (a *api) canaries() {
	type canaryPath struct {
		ID string `path:"id" maxLength:"64"`
	}
	report := func(ask func(*engine.Engine, context.Context) (*knowledge.CanaryReport, error)) func(context.Context, *engine.Engine, *struct{}) (*body[*knowledge.CanaryReport], error) {
		return func(ctx context.Context, e *engine.Engine, _ *struct{}) (*body[*knowledge.CanaryReport], error) {
			r, err := ask(e, ctx)
			return &body[*knowledge.CanaryReport]{r}, err
		}
	}
	add(a, http.MethodGet, "/v1/canaries", "List canaries with the places of their pages, as last measured", maxSmallBody, report((*engine.Engine).Canaries))
	add(a, http.MethodPost, "/v1/canaries/measure", "Ask the canaries now", maxSmallBody, report((*engine.Engine).MeasureCanaries))
	add(a, http.MethodPost, "/v1/canaries/accept", "Expect what was measured, and use a space that was held back", maxSmallBody,
		report((*engine.Engine).AcceptCanaries))
	add(a, http.MethodPost, "/v1/canaries", "Store a question with the page that answers it", maxSmallBody,
		func(ctx context.Context, e *engine.Engine, in *body[knowledge.Canary]) (*body[*knowledge.Canary], error) {
			c, err := e.AddCanary(ctx, in.Body)
			return &body[*knowledge.Canary]{c}, err
		})
	add(a, http.MethodDelete, "/v1/canaries/{id}", "Remove a canary", maxSmallBody,
		func(ctx context.Context, e *engine.Engine, in *canaryPath) (*none, error) {
			return nil, e.RemoveCanary(ctx, in.ID)
		})
}
