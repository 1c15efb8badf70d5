package engine

import (
	"cmp"
	"context"
	"slices"

	"panther/pkg/edition"
	"panther/pkg/knowledge"
	"panther/pkg/search"
)

func plainVersions(vs []string) []string {
	var out []string
	for _, v := range vs {
		out = append(out, edition.Plain(v))
	}
	return out
}

// withVersion gives a document the version of its address where it says none
// itself.
func withVersion(d knowledge.Document) knowledge.Document {
	v := edition.Of(d.URI, d.Meta[knowledge.MetaVersion]).Version
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

// versionTerms are what a question calls a version.
func versionTerms(e edition.Edition) []string {
	out := search.Terms(e.Version + " " + e.Alias)
	if e.Numbered() {
		out = append(out, "v"+e.Version)
	}
	return out
}

// named returns how exactly a query names the version; 0 is not at all.
func named(e edition.Edition, q search.Query) int {
	most := 0
	for _, t := range q.Terms {
		most = max(most, e.Names(t))
	}
	return most
}

// stands reports whether of two editions of a page e answers a query and not o:
// the one whose version is named, or else the newer.
func stands(e, o edition.Edition, q search.Query) bool {
	return cmp.Or(cmp.Compare(named(e, q), named(o, q)), e.Compare(o)) > 0
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
	of := func(d knowledge.Document) edition.Edition { return edition.Of(d.URI, d.Meta[knowledge.MetaVersion]) }
	own := of(*d)
	out := []knowledge.Document{*d}
	sel := knowledge.ListDocuments{Prefix: own.Place, Limit: maxList}
	for n := 0; own.Place != "" && n < editionPages; n++ {
		l, err := e.store.ListDocuments(ctx, sel)
		if err != nil {
			return nil, err
		}
		for _, o := range l.Documents {
			if o.URI != d.URI && of(o).Page == own.Page {
				out = append(out, o)
			}
		}
		if sel.After = l.Next; l.Next == "" {
			break
		}
	}
	slices.SortStableFunc(out, func(a, b knowledge.Document) int { return of(b).Compare(of(a)) })
	return out, nil
}
