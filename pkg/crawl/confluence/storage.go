package confluence

import (
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"net/url"
	"strings"
)

// page is what the storage format needs to know of the page it belongs to.
type page struct {
	base  string // of the site, without a slash at its end
	space string
	id    string
}

// ToHTML turns Confluence's storage format, which is XHTML with elements of its
// own (ac: macros, ri: references), into plain HTML that says the same. Macros
// that it does not know keep their body.
func ToHTML(storage string, p page) (string, error) {
	d := xml.NewDecoder(strings.NewReader("<storage>" + storage + "</storage>"))
	d.Strict, d.Entity, d.AutoClose = false, xml.HTMLEntity, xml.HTMLAutoClose
	root, err := parse(d)
	if err != nil {
		return "", fmt.Errorf("read storage format: %w", err)
	}
	var b strings.Builder
	w := &writer{b: &b, page: p}
	w.children(root)
	return b.String(), nil
}

// element is a node of the storage format; a text has no name.
type element struct {
	name  string // with its prefix, "ac:structured-macro"
	attrs map[string]string
	text  string
	kids  []*element
}

// maxDepth bounds nesting: real pages stay far below.
const maxDepth = 300

func parse(d *xml.Decoder) (*element, error) {
	root := &element{}
	stack := []*element{root}
	for {
		tok, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return root, nil
		}
		if err != nil {
			return nil, err
		}
		top := stack[len(stack)-1]
		switch t := tok.(type) {
		case xml.StartElement:
			e := &element{name: qualified(t.Name), attrs: map[string]string{}}
			for _, a := range t.Attr {
				e.attrs[qualified(a.Name)] = a.Value
			}
			top.kids = append(top.kids, e)
			if len(stack) < maxDepth {
				stack = append(stack, e)
			}
		case xml.EndElement:
			for i := len(stack) - 1; i > 0; i-- {
				if stack[i].name == qualified(t.Name) {
					stack = stack[:i]
					break
				}
			}
		case xml.CharData:
			top.kids = append(top.kids, &element{text: string(t)})
		}
	}
}

func qualified(n xml.Name) string {
	if n.Space == "" {
		return n.Local
	}
	return n.Space + ":" + n.Local
}

// find returns the first child of a name, or nil.
func (e *element) find(name string) *element {
	for _, k := range e.kids {
		if k.name == name {
			return k
		}
	}
	return nil
}

func (e *element) content() string {
	if e == nil {
		return ""
	}
	var b strings.Builder
	b.WriteString(e.text)
	for _, k := range e.kids {
		b.WriteString(k.content())
	}
	return b.String()
}

// parameter returns a macro's parameter.
func (e *element) parameter(name string) string {
	for _, k := range e.kids {
		if k.name == "ac:parameter" && k.attrs["ac:name"] == name {
			return strings.TrimSpace(k.content())
		}
	}
	return ""
}

type writer struct {
	b    *strings.Builder
	page page
}

func (w *writer) children(e *element) {
	if e == nil {
		return
	}
	for _, k := range e.kids {
		w.node(k)
	}
}

func (w *writer) put(format string, args ...any) { fmt.Fprintf(w.b, format, args...) }

func (w *writer) node(e *element) {
	switch e.name {
	case "":
		w.b.WriteString(html.EscapeString(e.text))
	case "storage", "ac:rich-text-body", "ac:layout", "ac:layout-section", "ac:layout-cell", "ac:inline-comment-marker", "ac:link-body", "ac:task-body":
		w.children(e)
	case "ac:structured-macro", "ac:macro":
		w.macro(e)
	case "ac:link":
		w.link(e)
	case "ac:image":
		w.image(e)
	case "ac:task-list":
		w.b.WriteString("<ul>")
		w.children(e)
		w.b.WriteString("</ul>")
	case "ac:task":
		checked := ""
		if strings.TrimSpace(e.find("ac:task-status").content()) == "complete" {
			checked = " checked"
		}
		w.put(`<li><input type="checkbox"%s> `, checked)
		w.children(e.find("ac:task-body"))
		w.b.WriteString("</li>")
	case "ac:emoticon":
		w.b.WriteString(html.EscapeString(e.attrs["ac:emoji-fallback"]))
	case "time":
		w.b.WriteString(html.EscapeString(e.attrs["datetime"]))
	case "ac:adf-extension":
		w.children(e.find("ac:adf-fallback"))
	default:
		if strings.Contains(e.name, ":") || e.name == "script" || e.name == "style" {
			return // parameters, placeholders, references out of their place
		}
		w.plain(e)
	}
}

// plain writes an element of HTML with the attributes that mean something.
func (w *writer) plain(e *element) {
	w.b.WriteString("<" + e.name)
	for _, a := range []string{"href", "src", "alt", "colspan", "rowspan", "start", "id", "class", "title"} {
		if v, ok := e.attrs[a]; ok {
			w.put(` %s="%s"`, a, html.EscapeString(v))
		}
	}
	w.b.WriteString(">")
	switch e.name {
	case "br", "hr", "img", "col":
		return
	}
	w.children(e)
	w.b.WriteString("</" + e.name + ">")
}

// alerts maps the macros that warn to the kinds of alert of GitHub's Markdown.
var alerts = map[string]string{"info": "note", "note": "warning", "tip": "tip", "warning": "caution"}

func (w *writer) macro(m *element) {
	body := m.find("ac:rich-text-body")
	switch name := m.attrs["ac:name"]; name {
	case "code", "noformat":
		if t := m.parameter("title"); t != "" {
			w.put("<p><strong>%s</strong></p>", html.EscapeString(t))
		}
		class := ""
		if l := m.parameter("language"); l != "" && l != "none" {
			class = fmt.Sprintf(` class="language-%s"`, html.EscapeString(l))
		}
		w.put("<pre><code%s>%s</code></pre>", class, html.EscapeString(m.find("ac:plain-text-body").content()))
	case "info", "note", "tip", "warning":
		w.put(`<div class="markdown-alert markdown-alert-%s"><p class="markdown-alert-title">%s</p>`, alerts[name], alertTitle(m, name))
		w.children(body)
		w.b.WriteString("</div>")
	case "panel", "excerpt":
		w.b.WriteString("<blockquote>")
		if t := m.parameter("title"); t != "" {
			w.put("<p><strong>%s</strong></p>", html.EscapeString(t))
		}
		w.children(body)
		w.b.WriteString("</blockquote>")
	case "expand":
		title := m.parameter("title")
		if title == "" {
			title = "Expand"
		}
		w.put("<details><summary>%s</summary>", html.EscapeString(title))
		w.children(body)
		w.b.WriteString("</details>")
	case "status":
		w.put("<code>%s</code>", html.EscapeString(m.parameter("title")))
	case "anchor":
		w.put(`<a id="%s"></a>`, html.EscapeString(m.parameter("")))
	case "jira":
		w.b.WriteString(html.EscapeString(m.parameter("key") + m.parameter("jqlQuery")))
	case "view-file", "viewpdf", "viewdoc", "viewxls", "viewppt", "multimedia", "include", "excerpt-include", "widget":
		w.reference(m)
	case "mathinline", "mathblock", "easy-math-inline", "easy-math-block", "latex", "eazy-math-inline":
		w.formula(name, m)
	case "toc", "children", "pagetree", "recently-updated", "contributors", "attachments", "blog-posts", "contentbylabel", "pagetreesearch", "space-attachments", "change-history", "livesearch":
		// made of other pages, or of this one again
	default:
		if t := m.find("ac:plain-text-body").content(); t != "" {
			w.put("<pre>%s</pre>", html.EscapeString(t))
		}
		w.children(body)
	}
}

// reference links to what a macro would show of another page or of a file.
func (w *writer) reference(m *element) {
	for _, p := range m.kids {
		if p.name != "ac:parameter" {
			continue
		}
		link := p
		if l := p.find("ac:link"); l != nil {
			link = l
		}
		switch u := strings.TrimSpace(p.content()); {
		case link.find("ri:page") != nil, link.find("ri:attachment") != nil, link.find("ri:url") != nil:
			w.b.WriteString("<p>")
			w.link(link)
			w.b.WriteString("</p>")
			return
		case strings.HasPrefix(u, "https://"), strings.HasPrefix(u, "http://"):
			w.put(`<p><a href="%s">%s</a></p>`, html.EscapeString(u), html.EscapeString(u))
			return
		}
	}
}

func (w *writer) formula(name string, m *element) {
	tex := m.find("ac:plain-text-body").content()
	if tex == "" {
		tex = m.parameter("body")
	}
	if strings.HasSuffix(name, "inline") {
		w.put(`<span class="math">\(%s\)</span>`, html.EscapeString(tex))
		return
	}
	w.put(`<div class="math">\[%s\]</div>`, html.EscapeString(tex))
}

func alertTitle(m *element, name string) string {
	if t := m.parameter("title"); t != "" {
		return html.EscapeString(t)
	}
	k := alerts[name]
	return strings.ToUpper(k[:1]) + k[1:]
}

// link writes a link to another page, an attachment or an anchor.
func (w *writer) link(e *element) {
	href, label := "", ""
	switch {
	case e.find("ri:page") != nil:
		r := e.find("ri:page")
		space := r.attrs["ri:space-key"]
		if space == "" {
			space = w.page.space
		}
		label = r.attrs["ri:content-title"]
		href = w.page.base + "/display/" + url.PathEscape(space) + "/" + url.QueryEscape(label)
	case e.find("ri:blog-post") != nil:
		label = e.find("ri:blog-post").attrs["ri:content-title"]
	case e.find("ri:space") != nil:
		label = e.find("ri:space").attrs["ri:space-key"]
		href = w.page.base + "/display/" + url.PathEscape(label)
	case e.find("ri:attachment") != nil:
		label = e.find("ri:attachment").attrs["ri:filename"]
		href = w.attachment(label)
	case e.find("ri:url") != nil:
		href = e.find("ri:url").attrs["ri:value"]
		label = href
	case e.find("ri:user") != nil:
		label = "@user"
	}
	if a := e.attrs["ac:anchor"]; a != "" {
		href += "#" + a
		if label == "" {
			label = a
		}
	}
	if href != "" {
		w.put(`<a href="%s">`, html.EscapeString(href))
	}
	switch {
	case e.find("ac:link-body") != nil:
		w.children(e.find("ac:link-body"))
	case e.find("ac:plain-text-link-body") != nil:
		w.b.WriteString(html.EscapeString(e.find("ac:plain-text-link-body").content()))
	default:
		w.b.WriteString(html.EscapeString(label))
	}
	if href != "" {
		w.b.WriteString("</a>")
	}
}

func (w *writer) image(e *element) {
	src, alt := "", e.attrs["ac:alt"]
	if r := e.find("ri:url"); r != nil {
		src = r.attrs["ri:value"]
	}
	if r := e.find("ri:attachment"); r != nil {
		src = w.attachment(r.attrs["ri:filename"])
		if alt == "" {
			alt = r.attrs["ri:filename"]
		}
	}
	w.put(`<img src="%s" alt="%s">`, html.EscapeString(src), html.EscapeString(alt))
}

func (w *writer) attachment(name string) string {
	return w.page.base + "/download/attachments/" + url.PathEscape(w.page.id) + "/" + url.PathEscape(name)
}
