package engine

import (
	"cmp"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"panther/pkg/search"
)

// versionPart is a part of a path that names a version: 17, v2, 3.1, en@3.1. A
// number of more than four digits is a thing's own.
var versionPart = regexp.MustCompile(`^(?:[a-z-]*@)?[vV]?(\d{1,4}(?:\.\d{1,4}){0,3})(?:\.x)?$`)

// edition is which page an address is, whatever its version, and that version;
// an address that names none has no numbers.
type edition struct {
	page    string
	numbers []int
	name    string
}

func editionOf(uri string) edition {
	u, err := url.Parse(uri)
	if err != nil {
		return edition{page: uri}
	}
	var e edition
	parts := strings.Split(u.Path, "/")
	for i, p := range parts[:len(parts)-1] {
		m := versionPart.FindStringSubmatch(p)
		if m == nil || e.name != "" {
			continue
		}
		e.name, parts[i] = p, "*"
		for n := range strings.SplitSeq(m[1], ".") {
			v, _ := strconv.Atoi(n)
			e.numbers = append(e.numbers, v)
		}
	}
	e.page = u.Scheme + "://" + u.Host + strings.Join(parts, "/")
	return e
}

// terms are what a question calls the version.
func (e edition) terms() []string { return search.Terms(e.name) }

// replaces reports whether a page is a newer edition of another, and the query
// names the version of neither.
func (e edition) replaces(old edition, q search.Query) bool {
	if e.page != old.page || len(e.numbers) == 0 || len(old.numbers) == 0 || slices.CompareFunc(e.numbers, old.numbers, cmp.Compare) <= 0 {
		return false
	}
	for _, t := range old.terms() {
		if slices.Contains(q.Terms, t) {
			return false
		}
	}
	return true
}
