package markdown

import (
	"encoding/json"
	"strings"

	"golang.org/x/net/html"
)

// linkedData is what the schema.org description of the page adds.
type linkedData struct {
	headline, author, site, description, license, language, published, modified string
	article                                                                     bool
	products                                                                    int  // that the page offers
	shelf                                                                       bool // it lists things or pages
}

// maxLinkedData is the size above which a JSON-LD script is ignored.
const maxLinkedData = 256 << 10

// readLinkedData merges all JSON-LD scripts; malformed ones are skipped.
func readLinkedData(scripts []*html.Node) linkedData {
	var ld linkedData
	for _, n := range scripts {
		if n.FirstChild == nil || len(n.FirstChild.Data) > maxLinkedData {
			continue
		}
		var v any
		if json.Unmarshal([]byte(strings.TrimSpace(n.FirstChild.Data)), &v) == nil {
			ld.merge(v, 0)
		}
	}
	return ld
}

func (ld *linkedData) merge(v any, depth int) {
	if depth > 6 {
		return
	}
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			ld.merge(item, depth+1)
		}
	case map[string]any:
		ld.mergeObject(v)
		ld.merge(v["@graph"], depth+1)
		ld.merge(v["mainEntity"], depth+1)
		ld.merge(v["mainEntityOfPage"], depth+1)
	}
}

func (ld *linkedData) mergeObject(o map[string]any) {
	kind := ldText(o["@type"])
	switch {
	case kind == "WebSite" || kind == "Organization":
		ld.site = first(ld.site, ldText(o["name"]))
		return
	case strings.HasSuffix(kind, "Article") || strings.HasSuffix(kind, "Posting"):
		ld.article = ld.article || kind != "TechArticle"
	case kind == "Product" || kind == "ProductGroup":
		if o["offers"] != nil || o["hasVariant"] != nil {
			ld.products++
		}
		return
	case kind == "CollectionPage" || kind == "SearchResultsPage" || kind == "OfferCatalog":
		ld.shelf = true
	case kind != "WebPage":
		return
	}
	ld.headline = first(ld.headline, ldText(o["headline"]))
	ld.author = first(ld.author, ldText(o["author"]))
	ld.site = first(ld.site, ldText(o["publisher"]))
	ld.description = first(ld.description, ldText(o["description"]))
	ld.license = first(ld.license, ldText(o["license"]))
	ld.language = first(ld.language, ldText(o["inLanguage"]))
	ld.published = first(ld.published, ldText(o["datePublished"]))
	ld.modified = first(ld.modified, ldText(o["dateModified"]))
}

// ldText reads a value that may be text, an object with a name, or a list of either.
func ldText(v any) string {
	switch v := v.(type) {
	case string:
		return html.UnescapeString(v)
	case map[string]any:
		return first(ldText(v["name"]), ldText(v["@id"]))
	case []any:
		var names []string
		for _, item := range v {
			if s := ldText(item); s != "" && len(names) < 8 {
				names = append(names, s)
			}
		}
		return strings.Join(names, ", ")
	}
	return ""
}
