package rst

import (
	"html"
	"regexp"
	"strconv"
	"strings"
)

var (
	targetLine = regexp.MustCompile("^(\\s*)\\.\\. _(?:`([^`]+)`|((?:\\\\.|[^:\\\\])+)):(?:\\s+(.*))?$")
	unnamedRef = regexp.MustCompile(`^\s*(?:\.\. __:|__)\s+(\S+)$`)
	subLine    = regexp.MustCompile(`^\s*\.\. \|([^|]+)\|\s+([\w-]+)::\s*(.*)$`)
	noteLine   = regexp.MustCompile(`^\.\. \[(#?[\w.-]*|\*)\](?:\s+(.*))?$`)
	directive  = regexp.MustCompile(`^\.\. ([A-Za-z][\w.+-]*(?::[\w.+-]+)*) ?::(?:\s+(.*))?$`)
	optionLine = regexp.MustCompile(`^:([\w-]+):(?:\s+(.*))?$`)
)

// scan reads what may be used before it is written: targets, the titles that
// labels name, substitutions, and the numbers of footnotes.
func (w *writer) scan(ls []string) {
	var labels []string
	auto := 0
	for i, l := range ls {
		if m := targetLine.FindStringSubmatch(l); m != nil {
			name, href := normal(m[2]+m[3]), strings.TrimSpace(m[4])
			for j := i + 1; href != "" && j < len(ls) && ls[j] != "" && indentOf(ls[j]) > len(m[1]); j++ {
				href += strings.TrimSpace(ls[j])
			}
			if href == "" {
				labels = append(labels, name)
				w.labels = append(w.labels, name)
				href = "#" + slug(name)
			}
			w.targets[name] = href
			continue
		}
		if m := unnamedRef.FindStringSubmatch(l); m != nil {
			w.unnamed = append(w.unnamed, m[1])
			continue
		}
		if m := noteLine.FindStringSubmatch(l); m != nil {
			label := strings.TrimPrefix(m[1], "#")
			if label == "" || m[1] == "*" {
				auto++
				label = strconv.Itoa(auto)
			}
			id := "fn-" + strconv.Itoa(len(w.notes)+1)
			if m[1] == "#" || m[1] == "*" {
				id = m[1] // taken by the first reference that names none
			}
			w.notes = append(w.notes, note{id: id, label: label})
			continue
		}
		if text, _, _ := titleAt(ls, i); text != "" {
			id := "#" + slug(plain(text))
			for i, name := range labels {
				if i == 0 {
					id = "#" + slug(name)
				}
				w.titles[name], w.targets[name] = unescape(plain(text)), id
			}
			w.targets["\x00"+normal(text)] = id
			if _, ok := w.targets[normal(text)]; !ok {
				w.targets[normal(text)] = id
			}
		}
		if l != "" {
			labels = nil
		}
	}
	w.chain()
	for i, l := range ls {
		if m := subLine.FindStringSubmatch(l); m != nil {
			w.substitution(m[1], m[2], m[3], ls, i)
		}
	}
	for i := range w.notes {
		if w.notes[i].id == "#" || w.notes[i].id == "*" {
			w.notes[i].id = "fn-" + strconv.Itoa(i+1)
		}
	}
}

// chain resolves targets that name another one: `.. _a: b_`.
func (w *writer) chain() {
	for name, href := range w.targets {
		if other, ok := strings.CutSuffix(href, "_"); ok && !strings.Contains(href, "/") {
			if u, ok := w.targets[normal(strings.Trim(other, "`"))]; ok {
				w.targets[name] = u
			}
		}
	}
}

// plain drops the marks of inline markup, for a title that is shown as a link.
func plain(s string) string {
	s = regexp.MustCompile(":[\\w:+.-]+:`~?([^`<]+?)(?:\\s*<[^`>]*>)?`").ReplaceAllString(s, "$1")
	return strings.NewReplacer("``", "", "**", "", "`_", "", "`", "").Replace(s)
}

func (w *writer) substitution(name, kind, arg string, ls []string, i int) {
	body, _ := indented(ls, i+1, 1)
	switch kind {
	case "replace":
		w.subs[normal(name)] = w.inline(strings.Join(append([]string{arg}, untilBlank(body)...), "\n"))
	case "image":
		_, opts, _ := parts(arg, body)
		w.subs[normal(name)] = imageTag(arg, opts)
	case "unicode":
		var b strings.Builder
		for _, f := range strings.Fields(arg) {
			if f == ".." {
				break
			}
			code := strings.TrimLeft(strings.ToUpper(f), "UX0+\\")
			if n, err := strconv.ParseUint(code, 16, 32); err == nil && len(f) > 2 {
				b.WriteRune(rune(n))
			} else {
				b.WriteString(f)
			}
		}
		w.subs[normal(name)] = html.EscapeString(b.String())
	}
}

func untilBlank(ls []string) []string {
	for i, l := range ls {
		if l == "" {
			return ls[:i]
		}
	}
	return ls
}

// explicit writes what begins with two dots: a directive, a target, a note, or
// a comment, which is left out.
func (w *writer) explicit(ls []string, i int) int {
	body, next := indented(ls, i+1, 1)
	if m := targetLine.FindStringSubmatch(ls[i]); m != nil {
		if name := normal(m[2] + m[3]); m[4] == "" && w.titles[name] == "" {
			w.put(`<a id="%s"></a>`, slug(name))
		}
		if m[4] != "" {
			return next
		}
		return i + 1
	}
	if unnamedRef.MatchString(ls[i]) {
		return i + 1
	}
	if subLine.MatchString(ls[i]) {
		return next
	}
	if m := noteLine.FindStringSubmatch(ls[i]); m != nil {
		text := w.inner(append([]string{m[2]}, body...))
		for k := range w.notes {
			if w.notes[k].html == "" && (w.notes[k].label == strings.TrimPrefix(m[1], "#") || m[1] == "#" || m[1] == "*") {
				w.notes[k].html = text
				break
			}
		}
		return next
	}
	if m := directive.FindStringSubmatch(ls[i]); m != nil {
		if i+1 < len(ls) && ls[i+1] == "" { // then what follows is content, not arguments
			body = append([]string{""}, body...)
		}
		head, opts, content := parts(m[2], body)
		w.directive(d{name: m[1], head: head, opts: opts, body: content})
		return next
	}
	return next
}

// parts splits what follows a directive: its arguments, its options and its
// content.
func parts(arg string, block []string) (head []string, opts map[string]string, body []string) {
	opts = map[string]string{}
	if arg = strings.TrimSpace(arg); arg != "" {
		head = append(head, arg)
	}
	i := 0
	last := ""
	for ; i < len(block) && block[i] != ""; i++ {
		m := optionLine.FindStringSubmatch(block[i])
		switch {
		case m != nil:
			last = m[1]
			opts[last] = m[2]
		case last != "" && block[i][0] == ' ':
			opts[last] += "\n" + strings.TrimSpace(block[i])
		case last != "":
			return head, opts, trimBlank(block[i:])
		default:
			head = append(head, block[i])
		}
	}
	return head, opts, trimBlank(block[i:])
}

func (w *writer) writeNotes() {
	if len(w.notes) == 0 {
		return
	}
	w.b.WriteString(`<section class="footnotes">`)
	for _, n := range w.notes {
		w.put(`<div class="footnote" id="%s"><span class="label">%s</span>%s</div>`, n.id, html.EscapeString(n.label), n.html)
	}
	w.b.WriteString("</section>\n")
}
