package httpapi

import (
	"context"
	"net/http"

	"panther/pkg/agentdb/engine"
	"panther/pkg/knowledge"
)

type memoryPath struct {
	ID string `path:"id" maxLength:"64"`
}

func (a *api) memories() {
	add(a, http.MethodPost, "/v1/memories", "Store a memory", maxSmallBody,
		func(ctx context.Context, e *engine.Engine, in *body[knowledge.Memory]) (*body[*knowledge.Memory], error) {
			m, err := e.Remember(ctx, in.Body)
			return &body[*knowledge.Memory]{m}, err
		})
	add(a, http.MethodPost, "/v1/memories/recall", "Find memories", maxSmallBody,
		func(ctx context.Context, e *engine.Engine, in *body[knowledge.RecallRequest]) (*body[*knowledge.RecallResponse], error) {
			r, err := e.Recall(ctx, in.Body)
			return &body[*knowledge.RecallResponse]{r}, err
		})
	type list struct {
		Kind       string `query:"kind" enum:"fact,episode,skill"`
		Superseded bool   `query:"superseded" doc:"Also those that are not recalled"`
		Waiting    bool   `query:"waiting" doc:"Only those that wait to be confirmed"`
		Session    string `query:"session" doc:"Only what this session stored"`
		Limit      int    `query:"limit" minimum:"0" maximum:"1000" doc:"Default 100"`
	}
	type listed struct {
		Memories []knowledge.Memory `json:"memories"`
	}
	add(a, http.MethodGet, "/v1/memories", "List memories, newest first", maxSmallBody,
		func(ctx context.Context, e *engine.Engine, in *list) (*body[listed], error) {
			ms, err := e.Memories(ctx, knowledge.ListMemories{Kind: in.Kind, Superseded: in.Superseded, Waiting: in.Waiting, Session: in.Session, Limit: in.Limit})
			return &body[listed]{listed{orEmpty(ms)}}, err
		})
	add(a, http.MethodPost, "/v1/memories/{id}/restore", "Take back that a memory was superseded, and pin it", maxSmallBody,
		func(ctx context.Context, e *engine.Engine, in *memoryPath) (*none, error) {
			return nil, e.Restore(ctx, in.ID)
		})
	add(a, http.MethodPost, "/v1/memories/{id}/confirm", "Keep a memory that waits for a person's word", maxSmallBody,
		func(ctx context.Context, e *engine.Engine, in *memoryPath) (*body[*knowledge.Memory], error) {
			m, err := e.Confirm(ctx, in.ID)
			return &body[*knowledge.Memory]{m}, err
		})
	type undo struct {
		Session string `json:"session" required:"true" minLength:"1" maxLength:"64"`
	}
	add(a, http.MethodPost, "/v1/memories/undo", "Forget what a session stored, and restore what that had corrected", maxSmallBody,
		func(ctx context.Context, e *engine.Engine, in *body[undo]) (*body[*knowledge.Undone], error) {
			u, err := e.Undo(ctx, in.Body.Session)
			return &body[*knowledge.Undone]{u}, err
		})
	add(a, http.MethodGet, "/v1/memories/{id}", "Read a memory, a superseded one too", maxSmallBody,
		func(ctx context.Context, e *engine.Engine, in *memoryPath) (*body[*knowledge.Memory], error) {
			m, err := e.Store().Memory(ctx, in.ID)
			return &body[*knowledge.Memory]{m}, err
		})
	add(a, http.MethodDelete, "/v1/memories/{id}", "Forget a memory for good", maxSmallBody,
		func(ctx context.Context, e *engine.Engine, in *memoryPath) (*none, error) {
			return nil, e.Forget(ctx, in.ID)
		})
	type feedback struct {
		ID   string `path:"id" maxLength:"64"`
		Body struct {
			Key   string `json:"key" required:"true" minLength:"1" maxLength:"64" doc:"A repetition with the same key counts once"`
			Value int    `json:"value" required:"true" minimum:"-1" maximum:"1"`
		}
	}
	add(a, http.MethodPost, "/v1/memories/{id}/feedback", "Say that a memory helped (1) or misled (-1)", maxSmallBody,
		func(ctx context.Context, e *engine.Engine, in *feedback) (*none, error) {
			return nil, e.Feedback(ctx, in.ID, in.Body.Key, in.Body.Value)
		})
}
