package text

import (
	"bytes"
	"context"
	"regexp"

	"panther/pkg/commonmark"
	"panther/pkg/knowledge"
)

// program reads a format by a program in the sandbox.
func program(ctx context.Context, as string, f File, body []byte) (*knowledge.Document, error) {
	if f.Programs == nil {
		return nil, errNoPrograms
	}
	html, err := f.Programs.Read(ctx, as, body)
	if err != nil {
		return nil, err
	}
	return extract(File{URI: f.URI, MaxBytes: 4*f.MaxBytes + 1<<20}, synopsis([]byte(html)))
}

// pandoc reads a format by the program of that name.
func pandoc(from string) convert {
	return func(ctx context.Context, f File, body []byte) (*knowledge.Document, error) {
		d, err := program(ctx, from, f, body)
		if err == nil {
			d.Title = commonmark.Title(d.Markdown) // pandoc always writes a title element
		}
		return d, err
	}
}

var (
	// manMacros begin a page of a manual: .TH of man(7), .Dd of mdoc(7).
	manMacros = regexp.MustCompile(`(?m)^[.'][ \t]*(TH|Dd)\b`)
	// otherPage is a page that is another one under a second name.
	otherPage = regexp.MustCompile(`^\s*(?:\.\\".*\s+)*\.so[ \t]+\S`)
)

// fromMan reads a page of a manual.
func fromMan(ctx context.Context, f File, body []byte) (*knowledge.Document, error) {
	m := manMacros.FindSubmatch(body[:min(len(body), 64<<10)])
	switch {
	case m == nil && otherPage.Match(body):
		return nil, refusal("page is another name of one of the manual")
	case m == nil:
		return nil, refusal("file is no page of a manual")
	case bytes.Equal(m[1], []byte("Dd")):
		return program(ctx, "mdoc", f, body)
	}
	return pandoc("man")(ctx, f, body)
}

var (
	// nameTable is how mandoc lays out a command in its synopsis.
	nameTable = regexp.MustCompile(`(?s)<table class="Nm">.*?</table>`)
	tableTags = regexp.MustCompile(`</?(?:table|tbody|tr|td)\b[^>]*>`)
)

// synopsis makes paragraphs of the tables with which mandoc lays out commands.
func synopsis(html []byte) []byte {
	return nameTable.ReplaceAllFunc(html, func(t []byte) []byte {
		return append(append([]byte("<p>"), tableTags.ReplaceAll(t, nil)...), "</p>"...)
	})
}
