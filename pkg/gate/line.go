package gate

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Line returns at most size bytes of a text as one line, cleaned of what is not
// seen: for logs, errors and what is shown beside an answer. It may hold marks
// and addresses, other than Plain's.
func Line(s string, size int) string {
	s = oneLine(s)
	if len(s) <= size {
		return strings.ToValidUTF8(s, "")
	}
	s = s[:size]
	if i := strings.LastIndexByte(s, ' '); i > size/2 {
		s = s[:i]
	}
	return strings.ToValidUTF8(s, "") + "…"
}

// Visible writes characters that have no shape as their code.
func Visible(s string) string {
	if !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsGraphic(r) && r != '\n' }) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if unicode.IsGraphic(r) || r == '\n' {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "\\u{%x}", r)
		}
	}
	return b.String()
}

// CodeSpan quotes at most size characters of a text in Markdown so that nothing
// in it is more than text.
func CodeSpan(s string, size int) string {
	s = Visible(strings.Join(strings.Fields(s), " "))
	if utf8.RuneCountInString(s) > size {
		s = string([]rune(s)[:size]) + "…"
	}
	marks := "`"
	for strings.Contains(s, marks) {
		marks += "`"
	}
	return marks + " " + s + " " + marks
}
