package markdown

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// codeTag is the element a code block is rewritten to: attributes text, lang and title, and no children, so that no
// later step can touch its white space.
const codeTag = "x-pre"

// rewriteCode turns every code block of the region into a codeTag element.
func (x *extraction) rewriteCode() {
	for _, pre := range findAll(x.region, isCodeBlock) {
		x.codeBlock(pre)
	}
}

// rewriteCodeTables turns every table of line numbers and code into a codeTag element, before the numbers are removed.
func (x *extraction) rewriteCodeTables() {
	for _, table := range findAll(x.region, isCodeTable) {
		x.codeTable(table)
	}
}

// isCodeBlock accepts pre elements and the few other ways a page shows a block of code.
func isCodeBlock(n *html.Node) bool {
	if isElement(n, atom.Pre, atom.Listing, atom.Xmp) || n.Data == "listing" || n.Data == "xmp" || n.Data == "plaintext" {
		return true
	}
	if isElement(n, atom.Code) && (hasClass(n, "block", "code-block", "code--block") || find(n, func(c *html.Node) bool { return isElement(c, atom.Br) }) != nil && !under(n, atom.Td, atom.Th)) {
		return true
	}
	return isElement(n, atom.Div) && hasClass(n, "fragment") && find(n, func(c *html.Node) bool { return hasClass(c, "line") }) != nil
}

// isCodeTable accepts tables that lay out line numbers beside code.
func isCodeTable(n *html.Node) bool { return isElement(n, atom.Table) && codeCells(n) != nil }

// codeCells returns the cells with the code of a table that lays out line numbers beside code, nil for any other table:
// in each row the first cell has nothing but numbers, each one more than the last, and it says somewhere that the others
// are code.
func codeCells(table *html.Node) []*html.Node {
	var cells []*html.Node
	last, says := -1, hasClass(table, "highlighttable", "codehilitetable", "lntable", "rouge-table", "js-file-line-container", "hljs-ln", "syntaxhighlighter", "crayon-table")
	inCells := 0
	for _, row := range findAll(table, func(n *html.Node) bool { return isElement(n, atom.Tr) }) {
		of := findAll(row, func(n *html.Node) bool { return isElement(n, atom.Td, atom.Th) })
		for _, c := range of {
			inCells += textLen(c, 1<<20)
		}
		if len(of) == 1 && find(row, func(n *html.Node) bool { return hasClass(n, "filename") }) != nil {
			continue
		}
		if len(of) < 2 || !countsOn(of[0], &last) {
			return nil
		}
		for _, c := range of[1:] {
			says = says || hasClass(c, "lntd", "blob-code", "code", "rouge-code", "hljs-ln-code", "line") || holdsCode(c)
			cells = append(cells, c)
		}
	}
	if !says || inCells < textLen(table, 1<<20) { // the rest would be lost
		return nil
	}
	return cells
}

// countsOn reports whether a cell holds the numbers that follow last, or is a line's number that a style sheet shows.
func countsOn(cell *html.Node, last *int) bool {
	numbers, other := 0, false
	walk(cell, func(n *html.Node) bool {
		if n.Type != html.TextNode || other {
			return !other
		}
		for _, word := range strings.Fields(n.Data) {
			number, err := strconv.Atoi(word)
			if err != nil || *last >= 0 && number != *last+1 {
				other = true
				break
			}
			*last, numbers = number, numbers+1
		}
		return true
	})
	return !other && (numbers > 0 || hasAttr(cell, "data-line-number") || isLineNumber(cell))
}

// codeTable replaces a table of line numbers and code by one code block.
func (x *extraction) codeTable(table *html.Node) {
	var b codeWriter
	row, lang := table, codeLanguage(table)
	for _, c := range codeCells(table) {
		if c.Parent != row {
			b.freshLine()
		}
		row = c.Parent
		if pre := find(c, func(n *html.Node) bool { return isElement(n, atom.Pre) }); pre != nil && lang == "" {
			lang = codeLanguage(pre)
		}
		start := len(b.b)
		b.write(c)
		if next := c.NextSibling; len(b.b) == start && (next == nil || next.Type != html.ElementNode) {
			b.b = append(b.b, '\n') // an empty line
		}
	}
	holder, size := table, textLen(table, 1<<20)
	for p := table.Parent; p != nil && p != x.region; p = p.Parent {
		if isElement(p, atom.Pre, atom.Code) && textLen(p, 1<<20) == size && find(p, func(n *html.Node) bool { return n.Data == codeTag }) == nil {
			holder = p
		}
	}
	title := ""
	if name := find(table, func(n *html.Node) bool { return isElement(n, atom.Th) && hasClass(n, "filename") }); name != nil {
		title = textOf(name)
	} else {
		title = codeTitle(holder)
	}
	replace(holder, element(codeTag, "text", b.text(), "lang", lang, "title", title))
	x.codes++
}

// codeBlock replaces one pre by a codeTag element and finds its language and title.
func (x *extraction) codeBlock(pre *html.Node) {
	lang := codeLanguage(pre)
	markHidden(pre, lang)
	var b codeWriter
	b.write(pre)
	text := b.text()
	if lang == "mermaid" {
		text = strings.TrimLeft(text, " \t") // a theme indents the line it puts the diagram on
	}
	if strings.TrimSpace(text) == "" {
		if find(pre, func(n *html.Node) bool { return isElement(n, atom.Img, atom.Table, atom.P, atom.Div) }) != nil {
			unwrap(pre)
			return
		}
		x.drop(pre, "empty code block")
		return
	}
	block := element(codeTag, "text", text, "lang", lang, "title", codeTitle(pre))
	x.codes++
	if isElement(pre.Parent, atom.P, atom.Span, atom.Code) && pre.Parent != x.region {
		x.hoist(pre, block)
		return
	}
	replace(pre, block)
}

// markHidden writes the lines of a Rust example that mdBook shows on demand as their source has them, behind the "# "
// of rustdoc: without them the example does not compile. What mdBook itself puts around an example that has no main, and
// hidden lines of other languages, whose mark is not on the page, are removed.
func markHidden(pre *html.Node, lang string) {
	lines := findAll(pre, func(n *html.Node) bool { return hasClass(n, "boring") })
	if len(lines) == 0 {
		return
	}
	first, last := strings.TrimSpace(rawText(lines[0])), strings.TrimSpace(rawText(lines[len(lines)-1]))
	wrapped, opened := first == "#![allow(unused)]" && last == "}", false
	for i, line := range lines {
		text := strings.TrimSuffix(rawText(line), "\n")
		opens := wrapped && !opened && text == "fn main() {"
		opened = opened || opens
		if lang != "rust" || opens || wrapped && (i == 0 || i == len(lines)-1) {
			remove(line)
			continue
		}
		replace(line, textNode(strings.TrimRight("# "+text, " ")+"\n"))
	}
}

// hoist puts block behind the inline or paragraph ancestors of old, which hold nothing after it worth splitting for.
func (x *extraction) hoist(old, block *html.Node) {
	top := old.Parent
	for isElement(top.Parent, atom.P, atom.Span, atom.Code, atom.A) && top.Parent != x.region {
		top = top.Parent
	}
	if old.NextSibling == nil || textLen(top, 1<<20) == textLen(old, 1<<20) {
		remove(old)
		top.Parent.InsertBefore(block, top.NextSibling)
		return
	}
	rename(top, "div")
	replace(old, block)
}

var titleClasses = []string{"codeBlockTitle", "code-title", "filename", "code-block-title", "code-filename", "title", "caption-text", "header",
	"vp-code-block-title-bar", "code-block-title-bar"}

// codeTitle returns the file name shown above a code block and removes it from the page.
func codeTitle(pre *html.Node) string {
	if label := attr(pre, "data-x-title"); label != "" {
		return label
	}
	inner, holder := pre, pre.Parent
	for range 3 {
		if holder == nil || holder.Parent == nil || !isElement(holder, atom.Div, atom.Figure) {
			return ""
		}
		for c, i := holder.FirstChild, 0; c != nil && i < 6; c, i = c.NextSibling, i+1 {
			if c == inner {
				break
			}
			if c.Type != html.ElementNode || isElement(c, atom.P) || !isCodeTitle(c) {
				continue
			}
			title := textOf(c)
			if title == "" || len(title) > 120 || title == "Terminal window" {
				continue
			}
			remove(c)
			return title
		}
		inner, holder = holder, holder.Parent
	}
	return ""
}

func isCodeTitle(n *html.Node) bool {
	if isElement(n, atom.Figcaption) && isElement(n.Parent, atom.Figure) && hasClass(n.Parent, "frame") {
		return true
	}
	for rest := attr(n, "class"); rest != ""; {
		var token string
		token, rest = nextToken(rest)
		for _, name := range titleClasses {
			if token == name && (name != "title" && name != "header" || hasClass(n.Parent, "frame", "listingblock", "code-block", "highlight")) || strings.HasPrefix(token, "codeBlockTitle_") || strings.HasSuffix(token, "codeblock__title") || strings.HasSuffix(token, "filename") {
				return true
			}
		}
	}
	return isElement(n, atom.Span) && hasClass(n, "filename")
}

// codeWriter collects the text of a code block line by line.
type codeWriter struct{ b []byte }

// freshLine ends the current line unless it is empty.
func (w *codeWriter) freshLine() {
	if len(w.b) > 0 && w.b[len(w.b)-1] != '\n' {
		w.b = append(w.b, '\n')
	}
}

// codeText drops what only says where a line may be broken.
var codeText = strings.NewReplacer("\u200b", "", "\u00ad", "", "\u2060", "", "\ufeff", "", "\r\n", "\n", "\u00a0", " ")

func (w *codeWriter) text() string {
	s := codeText.Replace(string(w.b))
	s = strings.TrimRight(s, " \t\n")
	for {
		i := strings.IndexByte(s, '\n')
		if i < 0 || strings.TrimSpace(s[:i]) != "" {
			return s
		}
		s = s[i+1:]
	}
}

// write appends the text of n. Elements that a browser puts on lines of their own end a line exactly once, whether the
// page marks the end by the element, by a br, by a newline, or by several of them.
func (w *codeWriter) write(n *html.Node) {
	switch {
	case n.Type == html.TextNode:
		w.b = append(w.b, n.Data...)
		return
	case n.Type != html.ElementNode:
		return
	case isElement(n, atom.Br):
		if next := n.NextSibling; next != nil && next.Type == html.TextNode && strings.HasPrefix(next.Data, "\n") {
			return
		}
		w.b = append(w.b, '\n')
		return
	case isElement(n, atom.Script, atom.Style, atom.Button) || isLineNumber(n):
		return
	case isElement(n, atom.Img):
		alt := attr(n, "alt")
		if _, err := strconv.Atoi(alt); err == nil { // a reference to a note below the code
			alt = "(" + alt + ")"
		}
		w.b = append(w.b, alt...)
		return
	case n.Data == codeTag:
		w.freshLine()
		w.b = append(w.b, attr(n, "text")+"\n"...)
		return
	}
	line := isBlock(n) && !isElement(n, atom.Pre, atom.Td)
	if line || isLineSpan(n) && isLineSpan(n.PrevSibling) {
		w.freshLine()
	}
	start := len(w.b)
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		w.write(c)
	}
	if !line {
		return
	}
	if len(w.b) == start && !isElement(n, atom.Table, atom.Tbody, atom.Figure) && n.FirstChild == nil || onlyMarkup(n) && len(w.b) == start && isElement(n, atom.Div) {
		w.b = append(w.b, '\n')
		return
	}
	w.freshLine()
}

// onlyMarkup reports whether n holds elements but no text: an empty line of a highlighter.
func onlyMarkup(n *html.Node) bool {
	return n.FirstChild != nil && find(n, isBlock) == nil
}

// isLineSpan accepts the inline elements that highlighters make one line each.
func isLineSpan(n *html.Node) bool {
	return isElement(n, atom.Span, atom.Code) && (hasClass(n, "line", "code-line", "token-line", "view-line", "hljs-line", "nextra-code-line") || hasAttr(n, "data-line")) && !hasClass(n, "cl")
}

func isLineNumber(n *html.Node) bool {
	return hasClass(n, "lineno", "linenos", "linenumber", "line-number", "lnt", "ln", "gutter", "line-numbers-rows", "hljs-ln-numbers", "blob-num",
		"react-syntax-highlighter-line-number", "copy", "copybtn", "blame-hunk", "nocopy-prompt") && !isElement(n, atom.Pre, atom.Code)
}
