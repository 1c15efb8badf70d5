package markdown

import (
	"strconv"
	"strings"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"panther/pkg/gate"
)

// clean removes from the region what is not content.
func (x *extraction) clean() {
	if x.theme != nil && x.theme.dropping != nil {
		for _, n := range cascadia.QueryAll(x.region, x.theme.dropping) {
			if n.Parent != nil && !isHeading(n) {
				x.drop(n, "furniture of "+x.theme.name)
			}
		}
	}
	x.nameMembers()
	x.dropContents()
	if x.prose {
		x.dropTeasers()
	}
	walk(x.region, x.cleanNode)
	if x.title != nil {
		walk(x.title, x.cleanNode)
	}
}

// nameMembers makes headings of the names of members.
func (x *extraction) nameMembers() {
	if x.theme == nil {
		return
	}
	for i, sel := range x.theme.naming {
		for _, n := range cascadia.QueryAll(x.region, sel) {
			rename(n, "h"+strconv.Itoa(i+2))
		}
	}
}

// dropContents removes the list of the pages below this one that a theme adds under a heading of its own: a heading
// without the id that the generator gives to those of the source.
func (x *extraction) dropContents() {
	headings := findAll(x.region, isHeading)
	named := false
	for _, h := range headings {
		named = named || attr(h, "id") != ""
	}
	for _, h := range headings {
		if !named || attr(h, "id") != "" || find(h, func(n *html.Node) bool { return hasAttr(n, "id") }) != nil || !contentsLabels[strings.ToLower(textOf(h))] {
			continue
		}
		list := h.NextSibling
		for list != nil && list.Type == html.TextNode && strings.TrimSpace(list.Data) == "" {
			list = list.NextSibling
		}
		if isElement(list, atom.Ul, atom.Ol) && textLen(list, 1<<20) == linkLen(list) {
			x.drop(list, "pages below this one")
			x.drop(h, "heading of the pages below this one")
		}
	}
}

var contentsLabels = map[string]bool{"table of contents": true, "contents": true, "on this page": true, "in this section": true, "pages": true, "section contents": true}

// drop removes n and notes it for Page.Removed.
func (x *extraction) drop(n *html.Node, reason string) {
	if x.why && len(x.page.Removed) < 500 {
		x.page.Removed = append(x.page.Removed, Removal{Element: describe(n), Reason: reason, Text: clip(textOf(n), 60), Size: textLen(n, 1<<20)})
	}
	remove(n)
}

// cleanNode decides about one node; it is the callback of walk.
func (x *extraction) cleanNode(n *html.Node) bool {
	switch n.Type {
	case html.CommentNode, html.DoctypeNode:
		remove(n)
		return false
	case html.TextNode:
		x.cleanText(n)
		return false
	case html.ElementNode:
	default:
		return true
	}
	if n == x.region || n == x.title {
		return true
	}
	if reason := x.unwanted(n); reason != "" {
		x.drop(n, reason)
		return false
	}
	return true
}

// cleanText takes out of a text what no screen shows. Letters of tags, by which a text speaks to programs alone, are
// noted as hidden.
func (x *extraction) cleanText(n *html.Node) {
	clean := gate.Clean(n.Data)
	if len(clean) != len(n.Data) {
		if tags := tagged(n.Data); tags != "" {
			x.hidden = append(x.hidden, hiding{n.Parent, len(tags), true, speaksToModel(tags)})
		}
		n.Data = clean
	}
}

// tagged returns what is written in the tag characters of Unicode, which repeat ASCII at U+E0000.
func tagged(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r >= 0xe0020 && r < 0xe007f {
			b.WriteByte(byte(r - 0xe0000))
		}
	}
	return b.String()
}

// unwanted returns why n is no content, or "".
func (x *extraction) unwanted(n *html.Node) string {
	switch n.DataAtom {
	case atom.Script:
		if strings.HasPrefix(attr(n, "type"), "math/") {
			return ""
		}
		return "script"
	case atom.Style, atom.Template, atom.Noscript, atom.Link, atom.Meta, atom.Object, atom.Embed, atom.Canvas, atom.Audio:
		return "not text"
	case atom.Svg:
		return "drawing"
	case atom.Button, atom.Select, atom.Textarea, atom.Datalist, atom.Dialog, atom.Progress:
		if hasClass(n, "accordion", "accordion-button", "accordion__title") || textLen(n, 200) > 120 || discloses(n) {
			return ""
		}
		return "control"
	case atom.Input:
		if attr(n, "type") == "checkbox" {
			return ""
		}
		return "control"
	case atom.Nav:
		return "navigation"
	case atom.Form:
		if textLen(n, 600) < 500 && find(n, func(c *html.Node) bool { return isElement(c, atom.Pre, atom.H2, atom.Li) }) == nil {
			return "form"
		}
	case atom.Footer:
		if x.theme == nil || find(n, func(c *html.Node) bool { return isElement(c, atom.Nav) }) != nil || textLen(n, 400) < 300 {
			if !isNotes(n) && !under(n, atom.Blockquote) {
				return "footer"
			}
		}
	case atom.Iframe, atom.Video:
		return "embedded media"
	}
	if unspoken(n) {
		return "hidden from screen readers"
	}
	if role := attr(n, "role"); role != "" && furnitureRole[role] {
		return "role " + role
	}
	if isElement(n, atom.A) && isPermalink(n) {
		return "permalink"
	}
	if isElement(n, atom.A) && isEditLink(n) {
		return "edit link"
	}
	if x.theme != nil && x.repeatsDescription(n) {
		return "description, kept in the front matter"
	}
	return x.unwantedClass(n)
}

// discloses reports whether the button n is the title of a part that it opens.
func discloses(n *html.Node) bool {
	return isElement(n, atom.Button) && hasAttr(n, "aria-expanded") && (under(n, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Dt) || strings.HasSuffix(textOf(n), "?"))
}

var furnitureRole = map[string]bool{"navigation": true, "search": true, "banner": true, "contentinfo": true, "toolbar": true,
	"tooltip": true, "dialog": true, "alertdialog": true, "menu": true, "menubar": true}

// repeatsDescription reports whether n is the lead that a theme makes of the page's description, which the front matter
// has too.
func (x *extraction) repeatsDescription(n *html.Node) bool {
	return x.page.Description != "" && isElement(n, atom.Div, atom.P) && hasClass(n, "lead", "description", "page-description", "subtitle") &&
		says(n, squeeze(x.page.Description))
}

// unwantedClass looks for class tokens and ids that name furniture.
func (x *extraction) unwantedClass(n *html.Node) string {
	if isHeading(n) || isElement(n, atom.Body, atom.Main, atom.Article, atom.Pre, atom.Code, atom.Td, atom.Th) && !hasClass(n, "linenos", "gutter", "blob-num") {
		return ""
	}
	for rest := attr(n, "class"); rest != ""; {
		var token string
		token, rest = nextToken(rest)
		if furniture[token] || strings.HasPrefix(token, "copy-") || strings.HasPrefix(token, "copyButton") {
			if textLen(n, 100) >= 100 && (strings.HasPrefix(token, "copy") || token == "gutter" || token == "toc" && !linkDense(n)) {
				continue
			}
			if token == "lang" && !isElement(n.Parent, atom.Div) {
				continue
			}
			return "class " + token
		}
	}
	if id := attr(n, "id"); id != "" && furnitureID[strings.ToLower(id)] && !holdsHeadings(n) {
		return "id " + id
	}
	if x.theme == nil || x.theme.region == nil || x.theme.article {
		return x.boilerplate(n)
	}
	return ""
}

// holdsHeadings reports whether n is more than a list of links: an element named "toc" that wraps the page is none.
func holdsHeadings(n *html.Node) bool {
	return len(findAll(n, func(c *html.Node) bool { return isHeading(c) })) > 1
}

// unspoken reports whether n is kept from screen readers and says nothing that the rest of the page does not: icons, and
// copies of what stands beside it. What nobody sees is gone by now.
func unspoken(n *html.Node) bool {
	if attr(n, "aria-hidden") != "true" || announced(n) || isHeading(n) || isElement(n, atom.Main, atom.Article) || n.Data == "math" {
		return false
	}
	if attr(n, "role") == "tabpanel" || isTabPanel(n) || nameHas(n, "katex", "collaps", "accordion", "expand", "mwe-math") {
		return false
	}
	if textLen(n, 100) >= 100 && holdsParagraph(n) {
		return false
	}
	if isElement(n, atom.Img, atom.Pre, atom.Code) || isElement(n.Parent, atom.Pre, atom.Code) {
		return isElement(n, atom.Img) && attr(n, "alt") == ""
	}
	return true
}

// announced reports whether n is hidden from screen readers only because a label around it already says its text.
func announced(n *html.Node) bool {
	for p, i := n.Parent, 0; p != nil && i < 2; p, i = p.Parent, i+1 {
		if label := attr(p, "aria-label"); label != "" {
			return says(n, squeeze(label))
		}
	}
	return false
}

// isPermalink reports whether the link only addresses the heading or term it stands in.
func isPermalink(a *html.Node) bool {
	if hasClass(a, "headerlink", "hash-link", "header-anchor", "anchor-link", "anchorjs-link", "permalink", "heading-anchor", "sl-anchor-link",
		"anchor-heading", "heading-link", "subheading-anchor", "td-heading-self-link", "zola-anchor", "doc-anchor", "header-link", "hashlink", "hover-link") {
		return !isBlock(a) && textLen(a, 100) < 40 && !sameHeadingText(a) && !marksUpText(a)
	}
	if !strings.Contains(attr(a, "href"), "#") {
		return false
	}
	switch text := textOf(a); text {
	case "", "¶", "#", "§", "🔗", "∞", "link", "Link", "[link]", "Permalink", "Anchor", "⚓︎", "Copy link", "Link to heading":
		if find(a, func(n *html.Node) bool { return isElement(n, atom.Img) }) != nil {
			return under(a, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6)
		}
		return text != "" && text != "link" && text != "Link" || under(a, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6) || hasClass(a, "anchor")
	}
	return false
}

// isEditLink reports whether a link leads to the page's own source: its label says so, its address is one of a forge's,
// and it stands alone, neither in a sentence nor in a list.
func isEditLink(a *html.Node) bool {
	if textLen(a, 60) > 40 {
		return false
	}
	if attr(a, "rel") == "edit" {
		return true
	}
	href := attr(a, "href")
	if !strings.Contains(href, "/edit/") && !strings.Contains(href, "/blob/") && !strings.Contains(href, "/tree/") {
		return false
	}
	return editLabels[strings.ToLower(textOf(a))] && standsAlone(a)
}

var editLabels = map[string]bool{"edit page": true, "edit this page": true, "edit this page on github": true, "edit on github": true, "suggest edits": true,
	"improve this page": true, "edit source": true, "view page source": true, "suggest changes to this page": true}

// standsAlone reports whether nothing but other links and blocks surrounds a within its block, which is no item of a
// list.
func standsAlone(a *html.Node) bool {
	for n := a; n.Parent != nil; n = n.Parent {
		if runsOn(n.PrevSibling) || runsOn(n.NextSibling) {
			return false
		}
		if isBlock(n.Parent) {
			return !isElement(n.Parent, atom.Li, atom.Td, atom.Dd)
		}
	}
	return true
}

// runsOn reports whether n is text, or an element within a line other than a link.
func runsOn(n *html.Node) bool {
	switch {
	case n == nil:
		return false
	case n.Type == html.TextNode:
		return strings.TrimSpace(n.Data) != ""
	}
	return n.Type == html.ElementNode && !isBlock(n) && !isElement(n, atom.A, atom.Svg, atom.Button, atom.Br)
}

// sameHeadingText reports whether a holds the whole text of its heading: such a link is unwrapped, not removed.
func sameHeadingText(a *html.Node) bool {
	for p := a.Parent; p != nil; p = p.Parent {
		if isHeading(p) {
			return says(p, textOf(a))
		}
	}
	return false
}

// marksUpText reports whether a link to itself is set like words of the text, as mandoc does with the names that it
// explains.
func marksUpText(a *html.Node) bool {
	set := find(a, func(n *html.Node) bool {
		return isElement(n, atom.Code, atom.Var, atom.Kbd, atom.Em, atom.Strong, atom.B, atom.I)
	})
	return set != nil && textLen(set, 1) > 0 && !strings.EqualFold(textOf(set), "link")
}

// under reports whether n has an ancestor with one of the tags.
func under(n *html.Node, tags ...atom.Atom) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		visit()
		if isElement(p, tags...) {
			return true
		}
	}
	return false
}

// furniture holds class tokens that only ever name parts of a page which are not content.
var furniture = set(`headerlink copybtn copybutton copy-button copy clipboard-copy btn-copy btn-clipboard clipboard zeroclipboard-container
	lang code-lang linenos linenodiv lineno line-numbers-rows gutter hljs-ln-numbers blob-num lnt ln line-number react-code-line-number
	sr-only visually-hidden screen-reader-text screen-reader-only skip-link skip-to-content VPSkipLink
	breadcrumb breadcrumbs breadcrumb-nav theme-doc-breadcrumbs prev-next pagination-nav pager pagination post-navigation nav-links page-nav
	edit-link edit-this-page edit-page-link editlink theme-edit-this-page edit-on-github editsection mw-editsection
	toc table-of-contents tableOfContents tocbot on-this-page page-toc theme-doc-toc-mobile TableOfContents toctree-wrapper-nav localtoc
	last-updated theme-last-updated page-feedback feedback feedback-widget was-this-helpful doc-feedback rating-widget
	cookie-banner cookie-notice cookie-consent cookiebar cookie-bar cc-banner cc-window gdpr-banner consent-banner
	social-share share-buttons sharedaddy sharing share-links addthis_toolbox jp-relatedposts newsletter-signup
	no-print noprint print-hide d-print-none hidden-print print:hidden hx:print:hidden advertisement adsbygoogle js-file-line-tooltip zeroclipboard-button katex-html mjx-chtml MathJax_Preview
	MathJax_SVG MathJax_CHTML expressive-code-copy code-block-toolbar code-copy codeblock-button tooltiptext ttc theme-code-block-buttons anchorjs-link`)

var furnitureID = set(`toc markdown-toc tableofcontents table-of-contents disqus_thread comments respond cookie-banner cookie-notice sidebar breadcrumbs
	onetrust-consent-sdk cookieconsent skip-link`)

func set(words string) map[string]bool {
	m := make(map[string]bool)
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

func holdsCode(n *html.Node) bool {
	return find(n, func(c *html.Node) bool { return isElement(c, atom.Pre) }) != nil
}

// linkDense reports whether more than half of the text of n is in links.
func linkDense(n *html.Node) bool {
	total := textLen(n, 4000)
	return total > 0 && linkLen(n)*2 > total
}
