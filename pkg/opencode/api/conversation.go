package api

import "time"

// ConversationList is a page of the caller's conversations: the pinned ones
// first, then by the last change.
type ConversationList struct {
	Conversations []Conversation `json:"conversations"`
	Next          string         `json:"next,omitempty"` // cursor of the next page
}

// Conversation is a session as a list shows it.
type Conversation struct {
	ID      string     `json:"id"`
	Title   string     `json:"title"`
	Created time.Time  `json:"created"`
	Updated time.Time  `json:"updated"`
	Pinned  bool       `json:"pinned"`
	Running bool       `json:"running"`
	Cost    float64    `json:"cost"`
	Deleted *time.Time `json:"deleted,omitempty"`
	Message string     `json:"message,omitempty"` // whose text the search found
	Excerpt string     `json:"excerpt,omitempty"` // of that text, without markup
}

// EditConversation is the body of PATCH /panther/v1/conversations/ID; nil fields
// stay as they are.
type EditConversation struct {
	Title  *string `json:"title,omitempty"`
	Pinned *bool   `json:"pinned,omitempty"`
}

// DeletedConversation says how long a deletion can be taken back.
type DeletedConversation struct {
	ID    string    `json:"id"`
	Until time.Time `json:"until"`
}
