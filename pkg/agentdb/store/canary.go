package store

import (
	"context"

	"panther/pkg/knowledge"
)

// Canaries keeps questions with the page that answers them.
type Canaries interface {
	// PutCanaries stores canaries by their ID; one that is there is replaced.
	PutCanaries(ctx context.Context, cs ...knowledge.Canary) error
	// Canaries is ordered by source, then by ID.
	Canaries(ctx context.Context) ([]knowledge.Canary, error)
	// DeleteCanaries removes canaries and returns how many there were.
	DeleteCanaries(ctx context.Context, ids ...string) (int, error)
}
