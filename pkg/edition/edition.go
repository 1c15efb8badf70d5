// Package edition tells which version an address or a page is of, which of two
// versions is newer, and which of the versions of one source its owner wants.
//
// It reads names and knows no project: what a name does not say, such as whether
// 5.1 was released, is learned from what the pages say (Set.Said). It never fails;
// what it does not know for a version is none.
package edition

import (
	"cmp"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Edition is one page in one version. The zero value has no version.
type Edition struct {
	Place   string // address up to what names the version; "" where nothing does
	Page    string // address without what names the version: equal for one page in all versions
	Version string // 17, 3.1, stable; "" for none
	Alias   string // name of the version in the address, where the page says another one

	numbers []int
	kind    kind
}

// kind orders versions of a project before their numbers count.
type kind int8

const (
	unknown    kind = iota
	prerelease      // what is not released: dev, main, 5.1rc1
	numbered
	newest // what a project calls its newest release: latest, stable, or nothing at all
)

var (
	// numberedPart is a part of a path that names a version: 17, v2, 3.1.x,
	// en@3.1, release-1.20, postgresql-doc-17, 1_86_0, 5.1rc1. A number of more
	// than four digits is a thing's own.
	numberedPart = regexp.MustCompile(`^(?i:[a-z-]*@|(?:[a-z][a-z0-9.]*-)?(?:docs?|manual|release|version|stable|branch)-)?[vVr]?(\d{1,4}(?:\.\d{1,4}){0,3}|\d{1,2}(?:_\d{1,3}){2})(?:\.x)?((?i:[-.]?(?:a|b|c|m|rc|alpha|beta|dev|pre|preview|snapshot|canary|next|ea)[-.]?\d*(?:[+].*)?)?)$`)
	// named is a part that is a word for a version wherever it stands.
	named = regexp.MustCompile(`^(?:latest|stable|current|devel|nightly|unstable|next)$`)
	// branch is a part that is a word for one where only versions stand.
	branch = regexp.MustCompile(`^(?i:dev|develop|main|master|trunk|edge|canary|beta|alpha|preview|snapshot|head|lts)$`)
	// beside is a part behind which only versions stand: a language, or a word for a
	// manual.
	beside = regexp.MustCompile(`^(?i:[a-z]{2}(?:[-_][a-z]{2,4})?|docs?|documentation|manual|reference|api|guide)$`)
	// counted is a part behind which a number is that of a thing.
	counted = regexp.MustCompile(`^(?i:chapters?|sections?|parts?|lessons?|units?|pages?|steps?|weeks?|days?|issues?|pull|man|blog|posts?|news|articles?|archives?|events?|volumes?|topics?|tags?|users?|t|p|q|rfcs?)$`)
	year    = regexp.MustCompile(`^(?:19|20)\d\d$`)
	month   = regexp.MustCompile(`^(?:0?[1-9]|1[0-2])$`)
	// host is a first label that names a version: v2.example.org, v1-28.docs.example.org.
	host = regexp.MustCompile(`^v(\d{1,4}(?:-\d{1,4}){0,2})$`)
)

// Of reads an address, and the version that its page says to be of, which wins.
func Of(uri, said string) Edition {
	e, place := read(uri, false)
	e.Place = place
	if v := Plain(said); v != "" && v != e.Version {
		e.Version, e.Alias = v, e.Version
	}
	e.numbers, e.kind = order(e.Version)
	return e
}

// among finds the version in an address that may be one of several: words count
// that are versions only among others.
func among(uri string) (e Edition, place string) {
	if e, place = read(uri, false); place == "" {
		e, place = read(uri, true)
	}
	return e, place
}

// read finds the version in an address. place is the address up to it, and loose
// takes words for branches wherever they stand.
func read(uri string, loose bool) (e Edition, place string) {
	e.Page = uri
	u, err := url.Parse(uri)
	if err != nil {
		return e, ""
	}
	if label, rest, ok := strings.Cut(u.Host, "."); ok && host.MatchString(label) && strings.Contains(rest, ".") {
		e.Version = strings.ReplaceAll(label[1:], "-", ".")
		e.Page = u.Scheme + "://" + rest + u.RequestURI()
		return e, u.Scheme + "://" + rest + "/"
	}
	path, query := u.EscapedPath(), ""
	if u.RawQuery != "" {
		query = "?" + u.RawQuery
	}
	parts := strings.Split(path, "/")
	for i, p := range parts[:len(parts)-1] {
		before := ""
		if i > 0 {
			before = parts[i-1]
		}
		if year.MatchString(p) && month.MatchString(parts[i+1]) {
			break // a date
		}
		v := versionOf(p, before, loose)
		if v == "" || place != "" && year.MatchString(v) {
			continue
		}
		e.Version = v
		place = u.Scheme + "://" + u.Host + strings.Join(parts[:i], "/") + "/"
		e.Page = place + strings.Join(parts[i+1:], "/") + query
		if !year.MatchString(v) { // else there may be a better one
			return e, place
		}
	}
	if place == "" {
		e.Page = u.Scheme + "://" + u.Host + path + query
	}
	return e, place
}

// versionOf is the version that a part of a path names behind another one.
func versionOf(p, before string, loose bool) string {
	if named.MatchString(p) || branch.MatchString(p) && (loose || beside.MatchString(before)) {
		return strings.ToLower(p)
	}
	m := numberedPart.FindStringSubmatch(p)
	if m == nil || len(p) > 1 && p[0] == '0' && !strings.Contains(p, ".") || counted.MatchString(before) && !strings.Contains(m[1], ".") {
		return ""
	}
	return strings.ReplaceAll(m[1], "_", ".") + m[2]
}

// IsVersion reports whether a part of a path names a version.
func IsVersion(part string) bool { return versionOf(part, "", false) != "" }

// Plain is a version without what is written around its numbers.
func Plain(s string) string {
	if m := numberedPart.FindStringSubmatch(s); m != nil {
		return strings.ReplaceAll(m[1], "_", ".") + m[2]
	}
	return s
}

// leading are the numbers with which a version begins.
var leading = regexp.MustCompile(`^v?(\d{1,9}(?:\.\d{1,9})*)(.*)$`)

// released are the marks behind the numbers of a release: 5.0.post1, 33.0-jre.
var released = regexp.MustCompile(`^(?i:[-.+](?:\d|x$|post|final|ga|release|jre|android|lts|sp|p\d|g[0-9a-f]{7})|$|\s|\+)`)

// order returns what a version is compared by.
func order(v string) ([]int, kind) {
	m := leading.FindStringSubmatch(v)
	if m == nil {
		switch {
		case v == "" || v == "latest" || v == "stable" || v == "current" || v == "lts":
			return nil, newest
		case named.MatchString(v) || branch.MatchString(v):
			return nil, prerelease
		}
		return nil, unknown
	}
	var out []int
	for n := range strings.SplitSeq(m[1], ".") {
		i, err := strconv.Atoi(n)
		if err != nil {
			return nil, unknown
		}
		out = append(out, i)
	}
	if m[2] != "" && !released.MatchString(m[2]) {
		return out, prerelease
	}
	return out, numbered
}

// Numbered reports whether numbers say which version it is.
func (e Edition) Numbered() bool { return e.numbers != nil }

// Compare orders editions, the newest last: what a project calls stable after all
// numbers, and those after what is not released.
func (e Edition) Compare(o Edition) int {
	return cmp.Or(cmp.Compare(e.kind, o.kind), slices.Compare(e.numbers, o.numbers), cmp.Compare(e.Version, o.Version))
}

// Names returns how exactly a word names the version: 17 names 17.2 and 17rc1 too,
// and 17.2.1 names 17.2, but all less than 17.2 does. 0 is not at all.
func (e Edition) Names(word string) int {
	w := Plain(word)
	switch {
	case w == "":
		return 0
	case w == e.Version, w == e.Alias, strings.HasPrefix(e.Alias, w+"."):
		return len(w) + 1
	}
	numbers, _ := order(w)
	for i := range min(len(numbers), len(e.numbers)) {
		if numbers[i] != e.numbers[i] {
			return 0
		}
	}
	return min(len(numbers), len(e.numbers), 1) * min(len(w), len(e.Version))
}
