package markdown

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/JohannesKaufmann/html-to-markdown/v2/converter"
	"github.com/JohannesKaufmann/html-to-markdown/v2/marker"
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

// renderTable writes a GitHub table. Cells may hold lists, code and several paragraphs: they stay on one line, parted
// by <br>. Cells that span several columns or rows are repeated as empty ones.
func renderTable(ctx converter.Context, w converter.Writer, n *html.Node) {
	rows := tableRows(n)
	ctx2 := ctx.WithValue(cellKey{}, true)
	if inCell(ctx) {
		for _, row := range rows {
			var cells [][]byte
			for _, c := range row.cells {
				cells = append(cells, cellText(ctx, c))
			}
			block(ctx, w, bytes.Join(cells, []byte(", ")))
		}
		return
	}
	grid := fillGrid(ctx2, rows)
	if len(grid) == 0 {
		return
	}
	width := 0
	for _, row := range grid {
		width = max(width, len(row))
	}
	var out bytes.Buffer
	if caption := find(n, func(c *html.Node) bool { return isElement(c, atom.Caption) }); caption != nil {
		if text := bytes.Join(bytes.Fields(content(ctx, caption)), []byte(" ")); len(text) > 0 {
			block(ctx, w, text)
		}
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
	block(ctx, w, bytes.TrimRight(out.Bytes(), "\n"))
}

func allHeads(cells []*html.Node) bool {
	for _, c := range cells {
		if !isElement(c, atom.Th) {
			return false
		}
	}
	return len(cells) > 0
}

// fillGrid renders the cells and puts each where its row's and the earlier rows' spans leave room.
func fillGrid(ctx converter.Context, rows []tableRow) [][][]byte {
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
			text := cellText(ctx, c)
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
func cellText(ctx converter.Context, c *html.Node) []byte {
	text := bytes.TrimSpace(render(ctx, c))
	text = ctx.UnEscapeContent(bytes.ReplaceAll(text, []byte{byte(marker.MarkerEscaping), '|'}, []byte("|")))
	text = bytes.ReplaceAll(text, []byte("  \n"), []byte("<br>"))
	text = bytes.ReplaceAll(text, []byte("\n\n"), []byte("<br>"))
	text = bytes.Join(bytes.Fields(text), []byte(" "))
	br := []byte("<br>")
	for {
		next := bytes.ReplaceAll(text, []byte("<br> <br>"), br)
		next = bytes.ReplaceAll(next, []byte("<br><br>"), br)
		next = bytes.TrimSpace(bytes.TrimSuffix(bytes.TrimPrefix(next, br), br))
		if len(next) == len(text) {
			break
		}
		text = next
	}
	return bytes.ReplaceAll(text, []byte("|"), []byte(`\|`))
}

// renderCellCode writes the lines of a code block as inline code.
func renderCellCode(w converter.Writer, text string) {
	w.WriteString("<br>")
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
	w.WriteString("<br>")
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
