package agentdb

import (
	"context"
	"errors"
	"fmt"

	"panther/pkg/agentdb/mcp"
	"panther/pkg/agentdb/store"
	"panther/pkg/knowledge"
)

// inProcess gives MCP the engine of this process as if it were a client.
type inProcess struct{ d *database }

var _ mcp.Knowledge = inProcess{}

// as makes knowledge.ErrNotFound of the store's.
func as[T any](v T, err error) (T, error) {
	if errors.Is(err, store.ErrNotFound) {
		err = fmt.Errorf("%w: %w", knowledge.ErrNotFound, err)
	}
	return v, err
}

func (p inProcess) Search(ctx context.Context, req knowledge.SearchRequest) (*knowledge.SearchResponse, error) {
	e, err := p.d.get()
	if err != nil {
		return nil, err
	}
	return e.Search(ctx, req)
}

func (p inProcess) Document(ctx context.Context, uri string) (*knowledge.Document, error) {
	e, err := p.d.get()
	if err != nil {
		return nil, err
	}
	return as(e.Document(ctx, knowledge.DocumentID(uri), false))
}

func (p inProcess) Changes(ctx context.Context, sel knowledge.ListChanges) (*knowledge.ChangeList, error) {
	e, err := p.d.get()
	if err != nil {
		return nil, err
	}
	return e.Changes(ctx, sel)
}

func (p inProcess) Sources(ctx context.Context) ([]knowledge.Source, error) {
	e, err := p.d.get()
	if err != nil {
		return nil, err
	}
	return e.Sources(ctx)
}

func (p inProcess) Remember(ctx context.Context, m knowledge.Memory) (*knowledge.Memory, error) {
	e, err := p.d.get()
	if err != nil {
		return nil, err
	}
	return as(e.Remember(ctx, m))
}

func (p inProcess) Recall(ctx context.Context, req knowledge.RecallRequest) (*knowledge.RecallResponse, error) {
	e, err := p.d.get()
	if err != nil {
		return nil, err
	}
	return e.Recall(ctx, req)
}

func (p inProcess) Forget(ctx context.Context, id string) error {
	e, err := p.d.get()
	if err != nil {
		return err
	}
	_, err = as(struct{}{}, e.Forget(ctx, id))
	return err
}

func (p inProcess) Feedback(ctx context.Context, id string, value int) error {
	e, err := p.d.get()
	if err != nil {
		return err
	}
	_, err = as(struct{}{}, e.Feedback(ctx, id, knowledge.NewID("fb"), value))
	return err
}

func (p inProcess) Stats(ctx context.Context) (*knowledge.Stats, error) {
	e, err := p.d.get()
	if err != nil {
		return nil, err
	}
	return e.Stats(ctx)
}
