// Package channel speaks to the receivers of notifications: ntfy, Gotify, Telegram,
// SMTP, Web Push, webhooks and the desktop. Each channel sends one message and says
// by its error what to do with one that was not taken; it keeps nothing and repeats
// nothing.
//
// A message that was taken and whose answer was lost is sent again with the same
// id. ntfy, Web Push, webhooks and most readers of e-mail know by it that it is the
// same; Gotify, Telegram and the desktop have no such ids and may show it twice.
//
// Receivers see plain text: no channel is asked to read markup, and what reads some
// anyway gets it escaped. No error holds a secret, also where an address does.
package channel

import (
	"context"
	"errors"
	"fmt"
	"time"

	"panther/pkg/gate"
	"panther/pkg/notify"
)

// Channel sends messages to one target. It may be used by several goroutines.
type Channel interface {
	// Send returns nil when the receiver has taken the message, and an *Error
	// otherwise.
	Send(ctx context.Context, m Message) error
}

// Message is what a channel sends.
type Message struct {
	ID        string // the same for the same message
	Event     notify.Event
	Recipient string // of those that the target has; Web Push's endpoint
}

// Verdict says what to do with a message that was not taken.
type Verdict int

// Verdicts.
const (
	Again    Verdict = iota // later
	Rejected                // not this message
	Refused                 // nothing before the target's configuration is mended
	Gone                    // the recipient no longer exists
)

// Error is why a message was not taken.
type Error struct {
	Verdict Verdict
	After   time.Duration // with Again: what the receiver asks to wait; 0 if it does not say
	Err     error
	Hint    string // what the owner can do

	answer []byte // of a receiver that speaks HTTP
}

func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns what happened.
func (e *Error) Unwrap() error { return e.Err }

// HintText returns what to do next.
func (e *Error) HintText() string { return e.Hint }

// ErrorOf returns err as an *Error; what a channel did not judge is tried again.
func ErrorOf(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Err: err}
}

func failed(v Verdict, hint, format string, args ...any) *Error {
	return &Error{Verdict: v, Err: fmt.Errorf(format, args...), Hint: hint}
}

// answerLine is what of a receiver's answer is worth a line of the journal.
func answerLine(b []byte) string { return gate.Line(string(b), 200) }
