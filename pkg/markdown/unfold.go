package markdown

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// unfolds reports whether the page lets a reader see n, which is folded.
func (h *hider) unfolds(n *html.Node) bool {
	if isElement(n, atom.Body, atom.Html, atom.Main) || n.Data == "math" || nameHas(n, "mwe-math", "katex") {
		return true
	}
	if aside(n) {
		return false
	}
	if attr(n, "role") == "tabpanel" || isTabPanel(n) || under(n, atom.Details) || h.controls[attr(n, "id")] {
		return true
	}
	if nameHas(n, "collaps", "accordion", "expand", "tab-", "tab_", "tabs", "-tab", "spoiler", "foldable", "unfold", "faq", "show-more", "read-more", "readmore", "toggle") {
		return true
	}
	return followsControl(n) || shownSibling(n)
}

// followsControl reports whether n stands behind what a reader clicks to open it: a button, a summary, or one of several
// headings each of which has such a part.
func followsControl(n *html.Node) bool {
	prev := previousElement(n)
	if prev == nil {
		return false
	}
	if isControl(prev) || textLen(prev, 300) < 300 && find(prev, isControl) != nil {
		return true
	}
	if !isHeading(prev) && !isElement(prev, atom.Dt) {
		return false
	}
	for c, i := n.Parent.FirstChild, 0; c != nil && i < maxSiblings; c, i = c.NextSibling, i+1 {
		if c != n && c.Type == html.ElementNode && c.DataAtom == n.DataAtom && attr(c, "class") == attr(n, "class") {
			if p := previousElement(c); p != nil && p.DataAtom == prev.DataAtom {
				return true
			}
		}
	}
	return false
}

// maxSiblings bounds how many neighbours of a folded part are looked at.
const maxSiblings = 200

func isControl(n *html.Node) bool {
	return isElement(n, atom.Button, atom.Summary, atom.Label) || hasAttr(n, "aria-expanded") || hasAttr(n, "onclick") || attr(n, "role") == "button" ||
		attr(n, "role") == "tab" || isElement(n, atom.A) && (attr(n, "href") == "#" || strings.HasPrefix(attr(n, "href"), "javascript:"))
}

// shownSibling reports whether n is one of several parts of one kind, of which another is shown, beside or below what
// chooses among them.
func shownSibling(n *html.Node) bool {
	class, _ := nextToken(attr(n, "class"))
	if class == "" {
		return false
	}
	shown, control := false, false
	for c, i := n.Parent.FirstChild, 0; c != nil && i < maxSiblings; c, i = c.NextSibling, i+1 {
		if c.Type != html.ElementNode || c == n {
			continue
		}
		if c.DataAtom == n.DataAtom && hasClass(c, class) && !hasAttr(c, "hidden") && !inlineStyle(c, nil).folds() {
			shown = true
		}
		control = control || isControl(c) || isElement(c, atom.Input, atom.Select) || textLen(c, 300) < 300 && find(c, isControl) != nil
	}
	if prev := previousElement(n.Parent); prev != nil && !control {
		control = isControl(prev) || textLen(prev, 300) < 300 && find(prev, isControl) != nil
	}
	return shown && control
}
