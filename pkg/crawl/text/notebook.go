package text

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"panther/pkg/commonmark"
	"panther/pkg/knowledge"
)

// maxOutput is what is kept of an output of a cell, in bytes.
const maxOutput = 2000

// lines is a text that notebooks write as a string or as a list of them.
type lines string

func (l *lines) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*l = lines(one)
		return nil
	}
	var many []string
	if err := json.Unmarshal(b, &many); err != nil {
		return err
	}
	*l = lines(strings.Join(many, ""))
	return nil
}

// notebook is what is read of Jupyter's nbformat 4, and of 3 with its
// worksheets.
type notebook struct {
	Cells      []cell
	Worksheets []struct{ Cells []cell }
	Metadata   struct {
		Title         string
		Kernelspec    struct{ Language string }
		Language_info struct{ Name string } //nolint:revive // as the format has it
	}
}

type cell struct {
	CellType string `json:"cell_type"`
	Level    int    `json:"level"` // of a heading of nbformat 3
	Source   lines  `json:"source"`
	Input    lines  `json:"input"`
	Outputs  []struct {
		Text lines
		Data struct {
			Plain lines `json:"text/plain"`
		}
	}
}

// fromNotebook writes the cells of a Jupyter notebook in their order, and the
// text that code had put out.
func fromNotebook(_ context.Context, _ File, body []byte) (*knowledge.Document, error) {
	var n notebook
	if err := json.Unmarshal(body, &n); err != nil {
		return nil, fmt.Errorf("read notebook: %w", err)
	}
	for _, w := range n.Worksheets {
		n.Cells = append(n.Cells, w.Cells...)
	}
	if n.Cells == nil {
		return nil, errors.New("read notebook: it has no cells")
	}
	language := n.Metadata.Language_info.Name
	if language == "" {
		language = n.Metadata.Kernelspec.Language
	}
	var b strings.Builder
	for _, c := range n.Cells {
		switch c.CellType {
		case "heading":
			fmt.Fprintf(&b, "%s %s\n\n", strings.Repeat("#", min(max(c.Level, 1), 6)), strings.Join(strings.Fields(string(c.Source)), " "))
		case "code":
			writeCode(&b, language, string(c.Source+c.Input))
			for _, o := range c.Outputs {
				out := strings.ToValidUTF8(string(o.Text + o.Data.Plain)[:min(len(o.Text)+len(o.Data.Plain), maxOutput)], "")
				writeCode(&b, "text", out)
			}
		case "markdown":
			b.WriteString(string(c.Source) + "\n\n")
		case "raw":
			writeCode(&b, "", string(c.Source))
		}
	}
	md := b.String()
	d := &knowledge.Document{Title: n.Metadata.Title, Markdown: md}
	if d.Title == "" {
		d.Title = commonmark.Title(md)
	}
	return d, nil
}

// writeCode writes a fenced block, nothing if there is no code.
func writeCode(b *strings.Builder, language, code string) {
	if strings.TrimSpace(code) == "" {
		return
	}
	fence := "```"
	for strings.Contains(code, fence) {
		fence += "`"
	}
	fmt.Fprintf(b, "%s%s\n%s\n%s\n\n", fence, language, strings.TrimRight(code, "\n"), fence)
}
