package markdown

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// block is a block of Markdown.
type block struct {
	kind  blockKind
	line  []token  // of a paragraph or heading
	kids  []*block // of a list its items, of the others the blocks they hold
	text  string   // of code, a formula, raw Markdown; the kind of an alert, the label of a note, the summary of a fold, the box of a task
	info  string   // of code behind its fence; the title of an alert; the id of a heading
	level int      // of a heading; the number of an item
	rows  []row    // of a table
	order bool     // a list with numbers
	loose bool     // a list whose items stand apart
}

type blockKind byte

const (
	paragraphBlock blockKind = iota
	headingBlock
	codeBlock
	mathBlock
	ruleBlock
	listBlock
	itemBlock
	quoteBlock
	alertBlock
	foldBlock
	noteBlock
	tableBlock
)

// builder collects the blocks of one container from the rewritten page. Whatever a node is, what it holds is collected:
// an element that has no place where it stands is read as if it were not there.
type builder struct {
	blocks []*block
	line   []token          // of the paragraph that is being collected
	open   []*mark          // around what comes next
	single bool             // all on one line, as in a heading: blocks are parted by a space
	box    string           // the box of the task that starts here
	code   *strings.Builder // the inline code that is being collected, nil outside
}

// maxMarks bounds the marks around a text: each is opened again in every paragraph.
const maxMarks = 8

// nested returns a builder for a container below b, whose text has the emphasis that is open.
func (b *builder) nested() *builder {
	in := &builder{single: b.single}
	for _, m := range b.open {
		if m.delimiter() != "" {
			in.start(&mark{tag: m.tag})
		}
	}
	return in
}

// inside returns the blocks that n holds.
func (b *builder) inside(n *html.Node) []*block {
	in := b.nested()
	in.children(n)
	return in.finish()
}

// lineOf returns what n holds on one line.
func (b *builder) lineOf(n *html.Node) []token {
	b.single = true
	b.children(n)
	for len(b.open) > 0 {
		b.end()
	}
	for _, l := range lines(b.line) {
		return l
	}
	return nil
}

func (b *builder) finish() []*block {
	b.flush()
	return b.blocks
}

func (b *builder) say(t token) { b.line = append(b.line, t) }

func (b *builder) text(s string) {
	if len(b.line) > len(b.open) || strings.TrimSpace(s) != "" {
		b.say(token{kind: textToken, text: s})
	}
}

func (b *builder) start(m *mark) {
	b.open = append(b.open, m)
	b.say(token{kind: openToken, mark: m})
}

func (b *builder) end() {
	n := len(b.open) - 1
	b.say(token{kind: closeToken, mark: b.open[n]})
	b.open = b.open[:n]
}

// flush ends the paragraph. Marks that are open go on in the next.
func (b *builder) flush() {
	if b.single {
		b.text(" ")
		return
	}
	if len(b.line) == len(b.open) {
		return
	}
	for i := len(b.open) - 1; i >= 0; i-- {
		b.say(token{kind: closeToken, mark: b.open[i]})
	}
	for _, line := range lines(b.line) {
		b.blocks = append(b.blocks, &block{kind: paragraphBlock, line: line})
	}
	b.line = b.line[:0]
	for i, m := range b.open {
		b.open[i] = &mark{tag: m.tag, href: m.href}
		b.say(token{kind: openToken, mark: b.open[i]})
	}
}

// add ends the paragraph and appends blocks.
func (b *builder) add(blocks ...*block) {
	b.flush()
	b.blocks = append(b.blocks, blocks...)
}

// children collects what n holds. Items and terms outside of a list make one.
func (b *builder) children(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if isElement(c, atom.Li, atom.Dt) && !b.single && b.code == nil {
			c = gather(c)
		}
		b.node(c)
	}
}

// gather puts a run of items, or of terms, that starts with n into a list of their own.
func gather(n *html.Node) *html.Node {
	list, tags := element(listTag), []atom.Atom{atom.Li}
	if n.DataAtom == atom.Dt {
		list, tags = element(termsTag), []atom.Atom{atom.Dt, atom.Dd}
	}
	n.Parent.InsertBefore(list, n)
	for c := n; c != nil; {
		next := c.NextSibling
		if !isElement(c, tags...) && (c.Type == html.ElementNode || strings.TrimSpace(c.Data) != "") {
			break
		}
		remove(c)
		list.AppendChild(c)
		c = next
	}
	return list
}

// node collects one node.
func (b *builder) node(n *html.Node) {
	switch {
	case n.Type == html.TextNode && b.code != nil:
		b.code.WriteString(n.Data)
	case n.Type == html.TextNode:
		b.text(n.Data)
	case n.Type != html.ElementNode:
	case b.code != nil:
		b.inCode(n)
	case b.single && isBlock(n):
		b.spaced(n)
	default:
		b.element(n)
	}
}

// spaced collects a block where there is only one line.
func (b *builder) spaced(n *html.Node) {
	b.text(" ")
	switch n.Data {
	case codeTag:
		b.codeText(attr(n, "text"))
	case alertTag:
		b.text(attr(n, "title") + " ")
	case foldTag:
		b.text(attr(n, "summary") + " ")
	}
	b.children(n)
	b.text(" ")
}

func (b *builder) element(n *html.Node) {
	switch n.Data {
	case codeTag:
		b.add(&block{kind: codeBlock, text: attr(n, "text"), info: codeInfo(n)})
	case headingTag:
		b.flush()
		if line := new(builder).lineOf(n); line != nil {
			level, _ := strconv.Atoi(attr(n, "level"))
			b.add(&block{kind: headingBlock, line: line, level: level, info: attr(n, "id")})
		}
	case alertTag:
		b.container(&block{kind: alertBlock, text: attr(n, "kind"), info: attr(n, "title")}, n)
	case quoteTag:
		b.container(&block{kind: quoteBlock}, n)
	case definitionTag:
		b.container(&block{kind: noteBlock, text: attr(n, "label")}, n)
	case foldTag:
		b.container(&block{kind: foldBlock, text: attr(n, "summary")}, n)
	case listTag:
		b.add(b.list(n)...)
	case termsTag:
		b.add(b.terms(n)...)
	case tableTag:
		b.add(b.table(n)...)
	case mathTag:
		b.math(n)
	case "hr":
		b.add(&block{kind: ruleBlock})
	default:
		b.phrase(n)
	}
}

// container adds c with what n holds, unless there is nothing in it.
func (b *builder) container(c *block, n *html.Node) {
	if c.kids = b.inside(n); len(c.kids) > 0 || c.info != "" || c.kind == foldBlock && c.text != "" {
		b.add(c)
	} else {
		b.flush()
	}
}

// phrase collects an element within a paragraph, or one that is a block for its own sake only.
func (b *builder) phrase(n *html.Node) {
	if m := markOf(n); m != nil {
		b.marked(m, n)
		return
	}
	switch n.Data {
	case noteTag:
		b.say(token{kind: rawToken, text: "[^" + attr(n, "label") + "]"})
	case boxTag:
		b.task(n)
	case inlineCodeTag:
		b.inlineCode(n)
	case "img":
		b.say(token{kind: imageToken, text: attr(n, "alt"), mark: &mark{tag: "img", href: attr(n, "src")}})
	case "br":
		b.lineBreak()
	case "q":
		b.text("“")
		b.children(n)
		b.text("”")
	case "rt":
		b.reading(n)
	default:
		if isBlock(n) {
			b.flush()
			b.children(n)
			b.flush()
			return
		}
		b.children(n)
	}
}

// markOf returns the mark that n is, or nil.
func markOf(n *html.Node) *mark {
	switch n.Data {
	case "a":
		if attr(n, "href") != "" {
			return &mark{tag: "a", href: attr(n, "href")}
		}
	case "strong", "b":
		return &mark{tag: "strong"}
	case "em", "i":
		return &mark{tag: "em"}
	case "del", "s", "strike":
		return &mark{tag: "del"}
	case "sub", "sup":
		return &mark{tag: n.Data}
	}
	return nil
}

// takes reports whether m says anything that the marks which are open do not.
func (b *builder) takes(m *mark) bool {
	for _, o := range b.open {
		if o.tag == m.tag && (m.tag == "a" || m.delimiter() != "") {
			return false
		}
	}
	return len(b.open) < maxMarks
}

// marked collects what n holds with m around it, unless the like is around it already.
func (b *builder) marked(m *mark, n *html.Node) {
	if !b.takes(m) {
		b.children(n)
		return
	}
	if b.code != nil {
		b.endCode()
	}
	b.start(m)
	b.children(n)
	if b.code != nil {
		b.endCode()
	}
	b.end()
}

// lineBreak ends the line. The text of a link stays on one.
func (b *builder) lineBreak() {
	for _, m := range b.open {
		if m.tag == "a" {
			b.text(" ")
			return
		}
	}
	if b.single {
		b.text(" ")
		return
	}
	b.say(token{kind: breakToken})
}

// task makes what is collected a task, if its box comes first.
func (b *builder) task(n *html.Node) {
	if b.box != "" || len(b.blocks) > 0 || lines(b.line) != nil {
		return
	}
	b.box = "[ ] "
	if hasAttr(n, "checked") {
		b.box = "[x] "
	}
}

// reading puts the reading of a ruby text in parentheses, which the page may have itself.
func (b *builder) reading(n *html.Node) {
	if n.PrevSibling == nil || isElement(n.PrevSibling, atom.Rp) {
		b.children(n)
		return
	}
	b.text("(")
	b.children(n)
	b.text(")")
}

func (b *builder) math(n *html.Node) {
	tex := attr(n, "tex")
	if attr(n, "display") == "" || b.single {
		b.say(formula(tex))
		return
	}
	b.add(&block{kind: mathBlock, text: tex})
}

// inlineCode collects code within a line. Links in it part it, since there is no link within code.
func (b *builder) inlineCode(n *html.Node) {
	b.code = new(strings.Builder)
	b.children(n)
	b.endCode()
	b.code = nil
}

// inCode collects an element within code.
func (b *builder) inCode(n *html.Node) {
	switch outer := b.code; {
	case n.Data == "a" && attr(n, "href") != "":
		b.marked(markOf(n), n)
	case n.Data == "img", n.Data == mathTag, n.Data == noteTag, n.Data == definitionTag, blockElement[n.Data]:
		b.endCode()
		b.code = nil
		b.node(n)
		b.code = outer
	case n.Data == "br", isBlock(n):
		b.code.WriteByte(' ')
		b.children(n)
		b.code.WriteByte(' ')
	default:
		b.children(n)
	}
}

func (b *builder) endCode() {
	b.codeText(b.code.String())
	b.code.Reset()
}

// codeText says code. White space at its ends stands outside.
func (b *builder) codeText(s string) {
	text, before, after := collapse(s)
	if before {
		b.text(" ")
	}
	if text != "" {
		b.say(token{kind: codeToken, text: text})
	}
	if after {
		b.text(" ")
	}
}
