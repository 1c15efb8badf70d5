package api

import "encoding/json"

// TUIEvent is the body of POST /tui/publish, and what terminal interfaces follow:
// Properties is a TUIPrompt, TUICommand, TUIToast or TUISession by its type.
type TUIEvent struct {
	Type       string          `json:"type"`
	Properties json.RawMessage `json:"properties"`
}

// TUIPrompt is added to what the person types.
type TUIPrompt struct {
	Text string `json:"text"`
}

// TUICommand is what the person could do by a key.
type TUICommand struct {
	Command string `json:"command"`
}

// TUIToast is a short message.
type TUIToast struct {
	Title    string `json:"title,omitempty"`
	Message  string `json:"message"`
	Variant  string `json:"variant"`            // info, success, warning or error
	Duration int    `json:"duration,omitempty"` // milliseconds
}

// TUISession is the session to show.
type TUISession struct {
	SessionID string `json:"sessionID"`
}
