package engine

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"panther/pkg/edition"
	"panther/pkg/knowledge"
	"panther/pkg/search"
)

// found collects hits: one for each passage, whatever the versions and copies of
// its page. Each group of versions has the place of its best hit.
type found struct {
	query  search.Query
	limit  int
	groups []group
	byKey  map[string][]int // where groups are
	seen   duplicates       // of the first of each group
}

// group is a passage in all its versions, best first.
type group []edited

type edited struct {
	knowledge.Hit
	edition edition.Edition
	terms   map[string]bool // of the text, once they were asked for
}

// words are the terms of the text: most hits have one version, and are never
// asked.
func (x *edited) words() map[string]bool {
	if x.terms == nil {
		x.terms = map[string]bool{}
		for _, t := range search.Terms(x.Text) {
			x.terms[t] = true
		}
	}
	return x.terms
}

// current names the edition of a page whose address and text say no version, among
// others that do.
const current = "current"

// sameText is the share of common terms (Jaccard) from which two texts under the
// same headings are one passage in two versions.
const sameText = 0.5

// add takes the next hit, best first.
func (f *found) add(h knowledge.Hit) {
	x := edited{Hit: h, edition: edition.Of(h.URI, h.Version)}
	key := x.edition.Page + "\n" + withoutDigits(h.Title+"\n"+strings.Join(h.Headings, "\n"))
	for _, i := range f.byKey[key] {
		if f.groups[i].takes(&x, f.query) {
			f.groups[i] = append(f.groups[i], x)
			return
		}
	}
	if len(f.groups) == f.limit {
		return
	}
	if i := f.seen.add(h.Text); i >= 0 {
		if g := f.groups[i]; g[0].edition.Page == x.edition.Page && g.takes(&x, f.query) {
			f.groups[i] = append(g, x)
		}
		return
	}
	if f.byKey == nil {
		f.byKey = map[string][]int{}
	}
	f.byKey[key] = append(f.byKey[key], len(f.groups))
	f.groups = append(f.groups, group{x})
}

// takes reports whether a hit is the passage of the group in another version.
// Where only one of them has a word of the query, that tells the versions apart,
// and both are hits.
func (g group) takes(x *edited, q search.Query) bool {
	if slices.ContainsFunc(g, func(y edited) bool { return y.edition.Version == x.edition.Version }) {
		return false
	}
	common, has, best := 0, x.words(), g[0].words()
	for t := range has {
		if best[t] {
			common++
		}
	}
	if float64(common) < sameText*float64(len(has)+len(best)-common) {
		return false
	}
	return named(x.edition, q) > 0 || named(g[0].edition, q) > 0 || !slices.ContainsFunc(q.Terms, func(t string) bool { return has[t] != best[t] })
}

// near is the part of a hit's score from which a later hit is as good.
const near = 0.8

// order puts what is of the version that the query names before the same page, and
// before pages of the same manual that are as good, in versions that it does not
// name. Where it names none, the newer of two versions of a page comes first, if it
// is as good and no number of the query is in the older alone.
func (f *found) order() {
	for i := range f.groups {
		for j := i + 1; j < len(f.groups); j++ {
			if f.groups[j].before(f.groups[i], f.query) {
				g := f.groups[j]
				g[0].Score = f.groups[i][0].Score
				copy(f.groups[i+1:j+1], f.groups[i:j])
				f.groups[i] = g
			}
		}
	}
}

// before reports whether a group comes before another one of higher score.
func (g group) before(o group, q search.Query) bool {
	x, y := &g[0], &o[0]
	page, good := x.edition.Page == y.edition.Page, x.Score >= near*y.Score
	switch wanted, other := named(x.edition, q), named(y.edition, q); {
	case !page && (x.edition.Place == "" || x.edition.Place != y.edition.Place):
		return false
	case wanted > 0 || other > 0:
		return wanted > other && (page || good && other == 0)
	case !page || !good || x.edition.Compare(y.edition) <= 0:
		return false
	}
	return !slices.ContainsFunc(q.Terms, func(t string) bool {
		return strings.ContainsAny(t, "0123456789") && y.words()[t] && !x.words()[t]
	})
}

// hits returns one hit for each group.
func (f *found) hits() []knowledge.Hit {
	out := make([]knowledge.Hit, 0, len(f.groups))
	for _, g := range f.groups {
		score := g[0].Score
		slices.SortStableFunc(g, func(x, y edited) int {
			switch {
			case stands(x.edition, y.edition, f.query):
				return -1
			case stands(y.edition, x.edition, f.query):
				return 1
			}
			return 0
		})
		g[0].Score = score
	}
	f.order()
	for _, g := range f.groups {
		h := g[0].Hit
		for _, x := range g[1:] {
			h.Editions = append(h.Editions, knowledge.Edition{Version: cmp.Or(x.edition.Version, current), Link: x.Link, Differs: numbers(x.Text) != numbers(h.Text)})
		}
		out = append(out, h)
	}
	return out
}

func withoutDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) || r == '.' {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
}
