package gate

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	extension "github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// inlines reads the inlines of a paragraph, a heading or a cell. Blocks were
// told apart before, so it knows of no other, nor of references.
var inlines = parser.NewParser(
	parser.WithBlockParsers(util.Prioritized(parser.NewParagraphParser(), 1)),
	parser.WithInlineParsers(
		util.Prioritized(parser.NewCodeSpanParser(), 100),
		util.Prioritized(parser.NewLinkParser(), 200),
		util.Prioritized(parser.NewAutoLinkParser(), 300),
		util.Prioritized(parser.NewRawHTMLParser(), 400),
		util.Prioritized(parser.NewEmphasisParser(), 500),
		util.Prioritized(extension.NewStrikethroughParser(), 500),
	))

// context is where an inline stands.
type context struct{ link, table, heading bool }

// removed stands where an address was taken out.
const removed = "link-removed"

// inline writes a text in which every construct is closed.
func (g *Gate) inline(src []byte, c context) {
	if !bytes.ContainsAny(src, "\\`*_~[]<&!\n") {
		var p plain
		p.add(string(src), false)
		g.text(p, c, false)
		return
	}
	doc := inlines.Parse(text.NewReader(src))
	for b := doc.FirstChild(); b != nil; b = b.NextSibling() {
		g.children(b, src, c)
	}
}

func (g *Gate) children(parent ast.Node, src []byte, c context) {
	for n := parent.FirstChild(); n != nil; {
		next := n.NextSibling()
		switch n := n.(type) {
		case *ast.Text:
			next = g.run(n, src, c)
		case *ast.CodeSpan:
			g.span(rawText(n, src), c)
		case *ast.Emphasis:
			g.marked(n, src, strings.Repeat(string(src[n.Pos()]), n.Level), c)
		case *extast.Strikethrough:
			g.marked(n, src, "~~", c)
		case *ast.Link:
			g.link(n, string(n.Destination), src, c)
		case *ast.Image:
			g.link(n, string(n.Destination), src, c)
		case *ast.AutoLink:
			g.bare(string(n.Label(src)), c)
		case *ast.RawHTML:
			g.html(n, src, c)
		}
		n = next
	}
}

// run writes the text that begins with a node, which may be several, and
// returns the node behind it.
func (g *Gate) run(n *ast.Text, src []byte, c context) ast.Node {
	var p plain
	for {
		p.decode(n.Segment.Value(src))
		next := n.NextSibling()
		t, ok := next.(*ast.Text)
		if brk := n.SoftLineBreak() || n.HardLineBreak(); brk || !ok {
			g.text(p, c, !brk && (next != nil || n.Parent().Kind() != ast.KindParagraph))
			if brk {
				g.lineBreak(n.HardLineBreak(), c)
			}
			return next
		}
		n = t
	}
}

func rawText(n ast.Node, src []byte) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if t, ok := c.(*ast.Text); ok {
			b.Write(t.Segment.Value(src))
		}
	}
	return b.String()
}

// marked writes emphasis, unless there is nothing in it.
func (g *Gate) marked(n ast.Node, src []byte, mark string, c context) {
	g.ready()
	from := g.place()
	g.write(mark)
	g.opened = len(g.out)
	g.children(n, src, c)
	if len(g.out) == from.out+len(mark) {
		g.back(from)
		return
	}
	g.write(mark)
	g.prev = '*'
}

// link writes a link to an address that is allowed; of any other it writes the
// text, and says so.
func (g *Gate) link(n ast.Node, dest string, src []byte, c context) {
	if c.link { // the picture of a link
		g.children(n, src, c)
		return
	}
	dest = unescape(dest)
	addr, ok := g.src.Address(dest)
	if !ok {
		from := len(g.out)
		if t := n.FirstChild(); t != nil && t == n.LastChild() { // a citation is one, wherever it led
			label := "[" + rawTextOf(t, src) + "]"
			if m := cited.FindStringIndex(label); m != nil && m[1] == len(label) && g.citation([]byte(label), c) > 0 {
				g.Removed++
				g.plain(" ("+removed+")", c)
				return
			}
		}
		g.children(n, src, c)
		if dest = strings.TrimSpace(dest); dest == "" {
			return
		}
		if len(g.out) == from {
			g.remove(c)
			return
		}
		g.Removed++
		g.plain(" ("+removed+")", c)
		return
	}
	if t := n.FirstChild(); t != nil && t == n.LastChild() && rawTextOf(t, src) == dest {
		g.address(addr)
		return
	}
	g.ready()
	from := g.place()
	g.write("[")
	g.opened = len(g.out)
	c.link = true
	g.children(n, src, c)
	if len(bytes.TrimLeft(g.out[from.out+1:], " ")) == 0 {
		g.back(from)
		g.address(addr)
		return
	}
	if label := string(g.out[from.out+1:]); g.inItem() && (label == "x" || label == "X") { // at the begin of an item it would be a box that is ticked
		g.out = g.out[:from.out+1]
		g.write("&#" + strconv.Itoa(int(label[0])) + ";")
	}
	g.write("](" + destination(addr) + ")")
	g.prev = ')'
}

func rawTextOf(n ast.Node, src []byte) string {
	if t, ok := n.(*ast.Text); ok {
		return string(t.Segment.Value(src))
	}
	return ""
}

// destination writes an address behind the text of a link.
func destination(addr string) string {
	if strings.ContainsAny(addr, "()") {
		return "<" + addr + ">"
	}
	return addr
}

// address writes a link that shows its address.
func (g *Gate) address(addr string) {
	g.ready()
	if scheme(addr) == "" {
		g.write("[")
		g.plain(addr, context{link: true})
		g.write("](" + destination(addr) + ")")
	} else {
		g.write("<" + addr + ">")
	}
	g.prev = '>'
}

// bare writes an address that stands in the text: as a link where it is
// allowed, as code where it is harmless.
func (g *Gate) bare(addr string, c context) {
	given, ok := g.src.Address(addr)
	switch ok = ok && scheme(given) != ""; {
	case ok && !c.link:
		g.address(given)
	case ok, harmless(addr):
		g.span(addr, c)
	default:
		g.remove(c)
	}
}

// remove marks an address that was taken out.
func (g *Gate) remove(c context) {
	g.Removed++
	g.plain(removed, c)
}

// plain writes words of our own.
func (g *Gate) plain(s string, c context) {
	var p plain
	p.add(s, false)
	g.text(p, c, true)
}

// span writes a span of code.
func (g *Gate) span(s string, c context) {
	s = strings.ReplaceAll(s, "\n", " ")
	if s == "" {
		return
	}
	g.ready()
	if g.last == '`' || strings.Contains(s, "@") && g.inMailbox() {
		g.write(" ")
	}
	longest, run := 0, 0
	for i := range len(s) {
		if s[i] == '`' {
			run++
			longest = max(longest, run)
		} else {
			run = 0
		}
	}
	if c.table {
		s = strings.ReplaceAll(s, "|", `\|`)
	}
	fence := strings.Repeat("`", longest+1)
	if s[0] == '`' || s[len(s)-1] == '`' || s[0] == ' ' && s[len(s)-1] == ' ' && strings.Trim(s, " ") != "" {
		s = " " + s + " "
	}
	g.write(fence + s + fence)
	g.prev = '`'
}

// inMailbox reports whether what was written could be the begin of an address of
// a mailbox to a renderer that looks for one before it looks for code.
func (g *Gate) inMailbox() bool {
	for i := len(g.out) - 1; i >= 0; i-- {
		if isAlnum(g.out[i]) {
			return true
		} else if strings.IndexByte(mailbox, g.out[i]) < 0 {
			return false
		}
	}
	return false
}

// html writes an element as text. Only the break of a line is what it was.
func (g *Gate) html(n *ast.RawHTML, src []byte, c context) {
	var b strings.Builder
	for i := range n.Segments.Len() {
		s := n.Segments.At(i)
		b.Write(s.Value(src))
	}
	switch strings.ToLower(strings.Join(strings.Fields(strings.Trim(b.String(), "<>")), "")) {
	case "br", "br/":
		g.lineBreak(true, c)
		return
	}
	g.plain(b.String(), c)
}

// lineBreak ends a line; what has one line gets a space.
func (g *Gate) lineBreak(hard bool, c context) {
	switch {
	case len(g.out) == g.opened && g.opened > 0: // an opener needs a letter behind it
	case c.table || c.heading:
		g.pend = " "
	case hard:
		g.pend = "  \n"
	case !strings.HasPrefix(g.pend, "  "):
		g.pend = "\n"
	}
}
