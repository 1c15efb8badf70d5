package gate

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// JSON returns the JSON value of a model's answer, which may stand in a fence, for
// a program that takes values and no Markdown: each text in it without what is not
// seen and without addresses that are not allowed, all else as it was. An answer
// that is no JSON value is an error.
func JSON(src Sources, s string) (string, error) {
	dec := jsontext.NewDecoder(strings.NewReader(unfenced(s)), jsontext.AllowDuplicateNames(true))
	var out bytes.Buffer
	enc := jsontext.NewEncoder(&out, jsontext.AllowDuplicateNames(true))
	for begun := false; !begun || dec.StackDepth() > 0; begun = true {
		tok, err := dec.ReadToken()
		if err != nil {
			return "", fmt.Errorf("read the answer as JSON: %w", err)
		}
		if kind, n := dec.StackIndex(dec.StackDepth()); tok.Kind() == '"' && (kind != '{' || n%2 == 0) {
			tok = jsontext.String(allowed(src, Clean(tok.String())))
		}
		if err := enc.WriteToken(tok); err != nil {
			return "", fmt.Errorf("write the answer as JSON: %w", err)
		}
	}
	if dec.UnreadBuffer(); len(bytes.TrimSpace(dec.UnreadBuffer())) > 0 {
		return "", fmt.Errorf("read the answer as JSON: something follows the value")
	}
	return strings.TrimSpace(out.String()), nil
}

// unfenced returns what is in a fence that is the whole text.
func unfenced(s string) string {
	s = strings.TrimSpace(s)
	rest, ok := strings.CutPrefix(s, "```")
	if !ok {
		return s
	}
	if _, body, ok := strings.Cut(rest, "\n"); ok {
		return strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(body), "```"))
	}
	return s
}

// allowed replaces the addresses of a text that are not allowed.
func allowed(src Sources, s string) string {
	var b strings.Builder
	for {
		a := nextAddress([]byte(s), 0, false)
		if a.from < 0 {
			return b.String() + s
		}
		addr := s[a.from:a.to]
		b.WriteString(s[:a.from])
		if _, ok := src.Address(addr); ok || harmless(addr) {
			b.WriteString(addr)
		} else {
			b.WriteString(removed)
		}
		s = s[a.to:]
	}
}
