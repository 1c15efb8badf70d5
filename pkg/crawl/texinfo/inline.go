package texinfo

import (
	"html"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// inlineDepth bounds commands within commands.
const inlineDepth = 40

// inlined writes what a command within text does with its argument.
type inlined func(w *writer, arg string) string

var inlines map[string]inlined

// signs are commands that stand for text.
var signs = map[string]string{
	"TeX": "TeX", "LaTeX": "LaTeX", "dots": "\u2026", "enddots": "\u2026", "bullet": "\u2022", "minus": "\u2212", "copyright": "\u00a9",
	"registeredsymbol": "\u00ae", "result": "\u21d2", "expansion": "\u21a6", "print": "\u22a3", "error": "error\u2192", "equiv": "\u2261", "point": "\u22c6",
	"comma": ",", "atchar": "@", "lbracechar": "{", "rbracechar": "}", "backslashchar": `\`, "hashchar": "#", "ampchar": "&", "tie": "\u00a0", "arrow": "\u2192",
	"euro": "\u20ac", "pounds": "\u00a3", "textdegree": "\u00b0", "geq": "\u2265", "leq": "\u2264", "ordf": "\u00aa", "ordm": "\u00ba", "click": "\u2192", "guillemetleft": "\u00ab",
	"guillemetright": "\u00bb", "guillemotleft": "\u00ab", "guillemotright": "\u00bb", "guilsinglleft": "\u2039", "guilsinglright": "\u203a", "quotedblleft": "\u201c",
	"quotedblright": "\u201d", "quoteleft": "\u2018", "quoteright": "\u2019", "quotedblbase": "\u201e", "quotesinglbase": "\u201a",
	"exclamdown": "\u00a1", "questiondown": "\u00bf", "AA": "\u00c5", "aa": "\u00e5", "AE": "\u00c6", "ae": "\u00e6", "OE": "\u0152", "oe": "\u0153", "O": "\u00d8",
	"o": "\u00f8", "L": "\u0141", "l": "\u0142", "ss": "\u00df", "DH": "\u00d0", "dh": "\u00f0", "TH": "\u00de", "th": "\u00fe", "today": "",
}

// accents are combining characters, by the command that puts one on a letter.
var accents = map[string]string{
	"'": "\u0301", "`": "\u0300", "^": "\u0302", `"`: "\u0308", "~": "\u0303", "=": "\u0304", ",": "\u0327", "H": "\u030b", "dotaccent": "\u0307",
	"ringaccent": "\u030a", "u": "\u0306", "v": "\u030c", "ubaraccent": "\u0331", "udotaccent": "\u0323", "ogonek": "\u0328", "tieaccent": "\u0361",
}

func init() {
	inlines = map[string]inlined{
		"anchor": func(_ *writer, arg string) string { return `<a id="` + html.EscapeString(anchor(arg)) + `"></a>` },
		"sc":     func(w *writer, arg string) string { return strings.ToUpper(w.inline(arg)) },
		"math":   formula,
		"sup":    tagged("sup"), "sub": tagged("sub"),
		"footnote": func(w *writer, arg string) string { return " (" + strings.TrimSpace(w.inline(arg)) + ")" },
		"dotless":  func(_ *writer, arg string) string { return map[string]string{"i": "\u0131", "j": "\u0237"}[arg] },
		"U":        func(_ *writer, arg string) string { return html.UnescapeString("&#x" + html.EscapeString(arg) + ";") },
		"url":      link, "uref": link, "indicateurl": codeOf, "email": email, "image": image,
		"xref": seeing("See "), "pxref": seeing("see "), "ref": seeing(""), "inforef": seeing("See "), "link": seeing(""),
		"inlineraw": func(*writer, string) string { return "" }, "inlinefmt": chosen, "inlinefmtifelse": chosen,
		"caption": func(w *writer, arg string) string { return w.inline(arg) }, "shortcaption": func(*writer, string) string { return "" },
		"hyphenation": func(*writer, string) string { return "" }, "errormsg": func(*writer, string) string { return "" },
		"abbr": expanded, "acronym": expanded,
	}
	for names, do := range map[string]inlined{
		"code samp kbd env file command option t key": codeOf,
		"var emph i slanted cite dfn sansserif":       tagged("em"),
		"strong b":                                    tagged("strong"),
		"w asis r dmn sortas clicksequence headitemfont titlefont seeentry seealso": func(w *writer, arg string) string { return w.inline(arg) },
	} {
		for _, name := range strings.Fields(names) {
			inlines[name] = do
		}
	}
	for name, sign := range signs {
		inlines[name] = func(*writer, string) string { return html.EscapeString(sign) }
	}
	for name, mark := range accents {
		inlines[name] = func(w *writer, arg string) string {
			first, n := utf8.DecodeRuneInString(arg)
			if n == 0 || first == '@' {
				return w.inline(arg)
			}
			return html.EscapeString(norm.NFC.String(arg[:n]+mark)) + w.inline(arg[n:])
		}
	}
}

func tagged(tag string) inlined {
	return func(w *writer, arg string) string {
		if w.code > 0 {
			return w.inline(arg)
		}
		return "<" + tag + ">" + w.inline(arg) + "</" + tag + ">"
	}
}

func codeOf(w *writer, arg string) string {
	w.code++
	text := w.inline(arg)
	w.code--
	if w.code > 0 {
		return text
	}
	return "<code>" + text + "</code>"
}

func formula(w *writer, arg string) string {
	w.code++
	w.math++
	text := w.inline(arg)
	w.math--
	w.code--
	return `<span class="math">\(` + text + `\)</span>`
}

func expanded(w *writer, arg string) string {
	a := arguments(arg, 2)
	if len(a) > 1 && a[1] != "" {
		return w.inline(a[0]) + " (" + w.inline(a[1]) + ")"
	}
	return w.inline(arg)
}

func (w *writer) linked(href, text string) string {
	if w.code > 0 {
		return text
	}
	return `<a href="` + html.EscapeString(href) + `">` + text + "</a>"
}

func (w *writer) plain(s string) string {
	w.code++
	defer func() { w.code-- }()
	return html.UnescapeString(w.inline(s))
}

func link(w *writer, arg string) string {
	a := arguments(arg, 3)
	href := w.plain(a[0])
	for _, text := range a[1:] {
		if text != "" {
			return w.linked(href, w.inline(text))
		}
	}
	return w.linked(href, html.EscapeString(href))
}

func email(w *writer, arg string) string {
	a := arguments(arg, 2)
	if len(a) > 1 && a[1] != "" {
		return w.inline(a[1])
	}
	return w.inline(a[0])
}

func image(w *writer, arg string) string {
	a := append(arguments(arg, 5), "", "", "", "")
	ext := a[4]
	if ext == "" {
		ext = "png"
	}
	alt := w.plain(a[3])
	if w.code > 0 {
		return html.EscapeString(alt)
	}
	return `<img src="` + html.EscapeString(w.plain(a[0])+"."+strings.TrimPrefix(ext, ".")) + `" alt="` + html.EscapeString(alt) + `">`
}

// seeing writes a reference: node, name, title, file, manual.
func seeing(before string) inlined {
	return func(w *writer, arg string) string {
		a := append(arguments(arg, 5), "", "", "", "")
		text := a[0]
		if a[2] != "" {
			text = a[2]
		} else if a[1] != "" {
			text = a[1]
		}
		out, id := w.inline(text), anchor(a[0])
		switch manual := a[4]; {
		case manual != "":
			out += " in <em>" + w.inline(manual) + "</em>"
		case a[3] != "":
			out += " in " + w.inline(a[3])
		case w.ids[id]:
			out = w.linked("#"+id, out)
		}
		return before + out
	}
}

// chosen writes what is for HTML of what names a format.
func chosen(w *writer, arg string) string {
	a := append(arguments(arg, 3), "", "")
	if a[0] == "html" {
		return w.inline(a[1])
	}
	return w.inline(a[2])
}

// inline writes text with the commands within it.
func (w *writer) inline(s string) string {
	if w.depth >= inlineDepth {
		return html.EscapeString(s)
	}
	w.depth++
	defer func() { w.depth-- }()
	var b strings.Builder
	for s != "" {
		i := strings.IndexAny(s, "@{}")
		if i < 0 {
			i = len(s)
		}
		if w.code > 0 {
			b.WriteString(html.EscapeString(s[:i]))
		} else {
			b.WriteString(escape(s[:i]))
		}
		if s = s[i:]; s == "" {
			break
		}
		if s[0] != '@' { // braces that belong to nothing
			if w.math > 0 {
				b.WriteByte(s[0])
			}
			s = s[1:]
			continue
		}
		var out string
		out, s = w.command(s[1:])
		b.WriteString(out)
	}
	return b.String()
}

// command writes the command with which s begins, without its @.
func (w *writer) command(s string) (out, rest string) {
	name, rest := nameOf(s)
	if name == "" {
		return w.sign(s)
	}
	if name == "verb" {
		text, after := verbatim(rest)
		if text = html.EscapeString(text); w.code == 0 {
			text = "<code>" + text + "</code>"
		}
		return text, after
	}
	do := inlines[name]
	if accents[name] != "" && rest != "" && rest[0] == ' ' { // @u o
		rest = strings.TrimLeft(rest, " ")
		if n := min(1, len(rest)); n > 0 && rest[0] != '{' && rest[0] != '@' {
			return do(w, rest[:n]), rest[n:]
		}
	}
	if !strings.HasPrefix(rest, "{") {
		if signs[name] != "" {
			return html.EscapeString(signs[name]), rest
		}
		return "", strings.TrimPrefix(rest, " ")
	}
	arg, rest := braced(rest)
	if do == nil {
		return w.inline(arg), rest
	}
	return do(w, arg), rest
}

// sign writes a command whose name is no word.
func (w *writer) sign(s string) (out, rest string) {
	if s == "" {
		return "", ""
	}
	c := s[:1]
	s = s[1:]
	switch {
	case accents[c] != "" && s != "":
		arg, rest := s[:1], s[1:]
		if s[0] == '{' {
			arg, rest = braced(s)
		} else if s[0] == '@' {
			return "", s
		}
		return inlines[c](w, arg), rest
	case strings.Contains("@{}.!?", c):
		return html.EscapeString(c), s
	case c == "*":
		if w.code > 0 {
			return "\n", s
		}
		return "<br>", s
	case strings.Contains(" \t\n", c):
		return " ", s
	}
	return "", s // @: @/ @- @|
}
