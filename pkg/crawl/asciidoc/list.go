package asciidoc

import (
	"html"
	"strings"
)

// marker returns the kind of list that a line is an item of, "" for none, the
// term of a description list, and the text of the item.
func marker(l string) (kind, term, text string) {
	if m := bullet.FindStringSubmatch(l); m != nil {
		return m[1], "", m[2]
	}
	if m := callout.FindStringSubmatch(l); m != nil {
		return "<", "", m[2]
	}
	if m := ordered.FindStringSubmatch(l); m != nil {
		kind = m[1]
		if kind[0] != '.' {
			kind = "1" + kind[len(kind)-1:]
		}
		return kind, "", m[2]
	}
	if m := described.FindStringSubmatch(l); m != nil && !strings.HasPrefix(l, "//") && !strings.HasSuffix(m[1], ":") {
		return m[2], m[1], m[3]
	}
	return "", "", ""
}

func (w *writer) isListAt(l string) bool { kind, _, _ := marker(l); return kind != "" }

func tagOf(kind string) string {
	switch kind[0] {
	case '*', '-', "•"[0]:
		return "ul"
	case ':', ';':
		return "dl"
	}
	return "ol"
}

// list writes the list at i. above are the kinds of the lists around it: an
// item of one of them ends this list, one of another kind begins a list below.
func (w *writer) list(ls []string, i int, above []string, m meta) int {
	kind, _, _ := marker(ls[i])
	tag := tagOf(kind)
	start := m.named["start"]
	if start != "" && tag == "ol" {
		w.put("<ol start=\"%s\">\n", html.EscapeString(start))
	} else {
		w.put("<%s>\n", tag)
	}
	for i < len(ls) {
		k, term, text := marker(ls[i])
		if k != kind {
			break
		}
		if tag == "dl" {
			w.put("<dt>%s</dt><dd>", w.inline(term))
			i = w.item(ls, i+1, text, append(above, kind))
			w.b.WriteString("</dd>\n")
		} else {
			w.b.WriteString("<li>")
			for _, box := range []struct{ mark, attr string }{{"[ ] ", ""}, {"[x] ", " checked"}, {"[*] ", " checked"}} {
				if rest, ok := strings.CutPrefix(text, box.mark); ok {
					w.put(`<input type="checkbox"%s> `, box.attr)
					text = rest
				}
			}
			i = w.item(ls, i+1, text, append(above, kind))
			w.b.WriteString("</li>\n")
		}
		next := skipBlank(ls, i)
		if next < len(ls) {
			if k, _, _ := marker(ls[next]); k == kind {
				i = next
			}
		}
	}
	w.put("</%s>\n", tag)
	return i
}

func skipBlank(ls []string, i int) int {
	for i < len(ls) && (ls[i] == "" || strings.HasPrefix(ls[i], "//") && !strings.HasPrefix(ls[i], "///")) {
		i++
	}
	return i
}

func contains(kinds []string, kind string) bool {
	for _, k := range kinds {
		if k == kind {
			return true
		}
	}
	return false
}

// item writes an item: its text, lists below it, and what a + attaches.
func (w *writer) item(ls []string, i int, text string, kinds []string) int {
	for i < len(ls) && !endsParagraph(ls[i]) && !w.isListAt(ls[i]) && !macro.MatchString(ls[i]) {
		text = strings.TrimSpace(text + "\n" + strings.TrimSpace(ls[i]))
		i++
	}
	if text != "" {
		w.put("<p>%s</p>\n", w.inline(text))
	}
	for i < len(ls) {
		if ls[i] == "+" {
			i = w.attached(ls, i+1)
			continue
		}
		next := skipBlank(ls, i)
		if next >= len(ls) {
			return i
		}
		k, _, _ := marker(ls[next])
		if k != "" && !contains(kinds, k) && len(kinds) < maxDepth {
			i = w.list(ls, next, kinds, meta{named: map[string]string{}})
			continue
		}
		if k == "" && text == "" && strings.HasPrefix(kinds[len(kinds)-1], ":") && next > i-1 && !section.MatchString(ls[next]) && !blockMeta.MatchString(ls[next]) {
			// the description stands below its term
			text = "."
			if ls[next][0] == ' ' {
				i = w.paragraphOf(ls, next)
			} else {
				i = w.block(ls, next)
			}
			continue
		}
		return i
	}
	return i
}

// paragraphOf writes indented lines as a paragraph.
func (w *writer) paragraphOf(ls []string, i int) int {
	var body []string
	for ; i < len(ls) && ls[i] != "" && ls[i] != "+" && !w.isListAt(ls[i]); i++ {
		body = append(body, strings.TrimSpace(ls[i]))
	}
	w.put("<p>%s</p>\n", w.inline(strings.Join(body, "\n")))
	return i
}

// attached writes the block that a + binds to an item.
func (w *writer) attached(ls []string, i int) int {
	if i >= len(ls) {
		return i
	}
	if ls[i] == "" { // for an item further out; it is written here all the same
		i = skipBlank(ls, i)
	}
	if i >= len(ls) {
		return i
	}
	if w.depth++; w.depth > maxDepth {
		w.depth--
		return i + 1
	}
	defer func() { w.depth-- }()
	return max(w.block(ls, i), i+1)
}
