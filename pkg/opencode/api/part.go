package api

import (
	"encoding/json"
	"maps"
	"time"
)

// Types of a Part.
const (
	PartText       = "text"
	PartReasoning  = "reasoning"
	PartFile       = "file"
	PartTool       = "tool"
	PartAgent      = "agent"
	PartSubtask    = "subtask"
	PartStepStart  = "step-start"
	PartStepFinish = "step-finish"
	PartRetry      = "retry"
	PartCompaction = "compaction"
)

// ToolTask is the tool of the part by which OpenCode's clients show a sub-agent
// and link to its session. Every sub-agent has one besides the call that started it.
const ToolTask = "task"

// Part is a piece of a message. Which fields are on the wire depends on the
// type.
type Part struct {
	ID        string         `json:"id"`
	SessionID string         `json:"sessionID"`
	MessageID string         `json:"messageID"`
	Type      string         `json:"type"`
	Metadata  map[string]any `json:"metadata,omitempty"`

	Text      string    `json:"text,omitempty"`      // text, reasoning
	Synthetic bool      `json:"synthetic,omitempty"` // text: not written by the user
	Ignored   bool      `json:"ignored,omitempty"`   // text: not shown to the model
	Time      *PartTime `json:"time,omitempty"`      // text, reasoning, retry

	Mime     string `json:"mime,omitempty"` // file
	Filename string `json:"filename,omitempty"`
	URL      string `json:"url,omitempty"`

	CallID string     `json:"callID,omitempty"` // tool
	Tool   string     `json:"tool,omitempty"`
	State  *ToolState `json:"state,omitempty"`

	Name        string `json:"name,omitempty"`   // agent
	Prompt      string `json:"prompt,omitempty"` // subtask
	Description string `json:"description,omitempty"`
	Agent       string `json:"agent,omitempty"`

	Reason string  `json:"reason,omitempty"` // step-finish
	Cost   float64 `json:"cost,omitempty"`
	Tokens *Tokens `json:"tokens,omitempty"`

	Attempt int         `json:"attempt,omitempty"` // retry
	Error   *NamedError `json:"error,omitempty"`
	Auto    bool        `json:"auto,omitempty"` // compaction
}

// MarshalJSON writes the fields that the type requires even where they are zero.
func (p Part) MarshalJSON() ([]byte, error) {
	type plain Part
	switch p.Type {
	case PartText, PartReasoning:
		return json.Marshal(struct {
			plain
			Text string `json:"text"`
		}{plain(p), p.Text})
	case PartStepFinish:
		if p.Tokens == nil {
			p.Tokens = &Tokens{}
		}
		return json.Marshal(struct {
			plain
			Reason string  `json:"reason"`
			Cost   float64 `json:"cost"`
		}{plain(p), p.Reason, p.Cost})
	case PartCompaction:
		return json.Marshal(struct {
			plain
			Auto bool `json:"auto"`
		}{plain(p), p.Auto})
	}
	return json.Marshal(plain(p))
}

// PartTime holds milliseconds since 1970.
type PartTime struct {
	Start   int64 `json:"start,omitempty"`
	End     int64 `json:"end,omitempty"`
	Created int64 `json:"created,omitempty"` // retry
}

// Statuses of a ToolState.
const (
	ToolPending   = "pending"
	ToolRunning   = "running"
	ToolCompleted = "completed"
	ToolError     = "error"
)

// ToolState is how far a tool call has come.
type ToolState struct {
	Status   string          `json:"status"`
	Input    json.RawMessage `json:"input"`
	Raw      string          `json:"raw,omitempty"` // pending
	Title    string          `json:"title,omitempty"`
	Output   string          `json:"output,omitempty"` // completed
	Error    string          `json:"error,omitempty"`  // error
	Metadata map[string]any  `json:"metadata,omitempty"`
	Time     *PartTime       `json:"time,omitempty"`
}

// MarshalJSON writes the fields that the status requires even where they are
// zero.
func (s ToolState) MarshalJSON() ([]byte, error) {
	type plain ToolState
	if len(s.Input) == 0 {
		s.Input = json.RawMessage("{}")
	}
	switch s.Status {
	case ToolPending:
		return json.Marshal(struct {
			plain
			Raw string `json:"raw"`
		}{plain(s), s.Raw})
	case ToolCompleted:
		if s.Metadata == nil {
			s.Metadata = map[string]any{}
		}
		return json.Marshal(struct {
			plain
			Title    string         `json:"title"`
			Output   string         `json:"output"`
			Metadata map[string]any `json:"metadata"`
		}{plain(s), s.Title, s.Output, s.Metadata})
	}
	return json.Marshal(plain(s))
}

// Citation is a passage that an answer may cite as [N].
type Citation struct {
	N       int        `json:"n"`
	Title   string     `json:"title"`
	Link    string     `json:"link"`
	URI     string     `json:"uri"`
	Source  string     `json:"source"`
	Score   float64    `json:"score"`
	Cited   bool       `json:"cited"`             // the text uses it
	Passage string     `json:"passage,omitempty"` // its identifier, while the document stays as it is
	Read    *time.Time `json:"read,omitempty"`    // when the document was fetched
}

// sourcesKey is the key of a text part's metadata that holds citations.
const sourcesKey = "sources"

// Sources returns the passages that a text part was written from, in the order
// of their numbers.
func (p Part) Sources() []Citation {
	v, ok := p.Metadata[sourcesKey]
	if !ok {
		return nil
	}
	if c, ok := v.([]Citation); ok {
		return c
	}
	b, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	var c []Citation
	if json.Unmarshal(b, &c) != nil {
		return nil
	}
	return c
}

// coversKey is the key of a text part's metadata that holds what it covers.
const coversKey = "covers"

// Covers returns the identifier of the last question that a summary covers, ""
// if it covers all that is before it.
func (p Part) Covers() string {
	id, _ := p.Metadata[coversKey].(string)
	return id
}

// SetCovers records what a summary covers.
func (p *Part) SetCovers(id string) { p.setMetadata(coversKey, id) }

// SetSources records the passages that a text part was written from.
func (p *Part) SetSources(c []Citation) { p.setMetadata(sourcesKey, c) }

// setMetadata leaves the metadata that others may read as it is.
func (p *Part) setMetadata(key string, v any) {
	m := make(map[string]any, len(p.Metadata)+1)
	maps.Copy(m, p.Metadata)
	m[key] = v
	p.Metadata = m
}
