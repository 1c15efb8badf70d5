package changes

import (
	"regexp"
	"strings"

	"panther/pkg/commonmark"
)

// form is what a piece is.
type form int

const (
	prose form = iota
	heading
	entry // the first words of an entry of a list
	row
	code
)

// piece is the least that changes are told of.
type piece struct {
	form    form
	path    []string // headings above it, then the entries of lists it is in; plain, without numbers
	depth   int      // how many of path are headings
	anchor  string
	text    string // as it is written
	reads   string // what is compared
	key     string // of a heading, an entry or a row: what it is about
	named   bool   // key is or has an identifier
	columns []string
	release string // the heading of a version that it lies under
	place   string // path in one string
}

// maxPieces bounds a document; what comes later is one piece.
const maxPieces = 20_000

type cutter struct {
	out     []piece
	titles  []string
	levels  []int
	anchor  string
	release string
	level   int // of the release's heading
}

// cut takes a document apart.
func cut(md string, slug func(string) string) []piece {
	c := &cutter{}
	c.blocks(commonmark.Blocks(md, slug), nil, 0)
	return c.out
}

func (c *cutter) add(p piece, under []string) {
	if p.reads == "" || p.form != heading && furniture(p) {
		return
	}
	p.path = append(append([]string{}, c.titles...), under...)
	p.depth, p.anchor, p.release = len(c.titles), c.anchor, c.release
	p.place = strings.Join(p.path, "\x00")
	if len(c.out) == maxPieces {
		last := &c.out[maxPieces-1]
		last.form, last.key = code, ""
		last.text, last.reads = last.text+"\n"+p.text, last.reads+"\n"+p.reads
		return
	}
	c.out = append(c.out, p)
}

// maxDepth of lists in lists.
const maxDepth = 4

func (c *cutter) blocks(bs []commonmark.Block, under []string, depth int) {
	for _, b := range bs {
		switch b.Kind {
		case commonmark.Heading:
			if depth == 0 {
				c.heading(b)
				continue
			}
			c.prose(b.Source, under)
		case commonmark.Code:
			c.add(piece{form: code, text: b.Source, reads: codeLines(b.Source)}, under)
		case commonmark.Table:
			c.table(b.Source, under)
		case commonmark.List:
			if depth < maxDepth {
				c.list(b, under, depth)
				continue
			}
			c.prose(b.Source, under)
		case commonmark.Quote:
			if depth < maxDepth {
				c.blocks(commonmark.Blocks(unquoted(b.Source), nil), under, depth+1)
				continue
			}
			c.prose(b.Source, under)
		default:
			c.prose(b.Source, under)
		}
	}
}

func (c *cutter) heading(b commonmark.Block) {
	for len(c.levels) > 0 && c.levels[len(c.levels)-1] >= b.Level {
		c.levels, c.titles = c.levels[:len(c.levels)-1], c.titles[:len(c.titles)-1]
	}
	if c.release != "" && b.Level <= c.level {
		c.release = ""
	}
	title := unnumbered(strings.Join(strings.Fields(typography.Replace(b.Title)), " "))
	if versionHeading.MatchString(title) {
		c.release, c.level = title, b.Level
	}
	c.anchor = b.Anchor
	ss := spans(strings.TrimLeft(b.Source, "# "))
	c.add(piece{form: heading, text: b.Source, reads: title, key: title, named: identifier(ss)}, nil)
	c.titles, c.levels = append(c.titles, title), append(c.levels, b.Level)
}

func (c *cutter) prose(src string, under []string) {
	c.add(piece{text: src, reads: caption(words(spans(src)))}, under)
}

// captions carry the number of where they stand.
func caption(reads string) string {
	if strings.HasPrefix(reads, "Table ") || strings.HasPrefix(reads, "Figure ") || strings.HasPrefix(reads, "Example ") {
		return unnumbered(reads)
	}
	return reads
}

// marker begins an entry of a list.
var marker = regexp.MustCompile(`^ {0,3}(?:[-*+]|\d{1,9}[.)])(?:[ \t]+|\n|$)(?:\[[ xX]\]\s+)?`)

func (c *cutter) list(b commonmark.Block, under []string, depth int) {
	for i, from := range b.Items {
		to := len(b.Source)
		if i+1 < len(b.Items) {
			to = b.Items[i+1]
		}
		item := b.Source[from:to]
		m := marker.FindString(item)
		inner := commonmark.Blocks(dedent(item[len(m):], len(m)), nil)
		if len(inner) == 0 {
			continue
		}
		here := under
		if first := inner[0]; first.Kind == commonmark.Paragraph {
			term, named := term(first.Source)
			c.add(piece{form: entry, text: first.Source, reads: words(spans(first.Source)), key: term, named: named}, under)
			if term != "" {
				here = append(append([]string{}, under...), term)
			}
			inner = inner[1:]
		}
		c.blocks(inner, here, depth+1)
	}
}

// bold is what an entry that defines something begins with.
var bold = regexp.MustCompile(`^(?:<a [^>]*></a>)?\s*(?:\*\*(.+?)\*\*|__(.+?)__)`)

// term returns what an entry is about: its bold beginning, or the code that it
// begins with.
func term(src string) (name string, named bool) {
	m := bold.FindStringSubmatch(src)
	if m == nil {
		if ss := spans(src); len(ss) > 0 && ss[0].code && len(ss[0].text) < 200 {
			return ss[0].text, true
		}
		return "", false
	}
	ss := spans(m[1] + m[2])
	return strings.TrimRight(words(ss), ": "), identifier(ss)
}

// identifier reports whether something that is named in code or like it is among
// the spans.
func identifier(ss []span) bool {
	for _, s := range ss {
		if s.code && strings.ContainsFunc(s.text, isLetter) {
			return true
		}
		for _, n := range names.FindAllString(s.text, -1) {
			if strings.ContainsFunc(n, isLetter) && (n[0] < '0' || n[0] > '9') {
				return true
			}
		}
	}
	return false
}

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_' }

// delimiter is the second line of a table.
var delimiter = regexp.MustCompile(`^[ \t|:\-]+$`)

func (c *cutter) table(src string, under []string) {
	lines := strings.Split(src, "\n")
	var columns []string
	for i, l := range lines {
		if i == 1 && delimiter.MatchString(l) {
			continue
		}
		cs := cells(l)
		read := make([]string, len(cs))
		for j, cell := range cs {
			read[j] = words(spans(cell))
		}
		if i == 0 {
			columns = read
		}
		p := piece{form: row, text: l, reads: strings.Join(read, " | "), columns: columns}
		if strings.Trim(p.reads, " |") == "" {
			continue
		}
		if i > 0 && len(cs) > 0 {
			first, _, _ := strings.Cut(cs[0], "<br>")
			ss := spans(first)
			p.key, p.named = words(ss), identifier(ss)
		}
		c.add(p, under)
	}
}

// cells splits a row at the bars that are not escaped.
func cells(line string) (out []string) {
	line = strings.TrimSpace(line)
	line = strings.TrimPrefix(line, "|")
	from := 0
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '\\':
			i++
		case '|':
			out = append(out, strings.TrimSpace(line[from:i]))
			from = i + 1
		}
	}
	if rest := strings.TrimSpace(line[from:]); rest != "" {
		out = append(out, rest)
	}
	return out
}

// codeLines is a block of code without its fence and its margin.
func codeLines(src string) string {
	lines := strings.Split(src, "\n")
	if f := strings.TrimLeft(lines[0], " "); strings.HasPrefix(f, "```") || strings.HasPrefix(f, "~~~") {
		lines = lines[1:]
		if n := len(lines); n > 0 && strings.Trim(lines[n-1], " `~") == "" {
			lines = lines[:n-1]
		}
	}
	margin := 1 << 20
	for i, l := range lines {
		lines[i] = strings.TrimRight(strings.ReplaceAll(l, "\t", "    "), " ")
		if lines[i] != "" {
			margin = min(margin, len(lines[i])-len(strings.TrimLeft(lines[i], " ")))
		}
	}
	for i, l := range lines {
		if l != "" {
			lines[i] = l[margin:]
		}
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}

func dedent(s string, n int) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines[1:] {
		lines[i+1] = l[min(n, len(l)-len(strings.TrimLeft(l, " "))):]
	}
	return strings.Join(lines, "\n")
}

// admonition is the first line of a quote that GitHub colours.
var admonition = regexp.MustCompile(`(?m)\A\s*\[!\w+\]\s*$`)

func unquoted(s string) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		if l = strings.TrimLeft(l, " "); strings.HasPrefix(l, ">") {
			lines[i] = strings.TrimPrefix(l[1:], " ")
		}
	}
	return admonition.ReplaceAllString(strings.Join(lines, "\n"), "")
}
