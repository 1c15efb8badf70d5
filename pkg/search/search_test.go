package search

import (
	"slices"
	"testing"
)

func TestTerms(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][]string{
		"The running indexes":        {"run", "index"},
		"maxOpenConns":               {"maxopenconns", "max", "open", "conn"},
		"work_mem = --foo-bar":       {"work_mem", "work", "mem", "foo-bar", "foo", "bar"},
		"HTTPServer ORA-00942 naïve": {"httpserver", "http", "server", "ora-00942", "ora", "00942", "naïve"},
		"of the":                     nil,
	} {
		if got := Terms(in); !slices.Equal(got, want) {
			t.Errorf("Terms(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	q := Parse(`index "partial index" -unique source:pg lang:en after:2026-01-02 after:soon`)
	if !slices.Equal(q.Terms, []string{"index", "partial", "after", "soon"}) || len(q.Phrases) != 1 ||
		!slices.Equal(q.Exclude, []string{"uniqu"}) || q.Source != "pg" || q.Language != "en" || q.After.Day() != 2 {
		t.Errorf("got %+v", q)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`a "b -c`)
	f.Add("-- ::: source:")
	f.Fuzz(func(t *testing.T, s string) {
		for _, term := range Parse(s).Terms {
			if term == "" || len(term) > maxTerm+16 {
				t.Errorf("term %q", term)
			}
		}
	})
}
