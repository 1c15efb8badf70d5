package gate

import (
	"bytes"
	"strings"
)

// maxColumns bounds a table.
const maxColumns = 64

// split returns the cells of a row; nil where there are too many.
func split(row []byte) [][]byte {
	row = bytes.Trim(row, " \t")
	row = bytes.TrimPrefix(row, []byte("|"))
	var cells [][]byte
	var cell []byte
	for i := 0; i < len(row); i++ {
		switch {
		case row[i] == '\\' && i+1 < len(row) && row[i+1] == '|':
			i++
			cell = append(cell, '|')
		case row[i] == '\\' && i+1 < len(row):
			cell = append(cell, row[i], row[i+1])
			i++
		case row[i] == '|':
			cells = append(cells, bytes.Trim(cell, " \t"))
			cell = nil
			if i+1 == len(row) {
				return cells
			}
			if len(cells) > maxColumns {
				return nil
			}
		default:
			cell = append(cell, row[i])
		}
	}
	return append(cells, bytes.Trim(cell, " \t"))
}

// delimiters returns the cells of the line below the header of a table; nil if
// it is none, or not of this header.
func (g *Gate) delimiters(line []byte) []string {
	if bytes.IndexByte(line, '|') < 0 && bytes.IndexByte(line, ':') < 0 {
		return nil
	}
	cells := split(line)
	p := &g.para
	header := p.buf[p.line:]
	if p.part {
		header = append([]byte("|-"), header...)
	}
	if cells == nil || len(split(header)) != len(cells) {
		return nil
	}
	out := make([]string, len(cells))
	for i, c := range cells {
		dashes := strings.TrimSuffix(strings.TrimPrefix(string(c), ":"), ":")
		if dashes == "" || strings.Trim(dashes, "-") != "" {
			return nil
		}
		out[i] = strings.Replace(string(c), dashes, "---", 1)
	}
	return out
}

// table begins a table with the last line of the paragraph as its header.
func (g *Gate) table(delimiters []string) {
	p := g.para
	header := p.buf[p.line:]
	g.para = paragraph{}
	g.leaf = leafNone
	g.columns = len(delimiters)
	if p.part { // what was let go of is the first cell
		for i, c := range split(append([]byte("|-"), header...)) {
			if i == 0 {
				c = c[1:]
			} else {
				g.pend, g.prev = "", ' '
				g.write(" | ")
			}
			g.inline(c, context{table: true})
		}
		g.pend = ""
	} else {
		if p.lines > 0 {
			g.leaf, g.para = leafParagraph, p
			g.para.header, g.para.noted = false, true
			g.para.buf = bytes.TrimRight(p.buf[:p.line], "\n")
			g.closeLeaf()
			g.blank = true
			g.block()
		}
		g.cells(split(header))
	}
	g.newline()
	g.write("| " + strings.Join(delimiters, " | ") + " |")
	g.leaf = leafTable
}

// row writes a row of the table.
func (g *Gate) row(line []byte) {
	cells := split(line)
	g.newline()
	g.cells(cells[:min(len(cells), g.columns)])
}

func (g *Gate) cells(cells [][]byte) {
	g.write("|")
	for _, c := range cells {
		g.write(" ")
		g.prev = ' '
		g.inline(c, context{table: true})
		g.pend = ""
		g.write(" |")
	}
}
