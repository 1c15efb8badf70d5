// Package search holds what ranking needs apart from the database: the analysis
// of text into index terms, the query language, and the fusion of two ranked
// lists. Both stores index exactly the terms of Terms, so that they rank alike.
// It keeps no state and never fails; a query that says nothing yields no terms.
package search

import (
	"strings"
	"unicode"

	"github.com/kljensen/snowball/english"
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

// Terms returns the index terms of a text in order: lower case, stemmed,
// without stop words. An identifier yields itself and its words: snake_case,
// camelCase, --a-flag, a dotted.name, ORA-00942. A word that is merely
// hyphenated yields its parts. Scripts without spaces yield pairs of characters.
func Terms(s string) []string {
	var out []string
	for _, w := range words(s) {
		out = appendTerms(out, w)
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
			out = append(out, stem(p))
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
		return r > 0x0E00 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai)
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
