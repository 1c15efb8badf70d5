package markdown

import (
	"bytes"
	"strings"
	"sync"

	"github.com/JohannesKaufmann/html-to-markdown/v2/converter"
	"github.com/JohannesKaufmann/html-to-markdown/v2/marker"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/base"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/commonmark"
	"github.com/JohannesKaufmann/html-to-markdown/v2/plugin/strikethrough"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// newConverter builds the converter once: html-to-markdown for text, emphasis, paragraphs and escaping, and own
// renderers for everything that it would lose or change.
var newConverter = sync.OnceValue(func() *converter.Converter {
	conv := converter.NewConverter(converter.WithPlugins(
		base.NewBasePlugin(),
		commonmark.NewCommonmarkPlugin(commonmark.WithHorizontalRule("---"), commonmark.WithListEndComment(false)),
		strikethrough.NewStrikethroughPlugin(),
	))
	for tag := range blockElement {
		conv.Register.TagType(tag, converter.TagTypeBlock, converter.PriorityEarly)
	}
	for _, tag := range []string{"dt", "dd", "details", "summary", "figure", "figcaption", "tr", "caption", "center"} {
		conv.Register.TagType(tag, converter.TagTypeBlock, converter.PriorityEarly)
	}
	conv.Register.Renderer(renderNode, converter.PriorityEarly)
	conv.Register.TextTransformer(settleBrackets, converter.PriorityLate+1)
	return conv
})

// settleBrackets escapes opening brackets at once in text that has very many of them: html-to-markdown otherwise looks
// for the partner of each to the end of the line.
func settleBrackets(_ converter.Context, text string) string {
	if len(text) < 4096 || strings.Count(text, "[") < 256 {
		return text
	}
	return strings.ReplaceAll(text, string(marker.MarkerEscaping)+"[", `\[`)
}

// cellKey marks the context in which the content of a table cell is rendered: everything on one line.
type cellKey struct{}

func inCell(ctx converter.Context) bool { return ctx.Value(cellKey{}) != nil }

// render converts the rewritten region.
func (x *extraction) render() (string, error) {
	if x.title != nil && isElement(x.title, atom.H1, atom.H2, atom.H3) || x.title != nil && x.title.Data != "" {
		title := x.title
		h := element(headingTag, "level", "1", "id", first(attr(title, "id"), ""))
		moveChildren(h, title)
		x.region.InsertBefore(h, x.region.FirstChild)
	}
	for _, item := range x.notes {
		note := element("x-definition", "label", attr(item, "label"))
		moveChildren(note, item)
		x.region.AppendChild(note)
	}
	x.collectHeadings()
	doc := &html.Node{Type: html.DocumentNode}
	doc.AppendChild(x.region)
	out, err := newConverter().ConvertNode(doc)
	if err != nil {
		return "", err
	}
	out = bytes.TrimSpace(out)
	if len(out) == 0 {
		return "", nil
	}
	return string(append(out, '\n')), nil
}

// collectHeadings fills Page.Headings and drops the ids that a reader derives from the text anyway.
func (x *extraction) collectHeadings() {
	seen := make(map[string]int)
	for _, h := range findAll(x.region, func(n *html.Node) bool { return n.Data == headingTag }) {
		text, id := textOf(h), attr(h, "id")
		if text == "" {
			continue
		}
		x.page.Headings = append(x.page.Headings, Heading{Level: int(attr(h, "level")[0] - '0'), Text: text, ID: id})
		slug := Slug(text)
		seen[slug]++
		if id == slug || strings.ContainsAny(id, " \"<>\n&") || len(id) > 200 || id == "_top" ||
			strings.HasPrefix(id, "id-1.") { // the last is a number that DocBook makes up anew with each build
			setAttr(h, "id", "")
		}
	}
}

// renderNode renders what rewrite made, and what html-to-markdown renders otherwise than wanted.
func renderNode(ctx converter.Context, w converter.Writer, n *html.Node) converter.RenderStatus {
	if n.Type != html.ElementNode {
		return converter.RenderTryNext
	}
	switch n.Data {
	case codeTag:
		renderCode(ctx, w, n)
	case inlineCodeTag:
		renderInlineCode(ctx, w, n)
	case headingTag:
		renderHeading(ctx, w, n)
	case alertTag:
		renderAlert(ctx, w, n)
	case quoteTag:
		block(ctx, w, prefixLines(content(ctx, n), quoteMark, quoteMark))
	case listTag:
		renderList(ctx, w, n)
	case termsTag:
		renderTerms(ctx, w, n)
	case tableTag:
		renderTable(ctx, w, n)
	case foldTag:
		renderFold(ctx, w, n)
	case mathTag:
		renderMath(ctx, w, n)
	case noteTag:
		w.WriteString("[^" + attr(n, "label") + "]")
	case "x-definition":
		block(ctx, w, prefixLines(content(ctx, n), "[^"+attr(n, "label")+"]: ", "    "))
	case "a":
		return renderLink(ctx, w, n)
	case "img":
		renderImage(w, n)
	case "sub", "sup":
		inner := render(ctx, n)
		if len(bytes.TrimSpace(inner)) > 0 {
			w.WriteString("<" + n.Data + ">")
			w.Write(inner)
			w.WriteString("</" + n.Data + ">")
		}
	case "br":
		if inCell(ctx) {
			w.WriteString("<br>")
		} else {
			return converter.RenderTryNext
		}
	case "wbr":
	case "q":
		w.WriteString("“")
		ctx.RenderChildNodes(ctx, w, n)
		w.WriteString("”")
	default:
		return converter.RenderTryNext
	}
	return converter.RenderSuccess
}

// render returns the Markdown of the children of n.
func render(ctx converter.Context, n *html.Node) []byte {
	var buf bytes.Buffer
	ctx.RenderChildNodes(ctx, &buf, n)
	return buf.Bytes()
}

// content returns the children of n as trimmed blocks whose escapes are settled, ready for a prefix on each line.
func content(ctx converter.Context, n *html.Node) []byte {
	return settle(ctx, render(ctx, n))
}

func settle(ctx converter.Context, text []byte) []byte {
	text = bytes.TrimSpace(text)
	text = squeezeLines(text)
	return ctx.UnEscapeContent(text)
}

// squeezeLines makes every run of empty lines one.
func squeezeLines(text []byte) []byte {
	if !bytes.Contains(text, []byte("\n\n\n")) && !bytes.Contains(text, []byte("\n \n")) {
		return text
	}
	lines := bytes.Split(text, []byte("\n"))
	out := lines[:0]
	for i, line := range lines {
		if len(bytes.TrimSpace(line)) == 0 {
			if i > 0 && len(out) > 0 && len(out[len(out)-1]) == 0 {
				continue
			}
			line = nil
		}
		out = append(out, line)
	}
	return bytes.Join(out, []byte("\n"))
}

// block writes text as a block of its own.
func block(ctx converter.Context, w converter.Writer, text []byte) {
	if len(bytes.TrimSpace(text)) == 0 {
		return
	}
	if inCell(ctx) {
		w.WriteString("<br>")
		w.Write(text)
		w.WriteString("<br>")
		return
	}
	w.WriteString("\n\n")
	w.Write(text)
	w.WriteString("\n\n")
}

// prefixLines puts prefix before the first line and rest before the others; lines of code, which are joined by a
// marker until the end, included. White space at the end of a prefix is dropped on empty lines.
func prefixLines(text []byte, prefix, rest string) []byte {
	if len(text) == 0 {
		return nil
	}
	blank := strings.TrimRight(rest, " ")
	out := make([]byte, 0, len(text)+len(text)/8+len(prefix))
	if j, _ := nextLine(text); prefix == quoteMark && isFence(text[:j]) {
		prefix = blank
	}
	out = append(out, prefix...)
	for len(text) > 0 {
		i, sep := nextLine(text)
		out = append(out, text[:i]...)
		text = text[i+len(sep):]
		if len(sep) == 0 {
			break
		}
		out = append(out, sep...)
		if j, _ := nextLine(text); j == 0 || rest == quoteMark && isFence(text[:j]) {
			out = append(out, blank...)
		} else {
			out = append(out, rest...)
		}
	}
	return out
}

// quoteMark starts each line of a quote. A fence follows the mark without the space: readers that measure how far a
// fence is indented would otherwise take that space off every line of the code.
const quoteMark = "> "

func isFence(line []byte) bool { return bytes.HasPrefix(line, []byte("`"+"``")) }

// nextLine returns the length of the first line and its separator, a newline or the marker for one in code.
func nextLine(text []byte) (int, []byte) {
	for i, c := range text {
		if c == '\n' {
			return i, text[i : i+1]
		}
		if c == marker.BytesMarkerCodeBlockNewline[0] && bytes.HasPrefix(text[i:], marker.BytesMarkerCodeBlockNewline) {
			return i, text[i : i+len(marker.BytesMarkerCodeBlockNewline)]
		}
	}
	return len(text), nil
}

func renderHeading(ctx converter.Context, w converter.Writer, n *html.Node) {
	text := bytes.ReplaceAll(bytes.ReplaceAll(render(ctx, n), []byte("  \n"), []byte(" ")), []byte("\n"), []byte(" "))
	text = bytes.Join(bytes.Fields(text), []byte(" "))
	if len(text) == 0 {
		return
	}
	if text[len(text)-1] == '#' && len(text) > 1 {
		text = append(bytes.TrimRight(text[:len(text)-1], string(marker.MarkerEscaping)), '\\', '#')
	}
	if inCell(ctx) {
		block(ctx, w, append(append([]byte("**"), text...), "**"...))
		return
	}
	line := []byte(strings.Repeat("#", int(attr(n, "level")[0]-'0')) + " ")
	if id := attr(n, "id"); id != "" {
		line = append(line, `<a id="`+id+`"></a>`...)
	}
	block(ctx, w, append(line, text...))
}

func renderAlert(ctx converter.Context, w converter.Writer, n *html.Node) {
	head := "[!" + attr(n, "kind") + "]"
	if inCell(ctx) {
		head = "**" + attr(n, "kind") + "**"
	}
	if title := attr(n, "title"); title != "" {
		head += " " + title
	}
	body := content(ctx, n)
	if len(body) == 0 && attr(n, "title") == "" {
		return
	}
	block(ctx, w, prefixLines(append([]byte(head+"\n"), body...), quoteMark, quoteMark))
}

func renderFold(ctx converter.Context, w converter.Writer, n *html.Node) {
	body, summary := content(ctx, n), attr(n, "summary")
	if inCell(ctx) {
		block(ctx, w, append([]byte(html.EscapeString(summary)+"<br>"), body...))
		return
	}
	text := []byte("<details>\n")
	if summary != "" {
		text = append(text, "<summary>"+html.EscapeString(summary)+"</summary>\n"...)
	}
	text = append(append(append(text, '\n'), body...), "\n\n</details>"...)
	block(ctx, w, text)
}

func renderMath(ctx converter.Context, w converter.Writer, n *html.Node) {
	tex := attr(n, "tex")
	if attr(n, "display") == "" || inCell(ctx) {
		w.WriteString("$" + strings.Join(strings.Fields(tex), " ") + "$")
		return
	}
	tex = strings.ReplaceAll(tex, "\n", string(marker.MarkerCodeBlockNewline))
	w.WriteString("\n\n$$\n" + tex + "\n$$\n\n")
}

// renderLink writes an inline link. Its text stays on one line; an address in parentheses is kept apart by brackets.
func renderLink(ctx converter.Context, w converter.Writer, n *html.Node) converter.RenderStatus {
	text := render(ctx, n)
	trimmed := bytes.TrimSpace(text)
	href := attr(n, "href")
	if href == "" || len(trimmed) == 0 {
		w.Write(text)
		return converter.RenderSuccess
	}
	lead := text[:bytes.Index(text, trimmed)]
	tail := text[len(lead)+len(trimmed):]
	if !inCell(ctx) {
		trimmed = bytes.Join(bytes.Fields(trimmed), []byte(" "))
	}
	if strings.Count(href, "(") != strings.Count(href, ")") || strings.Contains(href, "((") {
		href = strings.NewReplacer("(", "%28", ")", "%29").Replace(href)
	}
	if len(lead) > 0 {
		w.WriteByte(' ')
	}
	w.WriteByte('[')
	w.Write(balanceBrackets(trimmed))
	w.WriteString("](" + href + ")")
	if len(tail) > 0 {
		w.WriteByte(' ')
	}
	return converter.RenderSuccess
}

// balanceBrackets settles the escapes of brackets in a link's text: html-to-markdown drops them where it sees no link.
func balanceBrackets(text []byte) []byte {
	esc := []byte{byte(marker.MarkerEscaping)}
	text = bytes.ReplaceAll(text, append(esc, '['), []byte(`\[`))
	return bytes.ReplaceAll(text, append(esc, ']'), []byte(`\]`))
}

func renderImage(w converter.Writer, n *html.Node) {
	alt := strings.NewReplacer("[", `\[`, "]", `\]`, "\n", " ").Replace(attr(n, "alt"))
	src := attr(n, "src")
	if strings.Count(src, "(") != strings.Count(src, ")") {
		src = strings.NewReplacer("(", "%28", ")", "%29").Replace(src)
	}
	w.WriteString("![" + alt + "](" + src + ")")
}

// renderInlineCode fences the text by more backticks than it contains.
func renderInlineCode(ctx converter.Context, w converter.Writer, n *html.Node) {
	code := strings.Join(strings.Fields(rawText(n)), " ")
	if code == "" {
		return
	}
	fence := strings.Repeat("`", longestRun(code, '`')+1)
	if len(fence) > 1 && longestRun(code, '`') > 0 {
		w.WriteString(fence + " " + code + " " + fence)
		return
	}
	w.WriteString(fence + code + fence)
}

func longestRun(s string, c byte) int {
	longest, run := 0, 0
	for i := 0; i < len(s); i++ {
		if s[i] == c {
			run++
			longest = max(longest, run)
		} else {
			run = 0
		}
	}
	return longest
}

// renderCode writes a fenced block; in a table cell, the lines as inline code.
func renderCode(ctx converter.Context, w converter.Writer, n *html.Node) {
	text := strings.Map(func(r rune) rune {
		if r == marker.MarkerEscaping || r == marker.MarkerCodeBlockNewline {
			return -1
		}
		return r
	}, attr(n, "text"))
	if inCell(ctx) {
		renderCellCode(w, text)
		return
	}
	fence := strings.Repeat("`", max(3, longestRun(text, '`')+1))
	info := attr(n, "lang")
	if title := attr(n, "title"); title != "" {
		info = strings.TrimLeft(info+` title="`+strings.NewReplacer(`"`, "'", "`", "'").Replace(title)+`"`, " ")
	}
	w.WriteString("\n\n" + fence + info + "\n")
	w.WriteString(strings.ReplaceAll(text, "\n", string(marker.MarkerCodeBlockNewline)))
	w.WriteString("\n" + fence + "\n\n")
}
