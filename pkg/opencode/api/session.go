package api

import (
	"encoding/json"

	"panther/pkg/identity"
)

// Session is a conversation. Whose it is stays with the server, but for who sees
// everybody's.
type Session struct {
	ID         string            `json:"id"`
	Slug       string            `json:"slug"`
	ProjectID  string            `json:"projectID"`
	Directory  string            `json:"directory"`
	ParentID   string            `json:"parentID,omitempty"`
	Owner      identity.Identity `json:"owner,omitempty"`
	Title      string            `json:"title"`
	Version    string            `json:"version"`
	Agent      string            `json:"agent,omitempty"`
	Model      *SessionModel     `json:"model,omitempty"`
	Cost       float64           `json:"cost"`
	Tokens     Tokens            `json:"tokens"`
	Permission []PermissionRule  `json:"permission,omitempty"`
	Metadata   json.RawMessage   `json:"metadata,omitempty"`
	Revert     *Revert           `json:"revert,omitempty"`
	Pinned     bool              `json:"pinned,omitempty"`
	Time       SessionTime       `json:"time"`

	// TellOwner puts the owner on the wire.
	TellOwner bool `json:"-"`
}

// plainSession is a session without the method that writes it.
type plainSession Session

// plain leaves what OpenCode's schema has.
func (s Session) plain() plainSession {
	s.Tokens.Total = 0
	if !s.TellOwner {
		s.Owner = ""
	}
	return plainSession(s)
}

// MarshalJSON writes what OpenCode's schema has.
func (s Session) MarshalJSON() ([]byte, error) { return json.Marshal(s.plain()) }

// GlobalSession is a session with its project.
type GlobalSession struct {
	Session
	Project ProjectSummary
}

// MarshalJSON writes both as one.
func (s GlobalSession) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		plainSession
		Project ProjectSummary `json:"project"`
	}{s.Session.plain(), s.Project})
}

// ProjectSummary names a project.
type ProjectSummary struct {
	ID       string `json:"id"`
	Worktree string `json:"worktree"`
}

// SessionTime holds milliseconds since 1970.
type SessionTime struct {
	Created    int64 `json:"created"`
	Updated    int64 `json:"updated"`
	Compacting int64 `json:"compacting,omitempty"`
	Archived   int64 `json:"archived,omitempty"`
	Deleted    int64 `json:"deleted,omitempty"` // its deletion can be taken back
}

// SessionModel names the model that a session used last.
type SessionModel struct {
	ID         string `json:"id"`
	ProviderID string `json:"providerID"`
	Variant    string `json:"variant,omitempty"`
}

// Revert marks the message from which on a session is taken back. The next
// prompt removes what is behind it; unrevert brings it back until then.
type Revert struct {
	MessageID string `json:"messageID"`
	PartID    string `json:"partID,omitempty"`
}

// CreateSession is the body of POST /session.
type CreateSession struct {
	ParentID   string           `json:"parentID,omitempty"`
	Title      string           `json:"title,omitempty"`
	Agent      string           `json:"agent,omitempty"`
	Model      *SessionModel    `json:"model,omitempty"`
	Metadata   json.RawMessage  `json:"metadata,omitempty"`
	Permission []PermissionRule `json:"permission,omitempty"`
}

// UpdateSession is the body of PATCH /session/ID; nil fields stay as they are.
type UpdateSession struct {
	Title      *string          `json:"title,omitempty"`
	Metadata   json.RawMessage  `json:"metadata,omitempty"`
	Permission []PermissionRule `json:"permission,omitempty"`
	Time       *struct {
		Archived int64 `json:"archived"`
	} `json:"time,omitempty"`
}

// Fork is the body of POST /session/ID/fork.
type Fork struct {
	MessageID string `json:"messageID,omitempty"` // copy what is before it; "" means all
}

// PermissionRule allows, denies or asks for the use of a tool. Both names may
// hold *; the last rule that matches wins.
type PermissionRule struct {
	Permission string `json:"permission"`
	Pattern    string `json:"pattern"`
	Action     string `json:"action"` // allow, ask or deny
}

// Actions of a PermissionRule.
const (
	ActionAllow = "allow"
	ActionAsk   = "ask"
	ActionDeny  = "deny"
)

// SessionStatus tells whether a turn runs in a session.
type SessionStatus struct {
	Type    string `json:"type"` // idle, busy or retry
	Attempt int    `json:"attempt,omitempty"`
	Message string `json:"message,omitempty"`
	Next    int64  `json:"next,omitempty"` // milliseconds since 1970
}

// PermissionRequest asks the user whether a tool may be used.
type PermissionRequest struct {
	ID         string          `json:"id"`
	SessionID  string          `json:"sessionID"`
	Permission string          `json:"permission"`
	Patterns   []string        `json:"patterns"`
	Metadata   map[string]any  `json:"metadata"`
	Always     []string        `json:"always"`
	Tool       *RequestingTool `json:"tool,omitempty"`
}

// RequestingTool names the tool call that waits for an answer.
type RequestingTool struct {
	MessageID string `json:"messageID"`
	CallID    string `json:"callID"`
}

// Nobody is the message of a reply by a client that has nobody to ask.
const Nobody = "nobody was there to be asked"

// PermissionReply answers a PermissionRequest.
type PermissionReply struct {
	Reply   string `json:"reply"` // once, always or reject
	Message string `json:"message,omitempty"`
}

// PermissionResponse is a PermissionReply by its older name.
type PermissionResponse struct {
	Response string `json:"response"`
}

// QuestionRequest asks the user something in the middle of a turn.
type QuestionRequest struct {
	ID        string          `json:"id"`
	SessionID string          `json:"sessionID"`
	Questions []Question      `json:"questions"`
	Tool      *RequestingTool `json:"tool,omitempty"`
}

// Question is one question with its choices.
type Question struct {
	Question string           `json:"question"`
	Header   string           `json:"header"`
	Options  []QuestionOption `json:"options"`
	Multiple bool             `json:"multiple,omitempty"`
	Custom   bool             `json:"custom,omitempty"`
}

// QuestionOption is one choice.
type QuestionOption struct {
	Label       string `json:"label"`
	Description string `json:"description"`
}

// QuestionReply answers a QuestionRequest: for each question the labels chosen.
type QuestionReply struct {
	Answers [][]string `json:"answers"`
}

// Agent is a way of working: a prompt, a model, tools and permissions.
type Agent struct {
	Name        string           `json:"name"`
	Description string           `json:"description,omitempty"`
	Mode        string           `json:"mode"` // primary, subagent or all
	Native      bool             `json:"native"`
	Hidden      bool             `json:"hidden,omitempty"`
	Temperature *float64         `json:"temperature,omitempty"`
	TopP        *float64         `json:"topP,omitempty"`
	Permission  []PermissionRule `json:"permission"`
	Model       *ModelRef        `json:"model,omitempty"`
	Prompt      string           `json:"prompt,omitempty"`
	Options     map[string]any   `json:"options"`
	Steps       int              `json:"steps,omitempty"`
}

// Agent modes.
const (
	ModePrimary  = "primary"
	ModeSubagent = "subagent"
	ModeAll      = "all"
)

// Command is a prompt template that a client offers as /name.
type Command struct {
	Name        string   `json:"name"`
	Description string   `json:"description,omitempty"`
	Agent       string   `json:"agent,omitempty"`
	Source      string   `json:"source,omitempty"`
	Template    string   `json:"template"`
	Subtask     bool     `json:"subtask,omitempty"`
	Hints       []string `json:"hints"`
}

// RunCommand is the body of POST /session/ID/command.
type RunCommand struct {
	MessageID string `json:"messageID,omitempty"`
	Agent     string `json:"agent,omitempty"`
	Model     string `json:"model,omitempty"` // provider/model
	Command   string `json:"command"`
	Arguments string `json:"arguments"`
}

// RunShell is the body of POST /session/ID/shell.
type RunShell struct {
	MessageID string    `json:"messageID,omitempty"`
	Agent     string    `json:"agent,omitempty"`
	Model     *ModelRef `json:"model,omitempty"`
	Command   string    `json:"command"`
}

// MCPStatus tells how a Model Context Protocol server is.
type MCPStatus struct {
	Status string `json:"status"` // connected, failed, or disabled for the caller
	Error  string `json:"error,omitempty"`
}
