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

// stopWords are the 33 of Lucene's classic English analyzer.
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
// without stop words. An identifier such as snake_case, camelCase, --a-flag or
// a.b.c yields itself and its words.
func Terms(s string) []string {
	var out []string
	for _, w := range words(s) {
		parts := pieces(w)
		if len(parts) != 1 || parts[0] != w {
			if whole := strings.ToLower(w); len(whole) <= maxTerm {
				out = append(out, whole)
			}
		}
		for _, p := range parts {
			p = strings.ToLower(p)
			if !stopWords[p] && len(p) <= maxTerm {
				out = append(out, stem(p))
			}
		}
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

// words splits at everything that cannot be inside of an identifier.
func words(s string) []string {
	f := strings.FieldsFunc(s, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' && r != '-' && r != '.'
	})
	out := f[:0]
	for _, w := range f {
		if w = strings.Trim(w, "-._"); w != "" {
			out = append(out, w)
		}
	}
	return out
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
	if len(out) == 1 && strings.EqualFold(out[0], w) {
		return []string{w}
	}
	return out
}
