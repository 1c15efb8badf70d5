package terminal

import (
	"strings"
)

// Cell is one cell of a table.
type Cell struct {
	Text  string
	Style Style
	Right bool // numbers: aligned to the right
}

// Table writes rows with aligned columns and two blanks between them. The head
// is written faint and may be nil. The widest column whose index is flex is
// shortened so that a row fits the width; a negative flex shortens nothing. On
// a pipe nothing is shortened.
func (o *Output) Table(head []string, rows [][]Cell, flex int) {
	if len(head) > 0 {
		h := make([]Cell, len(head))
		for i, s := range head {
			h[i] = Cell{Text: s, Style: Faint}
			if len(rows) > 0 && i < len(rows[0]) {
				h[i].Right = rows[0][i].Right
			}
		}
		rows = append([][]Cell{h}, rows...)
	}
	var widths []int
	for _, row := range rows {
		for i, c := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], Columns(oneLine(c.Text)))
		}
	}
	if o.Live && flex >= 0 && flex < len(widths) {
		total := 2 * (len(widths) - 1)
		for _, w := range widths {
			total += w
		}
		widths[flex] = max(widths[flex]-max(total-o.columns()+1, 0), 8)
	}
	for _, row := range rows {
		o.Printf("%s\n", o.row(row, widths))
	}
}

func (o *Output) row(row []Cell, widths []int) string {
	var b strings.Builder
	pad := 0
	for i, c := range row {
		text := Truncate(c.Text, widths[i])
		fill := widths[i] - Columns(text)
		if c.Right {
			pad += fill
			fill = 0
		}
		if text != "" {
			b.WriteString(strings.Repeat(" ", pad))
			b.WriteString(o.Paint(c.Style, text))
			pad = 0
		}
		pad += fill + 2
	}
	return b.String()
}

func oneLine(s string) string { return strings.Join(strings.Fields(Clean(s)), " ") }
