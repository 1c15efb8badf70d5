package knowledge

import "time"

// Kinds of memory.
const (
	MemoryFact    = "fact"
	MemoryEpisode = "episode" // a task, what came of it, and a critique
	MemorySkill   = "skill"   // how to do something
)

// Scope says whose a memory is. Empty fields mean everyone's; a search in a
// scope sees what is wider than it.
type Scope struct {
	User    string `json:"user,omitempty"`
	Agent   string `json:"agent,omitempty"`
	Session string `json:"session,omitempty"`
}

// Provenance says where a memory came from. Who stores one says so, never the
// text.
type Provenance struct {
	Origin  string `json:"origin" doc:"user, agent, subagent, mcp or consolidation"`
	By      string `json:"by,omitempty" maxLength:"200" doc:"The agent, or the program that calls itself so"`
	Session string `json:"session,omitempty" doc:"The person's; of a sub-agent that of the agent above it"`
	Turn    string `json:"turn,omitempty"`
	URI     string `json:"uri,omitempty" doc:"Document it was drawn from"`
	// Read is what the maker had before it, other than the person's words. It
	// may have had a hand in the text.
	Read      []string `json:"read,omitempty" maxItems:"64" doc:"What its maker had read: addresses, tools, files"`
	Confirmed string   `json:"confirmed,omitempty" doc:"Who said that it shall be kept"`
}

// Vouched reports whether a person wrote the memory or said that it shall be
// kept.
func (p Provenance) Vouched() bool { return p.Origin == "user" || p.Confirmed != "" }

// Memory is one entry. Entries are never rewritten: a correction is a new entry
// that supersedes the old one.
type Memory struct {
	ID           string     `json:"id,omitempty" doc:"Made by the caller for safe repetition, or by the server"`
	Kind         string     `json:"kind" enum:"fact,episode,skill"`
	Text         string     `json:"text" minLength:"1" maxLength:"16384" doc:"The fact, the task of an episode, or the skill's description"`
	Outcome      string     `json:"outcome,omitempty" doc:"Episodes"`
	Critique     string     `json:"critique,omitempty" doc:"Episodes"`
	Reward       *float64   `json:"reward,omitempty" minimum:"-1" maximum:"1" doc:"Episodes"`
	Body         string     `json:"body,omitempty" maxLength:"65536" doc:"Skills: the steps"`
	Owner        Owner      `json:"owner,omitempty" doc:"Set by the server: who asked for it to be stored"`
	Scope        Scope      `json:"scope,omitzero"`
	Provenance   Provenance `json:"provenance"`
	Supersedes   string     `json:"supersedes,omitempty" doc:"ID of the entry that this one corrects"`
	SupersededBy string     `json:"superseded_by,omitempty" doc:"ID of the entry that says the same or corrects it, decay, or unconfirmed"`
	Pinned       bool       `json:"pinned,omitempty" doc:"The nightly upkeep leaves it alone"`
	Created      time.Time  `json:"created,omitzero"`
	Useful       int        `json:"useful,omitempty" doc:"Sum of feedback"`
	Strength     float64    `json:"strength,omitempty" doc:"After decay and feedback, 0 to 1"`
}

// Decayed is the SupersededBy of an entry that the nightly upkeep laid aside
// since nobody found it useful for long.
const Decayed = "decay"

// Unconfirmed is the SupersededBy of an entry that waits for a person's word.
// Nothing recalls it until then.
const Unconfirmed = "unconfirmed"

// Why says why an entry is not recalled, or "" if it is: by is the entry that
// SupersededBy names, or nil where that is not known.
func (m *Memory) Why(by *Memory) string {
	switch {
	case m.SupersededBy == "":
		return ""
	case m.SupersededBy == Decayed:
		return "laid aside: it is old, or misled, and did not help"
	case m.SupersededBy == Unconfirmed:
		return "waits to be confirmed"
	case by == nil:
		return "superseded by " + m.SupersededBy
	case by.Supersedes != m.ID:
		return "merged: " + by.ID + " says the same"
	}
	return "corrected by " + by.ID
}

// ListMemories selects memories, newest first.
type ListMemories struct {
	Kind       string
	Superseded bool // also those that are not recalled
	Waiting    bool // only those that wait to be confirmed
	Session    string
	Limit      int // 0 means 100
}

// Undone is what came of taking back what a session stored.
type Undone struct {
	Forgotten []string `json:"forgotten" doc:"Entries that the session stored"`
	Restored  []string `json:"restored" doc:"Entries that those had corrected"`
}

// RecallRequest searches memories.
type RecallRequest struct {
	Query string   `json:"query" minLength:"1" maxLength:"4096"`
	Kinds []string `json:"kinds,omitempty"`
	Scope Scope    `json:"scope,omitzero"`
	Limit int      `json:"limit,omitempty" minimum:"0" maximum:"100" doc:"Default 8"`
}

// Recalled is a memory with how well it fits.
type Recalled struct {
	Memory
	Score float64 `json:"score"`
}

// RecallResponse holds memories, best first.
type RecallResponse struct {
	Memories []Recalled `json:"memories"`
}
