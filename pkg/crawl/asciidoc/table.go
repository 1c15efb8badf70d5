package asciidoc

import (
	"encoding/csv"
	"regexp"
	"strconv"
	"strings"
)

// cellSpec is what may stand before the mark of a cell: spans, repetition,
// alignment, style.
var cellSpec = regexp.MustCompile(`(?:^|\s)(?:(\d+)?(?:\.(\d+))?([+*]))?([<^>](?:\.[<^>])?|\.[<^>])?([aehlmsvd])?$`)

type tableCell struct {
	text       string
	cols, rows int
	style      string
}

// table writes a table. mark divides its cells: "|", "!" in a nested one, "," and
// ":" for values.
func (w *writer) table(body []string, m meta, mark string) {
	format := m.named["format"]
	var rows [][]tableCell
	styles := columnStyles(m.named["cols"])
	if mark == "," || format == "csv" || mark == ":" {
		rows = valueRows(body, mark)
	} else {
		if s := m.named["separator"]; s != "" {
			mark = s
		}
		rows = w.cellRows(body, mark, len(styles))
	}
	header := m.header || len(body) > 1 && body[0] != "" && body[1] == "" && len(rows) > 1
	w.b.WriteString("<table>")
	for r, row := range rows {
		w.b.WriteString("<tr>")
		for c, cell := range row {
			tag := "td"
			if header && r == 0 || cell.style == "h" {
				tag = "th"
			}
			style := cell.style
			if style == "" && c < len(styles) && tag == "td" {
				style = styles[c]
			}
			w.cell(tag, style, cell)
		}
		w.b.WriteString("</tr>\n")
	}
	w.b.WriteString("</table>\n")
}

func (w *writer) cell(tag, style string, c tableCell) {
	w.b.WriteString("<" + tag)
	if c.cols > 1 {
		w.put(` colspan="%d"`, c.cols)
	}
	if c.rows > 1 {
		w.put(` rowspan="%d"`, c.rows)
	}
	w.b.WriteString(">")
	text := strings.TrimSpace(c.text)
	switch style {
	case "a":
		w.blocks(strings.Split(text, "\n"))
	case "l":
		w.code("", strings.Split(text, "\n"))
	case "m":
		w.put("<code>%s</code>", w.inline(text))
	case "s":
		w.put("<strong>%s</strong>", w.inline(text))
	case "e":
		w.put("<em>%s</em>", w.inline(text))
	default:
		for i, p := range strings.Split(text, "\n\n") {
			if i > 0 {
				w.b.WriteString("<br>")
			}
			w.b.WriteString(w.inline(strings.TrimSpace(p)))
		}
	}
	w.put("</%s>", tag)
}

// columnStyles reads cols="1,2a,>.^3m" or "3*" and returns the style of each.
func columnStyles(spec string) []string {
	var out []string
	for _, c := range strings.FieldsFunc(spec, func(r rune) bool { return r == ',' || r == ';' }) {
		c = strings.TrimSpace(c)
		n := 1
		if i := strings.IndexByte(c, '*'); i >= 0 {
			if k, err := strconv.Atoi(c[:i]); err == nil && k > 0 && k < 100 {
				n = k
			}
			c = c[i+1:]
		}
		style := ""
		if c != "" && strings.ContainsAny(c[len(c)-1:], "aehlmsvd") {
			style = c[len(c)-1:]
		}
		for range n {
			out = append(out, style)
		}
	}
	return out
}

// cellRows reads cells and lays them out: a row is as wide as cols says, or as
// the first line that has cells.
func (w *writer) cellRows(body []string, mark string, width int) [][]tableCell {
	var cells []tableCell
	first := 0
	for _, l := range body {
		if strings.HasPrefix(l, "//") && !strings.HasPrefix(l, "///") {
			continue
		}
		parts := splitCells(l, mark)
		spec := parts[0]
		if len(cells) > 0 {
			if len(parts) > 1 {
				spec = cutSpec(&parts[0])
			}
			cells[len(cells)-1].text += "\n" + parts[0]
		}
		for i, p := range parts[1:] {
			next := ""
			if i+2 < len(parts) {
				next = cutSpec(&p)
			}
			for _, c := range newCells(spec) {
				c.text = p
				cells = append(cells, c)
			}
			spec = next
		}
		if first == 0 && len(cells) > 0 {
			for _, c := range cells {
				first += c.cols
			}
		}
	}
	if width == 0 {
		width = max(first, 1)
	}
	return layOut(cells, width)
}

// splitCells splits a line at the mark where it is not escaped.
func splitCells(l, mark string) []string {
	const hidden = "\x00"
	parts := strings.Split(strings.ReplaceAll(l, `\`+mark, hidden), mark)
	for i := range parts {
		parts[i] = strings.ReplaceAll(parts[i], hidden, mark)
	}
	return parts
}

// cutSpec takes the specification of the next cell off the end of a text.
func cutSpec(text *string) string {
	loc := cellSpec.FindStringIndex(*text)
	if loc == nil {
		return ""
	}
	spec := strings.TrimSpace((*text)[loc[0]:])
	*text = (*text)[:loc[0]]
	return spec
}

func newCells(spec string) []tableCell {
	c := tableCell{cols: 1, rows: 1}
	m := cellSpec.FindStringSubmatch(strings.TrimSpace(spec))
	if m == nil {
		return []tableCell{c}
	}
	c.style = m[5]
	n, _ := strconv.Atoi(m[1])
	n = min(max(n, 1), 100)
	if m[3] == "*" {
		out := make([]tableCell, n)
		for i := range out {
			out[i] = c
		}
		return out
	}
	if m[3] == "+" {
		rows, _ := strconv.Atoi(m[2])
		c.cols, c.rows = n, min(max(rows, 1), 1000)
	}
	return []tableCell{c}
}

// layOut puts cells into rows, past those that hang down from a row above.
func layOut(cells []tableCell, width int) [][]tableCell {
	var rows [][]tableCell
	hanging := make([]int, width)
	for len(cells) > 0 {
		var row []tableCell
		for col := 0; col < width && len(cells) > 0; {
			if hanging[col] > 0 {
				hanging[col]--
				col++
				continue
			}
			c := cells[0]
			cells = cells[1:]
			row = append(row, c)
			for k := col; k < min(col+c.cols, width); k++ {
				hanging[k] = c.rows - 1
			}
			col += c.cols
		}
		rows = append(rows, row)
	}
	return rows
}

func valueRows(body []string, mark string) [][]tableCell {
	r := csv.NewReader(strings.NewReader(strings.Join(body, "\n")))
	r.FieldsPerRecord, r.LazyQuotes, r.TrimLeadingSpace = -1, true, true
	if mark == ":" {
		r.Comma = ':'
	}
	all, _ := r.ReadAll() // what was read before an error stays
	var rows [][]tableCell
	for _, values := range all {
		var row []tableCell
		for _, v := range values {
			row = append(row, tableCell{text: v, cols: 1, rows: 1})
		}
		rows = append(rows, row)
	}
	return rows
}
