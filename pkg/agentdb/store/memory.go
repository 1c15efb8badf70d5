package store

import (
	"context"

	"panther/pkg/knowledge"
)

// Memories keeps the entries of agents' memory. Entries are added, superseded
// and forgotten, never rewritten. Strength is computed by the caller.
type Memories interface {
	// PutMemory adds an entry with its index terms. An entry whose ID is there
	// already is returned as stored. Where Supersedes names an entry, that one
	// becomes superseded in the same transaction; ErrNotFound if it is not there.
	PutMemory(ctx context.Context, m knowledge.Memory, terms []string) (*knowledge.Memory, error)
	// Memory returns one, superseded ones too.
	Memory(ctx context.Context, id string) (*knowledge.Memory, error)
	// Reindex gives entries the terms that they have now: one whose stored terms
	// are others moves to a new unit with its vectors. It returns how many did.
	Reindex(ctx context.Context, terms func(knowledge.Memory) []string) (int, error)
	// MemoriesByUnit returns entries in the order of units; those that are gone
	// are left out.
	MemoriesByUnit(ctx context.Context, units []int64) ([]StoredMemory, error)
	// ListMemories is ordered by Created, newest first, then by ID.
	ListMemories(ctx context.Context, sel ListMemories) ([]knowledge.Memory, error)
	// Supersede sets SupersededBy of an entry that has none and is not pinned;
	// otherwise it does nothing.
	Supersede(ctx context.Context, id, by string) error
	// Restore clears SupersededBy of an entry and pins it.
	Restore(ctx context.Context, id string) error
	// Feedback adds value to Useful, once for each key.
	Feedback(ctx context.Context, id, key string, value int) error
	// Forget removes an entry, its index and its vectors for good, and with it
	// the entries that it superseded: they told the same.
	Forget(ctx context.Context, id string) error
}

// StoredMemory is a memory with its unit.
type StoredMemory struct {
	Unit int64
	knowledge.Memory
}

// ListMemories selects entries.
type ListMemories struct {
	Kinds      []string
	Scope      *knowledge.Scope // as in Filter
	Superseded bool             // include them
	Limit      int              // 0 means no limit
}
