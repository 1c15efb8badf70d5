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
	var b builder
	b.children(x.region)
	out := new(printer).blocks(b.finish())
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

// printer writes blocks as Markdown.
type printer struct {
	cell bool // in a cell of a table: everything on one line
	link int  // links around the text that is being written

	struck bool // the text is between ~~, where no other ~ may stand
}

// blocks returns blocks with an empty line between. Lists that follow each other have different marks, or they would be
// one.
func (p *printer) blocks(blocks []*block) []byte {
	var w bytes.Buffer
	other := false
	for i, b := range blocks {
		if i > 0 {
			w.WriteString("\n\n")
		}
		other = !other && i > 0 && b.kind == listBlock && blocks[i-1].kind == listBlock && blocks[i-1].order == b.order
		p.block(&w, b, other)
	}
	return w.Bytes()
}

func (p *printer) block(w *bytes.Buffer, b *block, other bool) {
	switch b.kind {
	case paragraphBlock:
		p.writeLine(w, b.line)
	case headingBlock:
		p.heading(w, b)
	case codeBlock:
		fence := strings.Repeat("`", max(3, longestRun(b.text, '`')+1))
		w.WriteString(fence + b.info + "\n" + b.text + "\n" + fence)
	case mathBlock:
		w.WriteString("$$\n" + b.text + "\n$$")
	case ruleBlock:
		w.WriteString("---")
	case listBlock:
		p.writeList(w, b, other)
	case quoteBlock:
		w.Write(prefixLines(p.blocks(b.kids), quoteMark, quoteMark))
	case alertBlock:
		p.alert(w, b)
	case foldBlock:
		w.WriteString("<details>\n")
		if b.text != "" {
			w.WriteString("<summary>" + html.EscapeString(b.text) + "</summary>\n")
		}
		w.WriteByte('\n')
		w.Write(p.blocks(b.kids))
		w.WriteString("\n\n</details>")
	case noteBlock:
		w.Write(prefixLines(p.blocks(b.kids), "[^"+b.text+"]: ", "    "))
	case tableBlock:
		p.writeTable(w, b.rows)
	}
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

func (p *printer) heading(w *bytes.Buffer, b *block) {
	w.WriteString(strings.Repeat("#", b.level) + " ")
	if b.info != "" {
		w.WriteString(`<a id="` + b.info + `"></a>`)
	}
	p.writeLine(w, b.line)
	if n := w.Len() - 1; w.Bytes()[n] == '#' {
		w.Truncate(n)
		w.WriteString(`\#`)
	}
}

func (p *printer) alert(w *bytes.Buffer, b *block) {
	head := "[!" + b.text + "]"
	if b.info != "" {
		head += " " + p.escaped(b.info)
	}
	w.Write(prefixLines(append([]byte(head+"\n"), p.blocks(b.kids)...), quoteMark, quoteMark))
}

// escaped returns a plain text as Markdown within a line.
func (p *printer) escaped(text string) string {
	w := bytes.NewBufferString(" ")
	text, _, _ = collapse(text)
	p.text(w, text, 0)
	return w.String()[1:]
}

// codeInfo returns what stands behind the fence of a code block: its language and its title.
func codeInfo(n *html.Node) string {
	info := attr(n, "lang")
	if title := attr(n, "title"); title != "" {
		info = strings.TrimLeft(info+` title="`+strings.NewReplacer(`"`, "'", "`", "'").Replace(title)+`"`, " ")
	}
	return info
}

// formula returns a formula within a line.
func formula(tex string) token {
	return token{kind: rawToken, text: "$" + strings.Join(strings.Fields(tex), " ") + "$"}
}
