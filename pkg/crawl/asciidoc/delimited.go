package asciidoc

import (
	"html"
	"regexp"
	"strings"
)

// until returns the index of the line that closes a delimited block.
func until(ls []string, i int, d string) int {
	for j := i; j < len(ls); j++ {
		if ls[j] == d {
			return j
		}
	}
	return len(ls)
}

var alerts = map[string]string{"NOTE": "note", "TIP": "tip", "IMPORTANT": "important", "WARNING": "warning", "CAUTION": "caution"}

// delimited writes a block between two equal lines.
func (w *writer) delimited(ls []string, i int, m meta, d string) int {
	closing := d
	if strings.HasPrefix(d, "```") {
		closing = "```"
	}
	end := until(ls, i+1, closing)
	body := ls[min(i+1, len(ls)):end]
	if d[0] == '/' {
		return end + 1
	}
	if kind := alerts[m.style]; kind != "" {
		w.alert(kind, m.title, func() { w.blocks(body) })
		return end + 1
	}
	if !m.collapsible {
		w.blockTitle(m)
	}
	switch {
	case strings.HasPrefix(d, "```"):
		w.code(strings.TrimSpace(d[3:]), body)
	case strings.HasSuffix(d, "==="):
		if d[0] == '=' {
			w.blocks(body)
		} else {
			w.table(body, m, d[:1])
		}
	case d[0] == '.' || strings.HasPrefix(d, "----"):
		w.listing(m, body)
	case d == "--" && (m.style == "source" || m.style == "listing"):
		w.listing(m, body)
	case d[0] == '+':
		w.passthrough(m, body)
	case d[0] == '_':
		w.quote(m, body)
	case d[0] == '*':
		w.b.WriteString("<blockquote>")
		w.blocks(body)
		w.b.WriteString("</blockquote>\n")
	case d[0] == '=' && m.collapsible:
		w.put("<details><summary>%s</summary>", w.inline(first(m.title, "Details")))
		w.blocks(body)
		w.b.WriteString("</details>\n")
	default:
		w.blocks(body)
	}
	return end + 1
}

func (w *writer) alert(kind, title string, body func()) {
	if title == "" {
		title = strings.ToUpper(kind[:1]) + kind[1:]
	}
	w.put(`<div class="markdown-alert markdown-alert-%s"><p class="markdown-alert-title">%s</p>`, kind, w.inline(title))
	body()
	w.b.WriteString("</div>\n")
}

// listing writes code: [source,LANG], or the language of the whole file.
func (w *writer) listing(m meta, body []string) {
	lang := m.named["language"]
	if lang == "" && len(m.args) > 1 && (m.style == "source" || m.style == "") {
		lang = m.args[1]
	}
	if lang == "" && m.style == "source" {
		lang = w.attrs["source-language"]
	}
	if strings.Contains(m.named["subs"], "attributes") || strings.Contains(m.named["subs"], "+") {
		for i := range body {
			body[i] = w.replaceAttributes(body[i])
		}
	}
	w.code(lang, body)
}

var calloutMark = regexp.MustCompile(`(?:(?://|#|--|;;) ?)?(?:<!--(\d+|\.)-->|<(\d+|\.)>)((?: ?<(?:\d+|\.)>)*)$`)

func (w *writer) code(lang string, body []string) {
	class := ""
	if lang = strings.TrimSpace(lang); lang != "" {
		class = ` class="language-` + html.EscapeString(lang) + `"`
	}
	out := make([]string, len(body))
	for i, l := range body {
		out[i] = bare(l)
		if m := calloutMark.FindStringSubmatch(l); m != nil { // the list below has its text
			out[i] = strings.TrimRight(l[:len(l)-len(m[0])], " ") + " (" + m[1] + m[2] + ")"
		}
	}
	w.put("<pre><code%s>%s\n</code></pre>\n", class, html.EscapeString(strings.Join(out, "\n")))
}

func (w *writer) passthrough(m meta, body []string) {
	text := strings.Join(body, "\n")
	if m.style == "stem" || m.style == "latexmath" || m.style == "asciimath" {
		w.put("<div class=\"math\">\\[%s\\]</div>\n", html.EscapeString(text))
		return
	}
	w.put("%s\n", text)
}

func (w *writer) quote(m meta, body []string) {
	w.b.WriteString("<blockquote>")
	if m.style == "verse" {
		w.put("<p>%s</p>", strings.ReplaceAll(w.inline(strings.Join(body, "\n")), "\n", "<br>\n"))
	} else {
		w.blocks(body)
	}
	if len(m.args) > 1 && m.args[1] != "" {
		w.put("<p>— %s</p>", w.inline(strings.Join(m.args[1:], ", ")))
	}
	w.b.WriteString("</blockquote>\n")
}
