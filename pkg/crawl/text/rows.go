package text

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"panther/pkg/knowledge"
	"panther/pkg/passage"
)

const (
	maxRows    = 20_000
	maxColumns = 500
	// maxTableHead is how many tokens the head of a table may have to be repeated
	// in each of its passages; a wider table is written as records.
	maxTableHead = 120
)

// fromCSV reads rows with their heads. The delimiter is the one of comma,
// semicolon, tab and bar that the first line has most of.
func fromCSV(_ context.Context, f File, body []byte) (*knowledge.Document, error) {
	text, err := utf8Text(body)
	if err != nil {
		return nil, err
	}
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord, r.LazyQuotes, r.ReuseRecord = -1, true, false
	r.Comma = delimiter(text, f.Name)
	var b bytes.Buffer
	t := newRows(&b)
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("read rows: %w", err)
		}
		t.add(row)
	}
	t.close()
	return &knowledge.Document{Markdown: b.String()}, nil
}

func delimiter(text, name string) rune {
	if strings.EqualFold(path.Ext(name), ".tsv") {
		return '\t'
	}
	line, _, _ := strings.Cut(text, "\n")
	best := ','
	for _, c := range ";\t|" {
		if strings.Count(line, string(c)) > strings.Count(line, string(best)) {
			best = c
		}
	}
	return best
}

// rows writes a table as it comes, its first row being its head: as a table of
// Markdown, or as records where its head is too wide to stand above every
// passage.
type rows struct {
	b    *bytes.Buffer
	head []string
	wide bool
	n    int // rows below the head
	left int // rows that were left out
}

func newRows(b *bytes.Buffer) *rows { return &rows{b: b} }

func (t *rows) add(row []string) {
	row = row[:min(len(row), maxColumns)]
	cells := make([]string, len(row))
	empty := true
	for i, c := range row {
		cells[i] = strings.ReplaceAll(strings.Join(strings.Fields(c), " "), "|", `\|`)
		empty = empty && cells[i] == ""
	}
	switch {
	case empty:
	case t.head == nil:
		t.head = cells
		if t.wide = passage.Tokens(strings.Join(cells, " | ")) > maxTableHead; !t.wide {
			fmt.Fprintf(t.b, "| %s |\n|%s\n", strings.Join(cells, " | "), strings.Repeat(" --- |", len(cells)))
		}
	case t.n == maxRows:
		t.left++
	case t.wide:
		t.n++
		var fields []string
		for i, c := range cells {
			switch {
			case c == "":
			case i < len(t.head) && t.head[i] != "":
				fields = append(fields, t.head[i]+": "+c)
			default:
				fields = append(fields, c)
			}
		}
		fmt.Fprintf(t.b, "- %s\n", strings.Join(fields, "; "))
	default:
		t.n++
		for len(cells) < len(t.head) {
			cells = append(cells, "")
		}
		fmt.Fprintf(t.b, "| %s |\n", strings.Join(cells, " | "))
	}
}

func (t *rows) close() {
	if t.wide && t.n == 0 {
		fmt.Fprintf(t.b, "%s\n", strings.Join(t.head, "; "))
	}
	if t.left > 0 {
		fmt.Fprintf(t.b, "\n%d more rows were left out.\n", t.left)
	}
	t.b.WriteString("\n")
}
