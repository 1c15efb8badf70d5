package eval

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"panther/pkg/knowledge"
)

// Searcher answers searches: the engine, or a client of the running server.
type Searcher interface {
	Search(ctx context.Context, req knowledge.SearchRequest) (*knowledge.SearchResponse, error)
}

// Question is one with the pages that answer it.
type Question struct {
	Text   string
	Intent string         // kind of question, "" for none
	Pages  map[string]int // address as Page writes it, grade above 0
}

// Line is one judgement of a file of questions.
type Line struct {
	Question string `json:"question"`
	Page     string `json:"page"`             // address of a document
	Grade    *int   `json:"grade,omitempty"`  // 1 where it is missing; 0 and less are no answer
	Intent   string `json:"intent,omitempty"` // of the question
}

// ReadQuestions reads a file of judgements, one a line: JSON objects, or question,
// page, grade and intent between tabs, the last two of which may be missing.
// Empty lines and those that begin with # are left out.
func ReadQuestions(path string) ([]Question, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read questions: %w", err)
	}
	defer f.Close()
	return readQuestions(path, f)
}

const maxLine = 1 << 20

func readQuestions(name string, r io.Reader) ([]Question, error) {
	var out []Question
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	for n := 1; lines.Scan(); n++ {
		b := bytes.TrimSpace(lines.Bytes())
		if len(b) == 0 || b[0] == '#' {
			continue
		}
		l, err := readLine(b)
		if err != nil {
			return nil, fmt.Errorf("read %s:%d: %w", name, n, err)
		}
		grade := 1
		if l.Grade != nil {
			grade = *l.Grade
		}
		i := slices.IndexFunc(out, func(q Question) bool { return q.Text == l.Question })
		if i < 0 {
			i, out = len(out), append(out, Question{Text: l.Question, Pages: map[string]int{}})
		}
		out[i].Intent = cmp.Or(out[i].Intent, l.Intent)
		if grade > 0 {
			out[i].Pages[Page(l.Page)] = grade
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	out = slices.DeleteFunc(out, func(q Question) bool { return len(q.Pages) == 0 })
	if len(out) == 0 {
		return nil, fmt.Errorf("read %s: no question has a page", name)
	}
	return out, nil
}

func readLine(b []byte) (l Line, err error) {
	if b[0] == '{' {
		err = json.Unmarshal(b, &l)
	} else {
		cols := append(strings.Split(string(b), "\t"), "", "", "")
		l = Line{Question: cols[0], Page: cols[1], Intent: cols[3]}
		if cols[2] != "" {
			var grade int
			grade, err = strconv.Atoi(cols[2])
			l.Grade = &grade
		}
	}
	l.Question = strings.TrimSpace(l.Question)
	if err == nil && (l.Question == "" || l.Page == "") {
		err = fmt.Errorf("it needs a question and a page, between tabs or as JSON")
	}
	return l, err
}

// Page writes an address as a judgement and a hit are compared: without
// fragment, and without what a server adds to a folder's name.
func Page(uri string) string {
	uri, _, _ = strings.Cut(strings.TrimSpace(uri), "#")
	return strings.TrimSuffix(strings.TrimSuffix(uri, "index.html"), "/")
}

// Answer is how one question went.
type Answer struct {
	Question string   `json:"question"`
	Intent   string   `json:"intent,omitempty"`
	NDCG10   float64  `json:"ndcg_at_10"`
	Wanted   []string `json:"wanted"`  // best grade first
	Instead  []string `json:"instead"` // the first pages that came
}

// Measured is how all questions went in one mode.
type Measured struct {
	Measures
	Questions int                 `json:"questions"`
	ByIntent  map[string]Measures `json:"by_intent,omitempty"`
	Answers   []Answer            `json:"answers"` // worst first
}

// instead is how many pages are told of a question.
const instead = 3

// Ask asks every question in a mode and measures on pages: the passages of a page
// count where its first one stands.
func Ask(ctx context.Context, s Searcher, qs []Question, sources []string, mode knowledge.Mode) (*Measured, error) {
	out := &Measured{Questions: len(qs)}
	var all []measured
	intents := map[string][]measured{}
	for _, q := range qs {
		start := time.Now()
		r, err := s.Search(ctx, knowledge.SearchRequest{Query: q.Text, Mode: mode, Limit: depth, Sources: sources})
		if err != nil {
			return nil, fmt.Errorf("ask %q: %w", q.Text, err)
		}
		if r.Mode != mode {
			return nil, fmt.Errorf("ask %q: %s was done in place of %s: %s", q.Text, r.Mode, mode, strings.Join(r.Warnings, "; "))
		}
		m := measured{judged: q.Pages, took: time.Since(start)}
		for _, h := range r.Hits {
			if p := Page(h.URI); !slices.Contains(m.ranked, p) {
				m.ranked = append(m.ranked, p)
			}
		}
		all = append(all, m)
		intents[q.Intent] = append(intents[q.Intent], m)
		out.Answers = append(out.Answers, Answer{Question: q.Text, Intent: q.Intent, NDCG10: ndcg(m.ranked, q.Pages, 10), Wanted: byGrade(q.Pages),
			Instead: m.ranked[:min(instead, len(m.ranked))]})
	}
	out.Measures = mean(all)
	if len(intents) > 1 {
		out.ByIntent = map[string]Measures{}
		for name, ms := range intents {
			out.ByIntent[name] = mean(ms)
		}
	}
	slices.SortStableFunc(out.Answers, func(a, b Answer) int { return cmp.Compare(a.NDCG10, b.NDCG10) })
	return out, nil
}

func byGrade(pages map[string]int) []string {
	out := make([]string, 0, len(pages))
	for p := range pages {
		out = append(out, p)
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Or(-cmp.Compare(pages[a], pages[b]), cmp.Compare(a, b)) })
	return out
}
