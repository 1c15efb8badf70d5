package asciidoc

import (
	"html"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	attrRef   = regexp.MustCompile(`\\?\{([\w-]+)\}`)
	inMacro   = regexp.MustCompile(`^(image|link|xref|mailto|footnote|footnoteref|kbd|btn|menu|icon|pass|stem|latexmath|anchor|indexterm2?|term|abbr):([^\s\[]*)\[`)
	addressed = regexp.MustCompile(`^(?:https?|ftp|irc)://[^\s\[\]<>"]+`)
	crossRef  = regexp.MustCompile(`^<<([^<>,]+)(?:, *([^<>]*))?>>`)
	inAnchor  = regexp.MustCompile(`^\[\[([^\[\],]+)(?:,[^\]]*)?\]\]`)
	roleMark  = regexp.MustCompile(`^\[[.#%][\w.#% -]*\](?:#|\*|_|` + "`" + `)`)
)

// builtin are attributes that are always there.
var builtin = map[string]string{"nbsp": "\u00a0", "empty": "", "sp": " ", "amp": "&", "lt": "<", "gt": ">", "plus": "+", "asterisk": "*", "caret": "^",
	"startsb": "[", "endsb": "]", "vbar": "|", "tilde": "~", "backslash": `\`, "backtick": "`", "apos": "'", "quot": `"`, "ldquo": "\u201c", "rdquo": "\u201d",
	"lsquo": "\u2018", "rsquo": "\u2019", "deg": "°", "two-colons": "::", "two-semicolons": ";;", "cpp": "C++", "pp": "++", "zwsp": "", "wj": ""}

func (w *writer) replaceAttributes(s string) string {
	if !strings.Contains(s, "{") {
		return s
	}
	return attrRef.ReplaceAllStringFunc(s, func(ref string) string {
		if ref[0] == '\\' {
			return ref[1:]
		}
		name := strings.ToLower(ref[1 : len(ref)-1])
		if v, ok := w.attrs[name]; ok {
			return v
		}
		if v, ok := builtin[name]; ok {
			return v
		}
		return ref
	})
}

// inline writes the text of a paragraph.
func (w *writer) inline(s string) string { return w.marks(w.replaceAttributes(s), 0) }

func (w *writer) marks(s string, depth int) string {
	if depth > 8 {
		return html.EscapeString(s)
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		prev, _ := utf8.DecodeLastRuneInString(s[:i])
		if out, n := w.mark(s[i:], prev, depth); n > 0 {
			b.WriteString(out)
			i += n
			continue
		}
		_, n := utf8.DecodeRuneInString(s[i:])
		b.WriteString(html.EscapeString(s[i : i+n]))
		i += n
	}
	return b.String()
}

func wordRune(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_')
}

// pairs are marks around text, the unconstrained one of each first.
var pairs = []struct {
	mark, tag string
	free      bool // may stand inside of a word
}{{"**", "strong", true}, {"*", "strong", false}, {"__", "em", true}, {"_", "em", false}, {"##", "mark", true}, {"#", "mark", false},
	{"^", "sup", true}, {"~", "sub", true}}

// mark returns the HTML of the markup at the start of s and its length, or 0
// where there is none. prev is the character before it.
func (w *writer) mark(s string, prev rune, depth int) (string, int) {
	switch c := s[0]; {
	case c == '\\' && len(s) > 1 && strings.IndexByte("*_`#^~+<[{\\hxlif", s[1]) >= 0:
		if _, n := w.mark(s[1:], prev, depth); n > 0 {
			return html.EscapeString(s[1 : 1+n]), 1 + n
		}
		return "", 0
	case c == '\n' || c == ' ':
		if strings.HasPrefix(s, " +\n") {
			return "<br>\n", 3
		}
		if strings.HasPrefix(s, " -- ") {
			return " — ", 4
		}
		return "", 0
	case c == '`', c == '+':
		return w.monospace(s, prev, depth)
	case (c == '"' || c == '\'') && len(s) > 3 && s[1] == '`':
		if end := find(s, "`"+s[:1], 2); end > 0 {
			q := map[byte][2]string{'"': {"\u201c", "\u201d"}, '\'': {"\u2018", "\u2019"}}[c]
			return q[0] + w.marks(s[2:end], depth+1) + q[1], end + 2
		}
		return "", 0
	case c == '<':
		return w.angle(s)
	case c == '[':
		if m := inAnchor.FindStringSubmatch(s); m != nil {
			return `<a id="` + html.EscapeString(m[1]) + `"></a>`, len(m[0])
		}
		if m := roleMark.FindString(s); m != "" { // [.role]#text#: the text
			if out, n := w.mark(s[len(m)-1:], ' ', depth); n > 0 {
				return strings.NewReplacer("<mark>", "", "</mark>", "").Replace(out), len(m) - 1 + n
			}
		}
		return "", 0
	case c == '(' && strings.HasPrefix(s, "(("):
		return index(s)
	case c != '_' && wordRune(rune(c)) && !wordRune(prev):
		return w.named(s, depth)
	}
	for _, p := range pairs {
		if !strings.HasPrefix(s, p.mark) {
			continue
		}
		if end := paired(s, p.mark, p.free, prev); end > 0 {
			return "<" + p.tag + ">" + w.marks(s[len(p.mark):end], depth+1) + "</" + p.tag + ">", end + len(p.mark)
		}
	}
	return "", 0
}

// maxMarkup is the longest text between marks: it bounds the search for the end
// of marks that have none.
const maxMarkup = 600

// scanned, where a test sets it, counts the bytes in which the end of a mark was looked for.
var scanned *int

// find returns the index of end at or after from, within maxMarkup, or 0.
func find(s, end string, from int) int {
	limit := min(len(s), maxMarkup)
	if from >= limit {
		return 0
	}
	if scanned != nil {
		*scanned += limit - from
	}
	if i := strings.Index(s[from:limit], end); i > 0 {
		return from + i
	}
	return 0
}

// paired returns the index of the mark that closes the one at the start of s.
func paired(s, mark string, free bool, prev rune) int {
	n := len(mark)
	if n >= len(s) || s[n] == ' ' && len(mark) == 1 || s[n] == '\n' || !free && (wordRune(prev) || strings.ContainsRune(":;}", prev) && prev != utf8.RuneError) {
		return 0
	}
	for from := n; ; {
		end := find(s, mark, from)
		if end == 0 {
			return 0
		}
		next, _ := utf8.DecodeRuneInString(s[end+n:])
		space := s[end-1] == ' ' || s[end-1] == '\n'
		switch {
		case (mark == "^" || mark == "~") && strings.ContainsAny(s[n:end], " \n"):
			return 0
		case free && (n > 1 || !space), !free && !space && !wordRune(next):
			return end
		}
		from = end + n
	}
}

func (w *writer) monospace(s string, prev rune, depth int) (string, int) {
	for _, mark := range []string{"+++", "``", "`", "++", "+"} {
		if !strings.HasPrefix(s, mark) {
			continue
		}
		if mark == "+++" {
			if end := find(s, mark, 3); end > 0 {
				return s[3:end], end + 3
			}
			continue
		}
		end := paired(s, mark, len(mark) == 2, prev)
		if end == 0 {
			continue
		}
		text := s[len(mark):end]
		if mark[0] == '+' {
			if w.attrs["compat-mode"] == "" {
				return html.EscapeString(text), end + len(mark)
			}
			return "<code>" + html.EscapeString(text) + "</code>", end + len(mark)
		}
		if in := strings.TrimPrefix(text, "+"); in != text && strings.HasSuffix(in, "+") && len(in) > 1 {
			return "<code>" + html.EscapeString(in[:len(in)-1]) + "</code>", end + len(mark) // literal
		}
		return "<code>" + w.codeText(text, depth) + "</code>", end + len(mark)
	}
	return "", 0
}

// codeText writes text in code: references in it lead somewhere, marks are
// mostly part of the code.
func (w *writer) codeText(text string, depth int) string {
	if strings.Contains(text, "<<") || strings.Contains(text, "link:") || strings.Contains(text, "xref:") || strings.Contains(text, "pass:[") {
		return w.marks(text, depth+1)
	}
	return html.EscapeString(strings.ReplaceAll(text, `\`, ``))
}

func (w *writer) angle(s string) (string, int) {
	if m := crossRef.FindStringSubmatch(s); m != nil {
		return w.reference(strings.TrimSpace(m[1]), m[2]), len(m[0])
	}
	if u := addressed.FindString(s[1:]); u != "" && strings.HasPrefix(s[1+len(u):], ">") {
		return link(u, html.EscapeString(u)), len(u) + 2
	}
	return "", 0
}

// reference writes a cross-reference: to a section by identifier or title, or
// into another file.
func (w *writer) reference(id, text string) string {
	id = strings.TrimPrefix(id, "#")
	file, frag, hasFile := strings.Cut(id, "#")
	if strings.HasSuffix(file, ".adoc") || strings.HasSuffix(file, ".asciidoc") {
		if text == "" {
			text = strings.TrimSuffix(file[strings.LastIndexAny(file, "/:")+1:], ".adoc")
		}
		if frag != "" {
			file += "#" + frag
		}
		if strings.Contains(file, ":") { // of another module of Antora
			return w.marks(text, 1)
		}
		return link(file, w.marks(text, 1))
	}
	if hasFile && frag != "" {
		return link(file+".adoc#"+frag, w.marks(first(text, file), 1))
	}
	if to, ok := w.titles[id]; ok && strings.HasPrefix(to, "_") && !strings.HasPrefix(id, "_") {
		return link("#"+to, w.marks(first(text, id), 1))
	}
	return link("#"+id, w.marks(first(text, w.titles[id], id), 1))
}

func first(s ...string) string {
	for _, v := range s {
		if v != "" {
			return v
		}
	}
	return ""
}

func link(href, label string) string {
	return `<a href="` + html.EscapeString(href) + `">` + label + "</a>"
}

// index leaves the marks of an index out: ((shown)) and (((hidden))).
func index(s string) (string, int) {
	if strings.HasPrefix(s, "(((") {
		if end := find(s, ")))", 3); end > 0 {
			return "", end + 3
		}
	}
	if end := find(s, "))", 2); end > 0 && !strings.ContainsAny(s[2:end], "()") {
		return html.EscapeString(s[2:end]), end + 2
	}
	return "", 0
}

// closing returns the index of the bracket that closes the one at open, or -1.
func closing(s string, open int) int {
	depth := 0
	for i := open; i < min(len(s), open+4*maxMarkup); i++ {
		switch {
		case s[i] == '\\':
			i++
		case s[i] == '[':
			depth++
		case s[i] == ']':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

// named reads what begins with a word: an address, or a macro.
func (w *writer) named(s string, depth int) (string, int) {
	if u := addressed.FindString(s); u != "" {
		if end := len(u); end < len(s) && s[end] == '[' {
			if c := closing(s, end); c > 0 {
				return link(u, w.label(s[end+1:c], u, depth)), c + 1
			}
		}
		u = strings.TrimRight(u, ".,;:!?'*)")
		return link(u, html.EscapeString(u)), len(u)
	}
	m := inMacro.FindStringSubmatch(s)
	if m == nil {
		return "", 0
	}
	c := closing(s, len(m[0])-1)
	if c < 0 {
		return "", 0
	}
	return w.inlineMacro(m[1], m[2], s[len(m[0]):c], depth), c + 1
}

// label is the text of a link: what stands in its brackets without attributes.
func (w *writer) label(text, href string, depth int) string {
	if i := strings.Index(text, ",window="); i >= 0 {
		text = text[:i]
	}
	text = strings.Trim(strings.TrimSuffix(strings.TrimSpace(text), "^"), `"`)
	if text == "" {
		return html.EscapeString(href)
	}
	return w.marks(text, depth+1)
}

func (w *writer) inlineMacro(name, target, text string, depth int) string {
	switch name {
	case "image":
		return w.image(strings.TrimPrefix(target, ":"), parseMeta(text))
	case "link":
		return link(strings.Trim(target, "+"), w.label(text, target, depth))
	case "xref":
		return w.reference(target, text)
	case "mailto":
		return link("mailto:"+target, w.label(text, target, depth))
	case "footnote", "footnoteref":
		w.notes = append(w.notes, w.marks(text, depth+1))
		n := itoa(len(w.notes))
		return `<sup><a href="#fn-` + n + `">` + n + "</a></sup>"
	case "kbd":
		return "<kbd>" + html.EscapeString(text) + "</kbd>"
	case "btn":
		return "<strong>" + html.EscapeString(text) + "</strong>"
	case "menu":
		return "<strong>" + html.EscapeString(target+" → "+strings.ReplaceAll(text, " > ", " → ")) + "</strong>"
	case "stem", "latexmath":
		return `<span class="math">\(` + html.EscapeString(text) + `\)</span>`
	case "anchor":
		return `<a id="` + html.EscapeString(target) + `"></a>`
	case "pass":
		return html.EscapeString(text)
	case "icon", "indexterm":
		return ""
	}
	return w.marks(text, depth+1)
}

func (w *writer) image(src string, args meta) string {
	if dir := w.attrs["imagesdir"]; dir != "" && !strings.Contains(src, "://") && !strings.HasPrefix(src, "/") {
		src = strings.TrimSuffix(dir, "/") + "/" + src
	}
	alt := args.named["alt"]
	if alt == "" && len(args.args) > 0 {
		alt = args.args[0]
	}
	img := `<img src="` + html.EscapeString(w.replaceAttributes(src)) + `" alt="` + html.EscapeString(alt) + `">`
	if to := args.named["link"]; to != "" {
		return link(to, img)
	}
	return img
}

func (w *writer) writeNotes() {
	if len(w.notes) == 0 {
		return
	}
	w.b.WriteString(`<section class="footnotes">`)
	for i, text := range w.notes {
		w.put(`<div class="footnote" id="fn-%d"><span class="label">%d</span><p>%s</p></div>`, i+1, i+1, text)
	}
	w.b.WriteString("</section>\n")
}
