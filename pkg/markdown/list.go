package markdown

import (
	"bytes"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// list writes a list with the numbers the page shows, and boxes where its items are tasks. Items with blocks of
// their own are separated by empty lines.
func (p *printer) list(w *bytes.Buffer, n *html.Node) {
	ordered := attr(n, "ordered") != ""
	number, _ := strconv.Atoi(attr(n, "ordered"))
	var items [][]byte
	loose := false
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.TextNode && strings.TrimSpace(c.Data) == "" {
			continue
		}
		item := p.listItem(c)
		if len(item) == 0 {
			number++
			continue
		}
		if v, err := strconv.Atoi(attr(c, "value")); err == nil && ordered {
			number = v
		}
		prefix := "- "
		if ordered {
			prefix = strconv.Itoa(max(0, number)) + ". "
			number++
		}
		loose = loose || bytes.Contains(item, []byte("\n\n")) && !p.cell
		if p.cell {
			prefix = strings.Replace(prefix, "- ", "• ", 1)
			items = append(items, append([]byte(prefix), item...))
			continue
		}
		items = append(items, prefixLines(item, prefix, strings.Repeat(" ", len(prefix))))
	}
	sep := "\n"
	if p.cell {
		sep = "<br>"
	} else if loose {
		sep = "\n\n"
	}
	p.block(w, bytes.Join(items, []byte(sep)))
}

// listItem returns one item; what is no li counts as one.
func (p *printer) listItem(c *html.Node) []byte {
	if !isElement(c, atom.Li) {
		holder := element("li")
		replace(c, holder)
		holder.AppendChild(c)
		return p.content(holder)
	}
	mark := ""
	if box := taskBox(c); box != nil {
		mark = "[ ] "
		if hasAttr(box, "checked") {
			mark = "[x] "
		}
	}
	body := p.content(c)
	if len(body) == 0 {
		return nil
	}
	return append([]byte(mark), tighten(body)...)
}

// tighten puts a nested list directly under the line it belongs to.
func tighten(item []byte) []byte {
	i := bytes.Index(item, []byte("\n\n"))
	if i < 0 || bytes.IndexByte(item[:i], '\n') >= 0 {
		return item
	}
	rest := item[i+2:]
	if bytes.HasPrefix(item, []byte("`"+"``")) || !(bytes.HasPrefix(rest, []byte("- ")) || bytes.HasPrefix(rest, []byte("1. "))) || bytes.Contains(rest, []byte("\n\n")) {
		return item
	}
	return append(append(append([]byte(nil), item[:i]...), '\n'), rest...)
}

// taskBox returns the check box that starts an item.
func taskBox(li *html.Node) *html.Node {
	return find(li, func(n *html.Node) bool { return n.Data == boxTag })
}

// terms writes a definition list as a list of bold terms, each with what explains it.
func (p *printer) terms(w *bytes.Buffer, n *html.Node) {
	var items [][]byte
	var term []byte
	flush := func(body []byte) {
		switch {
		case len(term) == 0 && len(body) == 0:
			return
		case len(term) == 0:
		case len(body) == 0:
			body = term
		case !bytes.Contains(body, []byte("\n")) && len(body) < 400 && !bytes.HasPrefix(body, []byte("- ")) && !bytes.Contains(term, []byte("<br>")):
			if !bytes.HasSuffix(term, []byte(":**")) {
				term = append(term, ':')
			}
			body = append(append(append([]byte(nil), term...), ' '), body...)
		default:
			body = append(append(append([]byte(nil), term...), "\n\n"...), body...)
		}
		term = nil
		if p.cell {
			items = append(items, body)
			return
		}
		items = append(items, prefixLines(body, "- ", "  "))
	}
	for _, c := range termParts(n) {
		if isElement(c, atom.Dt) {
			t := p.term(c)
			if len(t) == 0 {
				continue
			}
			if len(term) > 0 {
				term = append(append(term, "  \n"...), t...)
				continue
			}
			term = t
			continue
		}
		flush(p.content(c))
	}
	flush(nil)
	sep := "\n\n"
	if p.cell {
		sep = "<br>"
	}
	p.block(w, bytes.Join(items, []byte(sep)))
}

// termParts lists the dt and dd elements of a definition list, those in wrapping div elements included.
func termParts(n *html.Node) []*html.Node {
	var parts []*html.Node
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch {
		case isElement(c, atom.Dt, atom.Dd):
			parts = append(parts, c)
		case c.Type == html.ElementNode && find(c, func(d *html.Node) bool { return isElement(d, atom.Dt) }) != nil && !isBlockquoteLike(c):
			parts = append(parts, termParts(c)...)
		case c.Type == html.ElementNode:
			parts = append(parts, c)
		}
	}
	return parts
}

func isBlockquoteLike(n *html.Node) bool {
	return n.Data == termsTag || n.Data == quoteTag || n.Data == listTag
}

// term returns a term in bold, one line, with the anchor that addresses it.
func (p *printer) term(dt *html.Node) []byte {
	text := p.line("", dt)
	if len(text) == 0 {
		return nil
	}
	if !bytes.Contains(text, []byte("**")) && !bytes.HasPrefix(text, []byte("#")) && !bytes.Contains(text, []byte("``"+"`")) {
		text = append(append([]byte("**"), text...), "**"...)
	}
	if id := attr(dt, "id"); id != "" && !strings.ContainsAny(id, " \"<>\n&") && len(id) < 200 {
		text = append([]byte(`<a id="`+id+`"></a>`), text...)
	}
	return text
}
