package texinfo

import (
	"fmt"
	"html"
	"slices"
	"strings"
)

const (
	// maxDepth bounds nesting: real manuals stay far below.
	maxDepth = 60
	// maxAnchor bounds the name of an anchor, in bytes.
	maxAnchor = 200
)

// ToHTML converts a file. include returns another file by its name, as @include
// has it, and may be nil. What files and macros bring is max bytes at most.
func ToHTML(src string, include func(name string) (text string, ok bool), max int) string {
	p := &preparer{include: include, left: max, values: map[string]string{}, macros: map[string]macro{}, aliases: map[string]string{}}
	p.text(strings.NewReplacer("\r\n", "\n", "\f", "\n", "\x00", "").Replace(src))
	w := &writer{lines: strings.Split(p.out.String(), "\n"), ids: map[string]bool{}}
	w.findIDs()
	if w.title = w.inline(p.title); w.title != "" {
		w.put("<h1>%s</h1>\n", w.title)
	}
	w.blocks(false)
	return w.b.String()
}

type writer struct {
	b     strings.Builder
	lines []string
	at    int
	open  []string        // environments, outermost first
	ids   map[string]bool // anchors of the file
	node  string          // that the next section is
	title string
	shift int // of sections, by @raisesections and @lowersections
	depth int // of commands within text
	code  int // > 0: text stays as it is written
	math  int // > 0: so do its braces
}

func (w *writer) put(format string, args ...any) { fmt.Fprintf(&w.b, format, args...) }

func (w *writer) findIDs() {
	for _, l := range w.lines {
		if cmd, arg := command(l); cmd == "node" {
			w.ids[anchor(arguments(arg, 4)[0])] = true
		}
		for rest := l; ; {
			_, after, ok := strings.Cut(rest, "@anchor{")
			if !ok {
				break
			}
			name, _, _ := strings.Cut(after[:min(len(after), maxAnchor)], "}")
			w.ids[anchor(name)] = true
			rest = after
		}
	}
}

// anchor is the anchor of a node on the web (texinfo, "HTML Xref Node Name
// Expansion").
func anchor(node string) string {
	var b strings.Builder
	for _, r := range strings.Join(strings.Fields(node), " ") {
		switch {
		case r == ' ':
			b.WriteByte('-')
		case r == '-' || r >= '0' && r <= '9' || r|0x20 >= 'a' && r|0x20 <= 'z' || r > 0x7f:
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "_00%02x", r)
		}
	}
	return b.String()
}

var levels = map[string]int{
	"part": 1, "chapter": 1, "unnumbered": 1, "appendix": 1, "chapheading": 1, "majorheading": 1, "centerchap": 1,
	"section": 2, "unnumberedsec": 2, "appendixsec": 2, "appendixsection": 2, "heading": 2,
	"subsection": 3, "unnumberedsubsec": 3, "appendixsubsec": 3, "subheading": 3,
	"subsubsection": 4, "unnumberedsubsubsec": 4, "appendixsubsubsec": 4, "subsubheading": 4,
}

// block is what a command at the begin of a line does; nil for those that are
// left out with their line.
type block func(w *writer, cmd, arg string)

var blocks map[string]block

func init() {
	blocks = map[string]block{"end": nil, "node": (*writer).takeNode, "top": (*writer).top, "center": (*writer).paragraph, "exdent": (*writer).paragraph,
		"verbatim": (*writer).verbatim, "itemize": (*writer).list, "enumerate": (*writer).list, "multitable": (*writer).grid,
		"raisesections": func(w *writer, _, _ string) { w.shift-- }, "lowersections": func(w *writer, _, _ string) { w.shift++ }}
	for names, do := range map[string]block{
		"example smallexample lisp smalllisp display smalldisplay format smallformat": (*writer).example,
		"table ftable vtable": (*writer).table,
		"quotation smallquotation indentedblock smallindentedblock cartouche":        (*writer).quotation,
		"group float flushleft flushright raggedright abstract displaymath defblock": (*writer).transparent,
		"item itemx headitem tab": (*writer).paragraph, // in no list
		"noindent indent page need sp vskip contents shortcontents summarycontents setfilename title subtitle author setchapternewpage finalout " +
			"headings everypage paragraphindent firstparagraphindent exampleindent afourpaper smallbook dircategory documentencoding documentlanguage " +
			"setcontentsaftertitlepage footnotestyle kbdinputstyle allowcodebreaks urefbreakstyle xrefautomaticsectiontitle codequoteundirected " +
			"codequotebacktick insertcopying oddheading evenheading everyheading oddfooting evenfooting everyfooting fonttextsize pagesizes " +
			"definfoenclose unmacro shortcaption listoffloats refill clickstyle deftypefnnewline thischapter frenchspacing microtype cropmarks novalidate": nil,
	} {
		for _, name := range strings.Fields(names) {
			blocks[name] = do
		}
	}
	for name := range levels {
		blocks[name] = (*writer).section
	}
	for name := range definitions {
		blocks[name] = (*writer).definition
		blocks[name+"x"] = (*writer).paragraph // without the one that it goes with
	}
}

// isBlock finds what a command does, and whether it is for a line of its own.
func isBlock(cmd string) (block, bool) {
	if do, ok := blocks[cmd]; ok {
		return do, true
	}
	return nil, strings.HasSuffix(cmd, "index") // @cindex, @printindex, those that a manual defines
}

// known reports whether the language has a command.
func known(cmd string) bool {
	_, is := isBlock(cmd)
	return is || inlines[cmd] != nil || conditional.MatchString(cmd) || dropped.MatchString(cmd)
}

// blocks writes lines up to the end of an environment that is open, or in a
// list up to its next item.
func (w *writer) blocks(inList bool) {
	var par []string
	flush := func() {
		if len(par) > 0 {
			w.paragraph("", strings.Join(par, "\n"))
			par = nil
		}
	}
	for ; w.at < len(w.lines); w.at++ {
		line := w.lines[w.at]
		cmd, arg := command(line)
		do, is := isBlock(cmd)
		switch {
		case strings.TrimSpace(line) == "":
			flush()
		case cmd == "end" && slices.Contains(w.open, arg), inList && (cmd == "item" || cmd == "itemx" || cmd == "headitem"):
			flush()
			return
		case !is || arg != "" && arg[0] == '{' && cmd != "multitable" && definitions[cmd] == nil && levels[cmd] == 0:
			par = append(par, line)
		case do == nil:
			if cmd == "noindent" || cmd == "sp" || cmd == "page" {
				flush()
			}
		default:
			flush()
			w.at++
			do(w, cmd, arg)
			w.at--
		}
	}
	flush()
}

// inside writes what is up to the end of an environment.
func (w *writer) inside(name string, content func()) {
	if len(w.open) >= maxDepth {
		return // its lines are written as those around it
	}
	w.open = append(w.open, name)
	content()
	w.open = w.open[:len(w.open)-1]
	if w.at < len(w.lines) {
		if cmd, arg := command(w.lines[w.at]); cmd == "end" && arg == name {
			w.at++
		}
	}
}

func (w *writer) takeNode(_, arg string) { w.node = arguments(arg, 4)[0] }

func (w *writer) paragraph(_, text string) {
	if t := strings.TrimSpace(w.inline(text)); t != "" {
		w.put("<p>%s</p>\n", t)
	}
}

// top is the title of a manual that names none.
func (w *writer) top(_, arg string) {
	if w.title == "" && arg != "" {
		w.title = w.inline(arg)
		w.put("<h1>%s</h1>\n", w.title)
	}
	w.node = ""
}

func (w *writer) section(cmd, arg string) {
	level := levels[cmd] + w.shift
	if w.title != "" {
		level++
	}
	level = min(max(level, 1), 6)
	id := ""
	if w.node != "" {
		id = ` id="` + html.EscapeString(anchor(w.node)) + `"`
		w.node = ""
	}
	w.put("<h%d%s>%s</h%d>\n", level, id, w.inline(arg), level)
}

// raw takes the lines up to the end of an environment.
func (w *writer) raw(name string) []string {
	from := w.at
	for ; w.at < len(w.lines); w.at++ {
		if cmd, arg := command(w.lines[w.at]); cmd == "end" && arg == name {
			w.at++
			return w.lines[from : w.at-1]
		}
	}
	return w.lines[from:]
}

func (w *writer) verbatim(cmd, _ string) {
	w.put("<pre><code>%s</code></pre>\n", html.EscapeString(strings.Join(w.raw(cmd), "\n")))
}

// literal escapes what is no command.
var literal = strings.NewReplacer("@", "@@", "{", "@{", "}", "@}")

// example writes text whose lines stay.
func (w *writer) example(cmd, arg string) {
	var lines []string
	verbatim := false
	for _, l := range w.raw(cmd) {
		name, rest := command(l)
		switch do, is := isBlock(name); {
		case name == "verbatim", verbatim && name == "end" && rest == "verbatim":
			verbatim = !verbatim
		case verbatim:
			lines = append(lines, literal.Replace(l))
		case is && name == "exdent":
			lines = append(lines, rest)
		case !is || do != nil && !(name == "group" || name == "end") && !strings.HasPrefix(rest, "{"):
			lines = append(lines, l)
		}
	}
	lang := ""
	if strings.HasSuffix(cmd, "lisp") {
		lang = "lisp"
	} else if strings.HasSuffix(cmd, "example") {
		lang = strings.ToLower(arguments(arg, 2)[0])
	}
	if lang = strings.TrimSpace(lang); lang != "" {
		lang = ` class="language-` + html.EscapeString(lang) + `"`
	}
	w.code++
	text := strings.Trim(w.inline(strings.Join(lines, "\n")), "\n")
	w.code--
	w.put("<pre><code%s>%s</code></pre>\n", lang, text)
}

func (w *writer) quotation(cmd, arg string) {
	w.put("<blockquote>")
	if arg != "" {
		w.put("<p><strong>%s</strong></p>", w.inline(arg))
	}
	w.inside(cmd, func() { w.blocks(false) })
	w.put("</blockquote>\n")
}

func (w *writer) transparent(cmd, _ string) { w.inside(cmd, func() { w.blocks(false) }) }

// list writes @itemize and @enumerate.
func (w *writer) list(cmd, arg string) {
	tag, end := "<ul>", "</ul>\n"
	if cmd == "enumerate" {
		tag, end = "<ol>", "</ol>\n"
		if n := strings.TrimLeft(arg, "0123456789"); n == "" && arg != "" && len(arg) < 6 {
			tag = `<ol start="` + arg + `">`
		}
	}
	w.inside(cmd, func() {
		w.blocks(true)
		w.put("%s", tag)
		for w.isItem() {
			_, arg := command(w.lines[w.at])
			w.lines[w.at] = arg
			w.put("<li>")
			w.blocks(true)
			w.put("</li>\n")
		}
		w.put("%s", end)
	})
}

func (w *writer) isItem() bool {
	if w.at >= len(w.lines) {
		return false
	}
	cmd, _ := command(w.lines[w.at])
	return cmd == "item" || cmd == "itemx" || cmd == "headitem"
}

// table writes a list of terms, which a command formats.
func (w *writer) table(cmd, format string) {
	format, _, _ = strings.Cut(format, "{")
	format = strings.TrimPrefix(strings.TrimSpace(format), "@")
	w.inside(cmd, func() {
		w.blocks(true)
		w.put("<dl>")
		for w.isItem() {
			for ; w.at < len(w.lines); w.at++ {
				cmd, arg := command(w.lines[w.at])
				if cmd == "item" || cmd == "itemx" {
					if inlines[format] != nil {
						arg = "@" + format + "{" + arg + "}"
					}
					w.put("<dt>%s</dt>", w.inline(arg))
				} else if do, is := isBlock(cmd); !is || do != nil || cmd == "end" {
					break
				}
			}
			w.put("<dd>")
			w.blocks(true)
			w.put("</dd>\n")
		}
		w.put("</dl>\n")
	})
}

// grid writes a table of rows and columns.
func (w *writer) grid(cmd, _ string) {
	var rows [][]string
	for depth, lines := 0, w.until(cmd); len(lines) > 0; lines = lines[1:] {
		line := lines[0]
		name, arg := command(line)
		switch {
		case name == "multitable":
			depth++
		case name == "end" && arg == "multitable":
			depth--
		case depth == 0 && (name == "item" || name == "headitem"):
			rows = append(rows, []string{name})
			line = arg
		}
		if len(rows) == 0 {
			continue
		}
		row := rows[len(rows)-1]
		if depth == 0 {
			for before, after, more := cutTab(line); more; before, after, more = cutTab(line) {
				row[len(row)-1] += "\n" + before
				row = append(row, "")
				line = after
			}
		}
		row[len(row)-1] += "\n" + line
		rows[len(rows)-1] = row
	}
	w.put("<table>")
	for _, row := range rows {
		tag := "td"
		head, first, _ := strings.Cut(row[0], "\n")
		if row[0] = first; head == "headitem" {
			tag = "th"
		}
		w.put("<tr>")
		for _, cell := range row {
			w.put("<%s>", tag)
			w.part(strings.Split(cell, "\n"))
			w.put("</%s>", tag)
		}
		w.put("</tr>\n")
	}
	w.put("</table>\n")
}

// until takes the lines up to the end of an environment, which may hold others
// of its name.
func (w *writer) until(name string) []string {
	from, depth := w.at, 1
	for ; w.at < len(w.lines); w.at++ {
		switch cmd, arg := command(w.lines[w.at]); {
		case cmd == name:
			depth++
		case cmd == "end" && arg == name:
			if depth--; depth == 0 {
				w.at++
				return w.lines[from : w.at-1]
			}
		}
	}
	return w.lines[from:]
}

func cutTab(line string) (before, after string, ok bool) {
	for i := 0; i+4 <= len(line); i++ {
		if line[i] != '@' {
			continue
		}
		switch name, rest := nameOf(line[i+1:]); name {
		case "tab":
			return line[:i], strings.TrimSpace(rest), true
		case "":
			i++
		}
	}
	return line, "", false
}

// part writes lines apart from those around them.
func (w *writer) part(lines []string) {
	if len(w.open) >= maxDepth {
		w.paragraph("", strings.Join(lines, "\n"))
		return
	}
	all, at, open := w.lines, w.at, w.open
	w.lines, w.at, w.open = lines, 0, make([]string, len(open)+1)
	w.blocks(false)
	w.lines, w.at, w.open = all, at, open
}
