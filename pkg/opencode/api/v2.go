package api

import "encoding/json"

// What follows is the second API of OpenCode, below /api, as far as it is served.

// V2Location is where the server works.
type V2Location struct {
	Directory string    `json:"directory"`
	Project   V2Project `json:"project"`
}

// V2Project is what sessions belong to.
type V2Project struct {
	ID        string `json:"id"`
	Directory string `json:"directory"`
}

// V2Located is an answer about what is at a location.
type V2Located[T any] struct {
	Location V2Location `json:"location"`
	Data     T          `json:"data"`
}

// V2Data is any other answer.
type V2Data[T any] struct {
	Data T `json:"data"`
}

// V2Page is a part of a list.
type V2Page[T any] struct {
	Data   []T      `json:"data"`
	Cursor V2Cursor `json:"cursor"`
}

// V2Cursor says where the parts before and after one begin.
type V2Cursor struct {
	Previous string `json:"previous,omitempty"`
	Next     string `json:"next,omitempty"`
}

// V2Health is the answer of GET /api/health.
type V2Health struct {
	Healthy bool `json:"healthy"`
}

// V2Agent is a way of working.
type V2Agent struct {
	ID          string        `json:"id"`
	Model       *SessionModel `json:"model,omitempty"`
	Request     V2Request     `json:"request"`
	System      string        `json:"system,omitempty"`
	Description string        `json:"description,omitempty"`
	Mode        string        `json:"mode"`
	Hidden      bool          `json:"hidden"`
	Steps       int           `json:"steps,omitempty"`
	Permissions []V2Rule      `json:"permissions"`
}

// V2Request is what OpenCode itself would add to the requests to a provider.
type V2Request struct {
	Headers map[string]string `json:"headers"`
	Body    map[string]any    `json:"body"`
}

// V2Rule is a PermissionRule.
type V2Rule struct {
	Action   string `json:"action"`
	Resource string `json:"resource"`
	Effect   string `json:"effect"`
}

// V2Provider is a place where models are.
type V2Provider struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	API     V2API     `json:"api"`
	Request V2Request `json:"request"`
}

// V2API is how a provider or a model is reached: by the server.
type V2API struct {
	ID       string         `json:"id,omitempty"` // of a model
	Type     string         `json:"type"`
	Settings map[string]any `json:"settings"`
}

// V2Model is a model.
type V2Model struct {
	ID           string         `json:"id"`
	ProviderID   string         `json:"providerID"`
	Name         string         `json:"name"`
	API          V2API          `json:"api"`
	Capabilities V2Capabilities `json:"capabilities"`
	Request      V2Request      `json:"request"`
	Variants     []struct{}     `json:"variants"`
	Time         V2Released     `json:"time"`
	Cost         []ModelCost    `json:"cost"`
	Status       string         `json:"status"`
	Enabled      bool           `json:"enabled"`
	Limit        ModelLimit     `json:"limit"`
}

// V2Capabilities is what a model can do.
type V2Capabilities struct {
	Tools  bool     `json:"tools"`
	Input  []string `json:"input"`
	Output []string `json:"output"`
}

// V2Released holds milliseconds since 1970.
type V2Released struct {
	Released int64 `json:"released"`
}

// V2Command is a Command.
type V2Command struct {
	Name        string `json:"name"`
	Template    string `json:"template"`
	Description string `json:"description,omitempty"`
	Agent       string `json:"agent,omitempty"`
}

// V2Session is a Session.
type V2Session struct {
	ID        string        `json:"id"`
	ParentID  string        `json:"parentID,omitempty"`
	ProjectID string        `json:"projectID"`
	Agent     string        `json:"agent,omitempty"`
	Model     *SessionModel `json:"model,omitempty"`
	Cost      float64       `json:"cost"`
	Tokens    Tokens        `json:"tokens"`
	Time      V2SessionTime `json:"time"`
	Title     string        `json:"title"`
	Location  V2Directory   `json:"location"`
	Revert    *V2Revert     `json:"revert,omitempty"`
}

// V2SessionTime holds milliseconds since 1970.
type V2SessionTime struct {
	Created  int64 `json:"created"`
	Updated  int64 `json:"updated"`
	Archived int64 `json:"archived,omitempty"`
}

// V2Directory is where a session is.
type V2Directory struct {
	Directory string `json:"directory"`
}

// V2Revert marks the message from which on a session is taken back.
type V2Revert struct {
	MessageID string `json:"messageID"`
}

// V2Active tells of a session that a turn runs in it.
type V2Active struct {
	Type string `json:"type"`
}

// V2CreateSession is the body of POST /api/session.
type V2CreateSession struct {
	Agent string        `json:"agent,omitempty"`
	Model *SessionModel `json:"model,omitempty"`
}

// V2Prompt is what is asked.
type V2Prompt struct {
	Text   string         `json:"text"`
	Files  []V2File       `json:"files,omitempty"`
	Agents []V2AgentNamed `json:"agents,omitempty"`
}

// V2File is a file of a prompt.
type V2File struct {
	URI  string `json:"uri"`
	Mime string `json:"mime"`
	Name string `json:"name,omitempty"`
}

// V2AgentNamed is an agent that a prompt calls by name.
type V2AgentNamed struct {
	Name string `json:"name"`
}

// V2Ask is the body of POST /api/session/ID/prompt.
type V2Ask struct {
	ID     string   `json:"id,omitempty"`
	Prompt V2Prompt `json:"prompt"`
	Resume *bool    `json:"resume,omitempty"` // false stores it without an answer
}

// V2Admitted is a prompt that is stored.
type V2Admitted struct {
	Seq       int64    `json:"admittedSeq"`
	ID        string   `json:"id"`
	SessionID string   `json:"sessionID"`
	Prompt    V2Prompt `json:"prompt"`
	Delivery  string   `json:"delivery"`
	Created   int64    `json:"timeCreated"`
}

// V2Permission is a PermissionRequest.
type V2Permission struct {
	ID        string         `json:"id"`
	SessionID string         `json:"sessionID"`
	Action    string         `json:"action"`
	Resources []string       `json:"resources"`
	Save      []string       `json:"save,omitempty"`
	Metadata  map[string]any `json:"metadata,omitempty"`
	Source    *V2Source      `json:"source,omitempty"`
}

// V2Source is the tool call that a permission is asked for.
type V2Source struct {
	Type      string `json:"type"`
	MessageID string `json:"messageID"`
	CallID    string `json:"callID"`
}

// V2Event is an Event.
type V2Event struct {
	ID   string          `json:"id"`
	Type string          `json:"type"`
	Data json.RawMessage `json:"data"`
}

// V2Message is an entry of a session: V2User, V2Assistant or V2Compaction.
type V2Message any

// V2User is what was asked.
type V2User struct {
	ID   string      `json:"id"`
	Type string      `json:"type"`
	Time MessageTime `json:"time"`
	Text string      `json:"text"`
}

// V2Assistant is an answer.
type V2Assistant struct {
	ID      string       `json:"id"`
	Type    string       `json:"type"`
	Time    MessageTime  `json:"time"`
	Agent   string       `json:"agent"`
	Model   SessionModel `json:"model"`
	Content []V2Content  `json:"content"`
	Finish  string       `json:"finish,omitempty"`
	Cost    float64      `json:"cost"`
	Error   *V2Failure   `json:"error,omitempty"`
}

// V2Compaction is a summary of what is before it.
type V2Compaction struct {
	ID      string      `json:"id"`
	Type    string      `json:"type"`
	Time    MessageTime `json:"time"`
	Reason  string      `json:"reason"`
	Summary string      `json:"summary"`
	Recent  string      `json:"recent"`
}

// V2Content is a piece of an answer: text, reasoning or a tool.
type V2Content struct {
	Type  string       `json:"type"`
	ID    string       `json:"id"`
	Text  *string      `json:"text,omitempty"`
	Name  string       `json:"name,omitempty"`
	State *V2ToolState `json:"state,omitempty"`
	Time  *MessageTime `json:"time,omitempty"`
}

// V2ToolState is how far a tool call has come.
type V2ToolState struct {
	Status     string          `json:"status"`
	Input      json.RawMessage `json:"input"`
	Structured map[string]any  `json:"structured"`
	Content    []V2ToolText    `json:"content"`
	Error      *V2Failure      `json:"error,omitempty"`
}

// V2ToolText is what a tool gave.
type V2ToolText struct {
	Type string `json:"type"`
	Text string `json:"text"`
}

// V2Failure is why something ended early.
type V2Failure struct {
	Type    string `json:"type"`
	Message string `json:"message"`
}

// V2Error is an answer that refuses. The names of what is not there are set as
// far as its tag has them.
type V2Error struct {
	Tag        string `json:"_tag"`
	Message    string `json:"message"`
	SessionID  string `json:"sessionID,omitempty"`
	MessageID  string `json:"messageID,omitempty"`
	RequestID  string `json:"requestID,omitempty"`
	ProviderID string `json:"providerID,omitempty"`
	PtyID      string `json:"ptyID,omitempty"`
}
