// Package search holds what ranking needs apart from the database: the analysis
// of text into index terms, the query language, and the fusion of two ranked
// lists. Both stores index exactly the terms of Index, so that they rank alike.
// It keeps no state and never fails; a query that says nothing yields no terms.
//
// # Terms
//
// A word of English, and of a text whose language is not known, has its stem as
// term. In a text of another language with letters that many have in common it has
// a term of that language, LANGUAGE·STEM, so that equal stems of two languages are
// two terms. Whoever asks does not say in which language: a word of a query stands
// for its terms in all languages that the index has, which are weighed as one
// (Query.In). What is no word of prose, such as an identifier, has the same term
// everywhere, and so have the words of a script that one stemmer serves.
//
// A word that says nothing is there for phrases only: see Silent.
package search

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// stopWords are the 33 of Lucene's classic English analyzer. They count nowhere.
var stopWords = set("a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to was will with")

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

// maxTerm bounds a term in bytes; longer ones are encoded data, not words.
const maxTerm = 512

// Version is raised whenever Index gives other terms for the same text: what was
// indexed before is then indexed again, without being embedded again.
const Version = 2

// Silent reports whether a term is in the index for phrases only: it has no
// postings and does not count for the length of its unit.
func Silent(term string) bool { return strings.HasPrefix(term, Mark) }

// token is what a text has at a place.
type token struct {
	text   string // the plain term; "" where it is the stem of word
	word   string // in small letters, if a language may have another term for it
	exact  bool   // the term is the word as it is written, beside one for its plain form
	silent bool   // in every language
	alone  bool   // it is all of a word, not a part of an identifier
}

// plain returns the plain term of a token.
func (t token) plain() string {
	if t.text == "" { // it costs something, and few languages ask for it
		return plain(fold(t.word))
	}
	return t.text
}

// speaks reports whether a token has another term in a language.
func (t token) speaks(lang string) bool {
	if t.word == "" {
		return false
	}
	arabic := t.word[0] >= 0xD8 && t.word[0] <= 0xDB // the letters of its block
	return arabic == (lang == "fa") && inflected(lang)
}

// in returns the term of a token in a language.
func (t token) in(lang string) string {
	if t.silent {
		return Mark + t.plain()
	}
	if !t.speaks(lang) {
		return t.plain()
	}
	term, silent := termIn(lang, t.word)
	switch {
	case silent:
		return Mark + term
	case t.exact:
		return t.text
	}
	return term
}

func appendToken(out []token, text string) []token {
	if text == "" { // of marks alone
		return out
	}
	return append(out, token{text: text})
}

// Terms returns the plain terms of a text in order: lower case, stemmed, without
// stop words. An identifier yields itself and its words: snake_case, camelCase,
// --a-flag, a dotted.name, ORA-00942. A word that is merely hyphenated yields its
// parts. Scripts without spaces yield pairs of characters, Korean both. A word with
// diacritics yields itself and its plain form. A flag, a negative number, $A_NAME,
// a path, C++, an emoji and an operator such as ->> are terms of their own, beside
// the words in them.
func Terms(s string) []string { return texts(tokens(s)) }

func texts(ts []token) []string {
	out := make([]string, 0, len(ts))
	for _, t := range ts {
		if !t.silent {
			out = append(out, t.plain())
		}
	}
	return out
}

// Index returns the terms of a text for the index, silent ones too; lang is the
// tag of its language, "" if nobody knows.
func Index(s, lang string) []string {
	lang = base(lang)
	ts := tokens(s)
	out := make([]string, len(ts), len(ts)+len(ts)/4)
	for i, t := range ts {
		out[i] = t.in(lang)
	}
	for i, t := range ts {
		if !t.exact && !Silent(out[i]) && t.speaks(lang) && !isASCII(t.word) {
			if bare, _ := termIn(lang, fold(t.word)); bare != out[i] {
				out = append(out, bare) // as it is written where marks are left out
			}
		}
	}
	return appendEnds(out, lang)
}

// tokens returns what a text has, in order.
func tokens(s string) []token {
	s = normalize(s)
	out := make([]token, 0, len(s)/5)
	var path pathAt
	for at := 0; at < len(s); {
		c := s[at]
		switch {
		case c < utf8.RuneSelf && (!inWord[c] || c == '-' && operatorAt(s, at)):
			if end := markEnd(s, at); end > at {
				out = appendOperator(out, s, at, end)
				at = end
			} else {
				at++
			}
			continue
		case c >= utf8.RuneSelf:
			r, size := utf8.DecodeRuneInString(s[at:])
			if !wordRune(r) {
				out = appendEmoji(out, s[at:at+size], r)
				at += size
				continue
			}
		}
		end := fieldEnd(s, at)
		field := s[at:end]
		if w := strings.Trim(field, "-._"); w != "" {
			out = appendField(out, s, at, field, w)
			out = path.add(out, s, at, end)
			end = afterClitic(s, at, end)
		}
		at = end
	}
	return path.end(out, s)
}

// inWord has the ASCII characters that can be inside of an identifier.
var inWord = func() (in [utf8.RuneSelf]bool) {
	for c := range in {
		r := rune(c)
		in[c] = unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '-' || r == '.'
	}
	return in
}()

func wordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r)
}

// fieldEnd is where what begins at a place ends: an identifier, or letters of a
// script without spaces.
func fieldEnd(s string, at int) int {
	first := true
	var dense bool
	for i, r := range s[at:] {
		switch {
		case r < utf8.RuneSelf && inWord[r] && !(dense && !first) && (r != '-' || !operatorAt(s, at+i)):
		case r >= utf8.RuneSelf && unicode.IsMark(r):
		case r >= utf8.RuneSelf && wordRune(r) && (first || unspaced(r) == dense):
			dense = unspaced(r)
		default:
			return at + i
		}
		first = false
	}
	return len(s)
}

// appendField adds a word or an identifier in all its forms. field may have marks
// around w.
func appendField(out []token, s string, at int, field, w string) []token {
	parts := pieces(w)
	if len(parts) > 1 && identifier(field, w) && len(w) <= maxTerm {
		out = appendToken(out, strings.ToLower(w))
	}
	for _, p := range parts {
		n := len(out)
		out = appendWord(out, strings.ToLower(p))
		for i := n; len(parts) == 1 && i < len(out); i++ {
			out[i].alone = true
		}
	}
	return appendForms(out, s, at, field)
}

// appendWord adds a word in small letters in the forms that find it.
func appendWord(out []token, w string) []token {
	switch r, _ := utf8.DecodeRuneInString(w); {
	case len(w) > maxTerm:
	case isASCII(w):
		if stopWords[w] {
			return append(out, token{text: w, silent: true})
		}
		if !lettersOnly(w) {
			return appendToken(out, w)
		}
		return append(out, token{word: w})
	case unspaced(r):
		return appendPairs(out, w)
	default:
		return appendScript(out, w)
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

// elided are the articles and pronouns of French and Italian that lose their
// vowel before an apostrophe: what follows is a word.
var elided = set("l d j m n t s c qu jusqu lorsqu puisqu quoiqu dell nell sull dall all un")

// afterClitic returns where the search for the next word goes on: what follows an
// apostrophe within a word (it's, don't, I'd) is dropped.
func afterClitic(s string, at, end int) int {
	rest, apostrophe := strings.CutPrefix(s[end:], "'")
	if !apostrophe {
		rest, apostrophe = strings.CutPrefix(s[end:], "’")
	}
	if !apostrophe || len(s[at:end]) < 8 && elided[strings.ToLower(s[at:end])] {
		return end
	}
	n := 0
	for i, r := range rest {
		if !unicode.IsLetter(r) {
			if n > 0 && !unicode.IsDigit(r) && r != '_' && r != '\'' && r != '’' {
				return len(s) - len(rest) + i
			}
			return end
		}
		if n++; n > 3 {
			return end
		}
	}
	if n == 0 {
		return end
	}
	return len(s)
}

// pieces splits an identifier at punctuation and at changes of case.
func pieces(w string) []string {
	out := make([]string, 0, 4)
	for part := range strings.FieldsFuncSeq(w, func(r rune) bool { return r == '_' || r == '-' || r == '.' }) {
		start, before := 0, 0 // of the last letter
		var last, beforeLast rune
		for i, r := range part {
			switch {
			case unicode.IsLower(last) && unicode.IsUpper(r):
				out = append(out, part[start:i])
				start = i
			case unicode.IsLower(r) && unicode.IsUpper(last) && unicode.IsUpper(beforeLast) && before > start:
				out = append(out, part[start:before])
				start = before
			}
			before, beforeLast, last = i, last, r
		}
		out = append(out, part[start:])
	}
	return out
}
