package asciidoc

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// meta is what stands above a block: its attributes, title and identifier.
type meta struct {
	style string   // first positional attribute
	args  []string // positional ones
	named map[string]string
	id    string
	title string

	hardBreaks, collapsible, header bool // options
}

// slug is the identifier that Asciidoctor makes of a title.
func slug(title string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(title) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r >= utf8.RuneSelf:
			b.WriteRune(r)
		case strings.ContainsRune(" .-_", r) && !strings.HasSuffix(b.String(), "_"):
			b.WriteByte('_')
		}
	}
	return "_" + strings.Trim(b.String(), "_")
}

var (
	headerOption = regexp.MustCompile(`opt(?:ion)?s=["']?[\w,]*header`)
	argName      = regexp.MustCompile(`^[\w-]+$`)
)

func parseMeta(text string) meta {
	m := meta{named: map[string]string{}}
	m.hardBreaks = strings.Contains(text, "%hardbreaks") || strings.Contains(text, "options=hardbreaks")
	m.collapsible = strings.Contains(text, "%collapsible") || strings.Contains(text, "options=collapsible")
	m.header = strings.Contains(text, "%header") || headerOption.MatchString(text)
	for i, part := range splitArgs(text) {
		k, v, ok := strings.Cut(part, "=")
		if ok && argName.MatchString(k) {
			m.named[k] = strings.Trim(v, `"'`)
			continue
		}
		part = strings.Trim(part, `"'`)
		if i == 0 {
			part, m.id = shorthand(part)
			m.style = part
		}
		m.args = append(m.args, part)
	}
	if id := m.named["id"]; id != "" {
		m.id = id
	}
	return m
}

// shorthand takes #id, .role and %option off a style.
func shorthand(s string) (style, id string) {
	end := strings.IndexAny(s, "#.%")
	if end < 0 {
		return s, ""
	}
	for _, f := range strings.FieldsFunc(s[end:], func(r rune) bool { return r == '.' || r == '%' }) {
		if rest, ok := strings.CutPrefix(f, "#"); ok {
			id = rest
		}
	}
	return s[:end], id
}

// splitArgs splits at commas outside of quotes.
func splitArgs(s string) []string {
	var out []string
	quote, start := byte(0), 0
	for i := 0; i < len(s); i++ {
		switch {
		case quote != 0:
			if s[i] == quote {
				quote = 0
			}
		case s[i] == '"':
			quote = s[i]
		case s[i] == ',':
			out = append(out, strings.TrimSpace(s[start:i]))
			start = i + 1
		}
	}
	return append(out, strings.TrimSpace(s[start:]))
}
