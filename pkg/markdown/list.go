package markdown

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// parts goes through what n holds. Nodes that is accepts go to take, also where other elements hold them; the blocks of
// what lies between go to rest. Containers of the kinds that is accepts for are not looked into.
func (b *builder) parts(n *html.Node, is, closed func(*html.Node) bool, take func(*html.Node), rest func([]*block)) {
	holders := make(map[*html.Node]bool)
	walk(n, func(c *html.Node) bool {
		if c == n {
			return true
		}
		if !is(c) {
			return !closed(c)
		}
		for p := c.Parent; p != n && !holders[p]; p = p.Parent {
			holders[p] = true
		}
		return false
	})
	var between *builder
	settle := func() {
		if between == nil {
			return
		}
		blocks := between.finish()
		between = nil
		if len(blocks) > 0 {
			rest(blocks)
		}
	}
	var visit func(*html.Node)
	visit = func(n *html.Node) {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			switch {
			case holders[c]:
				settle()
				open := b.open
				if m := markOf(c); m != nil && b.takes(m) {
					b.open = append(b.open[:len(open):len(open)], m)
				}
				visit(c)
				settle()
				b.open = open
			case is(c):
				settle()
				take(c)
			case c.Type == html.ElementNode || c.Type == html.TextNode && (between != nil || strings.TrimSpace(c.Data) != ""):
				if between == nil {
					between = b.nested()
				}
				between.node(c)
			}
		}
	}
	visit(n)
	settle()
}

// list returns the list n, behind what stands before its first item. What stands between two items belongs to the one
// before.
func (b *builder) list(n *html.Node) []*block {
	list := &block{kind: listBlock, order: hasAttr(n, "ordered")}
	number, step := firstNumber(n)
	var lead []*block
	isItem := func(c *html.Node) bool { return isElement(c, atom.Li) }
	b.parts(n, isItem, isContainer, func(li *html.Node) {
		if value := attr(li, "value"); value != "" {
			if v, err := strconv.Atoi(value); err == nil {
				number = v
			}
		}
		in := b.nested()
		in.children(li)
		if kids := in.finish(); len(kids) > 0 {
			list.kids = append(list.kids, &block{kind: itemBlock, kids: kids, text: in.box, level: number})
		}
		number += step
	}, func(rest []*block) {
		if n := len(list.kids); n > 0 {
			list.kids[n-1].kids = append(list.kids[n-1].kids, rest...)
		} else {
			lead = append(lead, rest...)
		}
	})
	if len(list.kids) == 0 {
		return lead
	}
	return append(lead, list)
}

// isContainer accepts the elements whose parts are theirs alone.
func isContainer(n *html.Node) bool {
	switch n.Data {
	case listTag, termsTag, tableTag, codeTag:
		return true
	}
	return isElement(n, atom.Li, atom.Dt, atom.Dd, atom.Td, atom.Th)
}

// firstNumber returns the number of the first item, and what is added for each that follows.
func firstNumber(list *html.Node) (number, step int) {
	number, err := strconv.Atoi(attr(list, "ordered"))
	if !hasAttr(list, "reversed") {
		if err != nil {
			number = 1
		}
		return number, 1
	}
	if err != nil {
		for c := list.FirstChild; c != nil; c = c.NextSibling {
			if isElement(c, atom.Li) {
				number++
			}
		}
	}
	return number, -1
}

// terms returns a definition list as a list of bold terms, each with what explains it.
func (b *builder) terms(n *html.Node) []*block {
	list := &block{kind: listBlock, loose: true}
	var term *termItem
	var lead []*block
	end := func() {
		if term != nil {
			if kids := term.blocks(); len(kids) > 0 {
				list.kids = append(list.kids, &block{kind: itemBlock, kids: kids})
			}
		}
		term = nil
	}
	rest := func(blocks []*block) {
		if term == nil && len(list.kids) == 0 {
			lead = append(lead, blocks...)
			return
		}
		if term == nil {
			term = new(termItem)
		}
		term.body = append(term.body, blocks...)
	}
	isPart := func(c *html.Node) bool { return isElement(c, atom.Dt, atom.Dd) }
	b.parts(n, isPart, isContainer, func(part *html.Node) {
		if isElement(part, atom.Dd) {
			if term == nil {
				term = new(termItem)
			}
			term.body = append(term.body, b.inside(part)...)
			return
		}
		if term != nil && len(term.body) > 0 {
			end()
		}
		if term == nil {
			term = new(termItem)
		}
		term.add(b, part)
	}, rest)
	end()
	if len(list.kids) == 0 {
		return lead
	}
	return append(lead, list)
}

// termItem is an item of a definition list: one or more terms and what explains them.
type termItem struct {
	terms []token
	body  []*block
}

// add appends a term in bold with the anchor that addresses it. What has no place on a line becomes part of the body.
func (t *termItem) add(b *builder, dt *html.Node) {
	if find(dt, func(c *html.Node) bool { return blockElement[c.Data] && c.Data != headingTag }) != nil {
		t.body = append(t.body, b.inside(dt)...)
		return
	}
	line := b.nested().lineOf(dt)
	if line == nil {
		return
	}
	if !hasStrong(line) {
		line = strong(line)
	}
	if len(t.terms) > 0 {
		t.terms = append(t.terms, token{kind: breakToken})
	}
	if id := attr(dt, "id"); id != "" && !strings.ContainsAny(id, " \"<>\n&") && len(id) < 200 {
		t.terms = append(t.terms, token{kind: rawToken, text: `<a id="` + id + `"></a>`})
	}
	t.terms = append(t.terms, line...)
}

func hasStrong(line []token) bool {
	return slices.ContainsFunc(line, func(t token) bool { return t.kind == openToken && t.mark.tag == "strong" })
}

func strong(line []token) []token {
	m := &mark{tag: "strong"}
	line = append([]token{{kind: openToken, mark: m}}, line...)
	return append(line, token{kind: closeToken, mark: m})
}

// blocks returns the item. A short explanation stands on the line of its term.
func (t *termItem) blocks() []*block {
	if len(t.terms) == 0 {
		return t.body
	}
	line := t.terms
	if len(t.body) == 1 && t.body[0].kind == paragraphBlock && isShort(t.body[0].line) && !hasBreak(line) {
		if !endsWith(line, ':') {
			line = append(line, token{kind: textToken, text: ":"})
		}
		line = append(append(line, token{kind: textToken, text: " "}), t.body[0].line...)
		return []*block{{kind: paragraphBlock, line: joinText(line)}}
	}
	return append([]*block{{kind: paragraphBlock, line: line}}, t.body...)
}

// shortText is how long an explanation may be to stand behind its term.
const shortText = 400

func isShort(line []token) bool {
	size := 0
	for _, t := range line {
		size += len(t.text)
	}
	return size < shortText && !hasBreak(line)
}

func hasBreak(line []token) bool {
	return slices.ContainsFunc(line, func(t token) bool { return t.kind == breakToken })
}

// endsWith reports whether the text of a line ends with c.
func endsWith(line []token, c byte) bool {
	for i := len(line) - 1; i >= 0; i-- {
		if line[i].kind != closeToken {
			return line[i].kind == textToken && line[i].text[len(line[i].text)-1] == c
		}
	}
	return false
}

// writeList writes a list with the numbers that the page shows. Where an item has blocks of its own, all stand apart.
func (p *printer) writeList(w *bytes.Buffer, l *block, other bool) {
	bullet, point := "- ", ". "
	if other {
		bullet, point = "* ", ") "
	}
	items := make([][]byte, len(l.kids))
	loose := l.loose
	for i, item := range l.kids {
		items[i] = p.item(item)
		loose = loose || bytes.Contains(items[i], []byte("\n\n"))
	}
	for i, item := range items {
		if i > 0 && loose {
			w.WriteString("\n\n")
		} else if i > 0 {
			w.WriteByte('\n')
		}
		prefix := bullet
		if l.order {
			prefix = strconv.Itoa(min(max(l.kids[i].level, 0), 999999999)) + point
		}
		w.Write(prefixLines(item, prefix, strings.Repeat(" ", len(prefix))))
	}
}

// item returns an item without its mark. A list within it follows its first line directly where both are tight.
func (p *printer) item(item *block) []byte {
	body := p.blocks(item.kids)
	if bytes.HasPrefix(body, []byte("---\n")) || string(body) == "---" {
		copy(body, "***") // "- ---" is a rule without a list
	}
	if item.text != "" {
		body = append([]byte(item.text), body...)
	}
	if len(item.kids) != 2 || item.kids[0].kind != paragraphBlock || item.kids[1].kind != listBlock || hasBreak(item.kids[0].line) {
		return body
	}
	first, rest, ok := bytes.Cut(body, []byte("\n\n"))
	if !ok || bytes.Contains(rest, []byte("\n\n")) || item.kids[1].order && !bytes.HasPrefix(rest, []byte("1.")) {
		return body
	}
	return append(append(first[:len(first):len(first)], '\n'), rest...)
}
