package markdown

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// isNotes accepts the elements that generators collect footnotes in.
func isNotes(n *html.Node) bool {
	return hasClass(n, "footnotes", "footnote-list", "footnotes-list") || hasAttr(n, "data-footnotes") || attr(n, "role") == "doc-endnotes" || attr(n, "id") == "footnotes"
}

// isNoteItem accepts one footnote's definition.
func isNoteItem(n *html.Node) bool {
	if isElement(n, atom.Li) {
		id := strings.TrimPrefix(attr(n, "id"), "user-content-")
		return strings.HasPrefix(id, "fn") || strings.Contains(id, "footnote") || attr(n, "role") == "doc-endnote"
	}
	if isElement(n, atom.Blockquote) { // of GitBook and HonKit, right where the source has it
		return strings.HasPrefix(attr(n, "id"), "fn_")
	}
	return (isElement(n, atom.Aside, atom.Div) && hasClass(n, "footnote", "footnote-definition") || attr(n, "role") == "doc-footnote") && hasAttr(n, "id")
}

// rewriteNotes collects the footnotes of the region and replaces the references to them.
func (x *extraction) rewriteNotes() {
	labels := make(map[string]string) // id of a note to its label
	for i, item := range findAll(x.region, isNoteItem) {
		id := attr(item, "id")
		if isElement(item, atom.Li) && !underNotes(item, x.region) {
			continue
		}
		if labels[id] != "" {
			continue
		}
		labels[id] = noteLabel(item, len(labels)+1)
		x.notes = append(x.notes, item)
		if i > 2000 {
			break
		}
	}
	if len(labels) == 0 {
		return
	}
	for _, a := range findAll(x.region, func(n *html.Node) bool { return isElement(n, atom.A) && strings.Contains(attr(n, "href"), "#") }) {
		_, id, _ := strings.Cut(attr(a, "href"), "#")
		if label := labels[id]; label != "" && !x.inNotes(a) {
			ref := a
			if isElement(a.Parent, atom.Sup) && textLen(a.Parent, 20) == textLen(a, 20) {
				ref = a.Parent
			}
			replace(ref, element(noteTag, "label", label))
		}
	}
	holders := findAll(x.region, isNotes)
	for _, h := range holders {
		if label := firstElement(h); label != nil && isHeading(label) && hasClass(label, "sr-only", "visually-hidden") {
			remove(label)
		}
	}
	for i, item := range x.notes {
		dropBacklinks(item)
		setAttr(item, "label", labels[attr(item, "id")])
		remove(item)
		x.notes[i] = item
	}
	for _, h := range holders {
		if textLen(h, 60) < 40 {
			x.drop(h, "footnotes, kept at the end")
		}
	}
}

func underNotes(n, root *html.Node) bool {
	for p := n.Parent; p != nil && p != root; p = p.Parent {
		if isNotes(p) {
			return true
		}
	}
	return false
}

func (x *extraction) inNotes(n *html.Node) bool {
	for p := n; p != nil; p = p.Parent {
		if isNoteItem(p) {
			return true
		}
	}
	return false
}

// noteLabel is the label shown for a note, when it is one word, or the name its source gave it, or its number.
func noteLabel(item *html.Node, number int) string {
	if l := find(item, func(n *html.Node) bool { return hasClass(n, "label", "footnote-definition-label") }); l != nil {
		text := strings.Trim(textOf(l), "[]().: ")
		remove(l)
		if text != "" && !strings.ContainsAny(text, " []\n") {
			return text
		}
	}
	id := strings.TrimPrefix(attr(item, "id"), "user-content-")
	for _, prefix := range []string{"fn-", "fn:", "fn_", "footnote-"} {
		if name, ok := strings.CutPrefix(id, prefix); ok && name != "" && !strings.ContainsAny(name, " []\n") {
			dropNoteMark(item, name)
			return name
		}
	}
	var digits []byte
	for n := number; n > 0; n /= 10 {
		digits = append([]byte{byte('0' + n%10)}, digits...)
	}
	return string(digits)
}

// dropNoteMark removes the label and the point after it from the start of a note.
func dropNoteMark(item *html.Node, label string) {
	mark := find(item, func(n *html.Node) bool { return isElement(n, atom.Sup) })
	if mark == nil || !says(mark, label) {
		return
	}
	if next := mark.NextSibling; next != nil && next.Type == html.TextNode {
		next.Data = strings.TrimPrefix(next.Data, ".")
	}
	remove(mark)
}

// dropBacklinks removes the arrows that lead from a note back to the text.
func dropBacklinks(item *html.Node) {
	for _, a := range findAll(item, func(n *html.Node) bool { return isElement(n, atom.A) }) {
		text := textOf(a)
		back := hasClass(a, "footnote-backref", "footnote-back", "data-footnote-backref", "fn-backref", "reversefootnote", "footnote-back-ref") ||
			hasAttr(a, "data-footnote-backref") || attr(a, "role") == "doc-backlink" ||
			strings.HasPrefix(attr(a, "href"), "#fnref") || strings.HasPrefix(attr(a, "href"), "#reffn_") || strings.ContainsAny(text, "↩↑⤴") && len(text) < 8
		if back {
			remove(a)
		}
	}
}
