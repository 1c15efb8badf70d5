package rst

import (
	"html"
	"strings"
)

// d is a directive.
type d struct {
	name string // with its domain, "py:function"
	head []string
	opts map[string]string
	body []string
}

func (d d) arg() string { return strings.Join(d.head, " ") }

// content is everything below the name: text may begin beside it.
func (d d) content() []string {
	if len(d.head) == 0 {
		return d.body
	}
	return append(append(append([]string(nil), d.head...), ""), d.body...)
}

// alerts maps admonitions to the kinds of alert of GitHub's Markdown.
var alerts = map[string]string{"note": "note", "warning": "warning", "tip": "tip", "hint": "tip", "important": "important",
	"caution": "caution", "danger": "caution", "attention": "warning", "error": "caution"}

// silent directives are about the file, or made of other files.
var silent = map[string]bool{"contents": true, "toctree": true, "include": true, "index": true, "meta": true, "default-role": true, "role": true,
	"currentmodule": true, "sectionauthor": true, "codeauthor": true, "moduleauthor": true, "todo": true, "todolist": true, "header": true, "footer": true,
	"section-numbering": true, "sectnum": true, "target-notes": true, "class": false, "testsetup": true, "testcleanup": true, "tabularcolumns": true,
	"default-domain": true, "sectionlabel": true, "title": true, "date": true, "autosummary": true, "automodule": true, "autoclass": true, "autofunction": true,
	"impl-detail": false, "audit-event-table": true, "limited-api-list": true, "bibliography": true, "restructuredtext-test-directive": true, "highlightlang": true}

func (w *writer) directive(d d) {
	name := strings.ToLower(d.name)
	if name == "class" && len(d.head) > 0 && isSignature(d.head[0]) {
		name = "py:class"
	}
	if kind := alerts[name]; kind != "" {
		w.alert(kind, "", d.content())
		return
	}
	if silent[name] {
		return
	}
	switch name {
	case "code-block", "sourcecode", "code", "parsed-literal", "code-cell", "prompt", "productionlist", "testcode", "testoutput", "doctest", "ipython", "literalinclude", "highlight":
		w.codeDirective(name, d)
	case "admonition", "topic", "sidebar":
		if name == "admonition" {
			w.alert("note", d.arg(), d.body)
			return
		}
		w.put("<blockquote><p><strong>%s</strong></p>", w.inline(d.arg()))
		w.blocks(d.body)
		w.b.WriteString("</blockquote>\n")
	case "seealso":
		w.alert("note", "See also", d.content())
	case "versionadded", "versionchanged", "versionremoved", "deprecated", "deprecated-removed", "availability":
		w.version(name, d)
	case "rubric", "centered":
		w.put("<p><strong>%s</strong></p>\n", w.inline(d.arg()))
	case "image", "figure":
		w.figure(d)
	case "math":
		w.put("<div class=\"math\">\\[%s\\]</div>\n", html.EscapeString(strings.Join(trimBlank(d.content()), "\n")))
	case "raw":
		if d.arg() == "html" {
			w.put("%s\n", strings.Join(d.body, "\n"))
		}
	case "list-table":
		w.listTable(d)
	case "csv-table":
		w.csvTable(d)
	case "table":
		w.caption(d.arg())
		w.blocks(d.body)
	case "glossary":
		w.blocks(d.body)
	case "tab", "tab-item", "group-tab", "code-tab", "dropdown", "details":
		w.labelled(name, d)
	case "epigraph", "highlights", "pull-quote", "compound", "container", "only", "ifconfig", "class", "rst-class", "div", "tabs", "tab-set", "grid", "grid-item", "hlist", "card", "impl-detail", "cssclass":
		w.wrapped(name, d)
	default:
		w.described(name, d)
	}
}

// isSignature tells the class of Python's domain from the directive of docutils
// of that name, which takes class names of CSS.
func isSignature(arg string) bool { return strings.Contains(arg, "(") || strings.ToLower(arg) != arg }

// wrapped writes directives that only hold others.
func (w *writer) wrapped(name string, d d) {
	switch name {
	case "epigraph", "highlights", "pull-quote":
		w.b.WriteString("<blockquote>")
		w.blocks(d.content())
		w.b.WriteString("</blockquote>\n")
	case "compound", "impl-detail":
		w.blocks(d.content())
	default: // the argument is a class or a condition
		w.blocks(d.body)
	}
}

func (w *writer) alert(kind, title string, body []string) {
	if title == "" {
		title = strings.ToUpper(kind[:1]) + kind[1:]
	}
	w.put(`<div class="markdown-alert markdown-alert-%s"><p class="markdown-alert-title">%s</p>`, kind, w.inline(title))
	w.blocks(body)
	w.b.WriteString("</div>\n")
}

func (w *writer) codeDirective(name string, d d) {
	lang, body := d.arg(), d.body
	switch name {
	case "highlight":
		w.lang = d.arg()
		return
	case "literalinclude":
		w.put("<p>%s</p>\n", w.link(d.arg(), d.arg()))
		return
	case "parsed-literal":
		lang, body = "", trimBlank(d.content())
		for i := range body {
			body[i] = plain(body[i])
		}
	case "productionlist", "prompt":
		if name == "productionlist" || lang == "" {
			lang = ""
		} else {
			lang = "bash"
		}
	case "testcode":
		lang = "python"
	case "doctest":
		lang = "pycon"
	case "testoutput":
		lang = ""
	case "code-block", "sourcecode", "code":
		if lang == "" {
			lang = w.lang
		}
		if len(d.head) > 1 { // code that begins without a blank line
			lang, body = d.head[0], trimBlank(append(append(append([]string(nil), d.head[1:]...), ""), d.body...))
		}
	}
	if c := d.opts["caption"]; c != "" {
		w.put("<p><strong>%s</strong></p>\n", w.inline(c))
	}
	w.code(lang, body)
}

func (w *writer) version(name string, d d) {
	words := map[string]string{"versionadded": "Added in version", "versionchanged": "Changed in version", "versionremoved": "Removed in version",
		"deprecated": "Deprecated since version", "deprecated-removed": "Deprecated since version", "availability": "Availability:"}
	head := d.arg()
	v, text, _ := strings.Cut(head, " ")
	if name == "availability" {
		w.put("<p><em>%s %s</em></p>\n", words[name], w.inline(head))
		w.blocks(d.body)
		return
	}
	if name == "deprecated-removed" {
		gone, rest, _ := strings.Cut(text, " ")
		v, text = v+", removed in version "+gone, rest
	}
	if text == "" {
		w.put("<p><em>%s %s.</em></p>\n", words[name], html.EscapeString(v))
	} else {
		w.put("<p><em>%s %s:</em> %s</p>\n", words[name], html.EscapeString(v), w.inline(strings.TrimSpace(text)))
	}
	w.blocks(d.body)
}

func imageTag(src string, opts map[string]string) string {
	img := `<img src="` + html.EscapeString(strings.TrimSpace(src)) + `" alt="` + html.EscapeString(opts["alt"]) + `">`
	if t := opts["target"]; t != "" && !strings.HasSuffix(t, "_") {
		return `<a href="` + html.EscapeString(t) + `">` + img + "</a>"
	}
	return img
}

func (w *writer) figure(d d) {
	w.put("<figure>%s", imageTag(d.arg(), d.opts))
	if len(d.body) > 0 {
		w.b.WriteString("<figcaption>")
		w.blocks(d.body)
		w.b.WriteString("</figcaption>")
	}
	w.b.WriteString("</figure>\n")
}

// labelled writes tabs and foldings, each under its label.
func (w *writer) labelled(name string, d d) {
	label := d.arg()
	if name == "code-tab" {
		lang, title, _ := strings.Cut(label, " ")
		if title == "" {
			title = lang
		}
		w.put("<p><strong>%s</strong></p>\n", html.EscapeString(title))
		w.code(lang, d.body)
		return
	}
	if name == "dropdown" || name == "details" {
		w.put("<details><summary>%s</summary>\n", w.inline(label))
		w.blocks(d.body)
		w.b.WriteString("</details>\n")
		return
	}
	w.put("<p><strong>%s</strong></p>\n", w.inline(label))
	w.blocks(d.body)
}

// kinds are words that Sphinx writes before a signature.
var kinds = map[string]string{"class": "class ", "exception": "exception ", "module": "module ", "classmethod": "classmethod ", "staticmethod": "static ",
	"decorator": "@", "decoratormethod": "@", "struct": "struct ", "enum": "enum ", "type": "type ", "macro": "", "program": ""}

// described writes the description of something in code, each signature a term,
// and any directive that is not known.
func (w *writer) described(name string, d d) {
	short := name[strings.LastIndexByte(name, ':')+1:]
	if len(d.head) == 0 {
		w.blocks(d.body)
		return
	}
	if short == "module" || short == "program" {
		w.put(`<a id="module-%s"></a>`, html.EscapeString(d.head[0]))
		w.blocks(d.body)
		return
	}
	w.b.WriteString("<dl>")
	for _, sig := range signatures(d.head) {
		w.put("<dt><code>%s%s</code></dt>", kinds[short], html.EscapeString(unescape(sig)))
	}
	w.b.WriteString("<dd>")
	w.blocks(d.body)
	w.b.WriteString("</dd></dl>\n")
}

// signatures joins the lines of those that go on below.
func signatures(head []string) []string {
	var out []string
	open := false
	for _, l := range head {
		l = strings.TrimSpace(l)
		more := strings.HasSuffix(l, `\`)
		l = strings.TrimSpace(strings.TrimSuffix(l, `\`))
		if open {
			out[len(out)-1] += " " + l
		} else {
			out = append(out, l)
		}
		last := out[len(out)-1]
		open = more || strings.Count(last, "(") > strings.Count(last, ")")
	}
	return out
}
