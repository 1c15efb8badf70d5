package markdown

import (
	"bytes"
	"strings"

	"golang.org/x/net/html"

	"panther/pkg/commonmark"
)

// render converts the rewritten region.
func (x *extraction) render() string {
	if x.title != nil {
		title := x.title
		h := element(headingTag, "level", "1", "id", attr(title, "id"))
		moveChildren(h, title)
		x.region.InsertBefore(h, x.region.FirstChild)
	}
	for _, item := range x.notes {
		note := element(definitionTag, "label", attr(item, "label"))
		moveChildren(note, item)
		x.region.AppendChild(note)
	}
	x.collectHeadings()
	var p printer
	out := p.content(x.region)
	if len(out) == 0 {
		return ""
	}
	return string(append(out, '\n'))
}

// collectHeadings fills Page.Headings and drops the ids that a reader derives from the text anyway.
func (x *extraction) collectHeadings() {
	derived := make(map[string]bool) // what a reader makes of the headings without an id so far
	for _, h := range findAll(x.region, func(n *html.Node) bool { return n.Data == headingTag }) {
		text, id := textOf(h), attr(h, "id")
		if text == "" {
			continue
		}
		x.page.Headings = append(x.page.Headings, Heading{Level: int(attr(h, "level")[0] - '0'), Text: text, ID: id})
		slug := commonmark.Slug(text)
		if id == slug && !derived[slug] || strings.ContainsAny(id, " \"<>\n&") || len(id) > 200 || layoutID[id] ||
			strings.HasPrefix(id, "id-1.") { // the last is a number that DocBook makes up anew with each build
			setAttr(h, "id", "")
			id = ""
		}
		derived[slug] = derived[slug] || id == ""
	}
}

// layoutID holds ids of parts of a page that hold a heading, and are not about it.
var layoutID = set(`_top content main main-content maincontent mainContent page primary body docContent contents`)

// printer writes the rewritten region as Markdown.
type printer struct {
	cell bool // in a cell of a table: everything on one line
	link int  // links around the text that is being written
}

// children writes what n holds.
func (p *printer) children(w *bytes.Buffer, n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch {
		case c.Type == html.TextNode:
			p.text(w, c.Data)
		case c.Type != html.ElementNode:
		case emphasisMark(c) != "":
			c = p.emphasis(w, c)
		case c.Data == inlineCodeTag:
			c = p.inlineCode(w, c)
		default:
			p.element(w, c)
		}
	}
}

// element writes one element and what it holds.
func (p *printer) element(w *bytes.Buffer, n *html.Node) {
	switch n.Data {
	case codeTag:
		p.code(w, n)
	case headingTag:
		p.heading(w, n)
	case alertTag:
		p.alert(w, n)
	case quoteTag:
		p.block(w, prefixLines(p.content(n), quoteMark, quoteMark))
	case listTag:
		p.list(w, n)
	case termsTag:
		p.terms(w, n)
	case tableTag:
		p.table(w, n)
	case foldTag:
		p.fold(w, n)
	case mathTag:
		p.math(w, n)
	case noteTag:
		w.WriteString("[^" + attr(n, "label") + "]")
	case definitionTag:
		p.block(w, prefixLines(p.content(n), "[^"+attr(n, "label")+"]: ", "    "))
	case "a":
		p.anchor(w, n)
	case "img":
		p.image(w, n)
	case "sub", "sup":
		p.wrap(w, "<"+n.Data+">", "</"+n.Data+">", n)
	case "br":
		p.breakLine(w)
	case "hr":
		p.block(w, []byte("---"))
	case boxTag, "wbr":
	case "q":
		p.wrap(w, "“", "”", n)
	default:
		if !isBlock(n) {
			p.children(w, n)
			return
		}
		p.breakBlock(w)
		p.children(w, n)
		p.breakBlock(w)
	}
}

// lineStart reports whether what is written next starts a line.
func (p *printer) lineStart(w *bytes.Buffer) bool {
	b := w.Bytes()
	return len(b) == 0 || b[len(b)-1] == '\n' || p.cell && bytes.HasSuffix(b, cellBreak)
}

// space writes a space unless there is one or a line starts.
func (p *printer) space(w *bytes.Buffer) {
	if !p.lineStart(w) && w.Bytes()[w.Len()-1] != ' ' {
		w.WriteByte(' ')
	}
}

// trim drops the white space at the end of w, and says whether anything is left.
func trim(w *bytes.Buffer, cut string) bool {
	w.Truncate(len(bytes.TrimRight(w.Bytes(), cut)))
	return w.Len() > 0
}

// breakLine ends a line within a paragraph; a second time, the paragraph.
func (p *printer) breakLine(w *bytes.Buffer) {
	if p.cell {
		p.breakBlock(w)
		return
	}
	trim(w, " ")
	switch b := w.Bytes(); {
	case len(b) == 0 || bytes.HasSuffix(b, []byte("\n\n")):
	case b[len(b)-1] == '\n':
		p.breakBlock(w)
	default:
		w.WriteString("  \n")
	}
}

// breakBlock ends a block; what follows starts another.
func (p *printer) breakBlock(w *bytes.Buffer) {
	if !trim(w, " \n") {
		return
	}
	switch {
	case !p.cell:
		w.WriteString("\n\n")
	case !bytes.HasSuffix(w.Bytes(), cellBreak):
		w.Write(cellBreak)
	}
}

// cellBreak parts the lines of a cell.
var cellBreak = []byte("<br>")

// block writes text as a block of its own.
func (p *printer) block(w *bytes.Buffer, text []byte) {
	if len(text) == 0 {
		return
	}
	p.breakBlock(w)
	w.Write(text)
	p.breakBlock(w)
}

// content returns what n holds, without white space around it.
func (p *printer) content(n *html.Node) []byte {
	var w bytes.Buffer
	p.children(&w, n)
	return bytes.TrimSpace(w.Bytes())
}

// line returns what n holds on one line, behind start.
func (p *printer) line(start string, n *html.Node) []byte {
	var w bytes.Buffer
	w.WriteString(start)
	p.children(&w, n)
	return bytes.Join(bytes.Fields(w.Bytes()), []byte(" "))
}

// prefixLines puts prefix before the first line and rest before the others. White space at the end of a prefix is
// dropped on empty lines.
func prefixLines(text []byte, prefix, rest string) []byte {
	if len(text) == 0 {
		return nil
	}
	blank := strings.TrimRight(rest, " ")
	out := make([]byte, 0, len(text)+len(text)/8+len(prefix))
	if prefix == quoteMark && isFence(text) {
		prefix = blank
	}
	out = append(out, prefix...)
	for {
		i := bytes.IndexByte(text, '\n') + 1
		if i == 0 {
			return append(out, text...)
		}
		out = append(out, text[:i]...)
		text = text[i:]
		if len(text) == 0 || text[0] == '\n' || rest == quoteMark && isFence(text) {
			out = append(out, blank...)
		} else {
			out = append(out, rest...)
		}
	}
}

// quoteMark starts each line of a quote. A fence follows the mark without the space: readers that measure how far a
// fence is indented would otherwise take that space off every line of the code.
const quoteMark = "> "

func isFence(line []byte) bool { return bytes.HasPrefix(line, []byte("`"+"``")) }

func (p *printer) heading(w *bytes.Buffer, n *html.Node) {
	mark := strings.Repeat("#", int(attr(n, "level")[0]-'0')) + " "
	if p.cell {
		p.breakBlock(w)
		p.wrap(w, "**", "**", n)
		p.breakBlock(w)
		return
	}
	if id := attr(n, "id"); id != "" {
		mark += `<a id="` + id + `"></a>`
	}
	line := p.line(mark, n)
	if len(line) <= len(strings.TrimRight(mark, " ")) {
		return
	}
	if line[len(line)-1] == '#' {
		line = append(line[:len(line)-1], '\\', '#')
	}
	p.block(w, line)
}

func (p *printer) alert(w *bytes.Buffer, n *html.Node) {
	head := "[!" + attr(n, "kind") + "]"
	if p.cell {
		head = "**" + attr(n, "kind") + "**"
	}
	body, title := p.content(n), attr(n, "title")
	if title != "" {
		head += " " + p.escaped(title)
	} else if len(body) == 0 {
		return
	}
	if p.cell {
		p.block(w, append(append([]byte(head), cellBreak...), body...))
		return
	}
	p.block(w, prefixLines(append([]byte(head+"\n"), body...), quoteMark, quoteMark))
}

// escaped returns a plain text as Markdown within a line.
func (p *printer) escaped(text string) string {
	w := bytes.NewBufferString(" ")
	p.text(w, text)
	return w.String()[1:]
}

func (p *printer) fold(w *bytes.Buffer, n *html.Node) {
	body, summary := p.content(n), html.EscapeString(attr(n, "summary"))
	if p.cell {
		p.block(w, append([]byte(summary+"<br>"), body...))
		return
	}
	text := []byte("<details>\n")
	if summary != "" {
		text = append(text, "<summary>"+summary+"</summary>\n"...)
	}
	p.block(w, append(append(append(text, '\n'), body...), "\n\n</details>"...))
}

func (p *printer) math(w *bytes.Buffer, n *html.Node) {
	tex := attr(n, "tex")
	if attr(n, "display") == "" || p.cell {
		w.WriteString("$" + strings.Join(strings.Fields(tex), " ") + "$")
		return
	}
	p.block(w, []byte("$$\n"+tex+"\n$$"))
}

// code writes a fenced block; in a table cell, the lines as inline code.
func (p *printer) code(w *bytes.Buffer, n *html.Node) {
	text := attr(n, "text")
	if p.cell {
		p.cellCode(w, text)
		return
	}
	fence := strings.Repeat("`", max(3, longestRun(text, '`')+1))
	info := attr(n, "lang")
	if title := attr(n, "title"); title != "" {
		info = strings.TrimLeft(info+` title="`+strings.NewReplacer(`"`, "'", "`", "'").Replace(title)+`"`, " ")
	}
	p.block(w, []byte(fence+info+"\n"+text+"\n"+fence))
}
