package rst

import (
	"html"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	roleStart = regexp.MustCompile("^:([A-Za-z][\\w.+:-]*):`")
	roleEnd   = regexp.MustCompile(`^:([A-Za-z][\w.+:-]*):`)
	noteRef   = regexp.MustCompile(`^\[(#?[\w.-]*|\*)\]_`)
	wordRef   = regexp.MustCompile(`^[\pL\pN]+(?:[-_.+:][\pL\pN]+)*__?`)
	bareURL   = regexp.MustCompile("^(?:(?:https?|ftp)://|mailto:)[^\\s<>`\"]+")
	angled    = regexp.MustCompile(`^(?s)(.*?)\s*<([^<>]*)>$`)
)

// inline writes the text of a paragraph.
func (w *writer) inline(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		prev, _ := utf8.DecodeLastRuneInString(s[:i])
		if out, n := w.markup(s[i:], prev); n > 0 {
			b.WriteString(out)
			i += n
			continue
		}
		if strings.HasPrefix(s[i:], "---") && prev != '-' && !strings.HasPrefix(s[i+3:], "-") {
			b.WriteString("—")
			i += 3
			continue
		}
		_, n := utf8.DecodeRuneInString(s[i:])
		b.WriteString(html.EscapeString(s[i : i+n]))
		i += n
	}
	return b.String()
}

// markup returns the HTML of the markup at the start of s and its length, or 0
// where there is none. prev is the character before it.
func (w *writer) markup(s string, prev rune) (string, int) {
	if s[0] == '\\' && len(s) > 1 {
		r, n := utf8.DecodeRuneInString(s[1:])
		if unicode.IsSpace(r) {
			return "", 1 + n
		}
		return html.EscapeString(s[1 : 1+n]), 1 + n
	}
	if !opens(prev) {
		return "", 0
	}
	switch s[0] {
	case '`':
		if strings.HasPrefix(s, "``") {
			if n := closing(s, "``", 2); n > 0 {
				return "<code>" + html.EscapeString(strings.Join(strings.Fields(s[2:n]), " ")) + "</code>", n + 2
			}
			return "", 0
		}
		return w.phrase(s)
	case '*':
		for _, m := range []struct{ mark, tag string }{{"**", "strong"}, {"*", "em"}} {
			if strings.HasPrefix(s, m.mark) {
				if n := closing(s, m.mark, len(m.mark)); n > 0 {
					return "<" + m.tag + ">" + html.EscapeString(unescape(s[len(m.mark):n])) + "</" + m.tag + ">", n + len(m.mark)
				}
				return "", 0
			}
		}
	case ':':
		if m := roleStart.FindStringSubmatch(s); m != nil {
			if n := closing(s, "`", len(m[0])); n > 0 {
				return w.role(m[1], s[len(m[0]):n]), n + 1
			}
		}
	case '|':
		if n := closing(s, "|", 1); n > 0 {
			if sub, ok := w.subs[normal(s[1:n])]; ok {
				return sub, n + 1 + len(s[n+1:]) - len(strings.TrimLeft(s[n+1:], "_"))
			}
		}
	case '[':
		if m := noteRef.FindStringSubmatch(s); m != nil {
			return w.noteLink(m[1]), len(m[0])
		}
	case '_':
		if strings.HasPrefix(s, "_`") {
			if n := closing(s, "`", 2); n > 0 {
				return `<a id="` + slug(s[2:n]) + `"></a>` + html.EscapeString(s[2:n]), n + 1
			}
		}
	}
	return w.bare(s)
}

// bare reads links that are written without marks: an address, and a name_.
func (w *writer) bare(s string) (string, int) {
	if !isWord(s[0]) {
		return "", 0
	}
	if u := strings.TrimRight(bareURL.FindString(s), ".,;:!?'*)]}"); len(u) > 8 {
		if strings.Count(u, "(") > strings.Count(u, ")") {
			u += ")"
		}
		e := html.EscapeString(u)
		return `<a href="` + e + `">` + e + "</a>", len(u)
	}
	m := wordRef.FindString(s)
	if m == "" || len(m) < len(s) && (s[len(m)] == '_' || isWord(s[len(m)])) {
		return "", 0
	}
	name := strings.TrimRight(m, "_")
	if strings.HasSuffix(m, "__") {
		if len(w.unnamed) == 0 {
			return "", 0
		}
		return w.link(name, w.anonymous()), len(m)
	}
	if href, ok := w.targets[normal(name)]; ok {
		return w.link(name, href), len(m)
	}
	return "", 0
}

func isWord(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c >= utf8.RuneSelf
}

// opens reports whether markup may begin after a character.
func opens(prev rune) bool {
	return prev == utf8.RuneError || unicode.IsSpace(prev) || strings.ContainsRune(`'"([{<-/:`+"\u2018\u201c\u2019\u00ab\u2013\u2014\u00a0\\", prev) || unicode.Is(unicode.Ps, prev)
}

// maxMarkup is the longest text between marks: it bounds the search for the end
// of marks that have none. Emphasis is shorter.
const maxMarkup = 1000

// scanned, where a test sets it, counts the bytes in which the end of a mark was looked for.
var scanned *int

// closing returns the index of the mark that ends what begins at from, or 0.
func closing(s, mark string, from int) int {
	if from >= len(s) || strings.IndexByte(" \n", s[from]) >= 0 {
		return 0
	}
	limit := min(len(s), maxMarkup)
	if mark[0] == '*' {
		limit = min(limit, maxMarkup/4)
	}
	if scanned != nil {
		*scanned += max(0, limit-from)
	}
	for i := from; i < limit; i++ {
		if s[i] == '\\' && mark != "``" {
			i++
			continue
		}
		if !strings.HasPrefix(s[i:], mark) || i == from || strings.IndexByte(" \n", s[i-1]) >= 0 {
			continue
		}
		after := i + len(mark)
		if mark == "*" && after < len(s) && s[after] == '*' {
			continue
		}
		if after < len(s) && mark != "`" && isWord(s[after]) {
			continue
		}
		return i
	}
	return 0
}

func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
			if s[i] == ' ' || s[i] == '\n' {
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// phrase reads what begins with one backtick: a reference, a role behind it, or
// text in the default role.
func (w *writer) phrase(s string) (string, int) {
	n := closing(s, "`", 1)
	if n == 0 {
		return "", 0
	}
	text, rest := s[1:n], s[n+1:]
	switch {
	case strings.HasPrefix(rest, "__"):
		if m := angled.FindStringSubmatch(text); m != nil {
			return w.link(m[1], m[2]), n + 3
		}
		return w.link(text, w.anonymous()), n + 3
	case strings.HasPrefix(rest, "_"):
		return w.reference(text), n + 2
	}
	if m := roleEnd.FindStringSubmatch(rest); m != nil {
		return w.role(m[1], text), n + 1 + len(m[0])
	}
	return "<em>" + html.EscapeString(unescape(text)) + "</em>", n + 1
}

func (w *writer) anonymous() string {
	if len(w.unnamed) == 0 {
		return ""
	}
	u := w.unnamed[0]
	w.unnamed = w.unnamed[1:]
	return u
}

// reference writes `text`_ and `text <address>`_.
func (w *writer) reference(text string) string {
	if m := angled.FindStringSubmatch(text); m != nil {
		href := m[2]
		if name, ok := strings.CutSuffix(href, "_"); ok {
			href = w.targets[normal(name)]
		}
		if m[1] == "" {
			m[1] = href
		}
		if _, known := w.targets[normal(m[1])]; !known {
			w.targets[normal(m[1])] = href
		}
		return w.link(m[1], href)
	}
	return w.link(text, w.targets[normal(text)])
}

func (w *writer) link(text, href string) string {
	text = html.EscapeString(unescape(text))
	href = strings.Join(strings.Fields(unescape(href)), "")
	if href == "" {
		return text
	}
	return `<a href="` + html.EscapeString(href) + `">` + text + "</a>"
}

func (w *writer) noteLink(label string) string {
	for _, n := range w.notes {
		if n.label == strings.TrimPrefix(label, "#") && n.label != "" || label == n.id {
			return `<sup><a href="#` + n.id + `">` + html.EscapeString(n.label) + "</a></sup>"
		}
	}
	return "[" + html.EscapeString(label) + "]"
}

// normal is the form in which names of targets are compared.
func normal(name string) string {
	return strings.ToLower(strings.Join(strings.Fields(unescape(name)), " "))
}

// role writes interpreted text. Most roles of Sphinx name something in code.
func (w *writer) role(name, raw string) string {
	title, target := raw, ""
	if m := angled.FindStringSubmatch(raw); m != nil && m[1] != "" {
		title, target = m[1], m[2]
	}
	esc := func(s string) string { return html.EscapeString(strings.Join(strings.Fields(unescape(s)), " ")) }
	if i := strings.LastIndexByte(name, ':'); i >= 0 {
		name = name[i+1:]
	}
	switch name {
	case "ref", "numref", "any", "doc", "term", "download", "pep", "rfc", "abbr", "eq", "keyword", "external":
		return w.crossReference(name, raw, title, target)
	case "math":
		return `<span class="math">\(` + html.EscapeString(raw) + `\)</span>`
	case "sub", "subscript":
		return "<sub>" + esc(raw) + "</sub>"
	case "sup", "superscript":
		return "<sup>" + esc(raw) + "</sup>"
	case "strong", "guilabel", "menuselection":
		return "<strong>" + strings.ReplaceAll(esc(raw), "--&gt;", "→") + "</strong>"
	case "emphasis", "title", "title-reference", "t", "dfn", "newsgroup":
		return "<em>" + esc(raw) + "</em>"
	case "index":
		return esc(title)
	case "raw-html":
		return raw
	case "issue", "gh", "source", "cve", "cwe":
		return esc(title)
	case "kbd":
		return "<kbd>" + esc(raw) + "</kbd>"
	case "samp", "file":
		return "<code>" + strings.NewReplacer("{", "", "}", "").Replace(esc(raw)) + "</code>"
	case "code", "literal":
		return "<code>" + html.EscapeString(raw) + "</code>"
	}
	if short, ok := strings.CutPrefix(title, "~"); ok && target == "" {
		title = short[strings.LastIndexByte(short, '.')+1:]
	}
	title = strings.TrimLeft(title, "!.")
	if (name == "func" || name == "meth" || name == "function" || name == "method") && target == "" && !strings.HasSuffix(title, ")") {
		title += "()"
	}
	return "<code>" + esc(title) + "</code>"
}

// crossReference writes the roles that lead somewhere.
func (w *writer) crossReference(name, raw, title, target string) string {
	switch name {
	case "pep", "rfc":
		number, _, _ := strings.Cut(raw, "#")
		if target != "" {
			number, _, _ = strings.Cut(target, "#")
		} else {
			title = strings.ToUpper(name) + " " + raw
		}
		if name == "pep" {
			return w.link(title, "https://peps.python.org/pep-"+strings.Repeat("0", max(0, 4-len(number)))+number+"/")
		}
		return w.link(title, "https://datatracker.ietf.org/doc/html/rfc"+number+".html")
	case "abbr":
		if i := strings.IndexByte(raw, '('); i > 0 {
			return `<abbr title="` + html.EscapeString(strings.TrimSuffix(raw[i+1:], ")")) + `">` + html.EscapeString(strings.TrimSpace(raw[:i])) + "</abbr>"
		}
	case "doc":
		named := target != ""
		if !named {
			target = raw
			title = raw[strings.LastIndexByte(raw, '/')+1:]
		}
		if href, t, ok := w.elsewhere(name, target); ok {
			if !named && t != "" {
				title = t
			}
			return w.link(title, href)
		}
		if strings.HasPrefix(target, "/") {
			return html.EscapeString(title) // below a root that one file does not tell
		}
		return w.link(title, target+".rst")
	case "download":
		if target == "" {
			target = raw
		}
		return w.link(title, target)
	case "ref", "any", "numref":
		label := target
		if label == "" {
			label = raw
		}
		href, t := w.targets[normal(label)], w.titles[normal(label)]
		if href == "" {
			if there, its, ok := w.elsewhere(name, label); ok {
				href, t = there, its
			}
		}
		if t != "" && target == "" {
			title = t
		}
		return w.link(title, href)
	}
	return html.EscapeString(unescape(title))
}
