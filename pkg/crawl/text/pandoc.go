package text

import (
	"bytes"
	"context"
	"regexp"

	"panther/pkg/commonmark"
	"panther/pkg/knowledge"
)

// pandoc reads a format by a program of that name.
func pandoc(from string) convert {
	return func(ctx context.Context, f File, body []byte) (*knowledge.Document, error) {
		if f.Programs == nil {
			return nil, errNoPrograms
		}
		html, err := f.Programs.Pandoc(ctx, from, body)
		if err != nil {
			return nil, err
		}
		d, err := extract(File{URI: f.URI, MaxBytes: 4*f.MaxBytes + 1<<20}, []byte(html))
		if err != nil {
			return nil, err
		}
		d.Title = commonmark.Title(d.Markdown) // pandoc always writes a title element
		return d, nil
	}
}

// manMacros begin a page of a manual: .TH of man(7), .Dd of mdoc(7).
var manMacros = regexp.MustCompile(`(?m)^[.'][ \t]*(TH|Dd)\b`)

// fromMan reads a page of a manual.
func fromMan(ctx context.Context, f File, body []byte) (*knowledge.Document, error) {
	m := manMacros.FindSubmatch(body[:min(len(body), 64<<10)])
	switch {
	case m == nil:
		return nil, refusal("file is no page of a manual")
	case bytes.Equal(m[1], []byte("Dd")):
		return nil, refusal("pages of mdoc macros are not read")
	}
	return pandoc("man")(ctx, f, body)
}
