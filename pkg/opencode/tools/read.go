package tools

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"panther/pkg/gate"
	"panther/pkg/knowledge"
	"panther/pkg/llm"
	"panther/pkg/opencode/loop"
)

type readArguments struct {
	URI    string `json:"uri"`
	Offset int    `json:"offset,omitempty"`
}

func read() Tool {
	return define("knowledge_read",
		"Read a document of the knowledge base by its uri, from an offset in bytes on; for when a passage is cut off.",
		func(ctx context.Context, t *Turn, a readArguments, _ llm.Call) (loop.Result, error) {
			d, err := t.Knowledge.Document(ctx, a.URI)
			if errors.Is(err, knowledge.ErrNotFound) || err == nil && (d.DeletedAt != nil || len(t.Sources) > 0 && !slices.Contains(t.Sources, d.Source)) {
				return loop.Result{}, fmt.Errorf("there is no document %q", gate.Line(a.URI, 200))
			} else if err != nil {
				return loop.Result{}, fmt.Errorf("read document: %w", err)
			}
			text := d.Markdown
			from := min(max(a.Offset, 0), len(text))
			text = text[from:]
			rest := ""
			if len(text) > t.Read {
				text = text[:t.Read]
				rest = fmt.Sprintf("(It goes on at offset %d of %d.)", from+t.Read, len(d.Markdown))
			}
			text = strings.ToValidUTF8(text, "")
			list := t.Found.Add(knowledge.Passage{ChunkIDs: []string{fmt.Sprintf("%s@%d", d.URI, from)}, URI: d.URI, Link: d.URI, Source: d.Source, Title: d.Title, Text: text})
			return loop.Result{Title: "Read " + gate.Line(d.Title, 80), Output: t.Found.Render(list) + rest}, nil
		}, within("offset", 0, 0))
}
