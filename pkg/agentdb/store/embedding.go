package store

import (
	"context"
	"fmt"
	"time"
)

// Space is an embedding space: vectors of one model, comparable with each other
// and with nothing else. At most one is active, which is the one that searches
// use; the others are being built or wait to be dropped.
type Space struct {
	ID         string    `json:"id"` // SpaceID of the next three
	Provider   string    `json:"provider"`
	Model      string    `json:"model"`
	Dimensions int       `json:"dimensions"`
	Weight     float64   `json:"weight"` // the dense leg's share in the fusion
	Active     bool      `json:"active"`
	Created    time.Time `json:"created"`

	// Counted by Spaces, over both corpora.
	Embedded int `json:"-"`
	Pending  int `json:"-"`
}

// SpaceID names a space: provider/model/dimensions.
func SpaceID(provider, model string, dimensions int) string {
	return fmt.Sprintf("%s/%s/%d", provider, model, dimensions)
}

// Embeddings keeps spaces and vectors.
type Embeddings interface {
	// Spaces returns all, oldest first.
	Spaces(ctx context.Context) ([]Space, error)
	// ActiveSpace returns the active one without its counts, or nil. Every search
	// may ask for it, so it is cheap.
	ActiveSpace(ctx context.Context) (*Space, error)
	// CreateSpace registers a space, inactive; one that exists has its Weight
	// updated and nothing else.
	CreateSpace(ctx context.Context, s Space) error
	// ActivateSpace makes a space the active one. Implementations build its index
	// first, if they have one, without stopping searches in the old space.
	ActivateSpace(ctx context.Context, id string) error
	// DropSpace removes a space and its vectors; one that is not there is fine.
	DropSpace(ctx context.Context, id string) error
	// Embed claims up to limit units that are pending in the space, memories
	// first, then passages in order of unit, calls embed once with them, and
	// stores the vectors it returns in their order. It returns how many were
	// stored; 0 and no error mean that nothing is pending. An error of embed is
	// returned as it is and nothing is stored. Claims are exclusive among
	// concurrent callers, on other machines too (PostgreSQL: FOR UPDATE SKIP
	// LOCKED), and end with the call or the connection. A unit that vanished
	// meanwhile is left out. Vectors have length 1.
	Embed(ctx context.Context, space string, limit int, embed func(context.Context, []PendingUnit) ([][]float32, error)) (int, error)
}

// PendingUnit is a unit that waits for its vector.
type PendingUnit struct {
	Corpus   Corpus
	Unit     int64
	Title    string   // documents
	Headings []string // documents
	Text     string
}
