package rst

import (
	"encoding/csv"
	"strconv"
	"strings"
)

func isGrid(l string) bool {
	return len(l) > 2 && strings.HasPrefix(l, "+-") && strings.HasSuffix(l, "+") && strings.Trim(l, "+-=") == ""
}

// isRule reports whether a line is the border of a simple table.
func isRule(l string) bool {
	return strings.HasPrefix(l, "==") && strings.Contains(l, " ") && strings.Trim(l, "= ") == ""
}

func (w *writer) caption(title string) {
	if title != "" {
		w.put("<p><strong>%s</strong></p>\n", w.inline(title))
	}
}

// cell is one cell of a table that is drawn.
type cell struct {
	lines      []string
	cols, rows int
}

// gridTable writes a table drawn with + - and |. A cell is what its borders
// enclose, so cells may span columns and rows.
func (w *writer) gridTable(ls []string, i int) int {
	j := i
	for j < len(ls) && (strings.HasPrefix(ls[j], "+") || strings.HasPrefix(ls[j], "|")) {
		j++
	}
	g := newGrid(ls[i:j])
	head := -1
	for r, y := range g.ys {
		if y > 0 && strings.Contains(string(g.at[y]), "+=") {
			head = r
			break
		}
	}
	w.b.WriteString("<table>")
	for r := 0; r+1 < len(g.ys); r++ {
		tag := "td"
		if r < head {
			tag = "th"
		}
		w.b.WriteString("<tr>")
		for c := 0; c+1 < len(g.xs); c++ {
			if cell, ok := g.cell(r, c); ok {
				w.writeCell(tag, cell)
			}
		}
		w.b.WriteString("</tr>\n")
	}
	w.b.WriteString("</table>\n")
	return j
}

func (w *writer) writeCell(tag string, c cell) {
	span := ""
	if c.cols > 1 {
		span += ` colspan="` + strconv.Itoa(c.cols) + `"`
	}
	if c.rows > 1 {
		span += ` rowspan="` + strconv.Itoa(c.rows) + `"`
	}
	w.put("<%s%s>", tag, span)
	w.blocks(dedent(c.lines))
	w.put("</%s>", tag)
}

// grid is a drawn table and the places of its borders.
type grid struct {
	at     [][]rune
	xs, ys []int
	done   map[[2]int]bool // corners inside of a cell that was read
}

func newGrid(ls []string) *grid {
	g := &grid{done: map[[2]int]bool{}}
	width := 0
	for _, l := range ls {
		g.at = append(g.at, []rune(l))
		width = max(width, len(g.at[len(g.at)-1]))
	}
	cols := map[int]bool{}
	for y, l := range g.at {
		for len(l) < width {
			l = append(l, ' ')
		}
		g.at[y] = l
		if l[0] == '+' {
			g.ys = append(g.ys, y)
		} else if strings.Contains(string(l), "+-") && l[0] == '|' {
			g.ys = append(g.ys, y) // a border that a spanning cell interrupts
		}
		for x, r := range l {
			if r == '+' && (l[0] == '+' || y > 0) {
				cols[x] = true
			}
		}
	}
	for x := range width {
		if cols[x] && (g.at[0][x] == '+' || g.border(x)) {
			g.xs = append(g.xs, x)
		}
	}
	return g
}

// border reports whether a column is one: all that stands in it is a border or
// the inside of a spanning cell, and some corner lies on it.
func (g *grid) border(x int) bool {
	for y, l := range g.at {
		if l[x] == '+' && y > 0 && (x > 0 && (l[x-1] == '-' || l[x-1] == '=')) {
			return true
		}
	}
	return false
}

func (g *grid) cell(r, c int) (cell, bool) {
	if g.done[[2]int{r, c}] {
		return cell{}, false
	}
	right, bottom := c+1, r+1
	for right < len(g.xs)-1 && !g.wall(r, right) {
		right++
	}
	for bottom < len(g.ys)-1 && !g.floor(bottom, c) {
		bottom++
	}
	for y := r; y < bottom; y++ {
		for x := c; x < right; x++ {
			g.done[[2]int{y, x}] = true
		}
	}
	var lines []string
	for y := g.ys[r] + 1; y < g.ys[bottom]; y++ {
		lines = append(lines, strings.TrimRight(string(g.at[y][g.xs[c]+1:g.xs[right]]), " "))
	}
	return cell{lines, right - c, bottom - r}, true
}

func (g *grid) wall(r, c int) bool {
	y := g.ys[r] + 1
	return y < len(g.at) && (g.at[y][g.xs[c]] == '|' || g.at[y][g.xs[c]] == '+')
}

func (g *grid) floor(r, c int) bool {
	ch := g.at[g.ys[r]][g.xs[c]+1]
	return ch == '-' || ch == '=' || ch == '+'
}

// simpleTable writes a table whose columns stand under lines of =.
func (w *writer) simpleTable(ls []string, i int) (next int, ok bool) {
	var cols [][2]int
	for x := 0; x < len(ls[i]); {
		end := x + len(ls[i][x:]) - len(strings.TrimLeft(ls[i][x:], "="))
		cols = append(cols, [2]int{x, end})
		for x = end; x < len(ls[i]) && ls[i][x] == ' '; x++ {
		}
	}
	var rules []int
	j := i
	for ; j < len(ls); j++ {
		if isRule(ls[j]) {
			rules = append(rules, j)
			if j+1 == len(ls) || ls[j+1] == "" && len(rules) > 1 {
				break
			}
		}
	}
	if len(rules) < 2 {
		return i, false
	}
	start := i + 1
	w.b.WriteString("<table>")
	if len(rules) > 2 {
		w.simpleRows(ls[start:rules[1]], cols, "th")
		start = rules[1] + 1
	}
	w.simpleRows(ls[start:rules[len(rules)-1]], cols, "td")
	w.b.WriteString("</table>\n")
	return rules[len(rules)-1] + 1, true
}

// simpleRows writes the rows between two borders: a line whose first column is
// empty goes on with the row above it. A line of - under some columns joins them.
func (w *writer) simpleRows(ls []string, cols [][2]int, tag string) {
	var row [][]string
	flush := func(at [][2]int) {
		if row == nil {
			return
		}
		w.b.WriteString("<tr>")
		for c := range row {
			n := 0
			for _, col := range cols {
				if col[0] >= at[c][0] && col[0] < at[c][1] {
					n++
				}
			}
			w.writeCell(tag, cell{lines: row[c], cols: n})
		}
		w.b.WriteString("</tr>\n")
		row = nil
	}
	for _, l := range ls {
		r := []rune(l)
		switch {
		case l == "" || strings.Trim(l, "= ") == "":
			if l != "" {
				flush(cols)
			} else {
				for c := range row {
					row[c] = append(row[c], "")
				}
			}
			continue
		case strings.Trim(l, "- ") == "" && strings.Contains(l, "--"):
			var at [][2]int
			for x := 0; x < len(l); {
				end := x + len(l[x:]) - len(strings.TrimLeft(l[x:], "-"))
				at = append(at, [2]int{x, end})
				for x = end; x < len(l) && l[x] == ' '; x++ {
				}
			}
			if len(at) < len(cols) && len(at) > 0 && row != nil {
				row = rejoin(row, cols, at)
				flush(at)
			} else {
				flush(cols)
			}
			continue
		}
		if column(r, cols, 0) != "" {
			flush(cols)
		}
		if row == nil {
			row = make([][]string, len(cols))
		}
		for c := range cols {
			row[c] = append(row[c], column(r, cols, c))
		}
	}
	flush(cols)
}

// rejoin merges the cells of a row under the spans that a line below it draws.
func rejoin(row [][]string, cols, at [][2]int) [][]string {
	out := make([][]string, len(at))
	for a := range at {
		for c := range cols {
			if cols[c][0] < at[a][0] || cols[c][0] >= at[a][1] {
				continue
			}
			for i, l := range row[c] {
				if i < len(out[a]) {
					out[a][i] = strings.TrimSpace(out[a][i] + " " + l)
				} else {
					out[a] = append(out[a], l)
				}
			}
		}
	}
	return out
}

// column returns what stands in a column; the last one has no end.
func column(r []rune, cols [][2]int, c int) string {
	from, to := cols[c][0], len(r)
	if c+1 < len(cols) {
		to = min(cols[c+1][0], len(r))
	}
	if from >= to {
		return ""
	}
	return strings.TrimRight(string(r[from:to]), " ")
}

// listTable writes a table whose rows are the items of a list of lists.
func (w *writer) listTable(d d) {
	w.caption(d.arg())
	heads, _ := strconv.Atoi(d.opts["header-rows"])
	w.b.WriteString("<table>")
	for r, row := range items(d.body) {
		tag := "td"
		if r < heads {
			tag = "th"
		}
		w.b.WriteString("<tr>")
		for _, c := range items(row) {
			w.writeCell(tag, cell{lines: c})
		}
		w.b.WriteString("</tr>\n")
	}
	w.b.WriteString("</table>\n")
}

// items returns the bodies of the items of a bullet list.
func items(ls []string) [][]string {
	var out [][]string
	for i := 0; i < len(ls); {
		m := bullet.FindString(ls[i])
		if m == "" {
			i++
			continue
		}
		body, next := indented(ls, i+1, 1)
		out = append(out, append([]string{ls[i][len(m):]}, body...))
		i = next
	}
	return out
}

func (w *writer) csvTable(d d) {
	w.caption(d.arg())
	w.b.WriteString("<table>")
	rows := func(text, tag string, heads int) {
		r := csv.NewReader(strings.NewReader(text))
		r.FieldsPerRecord, r.LazyQuotes, r.TrimLeadingSpace = -1, true, true
		if c := d.opts["delim"]; len(c) == 1 {
			r.Comma = rune(c[0])
		}
		all, _ := r.ReadAll() // what was read before an error stays
		for i, row := range all {
			t := tag
			if i < heads {
				t = "th"
			}
			w.b.WriteString("<tr>")
			for _, c := range row {
				w.writeCell(t, cell{lines: strings.Split(c, "\n")})
			}
			w.b.WriteString("</tr>\n")
		}
	}
	rows(d.opts["header"], "th", 0)
	heads, _ := strconv.Atoi(d.opts["header-rows"])
	rows(strings.Join(d.body, "\n"), "td", heads)
	w.b.WriteString("</table>\n")
}
