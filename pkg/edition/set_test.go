package edition

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// site fills a set: "en/5.0 3" are three pages below en/5.0.
func site(s *Set, places ...string) {
	for _, p := range places {
		var place string
		var n int
		_, _ = fmt.Sscanf(p, "%s %d", &place, &n)
		s.Add("https://e.org/" + place + "/")
		for i := range n {
			s.Add(fmt.Sprintf("https://e.org/%s/page-%c", place, 'a'+i))
		}
	}
}

// documents are as many documents below each place.
func documents(places ...string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for _, p := range places {
			var place string
			var n int
			_, _ = fmt.Sscanf(p, "%s %d", &place, &n)
			for i := range n {
				if !yield(fmt.Sprintf("https://e.org/%s/page-%c", place, 'a'+i)) {
					return
				}
			}
		}
	}
}

func kept(s *Set, places ...string) string {
	var out []string
	for _, p := range places {
		place, _, _ := strings.Cut(p, " ")
		if ok, _ := s.Kept("https://e.org/" + place + "/page-a"); ok {
			out = append(out, place)
		}
	}
	return strings.Join(out, " ")
}

func TestWish(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "all", "newest", "3", "1", "newest+pre", "12+pre"} {
		if _, err := ParseWish(s); err != nil {
			t.Errorf("%q: %v", s, err)
		}
	}
	for _, s := range []string{"0", "-1", "new", "3.11", "all+pre", "+pre", "99999999999999999999"} {
		if w, err := ParseWish(s); err == nil {
			t.Errorf("%q is %+v", s, w)
		}
	}
}

func TestSetKeeps(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		wish, places, want string
	}{
		{"newest", "docs/9.6 4, docs/10 4, docs/17 4", "docs/17"},
		{"2", "docs/9.6 4, docs/10 4, docs/17 4", "docs/10 docs/17"},
		{"all", "docs/9.6 4, docs/10 4", "docs/9.6 docs/10"},
		// A word for the newest is one of the numbers; a branch is not released.
		{"newest", "en/5.0 4, en/4.2 4, en/stable 4, en/dev 4", "en/stable"},
		{"2", "en/5.0 4, en/4.2 4, en/3.2 4, en/stable 4, en/dev 4", "en/4.2 en/stable"},
		{"newest+pre", "en/5.0 4, en/4.2 4, en/stable 4, en/dev 4", "en/dev"},
		{"newest", "en/latest 4, en/stable 4", "en/stable"},
		{"newest", "en/latest 4, en/5.0 4", "en/latest"},
		{"newest", "dev 4, main 4", "main"}, // nothing else is there
		{"newest", "5.1rc1 4, 5.0 4", "5.0"},
		{"newest", "next 4, 3.x 4, 2.x 4", "3.x"},
		{"newest", "v1.10.0 4, v1.9.0 4, 2.0.0-beta.1 4", "v1.10.0"},
		// Languages are families of their own.
		{"newest", "en/5.0 4, en/4.2 4, fr/4.2 4", "en/5.0 fr/4.2"},
		// What is numbered and no version: years, chapters, sections that share a name or two.
		{"newest", "blog/2023 9, blog/2024 9", "blog/2023 blog/2024"},
		{"newest", "notes/1.0 0, notes/1.1 0", "notes/1.0 notes/1.1"},
	} {
		w, err := ParseWish(tc.wish)
		if err != nil {
			t.Fatal(err)
		}
		places := strings.Split(tc.places, ", ")
		s := NewSet(w)
		site(s, places...)
		s.Settle(documents(places...))
		if got := kept(s, places...); got != tc.want {
			t.Errorf("%s of %s: %q, want %q", tc.wish, tc.places, got, tc.want)
		}
	}
}

func TestSetWaitsForANewVersion(t *testing.T) {
	t.Parallel()
	s := NewSet(Wish{newest: 1})
	site(s, "docs/16 9", "docs/17 9")
	s.Count(documents("docs/16 9"))
	if got := kept(s, "docs/16", "docs/17"); got != "docs/16 docs/17" {
		t.Errorf("while the new one is read: %q", got)
	}
	s.Settle(documents("docs/16 9", "docs/17 3"))
	if got := kept(s, "docs/16", "docs/17"); got != "docs/16 docs/17" {
		t.Errorf("while it is being published: %q", got)
	}
	if got := s.Unfinished(); !slices.Equal(got, []string{"https://e.org/docs/17"}) {
		t.Errorf("unfinished %q", got)
	}
	s.Trust = true
	s.Settle(documents("docs/16 9", "docs/17 3"))
	if got := kept(s, "docs/16", "docs/17"); got != "docs/17" {
		t.Errorf("where its owner says that it is whole: %q", got)
	}
	s.Trust = false
	s.Settle(documents("docs/16 9", "docs/17 8"))
	if got := kept(s, "docs/16", "docs/17"); got != "docs/17" {
		t.Errorf("once it is there: %q", got)
	}
}

func TestSetWantsMore(t *testing.T) {
	t.Parallel()
	s := NewSet(Wish{newest: 2})
	site(s, "docs/15 9", "docs/16 9", "docs/17 9")
	s.Count(documents("docs/17 9"))
	if got := kept(s, "docs/15", "docs/16", "docs/17"); got != "docs/16 docs/17" {
		t.Errorf("where one was wanted before: %q", got)
	}
}

func TestSetLearns(t *testing.T) {
	t.Parallel()
	// Python's 3 and 3.14 are one, and 3.15 is not released: only their pages say so.
	s := NewSet(Wish{newest: 2})
	places := []string{"3 4", "3.13 4", "3.14 4", "3.15 4", "2 4", "2.7 4"}
	site(s, places...)
	s.Say("https://e.org/3.15/page-a", "3.15.0a2")
	s.Say("https://e.org/3/page-a", "3.14.0")
	s.Say("https://e.org/3.14/page-a", "3.14.0")
	s.Settle(documents(places...))
	if got := kept(s, places...); got != "3.13 3.14" {
		t.Errorf("kept %q", got)
	}
	// A redirect is no version, and what was learned is kept.
	s = NewSet(Wish{newest: 1})
	site(s, "en/latest 1", "en/2.0 4", "en/1.0 4")
	s.Move("https://e.org/en/latest/page-a", "https://e.org/en/2.0/page-a")
	b, err := s.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	next := NewSet(Wish{newest: 1})
	if err := next.UnmarshalText(b); err != nil {
		t.Fatal(err)
	}
	site(next, "en/2.0 1", "en/1.0 1")
	for _, s := range []*Set{s, next} {
		s.Settle(documents("en/2.0 4"))
		if got := kept(s, "en/latest", "en/2.0", "en/1.0"); got != "en/2.0" {
			t.Errorf("kept %q", got)
		}
	}
	// A list makes versions of what shares nothing yet.
	s = NewSet(Wish{newest: 1})
	site(s, "p/1.0 0", "p/2.0 0")
	s.List(map[string]string{"https://e.org/p/1.0/": "", "https://e.org/p/2.0/": "", "https://e.org/p/dev/": ""})
	if got := kept(s, "p/1.0", "p/2.0", "p/dev"); got != "p/2.0" {
		t.Errorf("kept %q", got)
	}
	// The newest may have no version in its addresses.
	s = NewSet(Wish{newest: 2})
	for i := range 9 {
		s.Add(fmt.Sprintf("https://e.org/docs/page-%c", 'a'+i))
	}
	site(s, "docs/2.x 9", "docs/1.x 9")
	s.Settle(documents("docs 9", "docs/2.x 9"))
	if got := kept(s, "docs", "docs/2.x", "docs/1.x"); got != "docs docs/2.x" {
		t.Errorf("kept %q", got)
	}
}
