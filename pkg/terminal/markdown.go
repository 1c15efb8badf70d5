package terminal

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
)

var parser = goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser()

// Markdown returns the lines of a Markdown text, wrapped to width columns and
// styled as the output wants. Code blocks are never wrapped.
func (o *Output) Markdown(md string, width int) []string {
	r := &renderer{out: o, src: []byte(Clean(md))}
	return r.blocks(parser.Parse(text.NewReader(r.src)), width, true)
}

type renderer struct {
	out *Output
	src []byte
}

// blocks renders the children of n, with a blank line between them if loose.
func (r *renderer) blocks(n ast.Node, width int, loose bool) []string {
	var out []string
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		lines := r.block(c, width)
		if len(lines) == 0 {
			continue
		}
		if loose && len(out) > 0 {
			out = append(out, "")
		}
		out = append(out, lines...)
	}
	return out
}

func (r *renderer) block(n ast.Node, width int) []string {
	width = max(width, 10) // deeply nested text overflows rather than stacking letters
	switch n := n.(type) {
	case *ast.Heading:
		st := Style{Bold: true, Color: Cyan, Underline: n.Level == 1}
		return r.wrapped(r.inline(n, st), width)
	case *ast.FencedCodeBlock, *ast.CodeBlock, *ast.HTMLBlock:
		return r.code(n)
	case *ast.Blockquote:
		return prefix(r.blocks(n, width-2, true), r.out.Paint(Faint, "│ "), r.out.Paint(Faint, "│ "))
	case *ast.List:
		return r.list(n, width)
	case *ast.ThematicBreak:
		return []string{r.out.Paint(Faint, strings.Repeat("─", min(width, 40)))}
	case *extast.Table:
		return r.table(n, width)
	case *ast.Paragraph, *ast.TextBlock:
		return r.wrapped(r.inline(n, Style{}), width)
	default:
		return r.blocks(n, width, true)
	}
}

func (r *renderer) wrapped(spans []span, width int) []string {
	var out []string
	for _, l := range wrap(spans, width) {
		out = append(out, r.out.spans(l))
	}
	return out
}

func (r *renderer) code(n ast.Node) []string {
	var out []string
	lines := n.Lines()
	for i := range lines.Len() {
		at := lines.At(i)
		s := strings.TrimRight(string(at.Value(r.src)), "\n")
		s = strings.ReplaceAll(s, "\t", "    ")
		out = append(out, "    "+r.out.Paint(Style{Color: Green}, s))
	}
	return out
}

func (r *renderer) list(n *ast.List, width int) []string {
	var out []string
	number := n.Start
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		mark := "• "
		if n.IsOrdered() {
			mark = fmt.Sprintf("%d. ", number)
			number++
		}
		pad := strings.Repeat(" ", Columns(mark))
		lines := r.blocks(c, width-Columns(mark), !n.IsTight)
		if len(lines) == 0 {
			lines = []string{""}
		}
		if !n.IsTight && len(out) > 0 {
			out = append(out, "")
		}
		out = append(out, prefix(lines, r.out.Paint(Accent, mark), pad)...)
	}
	return out
}

func prefix(lines []string, first, rest string) []string {
	for i, l := range lines {
		switch {
		case i == 0:
			lines[i] = first + l
		case l == "":
			lines[i] = strings.TrimRight(rest, " ")
		default:
			lines[i] = rest + l
		}
	}
	return lines
}

// table lays columns out by their widest cell and shrinks the widest column
// until the row fits; cells wrap.
func (r *renderer) table(n *extast.Table, width int) []string {
	var rows [][][]span
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		var cells [][]span
		st := Style{Bold: row.Kind() == extast.KindTableHeader}
		for c := row.FirstChild(); c != nil; c = c.NextSibling() {
			cells = append(cells, r.inline(c, st))
		}
		rows = append(rows, cells)
	}
	widths := columnWidths(rows, width)
	var out []string
	for i, row := range rows {
		out = append(out, r.tableRow(row, widths)...)
		if i == 0 {
			total := 2 * (len(widths) - 1)
			for _, w := range widths {
				total += w
			}
			out = append(out, r.out.Paint(Faint, strings.Repeat("─", max(total, 0))))
		}
	}
	return out
}

func columnWidths(rows [][][]span, width int) []int {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 1)
			}
			n := 0
			for _, sp := range cell {
				n += Columns(sp.text)
			}
			widths[i] = max(widths[i], n)
		}
	}
	for {
		total, widest := 2*(len(widths)-1), 0
		for i, w := range widths {
			total += w
			if w > widths[widest] {
				widest = i
			}
		}
		if total <= width || len(widths) == 0 || widths[widest] <= 10 {
			return widths
		}
		widths[widest] = max(widths[widest]-(total-width), widths[widest]*3/4, 10)
	}
}

func (r *renderer) tableRow(row [][]span, widths []int) []string {
	cells := make([][][]span, len(row))
	height := 1
	for i, c := range row {
		cells[i] = wrap(c, widths[i])
		height = max(height, len(cells[i]))
	}
	var out []string
	for y := range height {
		var b strings.Builder
		for i := range cells {
			used := 0
			if y < len(cells[i]) {
				for _, sp := range cells[i][y] {
					used += Columns(sp.text)
				}
				b.WriteString(r.out.spans(cells[i][y]))
			}
			if i < len(cells)-1 {
				b.WriteString(strings.Repeat(" ", max(widths[i]-used, 0)+2))
			}
		}
		out = append(out, strings.TrimRight(b.String(), " "))
	}
	return out
}

// inline flattens inline nodes into spans.
func (r *renderer) inline(n ast.Node, st Style) []span {
	var out []span
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			out = append(out, r.plain(string(c.Segment.Value(r.src)), st)...)
			switch {
			case c.HardLineBreak():
				out = append(out, span{"\n", st})
			case c.SoftLineBreak():
				out = append(out, span{" ", st})
			}
		case *ast.String:
			out = append(out, span{string(c.Value), st})
		case *ast.CodeSpan:
			code := st
			code.Color = Green
			out = append(out, r.inline(c, code)...)
		case *ast.Emphasis:
			em := st
			em.Italic, em.Bold = em.Italic || c.Level == 1, em.Bold || c.Level > 1
			out = append(out, r.inline(c, em)...)
		case *extast.Strikethrough:
			s := st
			s.Strike = true
			out = append(out, r.inline(c, s)...)
		case *extast.TaskCheckBox:
			out = append(out, span{map[bool]string{true: "☑ ", false: "☐ "}[c.IsChecked], st})
		case *ast.Link:
			out = append(out, r.link(r.inline(c, linked(st, string(c.Destination))), string(c.Destination))...)
		case *ast.Image:
			out = append(out, span{"[image: ", Faint})
			out = append(out, r.inline(c, Faint)...)
			out = append(out, span{"]", Faint})
		case *ast.AutoLink:
			out = append(out, span{string(c.Label(r.src)), linked(st, string(c.URL(r.src)))})
		case *ast.RawHTML:
			for i := range c.Segments.Len() {
				at := c.Segments.At(i)
				if tag := string(at.Value(r.src)); !anchorTag.MatchString(tag) {
					out = append(out, span{tag, st})
				}
			}
		default:
			out = append(out, r.inline(c, st)...)
		}
	}
	return out
}

func linked(st Style, target string) Style {
	st.Underline, st.Link = true, webLink(target)
	return st
}

// link adds the target behind a link's text where no hyperlink carries it.
func (r *renderer) link(label []span, target string) []span {
	if r.out.Color || target == "" || strings.HasPrefix(target, "#") {
		return label
	}
	text := ""
	for _, sp := range label {
		text += sp.text
	}
	if text == target {
		return label
	}
	return append(label, span{" <" + target + ">", Faint})
}

// webLink returns target if it may become a hyperlink: http, https or file,
// without anything that ends the escape sequence.
func webLink(target string) string {
	for _, scheme := range []string{"https://", "http://", "file://"} {
		if strings.HasPrefix(target, scheme) && !strings.ContainsAny(target, " \t\n\x1b\x07") {
			return target
		}
	}
	return ""
}

// anchorTag matches the empty anchors that crawled Markdown has in headings:
// they show nothing in a browser either.
var anchorTag = regexp.MustCompile(`^<a id="[^"]*">$|^</a>$`)

var citation = regexp.MustCompile(`\[\d{1,3}\]`)

// plain sets citations like [1] apart from the text.
func (r *renderer) plain(s string, st Style) []span {
	var out []span
	at := 0
	for _, m := range citation.FindAllStringIndex(s, -1) {
		cite := st
		cite.Color = Cyan
		out = append(out, span{s[at:m[0]], st}, span{s[m[0]:m[1]], cite})
		at = m[1]
	}
	return append(out, span{s[at:], st})
}
