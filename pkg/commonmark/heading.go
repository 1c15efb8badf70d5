package commonmark

import (
	"regexp"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"golang.org/x/net/html"
)

// maxTitle is the longest heading, in bytes; a longer one is a paragraph, so that
// its words are not lost with what a title has no room for.
const maxTitle = 512

var inlineParser = goldmark.New(goldmark.WithExtensions(extension.Strikethrough)).Parser()

// written is an identifier as generators take it at the end of a heading:
// {#id} and { #id .class } of Python-Markdown, Pandoc and Docusaurus, {: #id} of
// kramdown, {/*id*/} of MDX.
var written = regexp.MustCompile(`\s*\{(?::?\s*#([^\s{}]+)[^{}]*|/\*\s*([^\s{}*]+)\s*\*/)\}\s*$`)

// attributes are others at the same place, which say nothing to a reader; an
// identifier may stand behind the first.
var attributes = regexp.MustCompile(`\s*\{:?\s*(?:\.[\w-]+|[\w-]+=(?:"[^"]*"|\S+))(?:\s+(?:#(?P<id>[^\s{}]+)|\.[\w-]+|[\w-]+=(?:"[^"]*"|[^\s}]+)))*\s*\}\s*$`)

// title reads the text of a heading and the identifier that is written in it.
func (r *reader) title(raw []byte) (title, id string) {
	s := strings.ToValidUTF8(string(raw), "")
	for range 2 { // {#id} {.class}
		if m := written.FindStringSubmatchIndex(s); m != nil {
			id = s[max(m[2], m[4]):max(m[3], m[5])]
			s = s[:m[0]]
		} else if m := attributes.FindStringSubmatchIndex(s); m != nil {
			if m[2] >= 0 {
				id = s[m[2]:m[3]]
			}
			s = s[:m[0]]
		}
	}
	ctx := parser.NewContext()
	if strings.Contains(s, "[") {
		for _, ref := range r.references() {
			ctx.AddReference(ref)
		}
	}
	src := []byte("x " + strings.ReplaceAll(s, "\n", " ")) // no block but a paragraph begins so
	var p plain
	p.walk(inlineParser.Parse(text.NewReader(src), parser.WithContext(ctx)), src)
	title = strings.Join(strings.Fields(strings.TrimPrefix(p.b.String(), "x")), " ")
	if p.id != "" {
		id = p.id
	}
	return title, id
}

// plain collects the visible text of inline nodes.
type plain struct {
	b  strings.Builder
	id string // of the first element that has one
}

func (p *plain) walk(n ast.Node, src []byte) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			p.b.Write(unescape(c, src))
		case *ast.String:
			p.b.Write(c.Value)
		case *ast.AutoLink:
			p.b.Write(c.Label(src))
		case *ast.RawHTML:
			if id := idOf(string(c.Segments.Value(src))); p.id == "" {
				p.id = id
			}
		default:
			if l, ok := c.(*ast.Link); ok && isPermalink(l, src) {
				continue
			}
			p.walk(c, src)
		}
	}
}

// isPermalink reports whether a link is the mark that leads to the heading
// itself.
func isPermalink(l *ast.Link, src []byte) bool {
	var p plain
	p.walk(l, src)
	switch strings.TrimSpace(p.b.String()) {
	case "¶", "#", "§", "🔗", "":
		return strings.HasPrefix(string(l.Destination), "#")
	}
	return false
}

// unescape returns what a text node shows: it holds backslashes and entities as
// they were written, but for code.
func unescape(t *ast.Text, src []byte) []byte {
	v := t.Segment.Value(src)
	if t.IsRaw() || t.Parent() != nil && t.Parent().Kind() == ast.KindCodeSpan {
		return v
	}
	var b strings.Builder
	s := string(v)
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && isPunct(s[i+1]) {
			i++
			b.WriteByte(s[i])
			continue
		}
		if s[i] == '&' {
			if end := strings.IndexByte(s[i:], ';'); end > 1 && end < 34 {
				if u := html.UnescapeString(s[i : i+end+1]); u != s[i:i+end+1] {
					b.WriteString(u)
					i += end
					continue
				}
			}
		}
		b.WriteByte(s[i])
	}
	return []byte(b.String())
}

func isPunct(c byte) bool {
	return c >= '!' && c <= '/' || c >= ':' && c <= '@' || c >= '[' && c <= '`' || c >= '{' && c <= '~'
}

// definition is a link reference definition of one line.
var definition = regexp.MustCompile(`(?m)^ {0,3}\[([^\[\]\n]{1,200})\]:[ \t]*(\S+)`)

// maxReferences bounds how many definitions headings may use.
const maxReferences = 1000

func (r *reader) references() []parser.Reference {
	if !r.read {
		r.read = true
		for _, m := range definition.FindAllStringSubmatch(r.md, maxReferences) {
			r.refs = append(r.refs, parser.NewReference([]byte(m[1]), []byte(m[2]), nil))
		}
	}
	return r.refs
}

// idOf returns the identifier of an opening tag, "" if it has none.
func idOf(tag string) string {
	z := html.NewTokenizer(strings.NewReader(tag))
	if t := z.Next(); t != html.StartTagToken && t != html.SelfClosingTagToken {
		return ""
	}
	name := ""
	for _, a := range z.Token().Attr {
		switch a.Key {
		case "id":
			return a.Val
		case "name":
			name = a.Val
		}
	}
	return name
}

// shown is what an HTML block shows.
type shown struct {
	heading   int // level of its first heading, 0 if it has none
	id, title string
	rest      string // text outside of that heading
	media     bool   // it shows something without text
}

func (s shown) empty() bool { return s.heading == 0 && s.rest == "" && !s.media }

func readHTML(src string) (s shown) {
	z := html.NewTokenizer(strings.NewReader(src))
	var title, rest strings.Builder
	inside, hidden := false, 0
	for {
		switch t := z.Next(); t {
		case html.ErrorToken:
			s.title, s.rest = strings.Join(strings.Fields(title.String()), " "), strings.TrimSpace(rest.String())
			if s.title == "" {
				s.heading = 0
			}
			return s
		case html.TextToken:
			if hidden > 0 {
				continue
			}
			if inside {
				title.Write(z.Text())
			} else {
				rest.Write(z.Text())
			}
		case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
			tok := z.Token()
			open := t != html.EndTagToken
			switch name := tok.Data; {
			case name == "script" || name == "style" || name == "template":
				if open {
					hidden++
				} else {
					hidden = max(hidden-1, 0)
				}
			case len(name) == 2 && name[0] == 'h' && name[1] >= '1' && name[1] <= '6':
				if open && s.heading == 0 {
					s.heading, inside = int(name[1]-'0'), true
				} else if !open {
					inside = false
				}
			case name == "img" || name == "iframe" || name == "video" || name == "audio" || name == "object":
				s.media = true
			}
			if inside && s.id == "" {
				for _, a := range tok.Attr {
					if a.Key == "id" || a.Key == "name" {
						s.id = a.Val
					}
				}
			}
		}
	}
}
