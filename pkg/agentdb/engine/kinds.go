package engine

import (
	"cmp"
	"slices"
	"strings"

	"panther/pkg/agentdb/store"
	"panther/pkg/search"
)

// aside are words in addresses of pages that tell what was new, how to come from
// an older version, or where things are: they have the words of everything, and
// explain little of it.
var aside = map[string]bool{"releasenotes": true, "releases": true, "changelog": true, "news": true, "announcements": true, "blog": true, "migrate": true,
	"migrating": true, "migration": true, "upgrade": true, "upgrading": true, "genindex": true, "bookindex": true, "toc": true, "contents": true,
	"release notes": true, "release note": true, "whats new": true, "change log": true}

// asides are terms of questions that ask for such a page.
var asides = []string{"releas", "changelog", "chang", "histori", "new", "news", "announc", "migrat", "upgrad", "blog", "index", "content"}

// asideShare is what is left of the score of such a page where nobody asks for
// one: enough to be first where nothing else fits.
const asideShare = 0.9

// mainFirst moves such pages behind those that fit nearly as well, unless the
// query asks for one.
func mainFirst(part []search.Fused, byUnit map[int64]store.StoredPassage, q search.Query) []search.Fused {
	if slices.ContainsFunc(q.Terms, func(t string) bool { return slices.Contains(asides, t) }) {
		return part
	}
	moved := false
	out := slices.Clone(part)
	for i := range out {
		if isAside(byUnit[out[i].Unit].URI) {
			out[i].Score *= asideShare
			moved = true
		}
	}
	if moved {
		slices.SortStableFunc(out, func(a, b search.Fused) int { return cmp.Compare(b.Score, a.Score) })
	}
	return out
}

func isAside(uri string) bool {
	_, path, _ := strings.Cut(uri, "://")
	_, path, _ = strings.Cut(path, "/") // behind the host
	before := ""
	for word := range strings.FieldsFuncSeq(strings.ToLower(path), func(r rune) bool { return r == '/' || r == '.' || r == '-' || r == '_' }) {
		if aside[word] || aside[before+" "+word] {
			return true
		}
		before = word
	}
	return false
}
