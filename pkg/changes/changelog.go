package changes

import (
	"regexp"
	"strings"
)

// changelogTitle is what pages are called that tell of releases.
var changelogTitle = regexp.MustCompile(`(?i)\bchange ?logs?\b|\brelease notes?\b|\breleases\b|\bwhat'?s new\b|\bmigrat(?:ing|ion)\b|\bupgrad(?:ing|e guide)\b|^(?:news|history|changes)$|^E\.\d`)

func isChangelog(title string) bool {
	return changelogTitle.MatchString(title) || versionHeading.MatchString(title)
}

// tellsRelease reports whether entries below a heading are news each.
func (j *judge) tellsRelease(p piece) bool {
	return j.changelog || p.release != "" || versionHeading.MatchString(p.key)
}

// maxGroup is how long the heading over a group of news is, in words.
const maxGroup = 4

// groups reports whether a heading stands over news of which each is told: that
// of a release, or of what it added, changed or removed.
func (j *judge) groups(p piece) bool {
	if p.form != heading || !j.tellsRelease(p) {
		return false
	}
	ws := strings.Fields(p.key)
	return versionHeading.MatchString(p.key) || len(ws) <= maxGroup && sectionKind(p.key) >= 0 && ownKind(ws[0]) < 0
}

// ownKind is what a line of a changelog is by the word that it begins with, -1 if
// that does not say.
func ownKind(first string) kindRank {
	switch strings.ToLower(first) {
	case "remove", "drop", "dropped":
		return removed
	case "deprecate":
		return deprecated
	case "add", "allow":
		return added
	case "rename", "renamed", "change":
		return api
	}
	return -1
}

// sectionKind is what the entries below a heading of a changelog are, -1 if it
// does not say.
func sectionKind(title string) kindRank {
	for _, s := range sections {
		if s.re.MatchString(title) {
			return s.kind
		}
	}
	return -1
}

// news is the kind of an entry of a changelog, by the heading above it and by
// its own words.
func (j *judge) news(p piece) kindRank {
	kind := detail
	if p.depth > 0 {
		kind = sectionKind(p.path[p.depth-1])
	}
	if kind < 0 || kind == api { // it does not say what became of it
		first, _, _ := strings.Cut(strings.TrimRight(p.reads, ":"), " ")
		switch own := max(ownKind(first), pastKind(first)); {
		case own >= 0:
			kind = own
		case kind < 0:
			kind = detail
		}
		if kind == api && defaults.MatchString(p.reads) {
			kind = defaultValue
		}
	}
	if conventional.MatchString(p.reads) {
		kind = min(kind, breaking)
	}
	return kind
}

// pastKind is ownKind for words that are titles of groups too.
func pastKind(first string) kindRank {
	switch strings.ToLower(first) {
	case "removed":
		return removed
	case "deprecated":
		return deprecated
	case "added", "new":
		return added
	case "changed":
		return api
	}
	return -1
}

// conventional is a commit that breaks, by Conventional Commits.
var conventional = regexp.MustCompile(`^(?:[-*] )?\w+(?:\([^)]*\))?!: `)
