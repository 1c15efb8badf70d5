package store

import (
	"context"
	"errors"
	"time"

	"panther/pkg/knowledge"
)

// Errors that callers decide on.
var (
	ErrNotFound     = errors.New("not found")
	ErrUnknownSpace = errors.New("unknown embedding space")
	ErrUnavailable  = errors.New("database unavailable")
	ErrFull         = errors.New("there is no space left for the database")
	ErrNewerSchema  = errors.New("the database was written by a newer release")
	ErrNotEmpty     = errors.New("the database is not empty")
)

// Store is a database of agentdb. Open functions of the implementations apply
// the migrations; a database whose schema is newer gives ErrNewerSchema.
type Store interface {
	Documents
	History
	Searcher
	Embeddings
	Memories
	Sessions
	Crawls
	Canaries
	Operations

	// Kind is "sqlite" or "postgres".
	Kind() string
	// Ping answers whether the database can be used now, within a second or so.
	Ping(ctx context.Context) error
	// Close waits for calls that run and releases the database.
	Close() error
}

// Sessions keeps what the agent runtime writes down. Event numbers grow by
// commit order: a reader that has seen number n never later finds a smaller one
// that is new (implementations serialize the numbering of commits).
type Sessions interface {
	// Commit stores in whole or not at all; knowledge.Commit says how. Messages
	// and parts whose session was deleted are dropped silently. Zero times
	// become now.
	Commit(ctx context.Context, in knowledge.Commit) (*knowledge.Committed, error)
	Session(ctx context.Context, id string) (*knowledge.Session, error)
	// ListSessions is ordered by Updated, newest first; Search ignores case.
	ListSessions(ctx context.Context, sel knowledge.ListSessions) ([]knowledge.Session, error)
	// SearchSessions is ordered as ListSessions; no words find none. Words are those
	// of SaidWords.
	SearchSessions(ctx context.Context, sel knowledge.SearchSessions) ([]knowledge.FoundSession, error)
	// Messages are ordered by ID, with their parts in order of ID.
	Messages(ctx context.Context, sel ListMessages) ([]knowledge.Message, error)
	Events(ctx context.Context, sel knowledge.ListEvents) ([]knowledge.Event, error)
}

// ListMessages selects messages; at least one of its first four fields is set.
type ListMessages struct {
	ID      string
	Session string
	Status  string
	Since   time.Time // created not before
	Bare    bool      // without their parts
	Limit   int       // 0 means no limit
}

// Crawls keeps sources, their runs, and what became of each page.
type Crawls interface {
	PutSource(ctx context.Context, s knowledge.Source) error
	// Sources are ordered by name and include names that only documents carry
	// (kind ""), with counters and the run started last.
	Sources(ctx context.Context) ([]knowledge.Source, error)
	// DeleteSource removes a source, its documents (tombstones too), runs, pages
	// and canaries, or returns ErrNotFound.
	DeleteSource(ctx context.Context, name string) error
	PutRun(ctx context.Context, r knowledge.Run) error
	// Runs of a source, "" for all, newest start first.
	Runs(ctx context.Context, source string, limit int) ([]knowledge.Run, error)
	// PutPages upserts by (run, URI). An unknown run is ErrNotFound.
	PutPages(ctx context.Context, run string, pages []knowledge.PageOutcome) error
	// Pages of a run ordered by URI; outcome "" means all.
	Pages(ctx context.Context, run, outcome string) ([]knowledge.PageOutcome, error)
}

// Operations are for those who keep the database.
type Operations interface {
	// Stats fills Store, Engine, Documents (live), Chunks, Memories, Sessions, Bytes and
	// Spaces (with Embedded and Pending over both corpora). It may count from
	// maintained counters but not from estimates.
	Stats(ctx context.Context) (*knowledge.Stats, error)
	// Maintain purges tombstones older than that, history beyond its bounds, runs' pages of all but the last
	// 20 runs of each source, commit keys and events older than a week, and sessions
	// that were deleted longer than knowledge.UndeleteFor ago, then
	// lets the database optimize itself.
	Maintain(ctx context.Context, purgeAfter time.Duration) (Maintained, error)
	// Check verifies the invariants between tables and indexes; with repair it
	// corrects what it finds, by rebuilding indexes from the stored text and
	// dropping vectors that belong to nothing.
	Check(ctx context.Context, repair bool) ([]Finding, error)
	// Export emits everything as of one moment while the store serves, in the
	// order in which Import needs it.
	Export(ctx context.Context, emit func(Record) error) error
	// Import reads records until next returns io.EOF, into a store that holds
	// nothing (else ErrNotEmpty), whole or not at all. Units and event numbers are
	// kept.
	Import(ctx context.Context, next func() (Record, error)) error
}

// Maintained tells what Maintain removed.
type Maintained = knowledge.Maintained

// Finding is a broken invariant; Check names are stable, e.g.
// "vector_without_unit".
type Finding = knowledge.Finding

// Record is one entry of a backup: exactly one field is set.
type Record struct {
	Source   *knowledge.Source  `json:"source,omitempty"`
	Run      *knowledge.Run     `json:"run,omitempty"`
	Pages    *RunPages          `json:"pages,omitempty"`
	Document *ExportedDocument  `json:"document,omitempty"`
	Memory   *ExportedMemory    `json:"memory,omitempty"`
	Space    *Space             `json:"space,omitempty"`
	Vectors  *Vectors           `json:"vectors,omitempty"`
	Session  *knowledge.Session `json:"session,omitempty"`
	Message  *knowledge.Message `json:"message,omitempty"` // with its parts
	Event    *knowledge.Event   `json:"event,omitempty"`
	Commit   *CommitKey         `json:"commit,omitempty"`
	Feedback *FeedbackKey       `json:"feedback,omitempty"`
	Canary   *knowledge.Canary  `json:"canary,omitempty"`
}

// RunPages are the pages of one run, at most 1000 in a record.
type RunPages struct {
	Run   string                  `json:"run"`
	Pages []knowledge.PageOutcome `json:"pages"`
}

// ExportedDocument is a document, tombstones included, with the units of its
// passages.
type ExportedDocument struct {
	Document    knowledge.Document `json:"document"`
	Fingerprint string             `json:"fingerprint"`
	Passages    []ExportedPassage  `json:"passages,omitempty"`
	Created     *time.Time         `json:"created,omitempty"`
	Revisions   []Revision         `json:"revisions,omitempty"` // newest first
}

// ExportedPassage is a passage with its unit.
type ExportedPassage struct {
	Unit int64 `json:"unit"`
	Passage
}

// ExportedMemory is a memory with its unit.
type ExportedMemory struct {
	Unit  int64            `json:"unit"`
	Terms []string         `json:"terms"`
	Entry knowledge.Memory `json:"memory"`
}

// Vectors are vectors of one space and corpus, at most 1000 in a record.
type Vectors struct {
	Space  string      `json:"space"`
	Corpus Corpus      `json:"corpus"`
	Units  []int64     `json:"units"`
	Values [][]float32 `json:"values"`
}

// CommitKey is a commit that was stored, so that a repetition after a restore
// changes nothing.
type CommitKey struct {
	Key     string    `json:"key"`
	Seqs    []int64   `json:"seqs"`
	Created time.Time `json:"created"`
}

// FeedbackKey is feedback that was counted.
type FeedbackKey struct {
	Key    string `json:"key"`
	Memory string `json:"memory"`
}
