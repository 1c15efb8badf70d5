package search

import (
	"strings"
	"time"
)

// Query is a parsed query.
type Query struct {
	Terms    []string   // wanted terms in order; one that was said twice counts twice
	Phrases  [][]string // each must occur, in order and side by side
	Exclude  []string   // none may occur
	Source   string     // source:NAME
	Language string     // lang:TAG
	After    time.Time  // after:2006-01-02
	Text     string     // the words without operators, for an encoder
}

// asking are words of questions and requests, which say nothing about what is
// asked for. They are in the index, and in phrases.
var asking = set("i me my we our us you your he she they them what which who whom whose how when where why do does did doing " +
	"would should could can may might must shall have has had having am been being about")

// maxTerms bounds the terms of a query: a long text is known by its beginning.
const maxTerms = 128

// Parse reads the query language: words, "a phrase", -word, source:, lang: and
// after:. It never fails; what is no operator is a word. Quotation marks make a
// phrase a condition where at least half of the words are in them: in a longer
// text they are a quotation.
func Parse(s string) Query {
	var (
		q     Query
		text  []string
		words []string // outside of quotation marks
	)
	for i, part := range strings.Split(s, `"`) {
		if i%2 == 1 {
			if terms := Terms(part); len(terms) > 0 {
				q.Phrases = append(q.Phrases, terms)
			}
			text = append(text, part)
			continue
		}
		for _, w := range strings.Fields(part) {
			if !q.operator(w) {
				words = append(words, w)
				text = append(text, w)
			}
		}
	}
	quoted := 0
	for _, p := range q.Phrases {
		quoted += len(p)
		q.Terms = append(q.Terms, p...)
	}
	loose := Terms(strings.Join(words, " "))
	if quoted < len(loose) {
		q.Phrases = nil
	}
	q.Terms = append(q.Terms, wanted(loose, strings.Join(words, " "))...)
	q.Terms = q.Terms[:min(len(q.Terms), maxTerms)]
	q.Text = strings.Join(text, " ")
	return q
}

// operator takes a word that is one.
func (q *Query) operator(w string) bool {
	key, value, _ := strings.Cut(w, ":")
	day, derr := time.Parse(time.DateOnly, value)
	switch {
	case value != "" && key == "source":
		q.Source = value
	case value != "" && key == "lang":
		q.Language = value
	case key == "after" && derr == nil:
		q.After = day
	case len(w) > 1 && w[0] == '-' && w[1] != '-':
		terms := Terms(w[1:])
		if len(terms) == 0 {
			return false
		}
		q.Exclude = append(q.Exclude, terms[0]) // of an identifier the whole, not its words
	default:
		return false
	}
	return true
}

// wanted returns the terms of a text without the words of asking, unless nothing
// else is there.
func wanted(terms []string, text string) []string {
	var kept []string
	for _, w := range words(text) {
		if !asking[strings.ToLower(w)] {
			kept = appendTerms(kept, w)
		}
	}
	if len(kept) == 0 {
		return terms
	}
	return kept
}
