package engine

import (
	"net/url"
	"path"
	"strings"

	"panther/pkg/edition"
	"panther/pkg/knowledge"
	"panther/pkg/passage"
)

// Where a term stands is told by how often it is counted, as in BM25F with whole
// weights (Robertson, Zaragoza, Taylor, "Simple BM25 Extension to Multiple
// Weighted Fields", 2004): a title and the innermost heading three times, all else
// once. The copies count in the length of a passage too: without, two judged
// collections and a hundred questions about AWS found less, and so with weights
// of two.
const headingCopies = 2

// addressParts is how many parts of a path are indexed, from the last one on:
// those before are of a site or a folder, and of all its pages.
const addressParts = 3

// fields is what is indexed of a passage behind its text: once more what says
// most of what it is about, and the words of its address.
func fields(d knowledge.Document, p passage.Passage) string {
	var b strings.Builder
	for range headingCopies {
		if n := len(p.Headings); n > 0 && !strings.EqualFold(p.Headings[n-1], d.Title) {
			b.WriteString("\n" + p.Headings[n-1])
		}
		b.WriteString("\n" + d.Title)
	}
	u, err := url.Parse(d.URI)
	if err != nil || u.Path == "" {
		return b.String()
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	last := len(parts) - 1
	parts[last] = strings.TrimSuffix(parts[last], path.Ext(parts[last]))
	for _, part := range parts[max(0, len(parts)-addressParts):] {
		if part != "index" && !edition.IsVersion(part) {
			b.WriteString("\n" + part)
		}
	}
	return b.String()
}
