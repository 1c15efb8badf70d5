package terminal

import (
	"strings"
)

// Column is a column of a table, and what becomes of it where the terminal is
// too narrow for all.
type Column struct {
	Head  string
	Right bool // numbers: aligned to the right
	Least int  // it may be shortened to so many columns; 0 is never shortened
	Rank  int  // the highest is left out first; 0 stays
}

// Cell is one cell of a table.
type Cell struct {
	Text  string
	Style Style
}

const gap = 2 // blanks between columns

// Table writes rows with aligned columns below a faint head, which is left out
// where all columns have none. On a terminal that is too narrow the widest
// columns are shortened, as far as they may be, and then those of the highest
// rank are left out. On a pipe nothing is.
func (o *Output) Table(columns []Column, rows [][]Cell) {
	head, titled := make([]Cell, len(columns)), false
	for i, c := range columns {
		head[i] = Cell{Text: c.Head, Style: Faint}
		titled = titled || c.Head != ""
	}
	if titled {
		rows = append([][]Cell{head}, rows...)
	}
	widths := make([]int, len(columns))
	for _, row := range rows {
		for i, c := range row {
			widths[i] = max(widths[i], Columns(oneLine(c.Text)))
		}
	}
	if o.Live {
		widths = fit(columns, widths, o.columns()-1)
	}
	for _, row := range rows {
		o.Printf("%s\n", o.row(columns, row, widths))
	}
}

// fit returns the widths of columns that fit the room, -1 for one that is left
// out.
func fit(columns []Column, natural []int, room int) []int {
	widths := append([]int(nil), natural...)
	for {
		over := -gap - room
		widest, last := -1, -1
		for i, w := range widths {
			if w < 0 {
				continue
			}
			over += w + gap
			if least := columns[i].Least; least > 0 && w > least && (widest < 0 || w > widths[widest]) {
				widest = i
			}
			if rank := columns[i].Rank; rank > 0 && (last < 0 || rank > columns[last].Rank) {
				last = i
			}
		}
		switch {
		case over <= 0:
			return widths
		case widest >= 0:
			widths[widest]--
		case last >= 0: // the others may be as long as they are again
			for i, w := range widths {
				if w >= 0 {
					widths[i] = natural[i]
				}
			}
			widths[last] = -1
		default:
			return widths
		}
	}
}

func (o *Output) row(columns []Column, row []Cell, widths []int) string {
	var b strings.Builder
	pad := 0
	for i, c := range row {
		if widths[i] < 0 {
			continue
		}
		text := Truncate(c.Text, widths[i])
		fill := widths[i] - Columns(text)
		if columns[i].Right {
			pad += fill
			fill = 0
		}
		if text != "" {
			b.WriteString(strings.Repeat(" ", pad))
			b.WriteString(o.Paint(c.Style, text))
			pad = 0
		}
		pad += fill + gap
	}
	return b.String()
}

func oneLine(s string) string { return strings.Join(strings.Fields(Clean(s)), " ") }
