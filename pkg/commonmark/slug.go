package commonmark

import (
	"net/url"
	"strconv"
	"strings"
	"unicode"
)

// Slug returns the fragment that GitHub gives a heading, as github-slugger and
// most generators do: lower case, letters, digits, hyphens and underscores only,
// with spaces as hyphens. Numbering of repeated headings is left to the caller.
func Slug(heading string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(strings.TrimSpace(heading)) {
		switch {
		case r == ' ' || r == '-':
			b.WriteByte('-')
		case r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			b.WriteRune(r)
		}
	}
	return b.String()
}

// gitlabSlug joins neighbouring hyphens, as Banzai's table of contents does.
func gitlabSlug(heading string) string {
	s := Slug(heading)
	for strings.Contains(s, "--") {
		s = strings.ReplaceAll(s, "--", "-")
	}
	return s
}

// bitbucketSlug has the prefix that Bitbucket's Markdown gives.
func bitbucketSlug(heading string) string { return "markdown-header-" + gitlabSlug(heading) }

// SlugAt returns how the platform that shows a document makes the fragment of a
// heading; where it is unknown, Slug.
func SlugAt(uri string) func(heading string) string {
	u, err := url.Parse(uri)
	if err != nil {
		return Slug
	}
	switch host := u.Hostname(); {
	case host == "bitbucket.org":
		return bitbucketSlug
	case host == "gitlab.com" || strings.HasPrefix(host, "gitlab.") || strings.Contains(u.Path, "/-/blob/"):
		return gitlabSlug
	}
	return Slug
}

// anchors numbers the slugs that repeat in a document.
type anchors struct {
	slug func(string) string
	next map[string]int
}

func newAnchors(slug func(string) string) *anchors {
	if slug == nil {
		slug = Slug
	}
	return &anchors{slug, map[string]int{}}
}

// of returns the anchor of the next heading of that title.
func (a *anchors) of(title string) string {
	s := a.slug(title)
	if s == "" {
		return ""
	}
	out := s
	for _, taken := a.next[out]; taken; _, taken = a.next[out] {
		a.next[s]++
		out = s + "-" + strconv.Itoa(a.next[s])
	}
	a.next[out] = 0
	return out
}
