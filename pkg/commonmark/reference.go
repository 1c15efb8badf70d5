package commonmark

import (
	"regexp"
	"strings"

	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// References are the definitions of links in a document: destinations by label.
type References map[string]string

// definitions is a parser that tells definitions from paragraphs.
var definitions = parser.NewParser(parser.WithBlockParsers(parser.DefaultBlockParsers()...),
	parser.WithParagraphTransformers(parser.DefaultParagraphTransformers()...))

// ReadReferences returns the definitions of a document.
func ReadReferences(md string) References {
	if !strings.Contains(md, "]:") {
		return nil
	}
	ctx := parser.NewContext()
	definitions.Parse(text.NewReader(flatten(newlines.Replace(md))), parser.WithContext(ctx))
	refs := References{}
	for _, r := range ctx.References() {
		refs[util.ToLinkReference(r.Label())] = string(r.Destination())
	}
	return refs
}

var (
	// byLabel is a link whose destination stands elsewhere: [text][label],
	// [label][] or [label]. Its text may hold an image.
	byLabel = regexp.MustCompile(`\[((?:[^\[\]\\]|\\.|!\[[^\[\]]*\](?:\([^()\s]*\)|\[[^\[\]]*\])?)+)\](\[[^\[\]]*\]|\(|:)?`)
	// image is one within the text of a link.
	image = regexp.MustCompile(`!\[([^\[\]]*)\](\[[^\[\]]*\])?(\()?`)
	// coded is a code span, or the fence of a block.
	coded = regexp.MustCompile("(?m)^[ >]*(?:```|~~~).*$|`+")
)

// Resolve returns a part of a document in which every link has its destination,
// instead of the label of a definition that may stand in another part. Code
// stays as it is.
func (r References) Resolve(part string) string {
	if len(r) == 0 || !strings.Contains(part, "[") {
		return part
	}
	var b strings.Builder
	for part != "" {
		m := coded.FindStringIndex(part)
		if m == nil {
			b.WriteString(r.links(part))
			break
		}
		b.WriteString(r.links(part[:m[0]]))
		open := part[m[0]:m[1]]
		mark := strings.TrimLeft(open, " >")
		if block := strings.HasPrefix(mark, "```") || strings.HasPrefix(mark, "~~~"); block {
			mark = "\n" + strings.Repeat(" ", len(open)-len(mark)) + mark[:3]
		}
		end := strings.Index(part[m[1]:], mark)
		if end < 0 && mark[0] == '`' { // no code after all
			b.WriteString(open)
			part = part[m[1]:]
			continue
		}
		if end < 0 {
			end = len(part) - m[1] - len(mark)
		}
		end = max(m[1]+end+len(mark), m[1])
		b.WriteString(part[m[0]:end])
		part = part[end:]
	}
	return b.String()
}

func (r References) links(s string) string {
	return byLabel.ReplaceAllStringFunc(s, func(link string) string {
		m := byLabel.FindStringSubmatch(link)
		words, label := m[1], strings.Trim(m[2], "[]")
		if m[2] == "(" || m[2] == ":" {
			return link
		}
		if label == "" {
			label = words
		}
		words = image.ReplaceAllStringFunc(words, func(img string) string {
			m := image.FindStringSubmatch(img)
			label := strings.Trim(m[2], "[]")
			if label == "" {
				label = m[1]
			}
			if to, ok := r[util.ToLinkReference([]byte(label))]; ok && m[3] == "" {
				return "![" + m[1] + "](" + destination(to) + ")"
			}
			return img
		})
		to, ok := r[util.ToLinkReference([]byte(label))]
		if !ok {
			return "[" + words + "]" + m[2]
		}
		return "[" + words + "](" + destination(to) + ")"
	})
}

// destination writes an address so that it ends where it should.
func destination(to string) string {
	if strings.ContainsAny(to, " ()<>") || to == "" {
		return "<" + strings.NewReplacer("<", "%3C", ">", "%3E").Replace(to) + ">"
	}
	return to
}
