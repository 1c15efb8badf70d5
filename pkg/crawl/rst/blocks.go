package rst

import (
	"fmt"
	"html"
	"regexp"
	"strings"
	"unicode/utf8"
)

// ToHTML converts a file. tree answers for the others; nil means there are none.
func ToHTML(src string, tree Tree) string {
	lines := split(src)
	w := newWriter(tree)
	w.scan(lines)
	w.blocks(lines)
	w.writeNotes()
	return w.b.String()
}

func newWriter(tree Tree) *writer {
	return &writer{tree: tree, targets: map[string]string{}, titles: map[string]string{}, subs: map[string]string{}}
}

// writer holds what is known of the whole file.
type writer struct {
	b       strings.Builder
	tree    Tree
	labels  []string          // names of the targets inside of the file
	styles  []string          // adornments of titles, outermost first
	targets map[string]string // name of a link target to its address
	titles  map[string]string // label to the title of the section that it names
	subs    map[string]string // substitutions, as HTML
	unnamed []string          // addresses of anonymous targets, in order
	notes   []note
	lang    string // of literal blocks, as the highlight directive says
	depth   int
}

type note struct{ id, label, html string }

// maxDepth bounds nesting: real files stay far below.
const maxDepth = 60

func (w *writer) put(format string, args ...any) { fmt.Fprintf(&w.b, format, args...) }

// split returns the lines without tabs and without blanks at their ends.
func split(src string) []string {
	src = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\f", "\n", "\v", "\n").Replace(src)
	lines := strings.Split(src, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(expand(l), " ")
	}
	return lines
}

// expand replaces tabs by blanks up to the next column of eight.
func expand(l string) string {
	if !strings.Contains(l, "\t") {
		return l
	}
	var b strings.Builder
	col := 0
	for _, r := range l {
		if r != '\t' {
			b.WriteRune(r)
			col++
			continue
		}
		n := 8 - col%8
		b.WriteString("        "[:n])
		col += n
	}
	return b.String()
}

func indentOf(l string) int { return len(l) - len(strings.TrimLeft(l, " ")) }

// indented returns the lines from i on that are blank or indented by min at
// least, without their common indentation, and the index after them.
func indented(ls []string, i, min int) (block []string, next int) {
	j := i
	for j < len(ls) && (ls[j] == "" || indentOf(ls[j]) >= min) {
		j++
	}
	return dedent(ls[i:j]), j
}

func dedent(ls []string) []string {
	least := -1
	for _, l := range ls {
		if n := indentOf(l); l != "" && (least < 0 || n < least) {
			least = n
		}
	}
	out := make([]string, 0, len(ls))
	for _, l := range ls {
		out = append(out, l[min(max(least, 0), len(l)):])
	}
	return trimBlank(out)
}

func trimBlank(ls []string) []string {
	for len(ls) > 0 && ls[0] == "" {
		ls = ls[1:]
	}
	for len(ls) > 0 && ls[len(ls)-1] == "" {
		ls = ls[:len(ls)-1]
	}
	return ls
}

var (
	bullet     = regexp.MustCompile(`^[-*+•‣⁃](?: +|$)`)
	enumerator = regexp.MustCompile(`^(\(?)(\d+|#|[a-zA-Z]|[ivxlcdmIVXLCDM]+)([.)])(?: +|$)`)
	field      = regexp.MustCompile("^:((?:[^:\\\\`]|\\\\.)[^:\\n]*(?::[^ :\\n][^:\\n]*)*):(?: +|$)(.*)$")
	option     = regexp.MustCompile(`^(?:--?|/)[A-Za-z0-9?][\w-]*(?:[ =]?(?:<[^>]+>|[A-Za-z][\w-]*))?(?:, (?:--?|/)[\w-]+(?:[ =](?:<[^>]+>|[A-Za-z][\w-]*))?)*(?:  +\S|$)`)
)

// blocks writes a body: the elements that stand below each other.
func (w *writer) blocks(ls []string) {
	if w.depth++; w.depth > maxDepth {
		w.put("<pre>%s</pre>", html.EscapeString(strings.Join(ls, "\n")))
		w.depth--
		return
	}
	for i := 0; i < len(ls); {
		i = max(w.block(ls, i), i+1) // whatever a line is, it is read once
	}
	w.depth--
}

// block writes the element at i and returns the index after it.
func (w *writer) block(ls []string, i int) int {
	l := ls[i]
	switch {
	case l == "":
		return i + 1
	case l[0] == ' ':
		body, next := indented(ls, i, 1)
		if strings.HasPrefix(body[0], ">>>") { // an example that was set in
			w.blocks(body)
			return next
		}
		w.b.WriteString("<blockquote>")
		w.blocks(body)
		w.b.WriteString("</blockquote>\n")
		return next
	case l == ".." || strings.HasPrefix(l, ".. "):
		return w.explicit(ls, i)
	case strings.HasPrefix(l, "__ "): // anonymous target, read by scan
		return i + 1
	case strings.HasPrefix(l, ">>>"):
		return w.doctest(ls, i)
	case l == "|" || strings.HasPrefix(l, "| "):
		return w.lineBlock(ls, i)
	case isGrid(l):
		return w.gridTable(ls, i)
	case isRule(l):
		if next, ok := w.simpleTable(ls, i); ok {
			return next
		}
	case bullet.MatchString(l):
		return w.list(ls, i, "ul", bullet)
	case isEnumerated(ls, i):
		return w.list(ls, i, "ol", enumerator)
	case field.MatchString(l):
		return w.fields(ls, i)
	case option.MatchString(l):
		return w.options(ls, i)
	}
	if next, ok := w.title(ls, i); ok {
		return next
	}
	if i+1 < len(ls) && ls[i+1] != "" && ls[i+1][0] == ' ' && !strings.HasSuffix(l, "::") && !strings.HasPrefix(l, "..") {
		return w.definitions(ls, i)
	}
	return w.paragraph(ls, i)
}

// isAdornment reports whether a line is punctuation of one kind.
func isAdornment(l string) bool {
	if len(l) < 2 || !strings.ContainsRune("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", rune(l[0])) {
		return false
	}
	return strings.Count(l, l[:1]) == len(l)
}

// titleAt returns the title that begins at i, the adornment that tells its
// level, and the index after it.
func titleAt(ls []string, i int) (text, style string, next int) {
	if i+2 < len(ls) && isAdornment(ls[i]) && ls[i] == ls[i+2] && ls[i+1] != "" && !isAdornment(ls[i+1]) {
		return strings.TrimSpace(ls[i+1]), ls[i][:1] + "^", i + 3
	}
	if i+1 < len(ls) && ls[i] != "" && ls[i][0] != ' ' && isAdornment(ls[i+1]) && !isAdornment(ls[i]) &&
		len(ls[i+1]) >= min(utf8.RuneCountInString(ls[i]), 4) && ls[i+1] != "::" && ls[i+1] != ".." {
		return ls[i], ls[i+1][:1], i + 2
	}
	return "", "", i
}

// title writes the title at i, or the line of a transition.
func (w *writer) title(ls []string, i int) (next int, ok bool) {
	text, style, next := titleAt(ls, i)
	if text == "" {
		if len(ls[i]) >= 4 && isAdornment(ls[i]) {
			w.b.WriteString("<hr>\n")
			return i + 1, true
		}
		return i, false
	}
	level := 0
	for level < len(w.styles) && w.styles[level] != style {
		level++
	}
	if level == len(w.styles) {
		w.styles = append(w.styles, style)
	}
	level = min(level+1, 6)
	w.put("<h%d id=\"%s\">%s</h%d>\n", level, w.id(text), w.inline(text), level)
	return next, true
}

// id is the identifier of a section: its first label, or one made of its title.
func (w *writer) id(title string) string {
	return strings.TrimPrefix(w.targets["\x00"+normal(title)], "#")
}

// slug is the identifier that docutils makes of a name.
func slug(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			b.WriteRune(r)
		} else if b.Len() > 0 && !strings.HasSuffix(b.String(), "-") {
			b.WriteByte('-')
		}
	}
	return strings.Trim(b.String(), "-")
}

func (w *writer) paragraph(ls []string, i int) int {
	j := i
	for j < len(ls) && ls[j] != "" && (j == i || ls[j][0] != ' ' || !strings.HasSuffix(ls[j-1], "::")) {
		j++
	}
	text := strings.Join(ls[i:j], "\n")
	literal := strings.HasSuffix(text, "::")
	if literal {
		text = strings.TrimSuffix(text, "::")
		if text != "" && !strings.HasSuffix(text, " ") && !strings.HasSuffix(text, "\n") {
			text += ":"
		}
	}
	if text = strings.TrimSpace(text); text != "" {
		w.put("<p>%s</p>\n", w.inline(text))
	}
	if !literal {
		return j
	}
	for j < len(ls) && ls[j] == "" {
		j++
	}
	if j < len(ls) && ls[j][0] == ' ' {
		body, next := indented(ls, j, 1)
		w.code(w.lang, body)
		return next
	}
	start := j // a quoted literal block keeps its margin
	for j < len(ls) && ls[j] != "" && ls[j][0] == ls[start][0] && strings.ContainsRune("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", rune(ls[j][0])) {
		j++
	}
	if j > start {
		w.code(w.lang, ls[start:j])
	}
	return j
}

func (w *writer) code(lang string, body []string) {
	class := ""
	if lang == "" && len(body) > 0 && strings.HasPrefix(body[0], ">>>") {
		lang = "python"
	}
	if lang = language(lang); lang != "" {
		class = ` class="language-` + html.EscapeString(lang) + `"`
	}
	w.put("<pre><code%s>%s\n</code></pre>\n", class, html.EscapeString(strings.Join(body, "\n")))
}

// language translates Pygments' names to those that Markdown uses.
func language(l string) string {
	switch l = strings.ToLower(strings.TrimSpace(l)); l {
	case "none", "default", "guess":
		return ""
	case "python3", "pycon", "pycon3", "ipython", "ipython3":
		return "python"
	case "shell-session", "console":
		return "console"
	}
	return l
}

func (w *writer) doctest(ls []string, i int) int {
	j := i
	for j < len(ls) && ls[j] != "" {
		j++
	}
	w.code("python", ls[i:j])
	return j
}

func (w *writer) lineBlock(ls []string, i int) int {
	w.b.WriteString("<p>")
	j := i
	for ; j < len(ls) && ls[j] != "" && (ls[j][0] == '|' || j > i && ls[j][0] == ' '); j++ {
		if ls[j][0] == '|' && j > i {
			w.b.WriteString("<br>\n")
		}
		w.put("%s ", w.inline(strings.TrimSpace(strings.TrimPrefix(ls[j], "|"))))
	}
	w.b.WriteString("</p>\n")
	return j
}

// isEnumerated reports whether a list begins at i rather than a sentence such
// as "A. Einstein was": the next line then belongs to the item or is another.
func isEnumerated(ls []string, i int) bool {
	m := enumerator.FindString(ls[i])
	if m == "" {
		return false
	}
	return i+1 == len(ls) || ls[i+1] == "" || indentOf(ls[i+1]) >= len(m) || enumerator.MatchString(ls[i+1])
}

// list writes the items from i on that begin as the first one does.
func (w *writer) list(ls []string, i int, tag string, marker *regexp.Regexp) int {
	kind := func(l string) string { return l[:1] }
	open := tag
	if tag == "ol" {
		kind = func(l string) string { m := marker.FindStringSubmatch(l); return m[1] + m[3] }
		if n := marker.FindStringSubmatch(ls[i])[2]; n != "1" && n[0] >= '0' && n[0] <= '9' {
			open += ` start="` + n + `"`
		}
	}
	first := kind(ls[i])
	w.put("<%s>\n", open)
	for i < len(ls) {
		m := marker.FindString(ls[i])
		if m == "" || kind(ls[i]) != first {
			break
		}
		body, next := indented(ls, i+1, len(strings.TrimRight(m, " "))+1)
		if gap := i+1 < len(ls) && ls[i+1] == ""; gap && len(body) > 0 {
			body = append([]string{""}, body...)
		}
		w.b.WriteString("<li>")
		w.blocks(trimBlank(append([]string{ls[i][len(m):]}, body...)))
		w.b.WriteString("</li>\n")
		i = next
	}
	w.put("</%s>\n", tag)
	return i
}

// fields writes a field list. At the start of a file it is about the file and
// is left out, as docutils' own writers do with most of it.
func (w *writer) fields(ls []string, i int) int {
	head := w.b.Len() == 0
	var rows []string
	for i < len(ls) {
		m := field.FindStringSubmatch(ls[i])
		if m == nil {
			break
		}
		body, next := indented(ls, i+1, 1)
		rows = append(rows, "<dt>"+w.fieldName(m[1])+"</dt><dd>"+w.inner(append([]string{m[2]}, body...))+"</dd>\n")
		for i = next; i < len(ls) && ls[i] == ""; i++ {
		}
	}
	if !head {
		w.put("<dl>%s</dl>\n", strings.Join(rows, ""))
	}
	return i
}

// fieldName writes the names that Sphinx's domains know as Sphinx does.
func (w *writer) fieldName(name string) string {
	kind, arg, _ := strings.Cut(name, " ")
	switch strings.ToLower(kind) {
	case "param", "parameter", "arg", "argument", "key", "keyword", "var", "ivar", "cvar":
		words := strings.Fields(arg)
		if len(words) > 0 {
			s := "<code>" + html.EscapeString(strings.TrimPrefix(words[len(words)-1], `\`)) + "</code>"
			if len(words) > 1 {
				s += " (" + html.EscapeString(strings.Join(words[:len(words)-1], " ")) + ")"
			}
			return s
		}
	case "raises", "raise", "except", "exception", "type", "vartype":
		return html.EscapeString(kind) + " <code>" + html.EscapeString(arg) + "</code>"
	}
	return w.inline(name)
}

// inner returns what a body writes.
func (w *writer) inner(ls []string) string {
	outer := w.b
	w.b = strings.Builder{}
	w.blocks(trimBlank(ls))
	s := w.b.String()
	w.b = outer
	return s
}

func (w *writer) options(ls []string, i int) int {
	w.b.WriteString("<dl>\n")
	for i < len(ls) && option.MatchString(ls[i]) {
		name, text, _ := strings.Cut(ls[i], "  ")
		body, next := indented(ls, i+1, 1)
		w.put("<dt><code>%s</code></dt><dd>%s</dd>\n", html.EscapeString(name), w.inner(append([]string{strings.TrimSpace(text)}, body...)))
		for i = next; i < len(ls) && ls[i] == ""; i++ {
		}
	}
	w.b.WriteString("</dl>\n")
	return i
}

// definitions writes a definition list: a term, and what is indented below it.
func (w *writer) definitions(ls []string, i int) int {
	w.b.WriteString("<dl>\n")
	for i+1 < len(ls) && ls[i] != "" && ls[i][0] != ' ' && ls[i+1] != "" && ls[i+1][0] == ' ' && !strings.HasPrefix(ls[i], "..") {
		body, next := indented(ls, i+1, 1)
		term, class, _ := strings.Cut(ls[i], " : ")
		w.put("<dt>%s", w.inline(term))
		if class != "" {
			w.put(" : <em>%s</em>", w.inline(class))
		}
		w.put("</dt><dd>%s</dd>\n", w.inner(body))
		i = next
	}
	w.b.WriteString("</dl>\n")
	return i
}
