package library

import (
	"testing"
	"time"

	"panther/pkg/knowledge"
)

func TestProgressOfARunThatAnotherProcessMakes(t *testing.T) {
	t.Parallel()
	began := time.Unix(1_700_000_000, 0)
	r := &knowledge.Run{Source: "docs", Started: began, Counts: map[string]int{"known": 300, "new": 60, "unchanged": 30, "failed": 10}}
	p := progressOf(r, began.Add(50*time.Second))
	if p.Done != 100 || p.Known != 300 || p.Rate != 2 || p.ETASeconds != 100 || p.Seconds != 50 || p.Counts["known"] != 0 || p.Counts["failed"] != 10 {
		t.Errorf("%+v", p)
	}
	if p := progressOf(&knowledge.Run{Started: began}, began); p.Rate != 0 || p.ETASeconds != 0 || p.Counts == nil {
		t.Errorf("at its beginning: %+v", p)
	}
}

func TestTopicsOfTitles(t *testing.T) {
	t.Parallel()
	for title, want := range map[string]string{
		"Partial Indexes | PostgreSQL": "Partial Indexes", "Index": "", "README": "", "": "", "a": "", "[x](https://evil.test)": "",
		"Routine Vacuuming — Manual": "Routine Vacuuming", "How do I dump a database?": "How do I dump a database?",
	} {
		if got := topic(title); got != want {
			t.Errorf("%q is about %q, want %q", title, got, want)
		}
	}
}
