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
		h := g[0].Hit
		h.Score = score
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
