package markdown

import (
	"net/url"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// maxLinks bounds Page.Links: a page with more is a trap or a generated index.
const maxLinks = 20000

// baseURL is what relative links resolve against: the base element when there is one, else the page's address. It is
// nil when neither is an absolute address.
func baseURL(doc *html.Node, pageURL string) *url.URL {
	base, err := url.Parse(strings.TrimSpace(pageURL))
	if err != nil || !base.IsAbs() {
		base = nil
	}
	el := find(doc, func(n *html.Node) bool { return n.DataAtom == atom.Base && hasAttr(n, "href") })
	if el == nil {
		return base
	}
	ref, err := url.Parse(strings.TrimSpace(attr(el, "href")))
	if err != nil {
		return base
	}
	if base != nil {
		ref = base.ResolveReference(ref)
	}
	if ref.Scheme != "http" && ref.Scheme != "https" {
		return base
	}
	return ref
}

// resolve makes ref absolute. It returns "" for what is no address to link to: scripts, data, blobs and references
// that are nothing but white space. What net/url refuses to parse is joined as text, so that no link is lost.
func resolve(base *url.URL, ref string) string {
	ref = cleanRef(ref)
	if ref == "" {
		return ""
	}
	switch scheme := schemeOf(ref); scheme {
	case "javascript", "data", "vbscript", "blob", "about":
		return ""
	}
	u, err := url.Parse(ref)
	switch {
	case err != nil && (schemeOf(ref) != "" || base == nil):
		return escapeRef(ref)
	case err != nil:
		root := base.Scheme + "://" + base.Host
		if strings.HasPrefix(ref, "/") {
			return escapeRef(root + ref)
		}
		dir := base.EscapedPath()
		return escapeRef(root + dir[:strings.LastIndexByte(dir, '/')+1] + ref)
	case base == nil:
		return escapeRef(ref)
	case u.IsAbs():
		return escapeRef(ref)
	}
	return base.ResolveReference(u).String()
}

// cleanRef drops the white space and control characters that browsers drop from an address.
func cleanRef(ref string) string {
	ref = strings.TrimSpace(ref)
	if strings.ContainsAny(ref, "\n\r\t") {
		ref = strings.NewReplacer("\n", "", "\r", "", "\t", "").Replace(ref)
	}
	return ref
}

func schemeOf(ref string) string {
	for i := 0; i < len(ref); i++ {
		c := ref[i]
		switch {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
		case i > 0 && (c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.'):
		case c == ':' && i > 0:
			return strings.ToLower(ref[:i])
		default:
			return ""
		}
	}
	return ""
}

// escapeRef escapes what may not stand in an address and would end a Markdown link.
func escapeRef(ref string) string {
	if !strings.ContainsAny(ref, " <>\"\\") {
		return ref
	}
	return strings.NewReplacer(" ", "%20", "<", "%3C", ">", "%3E", `"`, "%22", `\`, "%5C").Replace(ref)
}

// collectLinks fills Page.Links from the whole document.
func (p *Page) collectLinks(ix *index, base *url.URL) {
	seen := make(map[string]bool)
	add := func(ref string) {
		link := withoutFragment(resolve(base, ref))
		if !seen[link] && httpOnly(link) != "" {
			seen[link] = true
			p.Links = append(p.Links, link)
		}
	}
	for _, n := range ix.links {
		if len(p.Links) >= maxLinks {
			p.Warnings = append(p.Warnings, "more links than are kept")
			return
		}
		rel := strings.ToLower(attr(n, "rel"))
		if strings.Contains(rel, "nofollow") {
			continue
		}
		add(attr(n, "href"))
	}
	for _, o := range ix.options {
		add(o)
	}
}
