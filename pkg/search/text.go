// Package search holds what ranking needs apart from the database: the analysis
// of text into index terms, the query language, and the fusion of two ranked
// lists. Both stores index exactly the terms of Terms, so that they rank alike.
// It keeps no state and never fails; a query that says nothing yields no terms.
package search

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kljensen/snowball/english"
	"github.com/kljensen/snowball/russian"
	"golang.org/x/text/unicode/norm"
)

// stopWords are the 33 of Lucene's classic English analyzer. They are in no
// index.
var stopWords = set("a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to was will with")

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

// maxTerm bounds a term in bytes; longer ones are encoded data, not words.
const maxTerm = 64

// Version is raised whenever Terms gives other terms for the same text: what was
// indexed before is then indexed again, without being embedded again.
const Version = 1

// Terms returns the index terms of a text in order: lower case, stemmed,
// without stop words. An identifier yields itself and its words: snake_case,
// camelCase, --a-flag, a dotted.name, ORA-00942. A word that is merely
// hyphenated yields its parts. Scripts without spaces yield pairs of characters,
// Korean both. A word with diacritics yields itself and its plain form. A flag, a
// negative number, C++ and an operator such as ->> are terms of their own, beside
// the words in them.
func Terms(s string) []string { return terms(s, nil) }

// terms leaves out words in small letters.
func terms(s string, without map[string]bool) []string {
	s = norm.NFKC.String(s)
	return appendMarked(inOrder(s, without), s)
}

// inOrder returns the terms of the words of a text, which stand side by side in
// the index as they do in the text.
func inOrder(s string, without map[string]bool) []string {
	var out []string
	for _, w := range words(s) {
		if !without[strings.ToLower(w)] {
			out = appendForms(appendTerms(out, w), w)
		}
	}
	return out
}

func appendTerms(out []string, field string) []string {
	w := strings.Trim(field, "-._")
	parts := pieces(w)
	if len(parts) > 1 && identifier(field, w) {
		if whole := strings.ToLower(w); len(whole) <= maxTerm {
			out = append(out, whole)
		}
	}
	for _, p := range parts {
		p = strings.ToLower(p)
		switch {
		case unspaced(p):
			out = appendPairs(out, p)
		case !stopWords[p] && len(p) <= maxTerm:
			out = appendWord(out, p)
		}
	}
	return out
}

// identifier reports whether a word of several parts is a name that somebody may
// look for as it is, and not only hyphenated or an abbreviation.
func identifier(field, w string) bool {
	if strings.ContainsFunc(w, unicode.IsDigit) || strings.Contains(w, "_") {
		return true
	}
	if strings.Contains(w, "-") {
		return field[0] == '-'
	}
	for part := range strings.SplitSeq(w, ".") {
		if len(part) < 2 {
			return false
		}
	}
	return true
}

// appendWord adds a word in small letters in the forms that find it.
func appendWord(out []string, w string) []string {
	out = append(out, stem(w))
	if isASCII(w) {
		return out
	}
	switch r, _ := utf8.DecodeRuneInString(w); {
	case unicode.Is(unicode.Hangul, r):
		if utf8.RuneCountInString(w) > 2 { // particles and endings follow without a space
			out = appendPairs(out, w)
		}
	case unicode.Is(unicode.Cyrillic, r):
		if s := russian.Stem(w, false); s != w {
			out = append(out, s)
		}
	default:
		if f := fold(w); f != w {
			out = append(out, stem(f))
		}
	}
	return out
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// letters that no decomposition parts from their marks.
var letters = strings.NewReplacer("ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "ħ", "h", "ı", "i")

// fold removes the marks of Latin and Greek letters.
func fold(w string) string {
	var b strings.Builder
	for _, r := range norm.NFD.String(w) {
		if r < 0x300 || r > 0x36f {
			b.WriteRune(r)
		}
	}
	return letters.Replace(b.String())
}

var (
	hexadecimal = regexp.MustCompile(`^0[xX]([0-9A-Fa-f]{2,})$`)
	numbered    = regexp.MustCompile(`^[vV](\d+(?:\.\d+)*)$`)
)

// appendForms adds what a field is called besides: a flag with its dashes, the
// case of a single letter being another flag's; a negative number; the digits of
// a code without 0x; the number of a version without its v.
func appendForms(out []string, field string) []string {
	bare := strings.TrimRight(field, "-._")
	switch flag := strings.TrimLeft(bare, "-"); {
	case bare == flag || flag == "" || len(flag) > maxTerm || len(bare)-len(flag) > 2:
	case len(flag) == 1:
		return append(out, "-"+flag)
	case unicode.IsDigit(rune(flag[0])):
		return append(out, "-"+strings.ToLower(flag))
	case len(pieces(flag)) == 1:
		return append(out, bare[:len(bare)-len(flag)]+strings.ToLower(flag))
	}
	if m := hexadecimal.FindStringSubmatch(bare); m != nil && len(m[1]) <= maxTerm {
		return append(out, strings.ToLower(m[1]))
	}
	if m := numbered.FindStringSubmatch(bare); m != nil && len(m[1]) <= maxTerm {
		return append(out, m[1])
	}
	return out
}

// marked finds the names of languages that end in marks, and operators: two to
// four marks that no letter follows, of at least two kinds, or of one kind that
// Markdown gives no meaning.
var marked = regexp.MustCompile(`[A-Za-z]\+\+|\b[A-Za-z]#|[-<>=!@#%^&|~?:+/*]{2,4}`)

// drawn are marks that draw tables, rules, fences, headings and comments.
var drawn = regexp.MustCompile(`^(?:[-|:+]+|#+|\*+|~~+|=+|/+\**|\**/+|<!-*|-*>|:/+|\?+|!+|-+&?|\+\+)$`)

func appendMarked(out []string, s string) []string {
	for at := 0; at < len(s); {
		m := marked.FindStringIndex(s[at:])
		if m == nil {
			return out
		}
		from, to := at+m[0], at+m[1]
		at = to
		t := s[from:to]
		if next, _ := utf8.DecodeRuneInString(s[to:]); to < len(s) && (unicode.IsLetter(next) || unicode.IsDigit(next) || strings.ContainsRune("-<>=!@#%^&|~?:+/*", next)) {
			continue
		}
		word := unicode.IsLetter(rune(t[0]))
		if before, _ := utf8.DecodeLastRuneInString(s[:from]); word && from > 0 && (unicode.IsLetter(before) || unicode.IsDigit(before)) || !word && drawn.MatchString(t) && t != "->" && t != "||" && t != "::" {
			continue
		}
		out = append(out, strings.ToLower(t))
	}
	return out
}

func stem(w string) string {
	for i := 0; i < len(w); i++ {
		if w[i] < 'a' || w[i] > 'z' {
			return w // numbers, other scripts
		}
	}
	return english.Stem(w, false)
}

// unspaced reports whether a word is of a script that writes no spaces between
// words.
func unspaced(w string) bool {
	return strings.ContainsFunc(w, func(r rune) bool {
		return r > 0x0E00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Khmer, unicode.Lao, unicode.Myanmar)
	})
}

func appendPairs(out []string, w string) []string {
	rs := []rune(w)
	if len(rs) == 1 {
		return append(out, w)
	}
	for i := range rs[1:] {
		out = append(out, string(rs[i:i+2]))
	}
	return out
}

// words splits at everything that cannot be inside of an identifier. What
// follows an apostrophe within a word (it's, don't, I'd) is dropped.
func words(s string) []string {
	var out []string
	start := -1
	flush := func(end int) {
		if start >= 0 && strings.Trim(s[start:end], "-._") != "" {
			out = append(out, s[start:end])
		}
		start = -1
	}
	clitic := false // within the letters after an apostrophe
	for i, r := range s {
		inside := unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '_' || r == '-' || r == '.'
		switch {
		case clitic && unicode.IsLetter(r):
		case inside && start < 0:
			clitic, start = false, i
		case inside:
		default:
			apostrophe := r == '\'' || r == '’'
			clitic = apostrophe && start >= 0 && isClitic(s[i+len(string(r)):])
			flush(i)
		}
	}
	flush(len(s))
	return out
}

// isClitic reports whether a text begins with up to three letters that end a
// word: s, t, d, m, ll, re, ve.
func isClitic(rest string) bool {
	n := 0
	for _, r := range rest {
		if !unicode.IsLetter(r) {
			return n > 0 && !unicode.IsDigit(r) && r != '_' && r != '\'' && r != '’'
		}
		if n++; n > 3 {
			return false
		}
	}
	return n > 0
}

// pieces splits an identifier at punctuation and at changes of case.
func pieces(w string) []string {
	var out []string
	for _, part := range strings.FieldsFunc(w, func(r rune) bool { return r == '_' || r == '-' || r == '.' }) {
		start := 0
		rs := []rune(part)
		for i := 1; i < len(rs); i++ {
			lowUp := unicode.IsLower(rs[i-1]) && unicode.IsUpper(rs[i])
			acronym := i+1 < len(rs) && unicode.IsUpper(rs[i-1]) && unicode.IsUpper(rs[i]) && unicode.IsLower(rs[i+1])
			if lowUp || acronym {
				out = append(out, string(rs[start:i]))
				start = i
			}
		}
		out = append(out, string(rs[start:]))
	}
	return out
}
