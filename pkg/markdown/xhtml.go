package markdown

import (
	"bytes"
	"html"
	"strings"
)

// isXHTML reports whether a page is XML to a browser: by its type, since a page
// that says so of itself and is sent as text/html is read as HTML.
func isXHTML(contentType string) bool {
	t, _, _ := strings.Cut(strings.ToLower(contentType), ";")
	return strings.HasSuffix(strings.TrimSpace(t), "+xml") || strings.HasSuffix(strings.TrimSpace(t), "/xml")
}

// fromXHTML writes XHTML so that a parser of HTML reads the same: an empty element
// with its end tag, without which <script/> or <a id="x"/> would hold the rest of
// the page, and CDATA as text.
func fromXHTML(text []byte) []byte {
	var out bytes.Buffer
	out.Grow(len(text))
	raw := "" // the element whose content is no markup in HTML
	for len(text) > 0 {
		i := bytes.IndexByte(text, '<')
		if i < 0 {
			break
		}
		out.Write(text[:i])
		text = text[i:]
		n, cdata := xmlToken(text)
		token := text[:n]
		text = text[n:]
		switch {
		case cdata && raw != "":
			out.Write(token[len("<![CDATA[") : n-len("]]>")])
		case cdata:
			out.WriteString(html.EscapeString(string(token[len("<![CDATA[") : n-len("]]>")])))
		case bytes.HasPrefix(token, []byte("<?")): // a processing instruction
		case bytes.HasSuffix(token, []byte("/>")) && n > 3 && isNameStart(token[1]):
			name := string(token[1 : 1+nameEnd(token[1:])])
			out.Write(bytes.TrimRight(token[:n-2], " \t\r\n"))
			out.WriteByte('>')
			if !voidTag[strings.ToLower(name)] {
				out.WriteString("</" + name + ">")
			}
		default:
			if n > 2 && isNameStart(token[1]) {
				raw = ""
				if name := string(token[1 : 1+nameEnd(token[1:])]); name == "script" || name == "style" {
					raw = name
				}
			} else if bytes.HasPrefix(token, []byte("</"+raw)) {
				raw = ""
			}
			out.Write(token)
		}
	}
	out.Write(text)
	return out.Bytes()
}

// xmlToken returns the length of the tag, comment or section that text begins
// with.
func xmlToken(text []byte) (n int, cdata bool) {
	for _, t := range []struct{ begin, end string }{{"<!--", "-->"}, {"<![CDATA[", "]]>"}, {"<?", "?>"}} {
		if bytes.HasPrefix(text, []byte(t.begin)) {
			if i := bytes.Index(text[len(t.begin):], []byte(t.end)); i >= 0 {
				return len(t.begin) + i + len(t.end), t.begin == "<![CDATA["
			}
			return len(text), false
		}
	}
	quote := byte(0)
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i + 1, false
		}
	}
	return len(text), false
}

func isNameStart(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func nameEnd(b []byte) int {
	if i := bytes.IndexAny(b, " \t\r\n/>"); i >= 0 {
		return i
	}
	return len(b)
}
