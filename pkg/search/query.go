package search

import (
	"strings"
	"time"
)

// Query is a parsed query.
type Query struct {
	Terms    []string   // wanted terms, each once, in order
	Phrases  [][]string // each must occur, in order and side by side
	Exclude  []string   // none may occur
	Source   string     // source:NAME
	Language string     // lang:TAG
	After    time.Time  // after:2006-01-02
	Text     string     // the words without operators, for an encoder
}

// Parse reads the query language: words, "a phrase", -word, source:, lang: and
// after:. It never fails; what is no operator is a word.
func Parse(s string) Query {
	var (
		q    Query
		text []string
		seen = map[string]bool{}
	)
	want := func(terms []string) {
		for _, t := range terms {
			if !seen[t] {
				seen[t] = true
				q.Terms = append(q.Terms, t)
			}
		}
	}
	for i, part := range strings.Split(s, `"`) {
		if i%2 == 1 {
			terms := Terms(part)
			if len(terms) > 0 {
				q.Phrases = append(q.Phrases, terms)
			}
			want(terms)
			text = append(text, part)
			continue
		}
		for _, w := range strings.Fields(part) {
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
				q.Exclude = append(q.Exclude, Terms(w)...)
			default:
				want(Terms(w))
				text = append(text, w)
			}
		}
	}
	q.Text = strings.Join(text, " ")
	return q
}
