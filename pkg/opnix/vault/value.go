package vault

import (
	"errors"
	"fmt"
	"log/slog"
)

// Value is the content of a secret, byte for byte. However it is printed,
// logged or encoded, it shows only that it is one; Bytes is the way to the
// content.
type Value struct{ b []byte }

const redacted = "[secret]"

// NewValue returns a value that holds b, which the caller gives away.
func NewValue(b []byte) Value { return Value{b: b} }

// Bytes returns the content, which the caller must not change.
func (v Value) Bytes() []byte { return v.b }

// Len returns the number of bytes.
func (v Value) Len() int { return len(v.b) }

// String returns a mark in place of the content.
func (Value) String() string { return redacted }

// GoString returns a mark in place of the content.
func (Value) GoString() string { return redacted }

// Format writes a mark in place of the content for every verb.
func (Value) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// LogValue returns a mark in place of the content.
func (Value) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalJSON refuses: a value in a JSON document is a programmer's error.
func (Value) MarshalJSON() ([]byte, error) {
	return nil, errors.New("a secret value has no JSON form")
}
