package knowledge

import (
	"encoding/json"
	"time"

	"panther/pkg/identity"
)

// Owner is who a session or a memory belongs to: whoever made it. "" is what was
// made before there were owners, which everyone sees.
type Owner = identity.Identity

// Session is a conversation of the agent runtime. Data is the runtime's own
// record, which agentdb keeps and does not read.
type Session struct {
	ID       string          `json:"id"`
	ParentID string          `json:"parent_id,omitempty"`
	Owner    Owner           `json:"owner,omitempty"`
	Title    string          `json:"title"`
	Created  time.Time       `json:"created"`
	Updated  time.Time       `json:"updated"`
	Pinned   bool            `json:"pinned,omitempty" doc:"Kept at the top"`
	Deleted  *time.Time      `json:"deleted_at,omitempty" doc:"Its deletion can be taken back until the upkeep has removed it"`
	Data     json.RawMessage `json:"data,omitempty"`
}

// UndeleteFor is how long the upkeep leaves a deleted session alone.
const UndeleteFor = 7 * 24 * time.Hour

// Message is one entry of a session, written down as it grows. Messages are in the
// order in which they were created, whatever their IDs are.
type Message struct {
	ID        string          `json:"id"`
	SessionID string          `json:"session_id"`
	Role      string          `json:"role" enum:"user,assistant,system,tool"`
	Status    string          `json:"status" enum:"running,done,failed,interrupted,aborted"`
	Created   time.Time       `json:"created"`
	Updated   time.Time       `json:"updated"`
	Data      json.RawMessage `json:"data,omitempty"`
	Parts     []Part          `json:"parts,omitempty" doc:"In order of their IDs"`
}

// Part is a piece of a message: text, a tool call, a file. IDs sort by creation.
type Part struct {
	ID        string          `json:"id"`
	MessageID string          `json:"message_id"`
	SessionID string          `json:"session_id"`
	Data      json.RawMessage `json:"data"`
}

// Event is what subscribers are told. Seq is given by agentdb, grows without
// being reused, and is the SSE id.
type Event struct {
	Seq       int64           `json:"seq,omitempty"`
	SessionID string          `json:"session_id,omitempty" doc:"Empty for events of no session"`
	Owner     Owner           `json:"owner,omitempty" doc:"Whose session it is, or was"`
	Type      string          `json:"type"`
	Data      json.RawMessage `json:"data"`
	Created   time.Time       `json:"created,omitzero"`
}

// Commit is a set of changes to sessions that is stored whole or not at all,
// with the events that tell of it. Sessions, messages and parts are upserted by
// ID. Key makes repetition safe: a commit whose key was stored already changes
// nothing and returns the same numbers.
type Commit struct {
	Key            string    `json:"key" minLength:"1" maxLength:"64"`
	Sessions       []Session `json:"sessions,omitempty"`
	Messages       []Message `json:"messages,omitempty"`
	Parts          []Part    `json:"parts,omitempty"`
	DeleteMessages []string  `json:"delete_messages,omitempty" doc:"IDs; their parts go with them"`
	DeleteParts    []string  `json:"delete_parts,omitempty" doc:"IDs"`
	DeleteSessions []string  `json:"delete_sessions,omitempty" doc:"IDs; everything of theirs goes, events too"`
	Events         []Event   `json:"events,omitempty"`
}

// Committed holds the sequence numbers of the events, in their order.
type Committed struct {
	Seqs []int64 `json:"seqs"`
}

// ListSessions selects sessions, newest first.
type ListSessions struct {
	Parent string    // only children of this one; "" means those without a parent; "*" all
	Search string    // only titles that contain this
	Before time.Time // updated before
	// BeforeID goes on in a listing behind the session of this ID that was updated
	// at Before.
	BeforeID string
	Pinned   *bool // only those that are, or are not
	Deleted  bool  // only those that are deleted, instead of the others
	Limit    int   // 0 means 100
}

// SearchSessions selects sessions without a parent whose title has all the words,
// or one of whose parts of the type text has them, newest first. Words of
// scripts that write no spaces are found anywhere; others where a word begins.
type SearchSessions struct {
	Words    []string
	Before   time.Time // as in ListSessions
	BeforeID string
	Limit    int // 0 means 100
}

// FoundSession is a session with what was found in it: the newest message, ""
// where only the title has the words.
type FoundSession struct {
	Session
	MessageID string `json:"message_id,omitempty"`
	Excerpt   string `json:"excerpt,omitempty" doc:"Of its text, as it was written"`
}

// ListEvents selects events after a sequence number, in order.
type ListEvents struct {
	Session string // "" means all
	After   int64
	Limit   int // 0 means 1000
}
