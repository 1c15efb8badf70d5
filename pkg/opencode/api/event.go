package api

import (
	"encoding/json"
	"fmt"
)

// Types of an Event.
const (
	EventServerConnected   = "server.connected"
	EventServerHeartbeat   = "server.heartbeat"
	EventSessionCreated    = "session.created"
	EventSessionUpdated    = "session.updated"
	EventSessionDeleted    = "session.deleted"
	EventSessionStatus     = "session.status"
	EventSessionIdle       = "session.idle"
	EventSessionError      = "session.error"
	EventSessionCompacted  = "session.compacted"
	EventMessageUpdated    = "message.updated"
	EventMessageRemoved    = "message.removed"
	EventPartUpdated       = "message.part.updated"
	EventPartDelta         = "message.part.delta"
	EventPartRemoved       = "message.part.removed"
	EventPermissionAsked   = "permission.asked"
	EventPermissionReplied = "permission.replied"
	EventQuestionAsked     = "question.asked"
	EventQuestionReplied   = "question.replied"
	EventQuestionRejected  = "question.rejected"
	EventTUIPrompt         = "tui.prompt.append"
	EventTUICommand        = "tui.command.execute"
	EventTUIToast          = "tui.toast.show"
	EventTUISession        = "tui.session.select"
)

// Event is one entry of an event stream.
type Event struct {
	Seq        int64           `json:"-"` // SSE id; 0 for events that are not stored
	ID         string          `json:"id"`
	Type       string          `json:"type"`
	Properties json.RawMessage `json:"properties"`
}

// GlobalEvent is one entry of /global/event.
type GlobalEvent struct {
	Directory string `json:"directory"`
	Payload   Event  `json:"payload"`
}

// Properties holds what the properties of the event types may have. Fields that
// a type does not have are zero.
type Properties struct {
	SessionID string             // every type but server.*
	Session   *Session           // session.created, .updated, .deleted
	Message   *Message           // message.updated
	Part      *Part              // message.part.updated: the whole part as it is now
	MessageID string             // message.removed, part.removed, part.delta
	PartID    string             // part.removed, part.delta
	Field     string             // part.delta: "text"
	Delta     string             // part.delta: what was added
	Status    *SessionStatus     // session.status
	Error     *NamedError        // session.error
	Request   *PermissionRequest // permission.asked
	Question  *QuestionRequest   // question.asked
	RequestID string             // permission.replied, question.replied, .rejected
	Reply     string             // permission.replied
}

// Decode reads the properties of e.
func (e Event) Decode() (Properties, error) {
	var w struct {
		SessionID string          `json:"sessionID"`
		Info      json.RawMessage `json:"info"`
		Part      *Part           `json:"part"`
		MessageID string          `json:"messageID"`
		PartID    string          `json:"partID"`
		Field     string          `json:"field"`
		Delta     string          `json:"delta"`
		Status    *SessionStatus  `json:"status"`
		Error     *NamedError     `json:"error"`
		RequestID string          `json:"requestID"`
		Reply     string          `json:"reply"`
	}
	if err := json.Unmarshal(e.Properties, &w); err != nil {
		return Properties{}, fmt.Errorf("decode event %s: %w", e.Type, err)
	}
	w.Error.restore()
	p := Properties{SessionID: w.SessionID, Part: w.Part, MessageID: w.MessageID, PartID: w.PartID, Field: w.Field,
		Delta: w.Delta, Status: w.Status, Error: w.Error, RequestID: w.RequestID, Reply: w.Reply}
	var into any
	from := w.Info
	switch e.Type {
	case EventSessionCreated, EventSessionUpdated, EventSessionDeleted:
		p.Session = &Session{}
		into = p.Session
	case EventMessageUpdated:
		p.Message = &Message{}
		into = p.Message
	case EventPermissionAsked:
		p.Request = &PermissionRequest{}
		into, from = p.Request, e.Properties
	case EventQuestionAsked:
		p.Question = &QuestionRequest{}
		into, from = p.Question, e.Properties
	default:
		return p, nil
	}
	if err := json.Unmarshal(from, into); err != nil {
		return Properties{}, fmt.Errorf("decode event %s: %w", e.Type, err)
	}
	return p, nil
}

// NamedError is a failure as OpenCode puts it into messages, events and
// answers: a name that says what kind it is, and data with a message.
type NamedError struct {
	Name string         `json:"name"`
	Data map[string]any `json:"data"`
}

// Names of a NamedError.
const (
	NameBadRequest      = "BadRequest"
	NameNotFound        = "NotFoundError"
	NameUnauthorized    = "UnauthorizedError"
	NameForbidden       = "ForbiddenError"
	NameConflict        = "ConflictError"
	NameUnavailable     = "UnavailableError"
	NameUnknown         = "UnknownError"
	NameAborted         = "MessageAbortedError"
	NameAPI             = "APIError"
	NameProviderAuth    = "ProviderAuthError"
	NameContextOverflow = "ContextOverflowError"
	NameOutputLength    = "MessageOutputLengthError"
	NameTurnInterrupted = "TurnInterruptedError" // the runtime was killed in the middle of it
	NameBudgetExhausted = "BudgetExhaustedError"
	NameSessionBusy     = "SessionBusyError"
)

// NewError returns a NamedError with a message.
func NewError(name, format string, args ...any) *NamedError {
	return &NamedError{Name: name, Data: map[string]any{"message": fmt.Sprintf(format, args...)}}
}

// Message returns the message in the data, or the name.
func (e *NamedError) Message() string {
	if s, ok := e.Data["message"].(string); ok && s != "" {
		return s
	}
	return e.Name
}
