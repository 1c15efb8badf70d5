package search

import (
	"slices"
	"strings"
	"time"
)

// Query is a parsed query.
type Query struct {
	Terms    []string  // wanted plain terms in order; one that was said twice counts twice
	Source   string    // source:NAME
	Version  string    // version:17
	Language string    // lang:TAG
	After    time.Time // after:2006-01-02
	Text     string    // the words without operators, for an encoder

	wanted  []token
	phrases []operand // each must occur, in order and side by side
	exclude []operand // not:WORD; none may occur
}

// operand is what an operator is about.
type operand struct {
	text   string // as it was written
	tokens []token
}

// asking are words of questions and requests, which say nothing about what is
// asked for. They are in the index, and in phrases.
var asking = set("i me my we our us you your he she they them what which who whom whose how when where why do does did doing " +
	"would should could can may might must shall have has had having am been being about")

// maxTerms bounds the terms of a query: a long text is known by its beginning.
const maxTerms = 128

// emphatic is how many terms a question has at most in which quotation marks
// point at what matters; a longer text quotes titles and figures of speech.
const emphatic = 12

// Text reads a question as it was asked: nothing in it is an operator or a
// condition, and what stands in quotation marks counts twice.
func Text(s string) Query {
	q := Query{Text: strings.TrimSpace(quotes.Replace(s)), wanted: wanted(s)}
	parts := strings.Split(double.Replace(s), `"`)
	if len(q.wanted) > emphatic {
		parts = nil
	}
	for i := 1; i+1 < len(parts); i += 2 { // the last mark may be alone
		if len(parts) > 3 || strings.TrimSpace(parts[0]+parts[2]) != "" { // else all of it is quoted
			q.wanted = append(q.wanted, counted(tokens(parts[i]))...)
		}
	}
	return q.bounded()
}

// Verbatim reads a text of which each word is wanted once.
func Verbatim(s string) Query {
	q := Query{Text: s}
	seen := map[string]bool{}
	for _, t := range counted(tokens(s)) {
		if p := t.plain(); !seen[p] {
			seen[p] = true
			q.wanted = append(q.wanted, t)
		}
	}
	return q.bounded()
}

var (
	double = strings.NewReplacer("“", `"`, "”", `"`, "„", `"`, "«", `"`, "»", `"`)
	quotes = strings.NewReplacer(`"`, "", "“", "", "”", "", "„", "", "«", "", "»", "")
)

// Parse reads the query language, for where a person writes a query: words,
// "a phrase", not:word, source:, version:, lang: and after:. It never fails; what is no
// operator is a word, so is a flag. Quotation marks make a phrase a condition
// where at least half of the words are in them: in a longer text they are a
// quotation.
func Parse(s string) Query {
	var (
		q     Query
		text  []string
		words []string // outside of quotation marks
	)
	for i, part := range strings.Split(double.Replace(s), `"`) {
		if i%2 == 1 {
			if ts := tokens(part); len(counted(ts)) > 0 {
				q.phrases = append(q.phrases, operand{part, ts})
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
	for _, p := range q.phrases {
		ts := counted(p.tokens)
		quoted += len(ts)
		q.wanted = append(q.wanted, ts...)
	}
	loose := strings.Join(words, " ")
	if quoted < len(Terms(loose)) {
		q.phrases = nil
	}
	q.wanted = append(q.wanted, wanted(loose)...)
	q.Text = strings.Join(text, " ")
	return q.bounded()
}

// bounded makes the terms of a query from its tokens.
func (q Query) bounded() Query {
	q.wanted = q.wanted[:min(len(q.wanted), maxTerms)]
	q.Terms = texts(q.wanted)
	return q
}

// operator takes a word that is one.
func (q *Query) operator(w string) bool {
	key, value, _ := strings.Cut(w, ":")
	day, derr := time.Parse(time.DateOnly, value)
	switch {
	case value != "" && key == "source":
		q.Source = value
	case value != "" && key == "version":
		q.Version = value
	case value != "" && key == "lang":
		q.Language = value
	case key == "after" && derr == nil:
		q.After = day
	case value != "" && key == "not":
		ts := counted(tokens(value))
		if len(ts) == 0 {
			return false
		}
		q.exclude = append(q.exclude, operand{value, ts[:1]}) // of an identifier the whole, not its words
	default:
		return false
	}
	return true
}

// Condition is one part of a query that passages must meet.
type Condition struct {
	Name    string // as a person writes it
	Without Query  // the query without it
}

// maxConditions is how many conditions are looked at one by one.
const maxConditions = 8

// Conditions returns those of a query, and all of them together where there are
// several; only those where there are many.
func (q Query) Conditions() []Condition {
	var out []Condition
	add := func(name string, drop func(*Query)) {
		without := q
		drop(&without)
		out = append(out, Condition{name, without})
	}
	for i, p := range q.phrases {
		add(`"`+p.text+`"`, func(q *Query) { q.phrases = without(q.phrases, i) })
	}
	for i, x := range q.exclude {
		add("not:"+x.text, func(q *Query) { q.exclude = without(q.exclude, i) })
	}
	if q.Source != "" {
		add("source:"+q.Source, func(q *Query) { q.Source = "" })
	}
	if q.Version != "" {
		add("version:"+q.Version, func(q *Query) { q.Version = "" })
	}
	if q.Language != "" {
		add("lang:"+q.Language, func(q *Query) { q.Language = "" })
	}
	if !q.After.IsZero() {
		add("after:"+q.After.Format(time.DateOnly), func(q *Query) { q.After = time.Time{} })
	}
	if len(out) > maxConditions {
		out = nil
	}
	if len(out) != 1 && q.conditional() {
		add("its conditions", func(q *Query) { *q = Query{Terms: q.Terms, Text: q.Text, wanted: q.wanted} })
	}
	return out
}

func (q Query) conditional() bool {
	return len(q.phrases)+len(q.exclude) > 0 || q.Source != "" || q.Version != "" || q.Language != "" || !q.After.IsZero()
}

// without returns a list without one of its elements.
func without[T any](list []T, i int) []T { return slices.Concat(list[:i], list[i+1:]) }

// wanted returns the tokens of a text without the words of asking, in English and
// in the language that it seems to be in, unless nothing else is there.
func wanted(text string) []token {
	all := counted(tokens(text))
	lang := Detect(text)
	if lang == "en" {
		lang = ""
	}
	kept := slices.DeleteFunc(slices.Clone(all), func(t token) bool {
		return t.alone && (asking[t.word] || functionWords[lang][t.word])
	})
	if len(kept) > 0 {
		return kept
	}
	return all
}

// counted leaves out what is silent.
func counted(ts []token) []token {
	return slices.DeleteFunc(slices.Clone(ts), func(t token) bool { return t.silent })
}
