package markdown

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// alertKinds maps the words generators use for their call-outs to GitHub's five alerts.
var alertKinds = map[string]string{
	"note": "NOTE", "info": "NOTE", "abstract": "NOTE", "summary": "NOTE", "quote": "NOTE", "example": "NOTE", "secondary": "NOTE", "seealso": "NOTE",
	"see-also": "NOTE", "todo": "NOTE", "question": "NOTE", "versionadded": "NOTE", "versionchanged": "NOTE", "information": "NOTE", "primary": "NOTE",
	"tip": "TIP", "hint": "TIP", "success": "TIP", "check": "TIP",
	"important": "IMPORTANT", "attention": "IMPORTANT",
	"warning": "WARNING", "warn": "WARNING", "deprecated": "WARNING",
	"caution": "CAUTION", "danger": "CAUTION", "error": "CAUTION", "failure": "CAUTION", "bug": "CAUTION",
}

// alertMarkers are class tokens that say an element is a call-out, whose kind another token then gives.
var alertMarkers = set(`admonition theme-admonition custom-block hint-container starlight-aside markdown-alert alert admonitionblock callout hint
	confluence-information-macro aui-message docs-alert note-box book-hint gdoc-hint nextra-callout notices blockquote-tag bd-callout`)

// alertKind returns the kind of call-out n is, or "".
func alertKind(n *html.Node) string {
	if !isElement(n, atom.Div, atom.Aside, atom.Section, atom.Blockquote, atom.Details, atom.P) {
		return ""
	}
	class := attr(n, "class")
	if class == "" {
		return ""
	}
	marked := isElement(n, atom.Aside) && hasClass(n, "note", "warning", "tip", "important", "caution", "danger", "info")
	for rest := class; rest != "" && !marked; {
		var token string
		token, rest = nextToken(rest)
		marked = alertMarkers[token] || strings.HasSuffix(token, "-callout") || strings.HasSuffix(token, "-admonition")
	}
	docbook := isElement(n, atom.Div) && hasClass(n, "note", "tip", "warning", "caution", "important") && isElement(firstElement(n), atom.H3)
	if !marked && !docbook || isElement(n, atom.Details) {
		return ""
	}
	for rest := class; rest != ""; {
		var token string
		token, rest = nextToken(rest)
		token = strings.ToLower(token)
		if i := strings.LastIndex(token, "--"); i >= 0 {
			token = token[i+2:]
		}
		if kind := alertKinds[token]; kind != "" {
			return kind
		}
		if i := strings.LastIndexByte(token, '-'); i >= 0 && alertKinds[token[i+1:]] != "" {
			return alertKinds[token[i+1:]]
		}
	}
	if hasClass(n, "admonition", "theme-admonition") {
		return "NOTE"
	}
	return ""
}

func firstElement(n *html.Node) *html.Node {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode {
			return c
		}
		if c.Type == html.TextNode && strings.TrimSpace(c.Data) != "" {
			return nil
		}
	}
	return nil
}

// alert makes n an alertTag. A title that only repeats the kind is dropped: the alert's marker says it.
func (x *extraction) alert(n *html.Node, kind string) {
	title := ""
	if t := alertTitle(n); t != nil {
		title = textOf(t)
		if strings.EqualFold(strings.TrimRight(title, ":!sS"), kind) { // or "Tips"
			title = ""
			remove(t)
		} else if find(t, func(c *html.Node) bool { return isElement(c, atom.A, atom.Code) }) != nil {
			title = "" // the title has markup of its own and stays the first line of the body
			if isHeading(t) {
				rename(t, "p")
			}
		} else {
			remove(t)
		}
	}
	if isElement(n, atom.Div, atom.Aside, atom.Section) && hasClass(n, "admonitionblock") {
		unwrapTables(n)
	}
	n.Attr = []html.Attribute{{Key: "kind", Val: kind}, {Key: "title", Val: title}}
	rename(n, alertTag)
}

// alertTitle finds the element that holds the title of a call-out: the first text in it, by its class or as a heading.
func alertTitle(n *html.Node) *html.Node {
	t := find(n, func(c *html.Node) bool {
		class := strings.ToLower(attr(c, "class"))
		return strings.Contains(class, "title") && !strings.Contains(class, "titlepage") || strings.Contains(class, "admonitionheading") ||
			hasClass(c, "gdoc-hint__title", "hint-title") || isElement(c, atom.Td) && hasClass(c, "icon")
	})
	if t == nil {
		if h := firstElement(n); h != nil && isElement(h, atom.H3, atom.H4, atom.H5, atom.H6) {
			t = h
		}
	}
	if t == nil || textLen(t, 300) > 200 || find(t, func(c *html.Node) bool { return c.Data == codeTag }) != nil {
		return nil
	}
	return t
}

// unwrapTables makes the layout tables below n plain wrappers.
func unwrapTables(n *html.Node) {
	for _, t := range findAll(n, func(c *html.Node) bool { return isElement(c, atom.Table) }) {
		flattenTable(t)
	}
}

// flattenTable makes a table that only lays out its content plain blocks in reading order.
func flattenTable(t *html.Node) {
	walk(t, func(c *html.Node) bool {
		if c != t && isElement(c, atom.Table) {
			return false
		}
		if isElement(c, atom.Tbody, atom.Thead, atom.Tfoot, atom.Tr, atom.Td, atom.Th, atom.Caption) {
			rename(c, "div")
		}
		return true
	})
	rename(t, "div")
}

// asTerms makes the rows of a table that DocBook wrote for a list of terms such a list, and reports whether all of them
// are a term and its text.
func asTerms(t *html.Node) bool {
	rows := findAll(t, func(c *html.Node) bool { return isElement(c, atom.Tr) })
	var cells []*html.Node
	for _, row := range rows {
		of := findAll(row, func(c *html.Node) bool { return isElement(c, atom.Td, atom.Th) })
		if len(of) != 2 {
			return false
		}
		cells = append(cells, of...)
	}
	if len(cells) == 0 {
		return false
	}
	for i, cell := range cells {
		rename(cell, []string{"dt", "dd"}[i%2])
		remove(cell)
	}
	for t.FirstChild != nil && t.FirstChild.Data != "caption" {
		remove(t.FirstChild)
	}
	for _, cell := range cells {
		t.AppendChild(cell)
	}
	return true
}

// isLayoutTable reports whether a table has a single cell per row or column only, or says itself that it is for
// presentation.
func isLayoutTable(t *html.Node) bool {
	if role := attr(t, "role"); role == "presentation" || role == "none" {
		return true
	}
	rows, cells, widest, filled, headings := 0, 0, 0, 0, false
	walk(t, func(c *html.Node) bool {
		switch {
		case c == t:
		case isElement(c, atom.Table):
			return false
		case isElement(c, atom.Tr):
			rows, cells = rows+1, 0
		case isElement(c, atom.Td, atom.Th):
			cells++
			if textLen(c, 1) > 0 || find(c, func(k *html.Node) bool { return k.Data == codeTag || isElement(k, atom.Img) }) != nil {
				filled++
			}
			widest, headings = max(widest, cells), headings || isElement(c, atom.Th)
		}
		return true
	})
	if widest == 0 || (widest == 1 || rows == 1 && filled == 1) && !headings {
		return true
	}
	nested := find(t, func(c *html.Node) bool { return isElement(c, atom.Table) })
	blocks := len(findAll(t, func(c *html.Node) bool { return isHeading(c) || c.Data == headingTag }))
	return !headings && (nested != nil && rows < 4 || blocks > 2)
}

// fold makes details a foldTag with its summary as attribute. Where the summary is a heading, or is itself hidden while
// the rest is shown, the page only lets a reader fold what he would otherwise read: that stays unfolded.
func (x *extraction) fold(n *html.Node) {
	summary := find(n, func(c *html.Node) bool { return isElement(c, atom.Summary) })
	switch {
	case summary != nil && hasClass(summary, "hideme"):
		x.drop(summary, "label of a fold that is open")
		rename(n, "div")
	case summary != nil && find(summary, func(c *html.Node) bool { return isHeading(c) }) != nil:
		rename(n, "div")
	case summary != nil && find(summary, func(c *html.Node) bool { return c.Data == codeTag }) == nil:
		n.Attr = []html.Attribute{{Key: "summary", Val: textOf(summary)}}
		remove(summary)
		rename(n, foldTag)
		return
	default:
		rename(n, foldTag)
	}
	n.Attr = nil
}

// rewriteTabs finds groups of tabs, shows all panels, and puts each label on its panel.
func (x *extraction) rewriteTabs() {
	lists := findAll(x.region, isTabList)
	for _, list := range lists[:min(len(lists), maxTabLists)] {
		labels := tabLabels(list)
		panels := tabPanels(list, len(labels))
		if len(labels) == 0 || len(panels) != len(labels) {
			continue
		}
		if slices.ContainsFunc(panels, func(panel *html.Node) bool { return panel == list || contains(list, panel) }) {
			continue // an accordion, whose labels stand over their panels
		}
		for i, panel := range panels {
			label := textOf(labels[i])
			if label == "" {
				continue
			}
			if pre := onlyCode(panel); pre != nil {
				setAttr(pre, "data-x-title", label)
				continue
			}
			p := element("p")
			b := element("strong")
			b.AppendChild(textNode(label))
			p.AppendChild(b)
			panel.InsertBefore(p, panel.FirstChild)
		}
		x.drop(list, "labels of tabs, kept on the panels")
	}
}

// maxTabLists bounds the groups of tabs of a page whose panels are looked for.
const maxTabLists = 300

func isTabList(n *html.Node) bool {
	return attr(n, "role") == "tablist" || hasClass(n, "tabbed-labels", "nav-tabs", "tab-nav") ||
		hasClass(n, "tabs") && isElement(n, atom.Div) && isElement(n.Parent, atom.Div) && hasClass(n.Parent, "vp-code-group", "code-group")
}

func tabLabels(list *html.Node) []*html.Node {
	return findAll(list, func(n *html.Node) bool {
		return attr(n, "role") == "tab" || isElement(n, atom.Label) || isElement(n, atom.Li) && find(n, func(c *html.Node) bool { return attr(c, "role") == "tab" }) == nil
	})
}

// tabPanels finds the panels that belong to a list of tabs: those right behind it, or below the nearest ancestor that
// has as many.
func tabPanels(list *html.Node, count int) []*html.Node {
	var next []*html.Node
	for c := list.NextSibling; c != nil && len(next) < count; c = c.NextSibling {
		if c.Type == html.ElementNode {
			if attr(c, "role") != "tabpanel" && !isTabPanel(c) {
				break
			}
			next = append(next, c)
		}
	}
	if len(next) == count {
		return next
	}
	holder := list.Parent
	for range 4 {
		if holder == nil {
			return nil
		}
		panels := findAll(holder, func(n *html.Node) bool { return attr(n, "role") == "tabpanel" || isTabPanel(n) })
		if len(panels) == 0 && hasClass(holder, "vp-code-group", "code-group") {
			if blocks := find(holder, func(n *html.Node) bool { return hasClass(n, "blocks") }); blocks != nil {
				panels = findAll(blocks, func(n *html.Node) bool { return n.Parent == blocks })
			}
		}
		if len(panels) >= count {
			return panels
		}
		holder = holder.Parent
	}
	return nil
}

func isTabPanel(n *html.Node) bool {
	return hasClass(n, "tab-pane", "tabbed-block", "tab-panel", "tab-content-item", "sd-tab-content", "tabpanel", "TabItem", "book-tabs-content")
}

// onlyCode returns the code block of a panel that holds nothing else.
func onlyCode(panel *html.Node) *html.Node {
	pre := find(panel, func(n *html.Node) bool { return isElement(n, atom.Pre) })
	if isElement(panel, atom.Pre) {
		pre = panel
	}
	if pre == nil || textLen(panel, 1<<20) != textLen(pre, 1<<20) {
		return nil
	}
	return pre
}
