package store

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of a search in what was said.
const (
	maxSaidWords = 16
	maxSaidWord  = 64 // bytes
)

// SaidWords returns the words of a query in lower case, as the indexes of what was
// said cut it: at everything that is no letter, digit or mark of one.
func SaidWords(query string) []string {
	var out []string
	for _, w := range strings.FieldsFunc(strings.ToLower(strings.ToValidUTF8(query, " ")), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	}) {
		for len(w) > maxSaidWord || !utf8.ValidString(w) {
			_, n := utf8.DecodeLastRuneInString(w)
			w = w[:len(w)-n]
		}
		if len(out) < maxSaidWords && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}

// IndexedWords reports whether words are of scripts that both databases cut into words
// alike. Others are looked for in the text.
func IndexedWords(words []string) bool {
	return !slices.ContainsFunc(words, func(w string) bool {
		return strings.ContainsFunc(w, func(r rune) bool { return !unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Nd) })
	})
}

// excerptSize is how much of a text an excerpt has, in bytes, and excerptLead how
// much of it stands before the first word.
const (
	excerptSize = 240
	excerptLead = 60
)

// Excerpt returns a piece of a text around the first of the words in it.
func Excerpt(text string, words []string) string {
	lower := strings.ToLower(text)
	at := -1
	for _, w := range words {
		if i := strings.Index(lower, w); i >= 0 && (at < 0 || i < at) {
			at = i
		}
	}
	if len(lower) != len(text) || at < 0 { // some letters have another length in lower case
		at = 0
	}
	from, to := max(at-excerptLead, 0), min(max(at-excerptLead, 0)+excerptSize, len(text))
	for from > 0 && !utf8.RuneStart(text[from]) {
		from--
	}
	for to < len(text) && !utf8.RuneStart(text[to]) {
		to++
	}
	if i := strings.IndexByte(text[from:to], ' '); from > 0 && i >= 0 && from+i < at {
		from += i + 1
	}
	out := strings.TrimSpace(text[from:to])
	if from > 0 {
		out = "…" + out
	}
	if to < len(text) {
		out += "…"
	}
	return out
}
