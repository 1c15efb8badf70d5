package api

import (
	"encoding/json"
	"slices"
)

// Roles of a Message.
const (
	RoleUser      = "user"
	RoleAssistant = "assistant"
)

// ModelRef names a model of a provider.
type ModelRef struct {
	ProviderID string `json:"providerID"`
	ModelID    string `json:"modelID"`
}

// String returns provider/model, as command lines and configuration write it.
func (m ModelRef) String() string { return m.ProviderID + "/" + m.ModelID }

// Message is the head of one entry of a session; what it says is in its parts.
// Which fields are on the wire depends on the role.
type Message struct {
	ID        string      `json:"id"`
	SessionID string      `json:"sessionID"`
	Role      string      `json:"role"`
	Time      MessageTime `json:"time"`
	Agent     string      `json:"agent,omitempty"`

	// User messages.
	Model *ModelRef       `json:"model,omitempty"`
	Tools map[string]bool `json:"tools,omitempty"`

	// Assistant messages.
	ParentID   string       `json:"parentID,omitempty"`
	ProviderID string       `json:"providerID,omitempty"`
	ModelID    string       `json:"modelID,omitempty"`
	Mode       string       `json:"mode,omitempty"`
	Path       *MessagePath `json:"path,omitempty"`
	Summary    any          `json:"summary,omitempty"` // true on the summary that compaction wrote
	Cost       float64      `json:"cost,omitempty"`
	Tokens     *Tokens      `json:"tokens,omitempty"`
	Finish     string       `json:"finish,omitempty"`
	Error      *NamedError  `json:"error,omitempty"`

	// System is the caller's addition to the instructions: a string on a user
	// message, absent on an assistant's.
	System string `json:"system,omitempty"`
}

// MarshalJSON writes the fields that the role requires even where they are zero.
func (m Message) MarshalJSON() ([]byte, error) {
	type plain Message
	if m.Role == RoleUser {
		if m.Model == nil {
			m.Model = &ModelRef{}
		}
		return json.Marshal(plain(m))
	}
	if m.Path == nil {
		m.Path = &MessagePath{}
	}
	if m.Tokens == nil {
		m.Tokens = &Tokens{}
	}
	m.Error = m.Error.Wire()
	return json.Marshal(struct {
		plain
		Cost       float64 `json:"cost"`
		ParentID   string  `json:"parentID"`
		ProviderID string  `json:"providerID"`
		ModelID    string  `json:"modelID"`
		Mode       string  `json:"mode"`
	}{plain(m), m.Cost, m.ParentID, m.ProviderID, m.ModelID, m.Mode})
}

// UnmarshalJSON reads a message of either role; a system prompt that an older
// server sent as a list is joined.
func (m *Message) UnmarshalJSON(b []byte) error {
	type plain Message
	v := struct {
		*plain
		System json.RawMessage `json:"system"`
	}{plain: (*plain)(m)}
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	_ = json.Unmarshal(v.System, &m.System) // a list of an older server is left out
	m.Error.restore()
	return nil
}

// MessageTime holds milliseconds since 1970; Completed is 0 while it runs.
type MessageTime struct {
	Created   int64 `json:"created"`
	Completed int64 `json:"completed,omitempty"`
}

// MessagePath is where a coding agent worked; opencoded reports its state
// folder.
type MessagePath struct {
	Cwd  string `json:"cwd"`
	Root string `json:"root"`
}

// Tokens counts what a model read and wrote.
type Tokens struct {
	Total     int        `json:"total,omitempty"`
	Input     int        `json:"input"`
	Output    int        `json:"output"`
	Reasoning int        `json:"reasoning"`
	Cache     CacheUsage `json:"cache"`
}

// CacheUsage counts the tokens of the prompt that a provider's cache held.
type CacheUsage struct {
	Read  int `json:"read"`
	Write int `json:"write"`
}

// Add adds u to t.
func (t *Tokens) Add(u Tokens) {
	t.Input += u.Input
	t.Output += u.Output
	t.Reasoning += u.Reasoning
	t.Cache.Read += u.Cache.Read
	t.Cache.Write += u.Cache.Write
	t.Total += u.Total
}

// MessageWithParts is a message as the API returns it.
type MessageWithParts struct {
	Info  Message `json:"info"`
	Parts []Part  `json:"parts"`
}

// IndexMessage returns where in a list the message of an identifier is, -1 if it
// is not there.
func IndexMessage(list []MessageWithParts, id string) int {
	return slices.IndexFunc(list, func(m MessageWithParts) bool { return m.Info.ID == id })
}

// Text returns the text of the message: its text parts, blank lines between.
func (m MessageWithParts) Text() string {
	var s string
	for _, p := range m.Parts {
		if p.Type != PartText || p.Synthetic || p.Text == "" {
			continue
		}
		if s != "" {
			s += "\n\n"
		}
		s += p.Text
	}
	return s
}

// Sources returns the passages that the message cites or was given.
func (m MessageWithParts) Sources() []Citation {
	for i := len(m.Parts) - 1; i >= 0; i-- {
		if c := m.Parts[i].Sources(); len(c) > 0 {
			return c
		}
	}
	return nil
}

// Prompt is the body of POST /session/ID/message and prompt_async.
type Prompt struct {
	MessageID string          `json:"messageID,omitempty"`
	Model     *ModelRef       `json:"model,omitempty"` // {"panther","extractive"} answers without a model
	Agent     string          `json:"agent,omitempty"`
	NoReply   bool            `json:"noReply,omitempty"`
	System    string          `json:"system,omitempty"`
	Tools     map[string]bool `json:"tools,omitempty"`
	Variant   string          `json:"variant,omitempty"`
	Parts     []PromptPart    `json:"parts"`
}

// PromptPart is one part of a prompt: text, a file, an agent that is called by
// name, or a task for a sub-agent.
type PromptPart struct {
	ID          string         `json:"id,omitempty"`
	Type        string         `json:"type"`
	Text        string         `json:"text,omitempty"`
	Synthetic   bool           `json:"synthetic,omitempty"`
	Ignored     bool           `json:"ignored,omitempty"`
	Metadata    map[string]any `json:"metadata,omitempty"`
	Mime        string         `json:"mime,omitempty"`
	Filename    string         `json:"filename,omitempty"`
	URL         string         `json:"url,omitempty"`
	Name        string         `json:"name,omitempty"`        // agent
	Prompt      string         `json:"prompt,omitempty"`      // subtask
	Description string         `json:"description,omitempty"` // subtask
	Agent       string         `json:"agent,omitempty"`       // subtask
}

// Ask returns the prompt that asks text.
func Ask(text string) Prompt {
	return Prompt{Parts: []PromptPart{{Type: PartText, Text: text}}}
}

// Extractive is the model that answers with the best passages, without a
// language model.
var Extractive = ModelRef{ProviderID: "panther", ModelID: "extractive"}
