// Package text turns the files of a folder or a repository into documents, by
// the format that their name tells.
package text

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"strings"
	"unicode/utf8"

	"panther/pkg/commonmark"
	"panther/pkg/crawl/asciidoc"
	"panther/pkg/crawl/code"
	"panther/pkg/crawl/rst"
	"panther/pkg/crawl/source"
	"panther/pkg/crawl/texinfo"
	"panther/pkg/crawl/visit"
	"panther/pkg/knowledge"
	"panther/pkg/markdown"
	"panther/pkg/sd"

	"golang.org/x/text/encoding/unicode"
)

// Format counts what changes the documents made of an unchanged file.
const Format = "3"

// File is one file to convert.
type File struct {
	Name     string // tells the format
	URI      string
	Body     io.Reader
	MaxBytes int64
	// Programs reads the formats that are not read here; nil where nothing can.
	Programs Programs
	// Rules are those of the source.
	Rules Rules
	// Tree is what the file belongs to, for what it includes and names; nil means
	// it stands alone. Version is the file's own: that of the page says also what
	// else the page is made of.
	Tree    *Tree
	Version string

	view *view
}

// Rules are what a source says of its files.
type Rules struct {
	OCR       bool     // read the images of a PDF that has no text
	Languages []string // that are on them, as tags; English if there are none
	Indices   bool     // pages that list what others say are documents too
	Code      bool     // source code is read
}

// RulesOf are the rules of a source.
func RulesOf(s source.Source) Rules {
	return Rules{OCR: s.OCR, Languages: s.Languages, Indices: s.Indices, Code: s.Code}
}

// Version is the version of the document of a file whose own version is given.
func (r Rules) Version(name, own string) string {
	v := Format
	switch ext := strings.ToLower(path.Ext(name)); {
	case r.OCR && ext == ".pdf":
		v += "o" + strings.Join(r.Languages, "")
	case r.Indices && ext != ".pdf":
		v += "i"
	}
	return v + "-" + own
}

// Programs reads files in a sandbox of its own.
type Programs interface {
	// Read returns a file of a format as HTML, and a "pdf" as text, its pages
	// divided by form feeds.
	Read(ctx context.Context, as string, file []byte) (string, error)
	// Scan returns the text of a PDF whose pages are images in the same way.
	// Languages are of ISO 639-2.
	Scan(ctx context.Context, pdf []byte, languages []string) (string, error)
}

// convert makes a document of a body in one format. An empty document is a file
// that says nothing.
type convert func(ctx context.Context, f File, body []byte) (*knowledge.Document, error)

// refusal is a file that is what its name tells and has nothing to read.
type refusal string

func (r refusal) Error() string { return string(r) }

var formats = map[string]convert{
	".html": fromHTML, ".htm": fromHTML, ".xhtml": fromHTML,
	".md": fromMarkdown, ".markdown": fromMarkdown, ".mdx": fromMarkdown, ".mkd": fromMarkdown,
	".txt": fromPlain, ".text": fromPlain, ".rst": fromRST, ".rest": fromRST,
	".adoc": fromAsciiDoc, ".asciidoc": fromAsciiDoc, ".texi": fromTexinfo, ".texinfo": fromTexinfo, ".txi": fromTexinfo,
	".pdf": fromPDF, ".ipynb": fromNotebook, ".csv": fromCSV, ".tsv": fromCSV, ".eml": fromMail, ".mbox": fromMail, ".pptx": fromSlides, ".xlsx": fromSheets,
	".docx": pandoc("docx"), ".odt": pandoc("odt"), ".rtf": pandoc("rtf"), ".epub": pandoc("epub"), ".org": pandoc("org"), ".tex": pandoc("latex"),
	".latex": pandoc("latex"), ".textile": pandoc("textile"), ".mediawiki": pandoc("mediawiki"), ".wiki": pandoc("mediawiki"),
}

// names are files without an extension that are documents.
var names = map[string]convert{"readme": fromPlain, "changelog": fromPlain, "changes": fromPlain, "news": fromPlain,
	"contributing": fromPlain, "install": fromPlain, "license": fromPlain, "copying": fromPlain, "faq": fromPlain}

// manPage is the name of a page of a manual, but not that of a library. Letters
// behind the section name a part of it.
var manPage = regexp.MustCompile(`^[\w.+:-]*[A-Za-z_+-][\w.+:-]*\.[1-8](?:bsd|o?ssl|pm|perl|p|posix|x|tcl|tk|t|n?curses|type|const|head|readline|edit|am|erl|pcap|gl)?$`)

func formatOf(name string) convert {
	name = unzipped(name)
	base := strings.ToLower(path.Base(name))
	ext := path.Ext(base)
	switch f := formats[ext]; {
	case f != nil:
		return f
	case ext == "":
		return names[base]
	case manPage.MatchString(base) && !strings.Contains(base, ".so."):
		return fromMan
	case isSpecification(name):
		return fromSpecification
	}
	return nil
}

// Known reports whether a file of that name becomes a document.
func Known(name string) bool { return formatOf(name) != nil }

// Takes reports whether a file of that name becomes a document of the source. as
// is what one that does not is counted as, "" for its ending.
func (r Rules) Takes(name string) (ok bool, as string) {
	if formatOf(name) != nil {
		return true, ""
	}
	if !r.isCode(name) {
		return false, ""
	}
	as = code.LeftOut(name)
	return as == "", as
}

// isCode reports whether a file is read as source code.
func (r Rules) isCode(name string) bool { return r.Code && formatOf(name) == nil && code.Known(name) }

// unzipped is the name of a file without the ending of gzip.
func unzipped(name string) string {
	if strings.EqualFold(path.Ext(name), ".gz") {
		return name[:len(name)-len(".gz")]
	}
	return name
}

// ErrNotText means that a file is binary in spite of its name.
var ErrNotText = errors.New("file is not text")

// Convert reads a file as a page.
func Convert(ctx context.Context, f File) (visit.Page, error) {
	body, err := f.read()
	if err != nil {
		return visit.Page{}, fmt.Errorf("read %s: %w", f.Name, err)
	}
	if f.Tree != nil {
		f.view = &view{ctx: ctx, tree: f.Tree, name: f.Name}
	}
	var d *knowledge.Document
	read := formatOf(f.Name)
	if f.Rules.isCode(f.Name) {
		read = fromCode
	}
	err = sd.Guard("convert file", body, func() (err error) { d, err = read(ctx, f, body); return err })
	var none refusal
	switch {
	case err == nil && strings.TrimSpace(d.Markdown) == "":
		none = "file has no text"
	case err != nil && !errors.As(err, &none):
		return visit.Page{}, fmt.Errorf("convert %s: %w", f.Name, err)
	}
	if none != "" {
		return visit.Page{Outcome: visit.Refused, Reason: string(none), Bytes: int64(len(body)), ETag: f.view.version(f.Version)}, nil
	}
	d.URI = f.URI
	if d.Title == "" {
		d.Title = strings.TrimSuffix(path.Base(f.Name), path.Ext(f.Name))
	}
	return visit.Page{Document: d, Codes: strings.Count(d.Markdown, "\n```") / 2, Bytes: int64(len(body)), ETag: f.view.version(f.Version)}, nil
}

// read returns the content, unpacked.
func (f *File) read() ([]byte, error) {
	r := f.Body
	if name := unzipped(f.Name); name != f.Name {
		z, err := gzip.NewReader(r)
		if err != nil {
			return nil, err
		}
		r, f.Name = z, name
	}
	body, err := io.ReadAll(io.LimitReader(r, f.MaxBytes+1))
	if err == nil && int64(len(body)) > f.MaxBytes {
		err = errors.New("file exceeds the size limit")
	}
	return body, err
}

func fromHTML(_ context.Context, f File, body []byte) (*knowledge.Document, error) {
	return extract(f, body)
}

func extract(f File, body []byte) (*knowledge.Document, error) {
	p, err := markdown.Extract(bytes.NewReader(body), markdown.Options{URL: f.URI, MaxBytes: f.MaxBytes, Indices: f.Rules.Indices})
	if err != nil {
		return nil, err
	}
	if p.LeftOut != "" {
		return nil, refusal(p.LeftOut)
	}
	d := &knowledge.Document{Title: p.Title, Markdown: p.Markdown, Language: p.Language, PublishedAt: p.Published}
	if p.Author != "" {
		d.Meta = map[string]string{"author": p.Author}
	}
	return d, nil
}

// converted makes a document of what another converter wrote as HTML.
func converted(f File, inner string) (*knowledge.Document, error) {
	return extract(File{URI: f.URI, MaxBytes: 4*f.MaxBytes + 1<<20}, []byte("<html><head><meta charset=utf-8></head><body><main>"+inner+"</main></body></html>"))
}

func fromRST(_ context.Context, f File, body []byte) (*knowledge.Document, error) {
	text, err := utf8Text(body)
	if err != nil {
		return nil, err
	}
	if f.view == nil {
		return converted(f, rst.ToHTML(text, nil))
	}
	return converted(f, rst.ToHTML(rst.Expand(text, f.Name, f.view.read, int(f.MaxBytes)), f.view))
}

func fromAsciiDoc(_ context.Context, f File, body []byte) (*knowledge.Document, error) {
	text, err := utf8Text(body)
	if err != nil {
		return nil, err
	}
	return converted(f, asciidoc.ToHTML(asciidoc.Expand(text, f.Name, f.view.read, int(f.MaxBytes))))
}

func fromTexinfo(_ context.Context, f File, body []byte) (*knowledge.Document, error) {
	text, err := utf8Text(body)
	if err != nil {
		return nil, err
	}
	beside := func(name string) (string, bool) { return f.view.read(path.Join(path.Dir(f.Name), name)) }
	return converted(f, texinfo.ToHTML(text, beside, int(f.MaxBytes)))
}

// directives are what tells reStructuredText that is named .txt, as some
// projects do, from plain text.
var directives = regexp.MustCompile(`(?m)^\.\. (?:[a-z-]+:: |[a-z-]+::$|_[\w .-]+:)`)

func fromPlain(ctx context.Context, f File, body []byte) (*knowledge.Document, error) {
	text, err := utf8Text(body)
	if err != nil {
		return nil, err
	}
	if directives.MatchString(text) {
		return fromRST(ctx, f, body)
	}
	return &knowledge.Document{Markdown: text}, nil
}

// fromMarkdown takes Markdown as it is, without its front matter.
func fromMarkdown(_ context.Context, _ File, body []byte) (*knowledge.Document, error) {
	text, err := utf8Text(body)
	if err != nil {
		return nil, err
	}
	head, rest := commonmark.FrontMatter(text)
	d := &knowledge.Document{Markdown: rest}
	d.Title, _ = head["title"].(string)
	for _, key := range []string{"lang", "language", "locale"} {
		if l, ok := head[key].(string); ok && d.Language == "" {
			d.Language = strings.ReplaceAll(l, "_", "-")
		}
	}
	if d.Title == "" {
		d.Title = commonmark.Title(d.Markdown)
	}
	return d, nil
}

// fromCode makes sections of the declarations of source code.
func fromCode(_ context.Context, f File, body []byte) (*knowledge.Document, error) {
	text, err := utf8Text(body)
	if errors.Is(err, ErrNotText) { // a film has the ending of TypeScript
		return nil, refusal(err.Error())
	}
	if err != nil {
		return nil, err
	}
	if why := code.Refuse(text); why != "" {
		return nil, refusal(why)
	}
	return code.Document(f.Name, f.URI, text), nil
}

func utf8Text(body []byte) (string, error) {
	if bytes.HasPrefix(body, []byte("\xff\xfe")) || bytes.HasPrefix(body, []byte("\xfe\xff")) {
		utf8, err := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Bytes(body)
		if err != nil {
			return "", ErrNotText
		}
		body = utf8
	}
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	if bytes.IndexByte(body[:min(len(body), 8000)], 0) >= 0 {
		return "", ErrNotText
	}
	body = bytes.ReplaceAll(body, []byte("\r\n"), []byte("\n"))
	if utf8.Valid(body) {
		return string(body), nil
	}
	// Latin-1 is what text files that are not UTF-8 nearly always are.
	r := make([]rune, len(body))
	for i, b := range body {
		r[i] = rune(b)
	}
	return string(r), nil
}
