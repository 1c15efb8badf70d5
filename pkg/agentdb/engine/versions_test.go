package engine

import (
	"fmt"
	"strings"
	"testing"

	"panther/pkg/edition"
	"panther/pkg/knowledge"
	"panther/pkg/search"
)

func TestStands(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		page, old, query string
		want             bool
	}{
		{"17", "9", "slots", true}, {"9", "17", "slots", false}, {"17", "16", "slots in 16", false}, {"16", "17", "slots in v16", true},
		{"1.10", "1.9", "slots", true}, {"1.9", "1.10", "slots of 1.9", true}, {"stable", "3", "slots", true}, {"devel", "3", "slots", false},
		{"15.2", "16", "PostgreSQL 15", true}, {"devel", "17", "slots in devel", true}, {"3.11", "3.12", "slots in 3.11.4", true},
		{"18rc1", "17", "slots", false}, {"18rc1", "17", "slots in 18", true}, {"5.1.dev20240101", "5.0", "slots", false},
	} {
		page, old := edition.Of("https://e.org/a", tc.page), edition.Of("https://e.org/a", tc.old)
		if got := stands(page, old, search.Text(tc.query)); got != tc.want {
			t.Errorf("%s before %s for %q: %v", tc.page, tc.old, tc.query, got)
		}
	}
}

func TestFoundVersions(t *testing.T) {
	t.Parallel()
	page := func(version, file, text string) knowledge.Hit {
		return knowledge.Hit{URI: "https://e.org/" + version + "/" + file, Link: version + "/" + file, Title: "Slots " + version, Version: version, Text: text}
	}
	slots := func(n int) string {
		return fmt.Sprintf("The setting max_slots is how many slots the server keeps for clients. The default is %d slots.", n)
	}
	hits := []knowledge.Hit{
		page("15", "slots", slots(10)), page("17", "slots", slots(20)), page("16", "slots", slots(10)), page("17", "other", "Something else."),
		page("17", "slots", "Another passage of the page, which says when slots are given back."),
		page("15", "slots", "Another passage of the page, which says when slots are given back."),
		{URI: "https://e.org/copy", Text: "Something else."},
	}
	for query, want := range map[string]string{
		"default of max_slots":         "17/slots (16 15 differ); 17/other; 17/slots (15)",
		"default of max_slots in 15":   "15/slots (17 differ 16); 17/other; 15/slots (17)",
		"is max_slots 20 the default?": "16/slots (15); 17/slots; 17/other; 17/slots (15)",
		"is max_slots 10 the default?": "16/slots (15); 17/slots; 17/other; 17/slots (15)",
	} {
		f := found{query: search.Text(query), limit: 9}
		for i, h := range hits {
			h.Score = 1 / float64((i+1)*(i+1))
			f.add(h)
		}
		var got []string
		for _, h := range f.hits() {
			s, others := h.Link, []string(nil)
			differ := 0
			for _, e := range h.Editions {
				others = append(others, e.Version)
				if e.Differs {
					differ++
					others = append(others, "differ")
				}
			}
			if differ == len(h.Editions) && differ > 1 {
				others = append(without(others, "differ"), "differ")
			}
			if others != nil {
				s += " (" + strings.Join(others, " ") + ")"
			}
			got = append(got, s)
		}
		if s := strings.Join(got, "; "); s != want {
			t.Errorf("%s: %s, want %s", query, s, want)
		}
	}
}

func without(list []string, x string) (out []string) {
	for _, s := range list {
		if s != x {
			out = append(out, s)
		}
	}
	return out
}

func TestTheWantedVersionComesFirst(t *testing.T) {
	t.Parallel()
	type page struct {
		version, file, text string
		score               float64
	}
	for _, tc := range []struct {
		query string
		pages []page // by their score; the texts have little in common
		want  string
	}{
		{"retry in 4.0", []page{{"5.0", "a", "Retry is new.", 1}, {"4.0", "a", "How often it tries again.", .1}}, "4.0/a 5.0/a"},
		{"retry in 4.0", []page{{"5.0", "a", "Retry is new.", 1}, {"4.0", "b", "How often it tries again.", .9}}, "4.0/b 5.0/a"},
		{"retry in 4.0", []page{{"5.0", "a", "Retry is new.", 1}, {"4.0", "b", "How often it tries again.", .5}}, "5.0/a 4.0/b"},
		{"retry", []page{{"4.0", "a", "How often it tries again.", 1}, {"5.0", "a", "Retry is new.", .9}}, "5.0/a 4.0/a"},
		{"retry", []page{{"4.0", "a", "How often it tries again.", 1}, {"5.0", "a", "Retry is new.", .5}}, "4.0/a 5.0/a"},
		{"retry", []page{{"4.0", "a", "How often it tries again.", 1}, {"5.0", "b", "Retry is new.", .9}}, "4.0/a 5.0/b"},
		{"retry 30 times", []page{{"4.0", "a", "It tries 30 times.", 1}, {"5.0", "a", "Retry is new.", .9}}, "4.0/a 5.0/a"},
	} {
		f := found{query: search.Text(tc.query), limit: 9}
		for _, p := range tc.pages {
			f.add(knowledge.Hit{URI: "https://e.org/docs/" + p.version + "/" + p.file, Link: p.version + "/" + p.file, Text: p.text, Score: p.score})
		}
		var got []string
		for _, h := range f.hits() {
			got = append(got, h.Link)
		}
		if s := strings.Join(got, " "); s != tc.want {
			t.Errorf("%s: %s, want %s", tc.query, s, tc.want)
		}
	}
}
