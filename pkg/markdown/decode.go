package markdown

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"
	"golang.org/x/text/transform"
)

// maxDepth is how deep elements nest at most. Real pages stay below 60. What looks below each element of a page costs
// at most this many times its size.
const maxDepth = 120

// keptHeight is how many levels of what nests deeper are kept: enough for a table with links in its cells.
const keptHeight = 8

var (
	// ErrTooLarge reports a page above Options.MaxBytes.
	ErrTooLarge = errors.New("page exceeds the size limit")
	// ErrNotText reports bytes that are not a text document.
	ErrNotText = errors.New("page is binary, not HTML")
)

// decode reads the page and converts it to UTF-8.
func decode(r io.Reader, opt Options) ([]byte, error) {
	limit := opt.MaxBytes
	if limit <= 0 {
		limit = DefaultMaxBytes
	}
	raw, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(raw)) > limit {
		return nil, fmt.Errorf("%w of %d bytes", ErrTooLarge, limit)
	}
	text, err := toUTF8(raw, opt.ContentType)
	if err != nil {
		return nil, err
	}
	if isXHTML(opt.ContentType) {
		text = fromXHTML(text)
	}
	return text, nil
}

// parseDocument makes the document of a page.
func parseDocument(text []byte) (*html.Node, error) {
	doc, err := html.Parse(bytes.NewReader(text))
	if err != nil { // the parser refuses more than 512 open elements
		doc, err = html.Parse(strings.NewReader(flatten(text)))
	}
	if err != nil {
		return nil, err
	}
	lift(doc, 0)
	return doc, nil
}

// lift takes what nests deeper than maxDepth out of its wrappers, but for the innermost levels: those say what the text
// is, a link or code.
func lift(n *html.Node, depth int) {
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		switch {
		case depth < maxDepth:
			lift(c, depth+1)
		case higher(c, keptHeight):
			next = c.FirstChild
			unwrap(c)
		}
		c = next
	}
}

// higher reports whether elements nest more than levels deep in n.
func higher(n *html.Node, levels int) bool {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode && (levels == 0 || higher(c, levels-1)) {
			return true
		}
	}
	return false
}

// toUTF8 converts raw by the charset of its byte order mark, the content type, or the page's own declaration, in that
// order. A page that is valid UTF-8 beyond ASCII is taken as UTF-8 unless the header names another charset than the
// Latin-1 that servers name by default: a wrong declaration is far more common than text that is valid UTF-8 by chance.
func toUTF8(raw []byte, contentType string) ([]byte, error) {
	enc, name, certain := charset.DetermineEncoding(raw[:min(len(raw), 1024)], contentType)
	if name != "utf-16le" && name != "utf-16be" && bytes.IndexByte(raw[:min(len(raw), 1024)], 0) >= 0 {
		return nil, ErrNotText
	}
	declared := strings.Contains(strings.ToLower(contentType), "charset=")
	if name == "utf-8" || ((!certain || !declared || name == "windows-1252") && utf8.Valid(raw)) {
		raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
		if utf8.Valid(raw) {
			return raw, nil
		}
		return bytes.ToValidUTF8(raw, []byte("\uFFFD")), nil
	}
	out, _, err := transform.Bytes(enc.NewDecoder(), raw)
	if err != nil {
		return nil, fmt.Errorf("decode charset %s: %w", name, err)
	}
	return bytes.TrimPrefix(out, []byte("\xef\xbb\xbf")), nil
}

// flatten drops the tags of elements nested deeper than maxDepth and keeps their text, so that the parser accepts a page
// that it refused. Elements whose end tag is optional are not counted: they close each other.
func flatten(text []byte) string {
	var b strings.Builder
	b.Grow(len(text))
	z := html.NewTokenizer(bytes.NewReader(text))
	depth, dropped := 0, 0
	for {
		tt := z.Next()
		if tt == html.ErrorToken {
			return b.String()
		}
		name, _ := z.TagName()
		switch {
		case tt == html.StartTagToken && optionalEnd[string(name)]:
			if depth < maxDepth {
				b.Write(z.Raw())
			}
		case tt == html.StartTagToken && !voidTag[string(name)]:
			if depth >= maxDepth {
				dropped++
				continue
			}
			depth++
			b.Write(z.Raw())
		case tt == html.EndTagToken && !optionalEnd[string(name)]:
			if dropped > 0 {
				dropped--
				continue
			}
			depth = max(0, depth-1)
			b.Write(z.Raw())
		case tt == html.EndTagToken && depth >= maxDepth:
		default:
			b.Write(z.Raw())
		}
	}
}

var optionalEnd = map[string]bool{"p": true, "li": true, "dt": true, "dd": true, "tr": true, "td": true, "th": true,
	"option": true, "optgroup": true, "thead": true, "tbody": true, "tfoot": true, "rt": true, "rp": true, "colgroup": true}

var voidTag = map[string]bool{"area": true, "base": true, "br": true, "col": true, "embed": true, "hr": true,
	"img": true, "input": true, "link": true, "meta": true, "param": true, "source": true, "track": true, "wbr": true}
