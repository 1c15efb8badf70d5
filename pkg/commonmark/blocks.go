package commonmark

import (
	"bytes"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// Kind tells what a block is.
type Kind int

// The kinds of blocks. A thematic break and what shows nothing (comments, tags
// without text) are no blocks.
const (
	Paragraph Kind = iota
	Heading
	Code // fenced or indented
	Table
	List
	Quote
	HTML
)

// Block is one block at the top level of a document.
type Block struct {
	Kind   Kind
	Source string // its lines as they stand, without blank lines around them

	// Of a Heading:
	Level  int    // 1 to 6
	Title  string // plain text
	Anchor string // the fragment that leads to it; see Slug for one that the text does not name

	// Of a List: where its items begin in Source, the first at 0.
	Items []int
}

// blockParser knows no inline markup, which only titles are read for.
var blockParser = parser.NewParser(
	parser.WithBlockParsers(parser.DefaultBlockParsers()...),
	parser.WithParagraphTransformers(util.Prioritized(extension.NewTableParagraphTransformer(), 200)),
)

// Blocks returns the blocks of a document in their order. Its headings have
// anchors as slug makes them of their titles, numbered where they repeat; nil
// means Slug.
func Blocks(md string, slug func(title string) string) []Block {
	md = newlines.Replace(md)
	doc := blockParser.Parse(text.NewReader(flatten(md)))
	r := reader{md: md, anchors: newAnchors(slug)}
	var out []Block
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		from, to := r.start(n), len(md)
		if next := n.NextSibling(); next != nil {
			to = r.start(next)
		}
		if b, ok := r.block(n, from, to); ok {
			out = append(out, b)
		}
	}
	return out
}

// newlines makes one of CommonMark's three line endings.
var newlines = strings.NewReplacer("\r\n", "\n", "\r", "\n")

// Title returns the plain text of the first heading, "" if there is none.
func Title(md string) string {
	for _, b := range Blocks(md, nil) {
		if b.Kind == Heading && b.Title != "" {
			return b.Title
		}
	}
	return ""
}

type reader struct {
	md      string
	anchors *anchors
	refs    []parser.Reference // of the document; read when a heading needs them
	read    bool
}

// start returns where the line of a node begins.
func (r *reader) start(n ast.Node) int {
	at := min(max(n.Pos(), 0), len(r.md))
	return strings.LastIndexByte(r.md[:at], '\n') + 1
}

func (r *reader) block(n ast.Node, from, to int) (b Block, ok bool) {
	b.Source = trimBlank(r.md[from:to])
	switch n := n.(type) {
	case *ast.Heading:
		if len(b.Source) > maxTitle {
			break
		}
		b.Kind, b.Level = Heading, n.Level
		lines := n.Lines()
		var raw []byte
		for i := range lines.Len() {
			at := lines.At(i)
			raw = append(raw, r.md[at.Start:at.Stop]...)
		}
		b.Title, b.Anchor = r.title(raw)
	case *ast.FencedCodeBlock, *ast.CodeBlock:
		b.Kind = Code
	case *extast.Table:
		b.Kind = Table
	case *ast.List:
		b.Kind = List
		for item := n.FirstChild(); item != nil; item = item.NextSibling() {
			if at := r.start(item) - from; len(b.Items) == 0 || at > b.Items[len(b.Items)-1] && at < len(b.Source) {
				b.Items = append(b.Items, at)
			}
		}
	case *ast.Blockquote:
		b.Kind = Quote
	case *ast.HTMLBlock:
		b.Kind = HTML
		shown := readHTML(b.Source)
		if shown.heading > 0 && shown.rest == "" && len(shown.title) <= maxTitle {
			b.Kind, b.Level, b.Title, b.Anchor = Heading, shown.heading, shown.title, shown.id
		} else if shown.empty() {
			return b, false
		}
	case *ast.ThematicBreak:
		return b, false
	}
	if b.Kind == Heading && b.Anchor == "" {
		b.Anchor = r.anchors.of(b.Title)
	}
	return b, b.Source != ""
}

// trimBlank removes blank lines around a text and the blanks at its end.
func trimBlank(s string) string {
	s = strings.TrimRight(s, " \t\n")
	for {
		line, rest, ok := strings.Cut(s, "\n")
		if !ok || strings.TrimSpace(line) != "" {
			return s
		}
		s = rest
	}
}

// Nesting that no writer means. Each open container is visited by every line
// below it, so a text of one deep line and many short ones would cost the square
// of its size.
const (
	maxContainers = 64
	maxIndent     = 256 // columns
)

// flatten returns a copy of a text, of the same length, in which the lines that
// nest deeper are words.
func flatten(md string) []byte {
	out := []byte(md)
	for from := 0; from < len(out); {
		to := len(out)
		if i := bytes.IndexByte(out[from:], '\n'); i >= 0 {
			to = from + i
		}
		if line := out[from:to]; deep(line) {
			for i := range line {
				line[i] = 'x'
			}
		}
		from = to + 1
	}
	return out
}

func deep(line []byte) bool {
	containers := 0
	for i, c := range line {
		switch c {
		case ' ', '\t':
		case '>', '-', '*', '+':
			containers++
		case '.', ')':
			if i == 0 || line[i-1] < '0' || line[i-1] > '9' {
				return containers > maxContainers || i > maxIndent
			}
			containers++ // of an ordered list
		default:
			if c < '0' || c > '9' {
				return containers > maxContainers || i > maxIndent
			}
		}
	}
	return containers > maxContainers && bytes.ContainsAny(line, "> \t")
}
