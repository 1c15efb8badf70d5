package markdown

import (
	"bytes"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Limits on a table: wider ones come from generated pages, and spans multiply.
const (
	maxColumns = 64
	maxSpan    = 64
	maxCells   = 200000
	maxLabel   = 80 // bytes of a column's head that is repeated in every row
)

// row is a row of a table; it may be shorter than the table is wide.
type row struct {
	cells []cell
	head  bool // in the head of the table, or of head cells alone
}

// cell is a cell of a table. Of one that spans several columns or rows, all but the first are empty.
type cell struct {
	blocks []*block
	align  string // what stands for the column in the rule: "---", ":---:" or "---:"
}

// grid collects the rows of a table, and puts each cell where its row's and the earlier rows' spans leave room.
type grid struct {
	rows  []row
	cells int
	taken map[int]int // column to the rows that it is still taken for
}

func (g *grid) skip(r *row) {
	for g.taken[len(r.cells)] > 0 && len(r.cells) < maxColumns {
		g.taken[len(r.cells)]--
		r.cells = append(r.cells, cell{})
	}
}

// place appends a cell to r and reports whether there was room.
func (g *grid) place(r *row, td *html.Node, blocks []*block) bool {
	g.skip(r)
	if len(r.cells) >= maxColumns {
		return false
	}
	across, down := spanOf(td, "colspan"), spanOf(td, "rowspan")
	if g.cells > maxCells {
		across, down = 1, 1
	}
	for i := 0; i < across && len(r.cells) < maxColumns; i++ {
		if down > 1 {
			g.taken[len(r.cells)] = down - 1
		}
		r.cells = append(r.cells, cell{blocks: blocks, align: alignment(td)})
		blocks = nil
		g.cells++
	}
	return true
}

func spanOf(c *html.Node, key string) int {
	value := attr(c, key)
	if value == "" {
		return 1
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 {
		return 1
	}
	return min(n, maxSpan)
}

func alignment(c *html.Node) string {
	style := strings.ReplaceAll(attr(c, "style"), " ", "") + " " + attr(c, "align") + " " + attr(c, "class")
	switch {
	case strings.Contains(style, "center"):
		return ":---:"
	case strings.Contains(style, "right"):
		return "---:"
	}
	return "---"
}

// table returns the table n, behind its caption and what has no place in a table. Where a cell holds what does not fit
// on a line, the table is laid out as records.
func (b *builder) table(n *html.Node) []*block {
	g := grid{taken: make(map[int]int)}
	var lead []*block
	var foot []row
	rest := func(blocks []*block) { lead = append(lead, blocks...) }
	isRow := func(c *html.Node) bool { return isElement(c, atom.Tr, atom.Caption) }
	isCell := func(c *html.Node) bool { return isElement(c, atom.Td, atom.Th) }
	b.parts(n, isRow, isContainer, func(tr *html.Node) {
		if isElement(tr, atom.Caption) {
			rest(b.inside(tr))
			return
		}
		r, heads := row{}, true
		b.parts(tr, isCell, isContainer, func(td *html.Node) {
			blocks := slices.DeleteFunc(new(builder).inside(td), func(b *block) bool { return b.kind == ruleBlock })
			if !g.place(&r, td, blocks) {
				rest(blocks)
			}
			heads = heads && isElement(td, atom.Th)
		}, rest)
		g.skip(&r)
		switch r.head = heads || isElement(tr.Parent, atom.Thead); {
		case filled(r.cells) == 0: // a rule between rows, or room
		case headsTable(r):
			lead = append(append(lead, tables(g.rows)...), r.cells[0].blocks...)
			g.rows = nil
		case isElement(tr.Parent, atom.Tfoot):
			foot = append(foot, r)
		default:
			g.rows = append(g.rows, r)
		}
	}, rest)
	return append(lead, tables(append(g.rows, foot...))...)
}

// headsTable reports whether a row is a heading over the rows that follow.
func headsTable(r row) bool {
	return filled(r.cells) == 1 && len(r.cells[0].blocks) == 1 && r.cells[0].blocks[0].kind == headingBlock
}

// tables returns rows as one table, or as records.
func tables(rows []row) []*block {
	if len(rows) == 0 {
		return nil
	}
	for _, r := range rows {
		for _, c := range r.cells {
			if !fit(c.blocks) {
				return records(rows)
			}
		}
	}
	return []*block{{kind: tableBlock, rows: rows}}
}

// fit reports whether the blocks can stand in a cell, parted by <br>.
func fit(blocks []*block) bool {
	for _, b := range blocks {
		switch b.kind {
		case paragraphBlock, headingBlock, mathBlock:
		case codeBlock:
			if strings.Contains(b.text, "\n") {
				return false
			}
		case listBlock:
			for _, item := range b.kids {
				if len(item.kids) > 1 || item.kids[0].kind == listBlock || !fit(item.kids) {
					return false
				}
			}
		case alertBlock:
			if !fit(b.kids) {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// records lays a table out as a list with an item for each row, in which each cell stands behind the head of its column.
func records(rows []row) []*block {
	list := &block{kind: listBlock, loose: true}
	var labels [][]token
	if rows[0].head && len(rows) > 1 {
		labels = columnLabels(rows[0].cells)
	}
	if labels != nil {
		rows = rows[1:]
	}
	for _, r := range rows {
		item := &block{kind: itemBlock}
		for i, c := range r.cells {
			if i < len(labels) && labels[i] != nil && len(c.blocks) > 0 {
				c.blocks = labelled(labels[i], c.blocks)
			}
			item.kids = append(item.kids, c.blocks...)
		}
		if len(item.kids) > 0 {
			list.kids = append(list.kids, item)
		}
	}
	if len(list.kids) == 1 {
		return list.kids[0].kids
	}
	return []*block{list}
}

// columnLabels returns the heads of the columns, or nil where they are too long to be repeated.
func columnLabels(heads []cell) [][]token {
	labels := make([][]token, len(heads))
	for i, c := range heads {
		if !fit(c.blocks) {
			return nil
		}
		line, size := inCell(c.blocks), 0
		for j, t := range line {
			if t.kind == breakToken {
				line[j] = token{kind: textToken, text: " "}
			}
			size += len(t.text)
			if t.mark != nil {
				size += len(t.mark.href)
			}
		}
		if size > maxLabel {
			return nil
		}
		labels[i] = joinText(line)
	}
	return labels
}

// labelled returns the blocks of a cell behind a label.
func labelled(label []token, blocks []*block) []*block {
	line := slices.Clone(label)
	if !hasStrong(line) {
		line = strong(line)
	}
	if !endsWith(line, ':') {
		line = append(line, token{kind: textToken, text: ":"})
	}
	if blocks[0].kind == paragraphBlock {
		line = append(append(line, token{kind: textToken, text: " "}), blocks[0].line...)
		blocks = blocks[1:]
	}
	return append([]*block{{kind: paragraphBlock, line: joinText(line)}}, blocks...)
}

// inCell returns blocks that fit on one line, parted by breaks.
func inCell(blocks []*block) []token {
	var line []token
	next := func(tokens ...token) {
		if len(line) > 0 {
			line = append(line, token{kind: breakToken})
		}
		line = append(line, tokens...)
	}
	for _, b := range blocks {
		switch b.kind {
		case codeBlock:
			next(token{kind: codeToken, text: strings.TrimSpace(b.text)})
		case mathBlock:
			next(formula(b.text))
		case headingBlock:
			if hasStrong(b.line) {
				next(b.line...)
			} else {
				next(strong(b.line)...)
			}
		case listBlock:
			for _, item := range b.kids {
				prefix := "• "
				if b.order {
					prefix = strconv.Itoa(item.level) + ". "
				}
				next(joinText(append([]token{{kind: textToken, text: prefix + item.text}}, inCell(item.kids)...))...)
			}
		case alertBlock:
			next(strong([]token{{kind: textToken, text: b.text}})...)
			if b.info != "" {
				line = append(line, token{kind: textToken, text: " " + b.info})
			}
			next(inCell(b.kids)...)
		default:
			next(b.line...)
		}
	}
	return line
}

// writeTable writes a GitHub table. A table without a head gets an empty one.
func (p *printer) writeTable(w *bytes.Buffer, rows []row) {
	width := 0
	for _, r := range rows {
		width = max(width, len(r.cells))
	}
	rule := make([]string, width)
	for i := range rule {
		rule[i] = "---"
		if i < len(rows[0].cells) && rows[0].cells[i].align != "" {
			rule[i] = rows[0].cells[i].align
		}
	}
	head := row{}
	if rows[0].head {
		head, rows = rows[0], rows[1:]
	}
	p.writeRow(w, head.cells, width)
	w.WriteByte('\n')
	w.WriteString("| " + strings.Join(rule, " | ") + " |")
	for _, r := range rows {
		w.WriteByte('\n')
		p.writeRow(w, r.cells, max(filled(r.cells), min(width, 2)))
	}
}

// writeRow writes the first cells, as many as width says.
func (p *printer) writeRow(w *bytes.Buffer, cells []cell, width int) {
	w.WriteByte('|')
	for i := range width {
		w.WriteByte(' ')
		if i < len(cells) && len(cells[i].blocks) > 0 {
			w.Write(p.cellText(cells[i].blocks))
			w.WriteByte(' ')
		}
		w.WriteByte('|')
	}
}

// filled returns the number of cells up to the last that is not empty: GitHub fills rows that are short.
func filled(cells []cell) int {
	n := len(cells)
	for n > 0 && len(cells[n-1].blocks) == 0 {
		n--
	}
	return n
}

// cellText renders a cell on one line with its pipes escaped, in code too: GitHub splits cells before it sees code.
func (p *printer) cellText(blocks []*block) []byte {
	var w bytes.Buffer
	cell := printer{cell: true}
	cell.writeLine(&w, inCell(blocks))
	return bytes.ReplaceAll(w.Bytes(), []byte("|"), []byte(`\|`))
}
