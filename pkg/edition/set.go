package edition

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Wish is which versions of a source are wanted. The zero value is all of them.
type Wish struct {
	newest int  // how many; 0 is all
	pre    bool // what is not released counts too
}

// ParseWish reads newest, all or a number, and behind the first and the last +pre
// where what is not released counts as newest.
func ParseWish(s string) (Wish, error) {
	count, pre := strings.CutSuffix(s, "+pre")
	switch n, err := strconv.Atoi(count); {
	case s == "" || s == "all":
		return Wish{}, nil
	case count == "newest":
		return Wish{1, pre}, nil
	case err == nil && n > 0 && n < 1000:
		return Wish{n, pre}, nil
	}
	return Wish{}, fmt.Errorf("%q is none of newest, all and a number", s)
}

// All reports whether nothing is left out.
func (w Wish) All() bool { return w.newest == 0 }

const (
	// maxFamilies, maxVersions and maxTails bound what a hostile site makes grow.
	maxFamilies = 500
	maxVersions = 500
	maxTails    = 50000
	// minShared is how many pages versions share before they are versions of one
	// thing, and sharedPart of the pages of the second largest: a blog has an index
	// in each of its years, and two sections of manual pages share a few names.
	minShared  = 2
	sharedPart = 0.3
)

// Set holds what is known of the versions of a source, and says which are wanted.
// A family is what lies in several versions below one place: /docs/17/ and /docs/16/
// are of the family of /docs/. Addresses without a version are always wanted.
//
// Versions are dropped once they are known to be of the same pages, and while the
// newer ones that stay are there: one that was announced and has no documents, or
// less than half of those of the version before, does not count. Until Settle
// the addresses of what looks like an older version wait.
//
// Its methods are not for several goroutines at once.
type Set struct {
	Trust bool // any document is enough for a version to count

	wish     Wish
	families map[string]*family
	plain    map[string]bool // addresses without a version
	settled  bool
}

// NewSet returns a set that knows nothing.
func NewSet(w Wish) *Set {
	return &Set{wish: w, families: map[string]*family{}, plain: map[string]bool{}}
}

// family is what is known of the versions below a place.
type family struct {
	versions map[string]*version // by their name in addresses; "" is an address without one
	sure     bool                // they are versions of the same pages
	pages    map[string]int      // in how many versions one is
	shared   int                 // how many are in several
	kept     map[string]bool     // wanted versions; nil where that is to be decided
}

type version struct {
	said  string // version that its pages say, or that a list gives
	moved bool   // it leads to another version
	docs  int
	pages map[string]bool
}

// Add takes an address for known.
func (s *Set) Add(uri string) {
	e, place := among(uri)
	if f := s.family(place); f != nil {
		f.add(e.Version, strings.TrimPrefix(e.Page, place))
		return
	}
	if s.plain[e.Page] || len(s.plain) >= maxTails {
		return
	}
	s.plain[e.Page] = true
	for place, f := range s.families {
		if page, ok := strings.CutPrefix(e.Page, place); ok {
			f.add("", page)
		}
	}
}

// family returns the one of a place, or nil.
func (s *Set) family(place string) *family {
	f := s.families[place]
	if f != nil || place == "" || len(s.families) >= maxFamilies {
		return f
	}
	f = &family{versions: map[string]*version{}, pages: map[string]int{}}
	s.families[place] = f
	for uri := range s.plain {
		if page, ok := strings.CutPrefix(uri, place); ok {
			f.add("", page)
		}
	}
	return f
}

// add takes a page of a version for known. An index says nothing: whatever is
// numbered has one.
func (f *family) add(name, page string) {
	v := f.version(name)
	page = strings.TrimSuffix(page, "/")
	if v == nil || v.pages[page] || page == "" || strings.HasPrefix(path.Base(page), "index.") || len(f.pages) >= maxTails {
		return
	}
	v.pages[page] = true
	if f.pages[page]++; f.pages[page] != 2 {
		return
	}
	if f.shared++; f.sure || f.shared < minShared {
		return
	}
	var sizes []int
	for _, v := range f.versions {
		sizes = append(sizes, len(v.pages))
	}
	slices.Sort(sizes)
	f.sure = float64(f.shared) >= sharedPart*float64(sizes[len(sizes)-2])
}

func (f *family) version(name string) *version {
	v := f.versions[name]
	if v == nil && len(f.versions) < maxVersions {
		v = &version{pages: map[string]bool{}}
		f.versions[name], f.kept = v, nil
	}
	return v
}

// Say notes the version that a page says to be of.
func (s *Set) Say(uri, said string) {
	if e, place := among(uri); said != "" {
		s.say(place, e.Version, said)
	}
}

func (s *Set) say(place, name, said string) {
	numbers, _ := order(said)
	f := s.family(place)
	if f == nil || numbers == nil {
		return
	}
	if v := f.version(name); v != nil && v.said != said {
		v.said, f.kept = said, nil
	}
}

// Said returns the version of an address: as its pages or a list give it, where the
// address has but a word for it.
func (s *Set) Said(uri string) string {
	e, place := among(uri)
	if f := s.families[place]; f != nil && f.versions[e.Version] != nil {
		return f.versions[e.Version].said
	}
	return ""
}

// Move notes that an address leads to another one: a version that leads to another
// is none of its own.
func (s *Set) Move(from, to string) {
	e, place := among(from)
	t, there := among(to)
	if f := s.families[place]; f != nil && place == there && e.Version != t.Version && e.Page == t.Page {
		if v := f.version(e.Version); v != nil && !v.moved {
			v.moved, f.kept = true, nil
		}
	}
}

// List notes versions that a list of the site gives, by the addresses where they
// begin and what is said of them: they are versions of the same pages.
func (s *Set) List(versions map[string]string) {
	for uri, said := range versions {
		e, place := among(uri)
		if f := s.family(place); f != nil {
			f.version(e.Version)
			f.sure, f.kept = true, nil
			s.say(place, e.Version, said)
		}
	}
}

// Settle says that all was visited that is wanted, and counts the documents that
// each yields: what is wanted is decided anew.
func (s *Set) Settle(documents func(yield func(uri string) bool)) {
	s.Count(documents)
	s.settled = true
}

// Count counts the documents of each version.
func (s *Set) Count(documents func(yield func(uri string) bool)) {
	for _, f := range s.families {
		f.kept = nil
		for _, v := range f.versions {
			v.docs = 0
		}
	}
	for uri := range documents {
		s.Add(uri)
		e, place := among(uri)
		if f := s.families[place]; f != nil && f.versions[e.Version] != nil {
			f.versions[e.Version].docs++
			continue
		}
		for place, f := range s.families {
			if v := f.versions[""]; v != nil && strings.HasPrefix(e.Page, place) {
				v.docs++
			}
		}
	}
}

// Kept reports whether an address is wanted. sure is false where it may turn out
// that it is of no version.
func (s *Set) Kept(uri string) (kept, sure bool) {
	e, place := among(uri)
	f := s.families[place]
	if f == nil || !f.sure && s.settled {
		return true, f != nil && f.sure
	}
	if f.kept == nil {
		f.decide(s)
	}
	return e.Version == "" || f.kept[e.Version] || f.versions[e.Version] == nil, f.sure
}

// Unfinished names the versions that are there and do not count yet.
func (s *Set) Unfinished() (out []string) {
	for place, f := range s.families {
		if !f.sure || s.wish.All() {
			continue
		}
		groups := f.groups(s.wish.pre)
		for i, g := range groups {
			if docs(g) > 0 && !s.whole(groups[i:]) {
				out = append(out, place+g[0].name)
			}
		}
	}
	slices.Sort(out)
	return out
}

// state is what is kept of a family from run to run.
type state struct {
	Said  map[string]string `json:"said,omitempty"`
	Moved []string          `json:"moved,omitempty"`
}

// MarshalText writes what the addresses that are known do not tell.
func (s *Set) MarshalText() ([]byte, error) {
	out := map[string]state{}
	for place, f := range s.families {
		if !f.sure {
			continue
		}
		st := state{Said: map[string]string{}}
		for name, v := range f.versions {
			if v.said != "" {
				st.Said[name] = v.said
			}
			if v.moved {
				st.Moved = append(st.Moved, name)
			}
		}
		slices.Sort(st.Moved)
		out[place] = st
	}
	return json.Marshal(out)
}

// UnmarshalText reads what MarshalText wrote.
func (s *Set) UnmarshalText(b []byte) error {
	var in map[string]state
	if err := json.Unmarshal(b, &in); err != nil {
		return fmt.Errorf("read versions: %w", err)
	}
	for place, st := range in {
		f := s.family(place)
		if f == nil {
			continue
		}
		f.sure = true
		for name, said := range st.Said {
			s.say(place, name, said)
		}
		for _, name := range st.Moved {
			if v := f.version(name); v != nil {
				v.moved = true
			}
		}
	}
	return nil
}
