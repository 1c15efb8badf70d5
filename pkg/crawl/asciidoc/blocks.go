package asciidoc

import (
	"fmt"
	"html"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ToHTML converts a file.
func ToHTML(src string) string {
	src = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\t", "    ").Replace(src)
	lines := strings.Split(src, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	w := &writer{attrs: map[string]string{}, titles: map[string]string{}}
	w.scan(lines)
	w.blocks(lines)
	w.writeNotes()
	return w.b.String()
}

// writer holds what is known of the whole file.
type writer struct {
	b      strings.Builder
	attrs  map[string]string
	titles map[string]string // identifier of a section to its title
	notes  []string
	depth  int
	inBody bool // the header is over
}

// maxDepth bounds nesting: real files stay far below.
const maxDepth = 40

func (w *writer) put(format string, args ...any) { fmt.Fprintf(&w.b, format, args...) }

var (
	section   = regexp.MustCompile(`^(={1,6}|#{1,6}) +(\S.*?)(?: +[=#]+)?$`)
	attribute = regexp.MustCompile(`^:(!?[\w-]+!?):(?: +(.*))?$`)
	blockMeta = regexp.MustCompile(`^\[([^\[\]].*|)\]$`)
	anchor    = regexp.MustCompile(`^\[\[([^\[\],]+)(?:,[^\]]*)?\]\]$`)
	macro     = regexp.MustCompile(`^(image|include|toc|video|audio|ifdef|ifndef|ifeval|endif|xref|link|plantuml|kroki)::?(\S*?)\[(.*)\]$`)
	bullet    = regexp.MustCompile(`^ *(\*{1,5}|-|•) +(\S.*)$`)
	ordered   = regexp.MustCompile(`^ *(\.{1,5}|\d+\.|[a-zA-Z]\.|[ivxIVX]+\)) +(\S.*)$`)
	described = regexp.MustCompile(`^ *(\S.*?|\S)(:{2,4}|;;)(?: +(\S.*))?$`)
	callout   = regexp.MustCompile(`^<(\d+|\.)> +(\S.*)$`)
	admonish  = regexp.MustCompile(`^(NOTE|TIP|IMPORTANT|WARNING|CAUTION): +(\S.*)$`)
	delimiter = regexp.MustCompile("^(-{4,}|\\.{4,}|={4,}|\\*{4,}|_{4,}|\\+{4,}|/{4,}|--|```.*|[|,:!]===)$")
)

// scan reads what may be used before it is written: titles by their identifiers.
func (w *writer) scan(ls []string) {
	id := ""
	for _, l := range ls {
		if m := anchor.FindStringSubmatch(l); m != nil {
			id = m[1]
			continue
		}
		if m := blockMeta.FindStringSubmatch(l); m != nil {
			if got := parseMeta(m[1]).id; got != "" {
				id = got
			}
			continue
		}
		if m := section.FindStringSubmatch(l); m != nil {
			if id == "" {
				id = slug(m[2])
			}
			w.titles[id] = m[2]
			w.titles[m[2]] = id // a reference may name the title itself
		}
		if l != "" {
			id = ""
		}
	}
}

// blocks writes a body.
func (w *writer) blocks(ls []string) {
	if w.depth++; w.depth > maxDepth {
		w.put("<pre>%s</pre>", html.EscapeString(strings.Join(ls, "\n")))
		w.depth--
		return
	}
	for i := 0; i < len(ls); {
		i = max(w.block(ls, i), i+1)
	}
	w.depth--
}

// block writes the block at i, with what stands above it, and returns the index
// after it.
func (w *writer) block(ls []string, i int) int {
	m := meta{named: map[string]string{}}
	for ; i < len(ls); i++ {
		l := ls[i]
		switch {
		case l == "":
			continue
		case strings.HasPrefix(l, "//") && !strings.HasPrefix(l, "///"):
			continue
		case anchor.MatchString(l):
			m.id = anchor.FindStringSubmatch(l)[1]
			continue
		case blockMeta.MatchString(l) && !strings.HasPrefix(l, "[["):
			id := m.id
			title := m.title
			m = parseMeta(blockMeta.FindStringSubmatch(l)[1])
			m.title = title
			if m.id == "" {
				m.id = id
			}
			continue
		case len(l) > 1 && l[0] == '.' && l[1] != '.' && l[1] != ' ' && !ordered.MatchString(l):
			m.title = l[1:]
			continue
		case attribute.MatchString(l):
			i = w.attribute(ls, i)
			continue
		}
		break
	}
	if i >= len(ls) {
		return i
	}
	return w.content(ls, i, m)
}

// attribute sets an attribute, whose value may go on in the next lines.
func (w *writer) attribute(ls []string, i int) int {
	a := attribute.FindStringSubmatch(ls[i])
	name := strings.ToLower(strings.Trim(a[1], "!"))
	if strings.Contains(a[1], "!") {
		delete(w.attrs, name)
		return i
	}
	v := a[2]
	for strings.HasSuffix(v, `\`) && i+1 < len(ls) {
		i++
		v = strings.TrimSuffix(v, `\`) + strings.TrimSpace(ls[i])
	}
	v = strings.TrimSpace(w.replaceAttributes(v))
	if name == "leveloffset" {
		v = strconv.Itoa(w.offset(v))
	}
	w.attrs[name] = v
	return i
}

// offset is what sections are moved by where leveloffset is set to v, a number
// or a step from what it is.
func (w *writer) offset(v string) int {
	n, _ := strconv.Atoi(v)
	if strings.HasPrefix(v, "+") || strings.HasPrefix(v, "-") {
		before, _ := strconv.Atoi(w.attrs["leveloffset"])
		n += before
	}
	return max(-5, min(n, 5))
}

func (w *writer) content(ls []string, i int, m meta) int {
	l := ls[i]
	if s := section.FindStringSubmatch(l); s != nil {
		return w.section(ls, i, m, len(s[1]), s[2])
	}
	if mm := macro.FindStringSubmatch(l); mm != nil {
		return w.blockMacro(ls, i, m, mm)
	}
	if d := delimiter.FindString(l); d != "" {
		return w.delimited(ls, i, m, d)
	}
	switch {
	case l == "'''" || l == "---" || l == "***":
		w.b.WriteString("<hr>\n")
		return i + 1
	case l == "<<<" || l == "+":
		return i + 1
	case i+1 < len(ls) && isUnderline(l, ls[i+1]):
		level := strings.IndexByte("=-~^+", ls[i+1][0]) + 1
		return w.section(ls, i+1, m, level, l)
	}
	if w.isListAt(l) {
		w.blockTitle(m)
		return w.list(ls, i, nil, m)
	}
	if l[0] == ' ' {
		return w.literal(ls, i, m)
	}
	return w.paragraph(ls, i, m)
}

// isUnderline reports whether a line underlines a title of the old syntax.
func isUnderline(title, l string) bool {
	if len(l) < 4 || !strings.ContainsRune("=-~^+", rune(l[0])) || strings.Trim(l, l[:1]) != "" {
		return false
	}
	n := utf8.RuneCountInString(title)
	return n-len(l) <= 2 && len(l)-n <= 2 && isWord(title[0])
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c >= utf8.RuneSelf
}

func (w *writer) section(ls []string, i int, m meta, level int, title string) int {
	id := m.id
	if id == "" {
		id = slug(title)
	}
	by, _ := strconv.Atoi(w.attrs["leveloffset"])
	level = max(1, min(level+by, 6))
	w.put("<h%d id=\"%s\">%s</h%d>\n", level, html.EscapeString(id), w.inline(title), level)
	i++
	if level == 1 && !w.inBody { // author, revision and attributes of the header
		for ; i < len(ls) && ls[i] != ""; i++ {
			if attribute.MatchString(ls[i]) {
				i = w.attribute(ls, i)
			}
		}
	}
	w.inBody = true
	return i
}

func (w *writer) blockTitle(m meta) {
	if m.id != "" {
		w.put(`<a id="%s"></a>`, html.EscapeString(m.id))
	}
	if m.title != "" {
		w.put("<p><strong>%s</strong></p>\n", w.inline(m.title))
	}
}

func (w *writer) blockMacro(ls []string, i int, m meta, mm []string) int {
	args := parseMeta(mm[3])
	switch mm[1] {
	case "image":
		w.b.WriteString("<figure>" + w.image(mm[2], args))
		if m.title != "" {
			w.put("<figcaption>%s</figcaption>", w.inline(m.title))
		}
		w.b.WriteString("</figure>\n")
	case "ifdef", "ifndef", "ifeval":
		return w.condition(ls, i, mm)
	case "xref", "link":
		return w.paragraph(ls, i, m)
	case "video", "audio":
		w.put("<p>%s</p>\n", link(mm[2], html.EscapeString(mm[2])))
	}
	return i + 1
}

// condition keeps or skips what stands up to the endif.
func (w *writer) condition(ls []string, i int, mm []string) int {
	name := strings.ToLower(mm[2])
	_, set := w.attrs[name]
	keep := set == (mm[1] == "ifdef")
	if mm[1] == "ifeval" {
		keep = false
	}
	if mm[3] != "" && mm[1] != "ifeval" {
		if keep {
			w.blocks([]string{mm[3]})
		}
		return i + 1
	}
	open, j := 1, i+1
	for ; j < len(ls) && open > 0; j++ {
		if m := macro.FindStringSubmatch(ls[j]); m != nil {
			switch {
			case m[1] == "endif":
				open--
			case strings.HasPrefix(m[1], "if") && m[3] == "":
				open++
			}
		}
	}
	if keep {
		w.blocks(ls[i+1 : max(i+1, j-1)])
	}
	return j
}

func (w *writer) literal(ls []string, i int, m meta) int {
	j := i
	for j < len(ls) && ls[j] != "" {
		j++
	}
	least := len(ls[i])
	for _, l := range ls[i:j] {
		least = min(least, len(l)-len(strings.TrimLeft(l, " ")))
	}
	body := make([]string, 0, j-i)
	for _, l := range ls[i:j] {
		body = append(body, l[least:])
	}
	w.blockTitle(m)
	w.listing(m, body)
	return j
}

// endsParagraph reports whether a line begins something else without a blank
// line before it.
func endsParagraph(l string) bool {
	return l == "" || l == "+" || delimiter.MatchString(l) && l != "--" || blockMeta.MatchString(l) && !strings.ContainsAny(l, " ") || anchor.MatchString(l) || strings.HasPrefix(l, "//") && !strings.HasPrefix(l, "///")
}

func (w *writer) paragraph(ls []string, i int, m meta) int {
	j := i + 1
	for j < len(ls) && !endsParagraph(ls[j]) && (!macro.MatchString(ls[j]) || strings.HasPrefix(ls[j], "xref:") || strings.HasPrefix(ls[j], "link:")) {
		j++
	}
	var body []string
	for _, l := range ls[i:j] {
		body = append(body, bare(l))
	}
	a := admonish.FindStringSubmatch(body[0])
	switch {
	case a != nil:
		body[0] = a[2]
		w.alert(alerts[a[1]], m.title, func() { w.put("<p>%s</p>", w.inline(strings.Join(body, "\n"))) })
	case alerts[m.style] != "":
		w.alert(alerts[m.style], m.title, func() { w.put("<p>%s</p>", w.inline(strings.Join(body, "\n"))) })
	case m.style == "source" || m.style == "listing" || m.style == "literal":
		w.blockTitle(m)
		w.listing(m, body)
	case m.style == "quote" || m.style == "verse":
		w.blockTitle(m)
		w.quote(m, body)
	case m.style == "stem" || m.style == "latexmath":
		w.passthrough(m, body)
	default:
		w.blockTitle(m)
		text := w.inline(strings.Join(body, "\n"))
		if _, all := w.attrs["hardbreaks"]; all || m.hardBreaks {
			text = strings.ReplaceAll(text, "\n", "<br>\n")
		}
		w.put("<p>%s</p>\n", text)
	}
	return j
}

func itoa(n int) string { return strconv.Itoa(n) }
