package markdown

import (
	"bytes"
	"net/url"
	"path"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// headBytes is how much of a long page is parsed to tell whether it is an index: what generators mark their pages with
// stands in the first few kilobytes.
const headBytes = 64 << 10

// longIndex reads a page that only lists what other pages of its manual say, without the tree of the whole: some have
// megabytes. It has no Markdown. It is nil where the page is none, or not long.
func longIndex(text []byte, opt Options) (*Page, error) {
	if len(text) <= headBytes || opt.Indices || !slices.ContainsFunc(themes, func(t theme) bool { return t.isIndex(opt.URL) }) {
		return nil, nil
	}
	doc, err := parseDocument(text[:headBytes])
	if err != nil {
		return nil, err
	}
	prepare(doc)
	ix := newIndex(doc)
	t := recognize(ix)
	if t == nil || !t.isIndex(opt.URL) {
		return nil, nil
	}
	p := &Page{URL: opt.URL, Generator: t.name, LeftOut: t.leftOut()}
	base := baseURL(doc, opt.URL)
	ix.setSiteApart(base)
	p.readMeta(ix, base)
	ix.links = linkTags(text)
	p.collectLinks(ix, base)
	return p, nil
}

// leftOut is why an index of the theme is no document.
func (t *theme) leftOut() string { return "index of a " + t.name + " manual" }

// isIndex reports whether the page at address only lists what other pages of the manual say.
func (t *theme) isIndex(address string) bool {
	if len(t.indexes) == 0 {
		return false
	}
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	folder, file := path.Split(u.Path)
	return slices.ContainsFunc(t.indexes, func(pattern string) bool {
		name := file
		if strings.Contains(pattern, "/") {
			name = path.Base(folder) + "/" + file
		}
		ok, err := path.Match(pattern, name)
		return ok && err == nil && file != ""
	})
}

// linkTags finds the links of a page as they are written, each address once.
func linkTags(text []byte) []*html.Node {
	var out []*html.Node
	seen := map[string]bool{}
	z := html.NewTokenizer(bytes.NewReader(text))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return out
		case html.StartTagToken, html.SelfClosingTagToken:
		default:
			continue
		}
		name, more := z.TagName()
		if a := atom.Lookup(name); a != atom.A && a != atom.Area {
			continue
		}
		n := &html.Node{Type: html.ElementNode, DataAtom: atom.A, Data: "a"}
		href := ""
		for more {
			var key, value []byte
			key, value, more = z.TagAttr()
			switch string(key) {
			case "href":
				href, _, _ = strings.Cut(string(value), "#")
				setAttr(n, "href", href)
			case "rel":
				setAttr(n, "rel", string(value))
			}
		}
		if href != "" && !seen[href] {
			seen[href] = true
			out = append(out, n)
		}
	}
}
