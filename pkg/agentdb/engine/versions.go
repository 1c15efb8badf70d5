package engine

import (
	"cmp"
	"context"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"panther/pkg/knowledge"
	"panther/pkg/search"
)

// versionPart is a part of a path that names a version: 17, v2, 3.1.x, en@3.1,
// postgresql-doc-17, or the word for one. A number of more than four digits is a
// thing's own.
var versionPart = regexp.MustCompile(`^(?:(?:[a-z-]*@|[a-z][a-z0-9.]*-(?:doc|docs|manual|release)-)?[vV]?(\d{1,4}(?:\.\d{1,4}){0,3})(?:\.x)?|(latest|stable|current|devel|nightly|unstable|next))$`)

// edition is which page an address is, whatever its version, and that version;
// an address that names none has none.
type edition struct {
	page    string
	version string // 17, 3.1, stable
	numbers []int
}

// editionOf reads an address, and the version that its page says to be of.
func editionOf(uri, version string) edition {
	e := edition{page: uri, version: plainVersion(version)}
	if u, err := url.Parse(uri); err == nil {
		parts := strings.Split(u.Path, "/")
		for i, p := range parts[:len(parts)-1] {
			if m := versionPart.FindStringSubmatch(p); m != nil {
				parts[i] = "*"
				if e.version == "" {
					e.version = m[1] + m[2]
				}
				break
			}
		}
		e.page = u.Scheme + "://" + u.Host + strings.Join(parts, "/")
	}
	for n := range strings.SplitSeq(e.version, ".") {
		v, err := strconv.Atoi(n)
		if err != nil {
			e.numbers = nil
			break
		}
		e.numbers = append(e.numbers, v)
	}
	return e
}

// plainVersion is a version without what is written around its numbers.
func plainVersion(s string) string {
	if m := versionPart.FindStringSubmatch(s); m != nil {
		return m[1] + m[2]
	}
	return s
}

func plainVersions(vs []string) []string {
	var out []string
	for _, v := range vs {
		out = append(out, plainVersion(v))
	}
	return out
}

// withVersion gives a document the version of its address where it says none
// itself.
func withVersion(d knowledge.Document) knowledge.Document {
	v := editionOf(d.URI, d.Meta[knowledge.MetaVersion]).version
	if v == d.Meta[knowledge.MetaVersion] {
		return d
	}
	meta := map[string]string{knowledge.MetaVersion: v}
	for key, value := range d.Meta {
		if key != knowledge.MetaVersion {
			meta[key] = value
		}
	}
	d.Meta = meta
	return d
}

// terms are what a question calls the version.
func (e edition) terms() []string {
	out := search.Terms(e.version)
	if e.numbers != nil {
		out = append(out, "v"+e.version)
	}
	return out
}

// standing orders versions: what a project calls stable before numbers, and those
// before what is not released.
func (e edition) standing() int {
	switch {
	case e.numbers != nil:
		return 1
	case e.version == "latest" || e.version == "stable" || e.version == "current":
		return 2
	}
	return 0
}

// compare orders editions, the newest last.
func (e edition) compare(o edition) int {
	return cmp.Or(cmp.Compare(e.standing(), o.standing()), slices.Compare(e.numbers, o.numbers), cmp.Compare(e.version, o.version))
}

// named returns how exactly a query names the version: 17 names 17.2 too, but
// less than 17.2 does. 0 is not at all.
func (e edition) named(q search.Query) int {
	most := 0
	for _, t := range q.Terms {
		if t = plainVersion(t); t != "" && (t == e.version || strings.HasPrefix(e.version, t+".")) {
			most = max(most, len(t))
		}
	}
	return most
}

// stands reports whether of two editions of a page e answers a query and not o:
// the one whose version is named, or else the newer.
func (e edition) stands(o edition, q search.Query) bool {
	return cmp.Or(cmp.Compare(e.named(q), o.named(q)), e.compare(o)) > 0
}

// editionPages bounds how many pages of a listing are looked at for the versions
// of a page.
const editionPages = 20

// Editions returns the versions of a page, the page among them, newest first.
func (e *Engine) Editions(ctx context.Context, id string) ([]knowledge.Document, error) {
	d, err := e.store.Document(ctx, id)
	if err != nil {
		return nil, err
	}
	d.Markdown = ""
	of := func(d knowledge.Document) edition { return editionOf(d.URI, d.Meta[knowledge.MetaVersion]) }
	page := of(*d).page
	out := []knowledge.Document{*d}
	prefix, _, versioned := strings.Cut(page, "*")
	sel := knowledge.ListDocuments{Prefix: prefix, Limit: maxList}
	for n := 0; versioned && n < editionPages; n++ {
		l, err := e.store.ListDocuments(ctx, sel)
		if err != nil {
			return nil, err
		}
		for _, o := range l.Documents {
			if o.URI != d.URI && of(o).page == page {
				out = append(out, o)
			}
		}
		if sel.After = l.Next; l.Next == "" {
			break
		}
	}
	slices.SortStableFunc(out, func(a, b knowledge.Document) int { return of(b).compare(of(a)) })
	return out, nil
}
