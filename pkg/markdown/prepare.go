package markdown

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// prepare makes of the document what a browser makes of it before any script runs: shadow trees stand in their hosts,
// and what has the role of a heading is one.
func prepare(doc *html.Node) {
	var shadows, headings []*html.Node
	walk(doc, func(n *html.Node) bool {
		switch {
		case isElement(n, atom.Template) && (hasAttr(n, "shadowrootmode") || hasAttr(n, "shadowroot")):
			shadows = append(shadows, n)
		case n.Type == html.ElementNode && attr(n, "role") == "heading":
			headings = append(headings, n)
		}
		return true
	})
	for i := len(shadows) - 1; i >= 0; i-- { // the innermost first
		openShadow(shadows[i])
	}
	for _, n := range headings {
		if !isHeading(n) && find(n, isHeading) == nil && !under(n, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6) {
			rename(n, headingOf(attr(n, "aria-level")))
		}
	}
}

// headingOf returns the element for a heading of a level, which is 2 where none is given.
func headingOf(level string) string {
	switch level = strings.TrimSpace(level); {
	case len(level) == 1 && level >= "1" && level <= "6":
		return "h" + level
	case level == "":
		return "h2"
	}
	return "h6"
}

// openShadow puts the shadow tree in the template into its host. What the host holds itself is shown where a slot takes
// it, and nowhere else.
func openShadow(template *html.Node) {
	host := template.Parent
	if host == nil {
		return
	}
	remove(template)
	given := make(map[string][]*html.Node)
	for host.FirstChild != nil {
		c := host.FirstChild
		host.RemoveChild(c)
		name := ""
		if c.Type == html.ElementNode {
			name = attr(c, "slot")
		}
		if name != "" || c.Type == html.ElementNode || c.Type == html.TextNode && strings.TrimSpace(c.Data) != "" || len(given[""]) > 0 {
			given[name] = append(given[name], c)
		}
	}
	moveChildren(host, template)
	for _, slot := range findAll(host, func(n *html.Node) bool { return isElement(n, atom.Slot) }) {
		name := attr(slot, "name")
		if nodes := given[name]; len(nodes) > 0 {
			replace(slot, nodes...)
			delete(given, name)
		} else {
			unwrap(slot)
		}
	}
}
