package ledger

import (
	"time"

	"panther/pkg/opencode/api"
)

// Statuses of a stored message.
const (
	Running     = "running"
	Done        = "done"
	Failed      = "failed"
	Interrupted = "interrupted"
	Aborted     = "aborted"
)

// StatusOf returns how far a message has come.
func StatusOf(m api.Message) string {
	switch {
	case m.Role == api.RoleAssistant && m.Time.Completed == 0:
		return Running
	case m.Error == nil:
		return Done
	case m.Error.Name == api.NameAborted:
		return Aborted
	case m.Error.Name == api.NameTurnInterrupted:
		return Interrupted
	}
	return Failed
}

// SessionChange stores a session, with the event that tells of it.
func SessionChange(event string, s api.Session) Change {
	return Change{Sessions: []api.Session{s}, Events: []Event{{SessionID: s.ID, Type: event, Data: sessionEvent{s.ID, s}}}}
}

type sessionEvent struct {
	SessionID string      `json:"sessionID"`
	Info      api.Session `json:"info"`
}

// DeletedEvent tells of a session that is deleted. It is of no session, so that
// it outlives this one.
func DeletedEvent(s api.Session) Event {
	return Event{Owner: s.Owner, Type: api.EventSessionDeleted, Data: sessionEvent{s.ID, s}}
}

// MessageChange stores a message, with the event that tells of it.
func MessageChange(m api.Message) Change {
	return Change{Messages: []Message{{Message: m, Status: StatusOf(m)}},
		Events: []Event{{SessionID: m.SessionID, Type: api.EventMessageUpdated, Data: messageEvent{m.SessionID, m}}}}
}

type messageEvent struct {
	SessionID string      `json:"sessionID"`
	Info      api.Message `json:"info"`
}

// PartChange stores a part, with the event that tells of it.
func PartChange(p api.Part) Change {
	return Change{Parts: []api.Part{p}, Events: []Event{{SessionID: p.SessionID, Type: api.EventPartUpdated, Data: partEvent{p.SessionID, p, now()}}}}
}

type partEvent struct {
	SessionID string   `json:"sessionID"`
	Part      api.Part `json:"part"`
	Time      int64    `json:"time"`
}

// StatusEvent tells what runs in a session.
func StatusEvent(session string, s api.SessionStatus) Event {
	return Event{SessionID: session, Type: api.EventSessionStatus, Data: struct {
		SessionID string            `json:"sessionID"`
		Status    api.SessionStatus `json:"status"`
	}{session, s}}
}

// IdleEvents tell that nothing runs in a session any more.
func IdleEvents(session string) []Event {
	return []Event{StatusEvent(session, api.SessionStatus{Type: "idle"}), AboutSession(api.EventSessionIdle, session)}
}

// ErrorEvent tells that a turn failed.
func ErrorEvent(session string, failure *api.NamedError) Event {
	return Event{SessionID: session, Type: api.EventSessionError, Data: struct {
		SessionID string          `json:"sessionID"`
		Error     *api.NamedError `json:"error"`
	}{session, failure.Wire()}}
}

// AboutSession tells of a session no more than which one it is.
func AboutSession(event, session string) Event {
	return Event{SessionID: session, Type: event, Data: struct {
		SessionID string `json:"sessionID"`
	}{session}}
}

// MessageRemoved tells that a message is gone.
func MessageRemoved(session, message string) Event {
	return Event{SessionID: session, Type: api.EventMessageRemoved, Data: struct {
		SessionID string `json:"sessionID"`
		MessageID string `json:"messageID"`
	}{session, message}}
}

// PartRemoved tells that a part is gone.
func PartRemoved(p api.Part) Event {
	return Event{SessionID: p.SessionID, Type: api.EventPartRemoved, Data: struct {
		SessionID string `json:"sessionID"`
		MessageID string `json:"messageID"`
		PartID    string `json:"partID"`
	}{p.SessionID, p.MessageID, p.ID}}
}

// Join makes one change of several, in their order. Those that delete stay
// alone.
func Join(changes ...Change) Change {
	var c Change
	for _, m := range changes {
		c.Sessions = append(c.Sessions, m.Sessions...)
		c.Messages = append(c.Messages, m.Messages...)
		c.Parts = append(c.Parts, m.Parts...)
		c.Events = append(c.Events, m.Events...)
	}
	return c
}

func now() int64 { return time.Now().UnixMilli() }
