package rst

import "strings"

// Tree answers for the other files of a documentation. Its answers are the
// address and the title of what was named; ok is false where it is not there.
type Tree interface {
	// Doc finds the document that :doc: names, by its path without an ending.
	Doc(target string) (href, title string, ok bool)
	// Label finds the section behind a label that is in no more than one file.
	Label(label string) (href, title string, ok bool)
}

// Section is what a label names.
type Section struct {
	ID    string // in the HTML of its file
	Title string // "" for a label that stands before no title
}

// Outline returns the first title of a file, and what its labels name. Labels
// are in the form in which they are compared.
func Outline(src string) (title string, labels map[string]Section) {
	lines := split(src)
	w := newWriter(nil)
	w.scan(lines)
	for i := range lines {
		if text, _, _ := titleAt(lines, i); text != "" {
			title = unescape(plain(text))
			break
		}
	}
	labels = map[string]Section{}
	for _, name := range w.labels {
		if id, ok := strings.CutPrefix(w.targets[name], "#"); ok {
			labels[name] = Section{id, w.titles[name]}
		}
	}
	return title, labels
}

// Label is the form in which labels are compared.
func Label(name string) string { return normal(name) }

// elsewhere finds what a role names in another file.
func (w *writer) elsewhere(role, target string) (href, title string, ok bool) {
	if w.tree == nil || target == "" {
		return "", "", false
	}
	if role == "doc" || role == "any" {
		if href, title, ok = w.tree.Doc(target); ok {
			return href, title, ok
		}
	}
	if role == "doc" {
		return "", "", false
	}
	return w.tree.Label(normal(target))
}
