package markdown

import (
	"bytes"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Limits on a table: wider or longer ones come from generated pages, and spans multiply.
const (
	maxColumns = 64
	maxSpan    = 64
	maxCells   = 200000
)

type tableRow struct {
	cells []*html.Node
	head  bool
}

// tableRows lists the rows of a table, without those of tables inside it.
func tableRows(t *html.Node) []tableRow {
	var rows []tableRow
	var visit func(n *html.Node, head bool)
	visit = func(n *html.Node, head bool) {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			switch {
			case isElement(c, atom.Tr):
				row := tableRow{head: head}
				for d := c.FirstChild; d != nil; d = d.NextSibling {
					if isElement(d, atom.Td, atom.Th) {
						row.cells = append(row.cells, d)
					}
				}
				if len(row.cells) > 0 {
					rows = append(rows, row)
				}
			case isElement(c, atom.Thead):
				visit(c, true)
			case isElement(c, atom.Tbody, atom.Tfoot):
				visit(c, false)
			}
		}
	}
	visit(t, false)
	return rows
}

// table writes a GitHub table. Cells may hold lists, code and several paragraphs: they stay on one line, parted
// by <br>. Cells that span several columns or rows are repeated as empty ones.
func (p *printer) table(w *bytes.Buffer, n *html.Node) {
	rows := tableRows(n)
	if p.cell {
		for _, row := range rows {
			var cells [][]byte
			for _, c := range row.cells {
				cells = append(cells, p.cellText(c))
			}
			p.block(w, bytes.Join(cells, []byte(", ")))
		}
		return
	}
	grid := p.grid(rows)
	if len(grid) == 0 {
		return
	}
	width := 0
	for _, row := range grid {
		width = max(width, len(row))
	}
	var out bytes.Buffer
	if caption := find(n, func(c *html.Node) bool { return isElement(c, atom.Caption) }); caption != nil {
		p.block(w, p.line("", caption))
	}
	headed := rows[0].head || allHeads(rows[0].cells)
	if !headed {
		writeRow(&out, nil, width)
		writeRule(&out, rows[0].cells, width)
	}
	for i, row := range grid {
		writeRow(&out, row, width)
		if i == 0 && headed {
			writeRule(&out, rows[0].cells, width)
		}
	}
	p.block(w, bytes.TrimRight(out.Bytes(), "\n"))
}

func allHeads(cells []*html.Node) bool {
	for _, c := range cells {
		if !isElement(c, atom.Th) {
			return false
		}
	}
	return len(cells) > 0
}

// grid renders the cells and puts each where its row's and the earlier rows' spans leave room.
func (p *printer) grid(rows []tableRow) [][][]byte {
	var grid [][][]byte
	pending := map[int]int{} // column to rows it is still taken for
	cells := 0
	for _, row := range rows {
		var line [][]byte
		skip := func() {
			for pending[len(line)] > 0 && len(line) < maxColumns {
				pending[len(line)]--
				line = append(line, nil)
			}
		}
		for _, c := range row.cells {
			skip()
			if len(line) >= maxColumns || cells > maxCells {
				break
			}
			span, down := spanOf(c, "colspan"), spanOf(c, "rowspan")
			text := p.cellText(c)
			for i := 0; i < span && len(line) < maxColumns; i++ {
				if down > 1 {
					pending[len(line)] = down - 1
				}
				if i > 0 {
					text = nil
				}
				line = append(line, text)
				cells++
			}
		}
		skip()
		grid = append(grid, line)
	}
	return grid
}

func spanOf(c *html.Node, key string) int {
	n, err := strconv.Atoi(attr(c, key))
	if err != nil || n < 1 {
		return 1
	}
	return min(n, maxSpan)
}

// cellText renders a cell on one line with its pipes escaped, in code too: GitHub splits cells before it sees code.
func (p *printer) cellText(c *html.Node) []byte {
	outer := p.cell
	p.cell = true
	text := p.content(c)
	p.cell = outer
	for bytes.HasSuffix(text, cellBreak) {
		text = bytes.TrimSpace(text[:len(text)-len(cellBreak)])
	}
	if bytes.IndexByte(text, '\n') >= 0 {
		text = bytes.Join(bytes.Fields(text), []byte(" "))
	}
	if bytes.IndexByte(text, '|') < 0 {
		return text
	}
	return bytes.ReplaceAll(text, []byte("|"), []byte(`\|`))
}

// cellCode writes the lines of a code block as inline code.
func (p *printer) cellCode(w *bytes.Buffer, text string) {
	p.breakBlock(w)
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			w.WriteString("<br>")
		}
		if strings.TrimSpace(line) == "" {
			continue
		}
		fence := strings.Repeat("`", longestRun(line, '`')+1)
		if len(fence) > 1 {
			line = " " + line + " "
		}
		w.WriteString(fence + line + fence)
	}
	p.breakBlock(w)
}

// filled returns the number of cells up to the last that is not empty, and at least two: GitHub fills rows that are
// short.
func filled(row [][]byte) int {
	n := len(row)
	for n > 2 && len(row[n-1]) == 0 {
		n--
	}
	return n
}

func writeRow(out *bytes.Buffer, row [][]byte, width int) {
	out.WriteByte('|')
	if row != nil {
		width = filled(row)
	}
	for i := range width {
		out.WriteByte(' ')
		if i < len(row) && len(row[i]) > 0 {
			out.Write(row[i])
			out.WriteByte(' ')
		}
		out.WriteByte('|')
	}
	out.WriteByte('\n')
}

// writeRule writes the line under the head with the alignment the head cells have.
func writeRule(out *bytes.Buffer, head []*html.Node, width int) {
	out.WriteByte('|')
	for i := range width {
		rule := " --- |"
		if i < len(head) {
			style := strings.ReplaceAll(attr(head[i], "style"), " ", "") + " " + attr(head[i], "align") + " " + attr(head[i], "class")
			switch {
			case strings.Contains(style, "center"):
				rule = " :---: |"
			case strings.Contains(style, "right"):
				rule = " ---: |"
			}
		}
		out.WriteString(rule)
	}
	out.WriteByte('\n')
}
