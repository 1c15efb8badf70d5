// Package passage cuts a Markdown document into the passages that are searched
// and cited. It cuts on structure: a passage lies under one heading path, and a
// code block, a table or a list is torn only when it alone exceeds the limit.
// It keeps no state, never fails, and is authoritative for what a citation
// shows.
package passage

import (
	"strings"
	"unicode"

	"panther/pkg/commonmark"
)

// Sizes in tokens, counted by Tokens. A passage of about 300 tokens fits an
// encoder's 512 with room for its title and headings. Where prose is split, a
// piece begins with the last sentences of the one before, so that what refers to
// them is understood.
const (
	target  = 300
	limit   = 450
	overlap = 40
)

// Passage is a piece of a document.
type Passage struct {
	Headings []string // heading path, outermost first; empty before the first heading
	Anchor   string   // fragment of the innermost heading, "" if there is none
	Text     string   // Markdown, without the heading lines; the title where nothing stands below it
}

// Tokens estimates the tokens of a text as the default encoder's word pieces are
// counted: in Latin one for each word of up to six letters, more for
// longer ones and for letters with marks; one for each punctuation mark; and of
// the scripts that its vocabulary has the characters of only, one for each.
func Tokens(s string) int {
	n, _ := count(s, len(s))
	return n
}

// Fits reports whether a block of that text stays whole.
func Fits(block string) bool {
	n, size := count(block, limit)
	return n <= limit && size == len(block)
}

// count returns the tokens of the longest beginning of s that has at most so
// many, and its length in bytes.
func count(s string, most int) (n, size int) {
	run := 0
	for i, r := range s {
		more := 0
		switch per := lettersPerToken(r); {
		case per > 0:
			if run%per == 0 {
				more = 1
			}
			run++
		case unicode.Is(unicode.Hangul, r): // read as its two or three letters
			more, run = 2, 0
		case unicode.IsSpace(r):
			run = 0
		default:
			more, run = 1, 0
		}
		if n+more > most {
			return n, i
		}
		n += more
	}
	return n, len(s)
}

// lettersPerToken is how many letters of a script in a row are one token, 0 for
// what is no letter or has no fixed number. A thousand sentences in each of 75
// languages have .17 to .58 tokens a letter in Latin, Georgian, Armenian and the
// scripts of India and of South East Asia but Devanagari and Bengali, .74 to 1.12
// in these and the others, and 1.97 in Hangul.
func lettersPerToken(r rune) int {
	switch {
	case r < unicode.MaxASCII:
		if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' {
			return 6
		}
		return 0
	case r >= 0x3000 || !unicode.In(r, unicode.L, unicode.M, unicode.Nd):
		return 0 // Han and Kana are read one by one
	case r >= 0x0530 && r < 0x0590, r >= 0x0A00 && r < 0x1200:
		return 2
	}
	return 1
}

// Cut returns the passages of a document in reading order. A heading with
// nothing below it is a passage of its title; an empty document has none. slug
// makes the anchors of headings that name none; nil means GitHub's.
func Cut(markdown string, slug func(title string) string) []Passage {
	c := cutter{refs: commonmark.ReadReferences(markdown)}
	for _, b := range commonmark.Blocks(markdown, slug) {
		if b.Kind == commonmark.Heading {
			c.open(b)
			continue
		}
		c.add(b)
	}
	c.close(0)
	return c.out
}

type cutter struct {
	out  []Passage
	path []commonmark.Block // the open headings; those that are left out have no title
	refs commonmark.References
	bare bool // nothing stands below the innermost one yet
	buf  []string
	size int
}

// open begins the section of a heading.
func (c *cutter) open(h commonmark.Block) {
	c.close(h.Level)
	for len(c.path) >= h.Level {
		c.path = c.path[:len(c.path)-1]
	}
	for len(c.path) < h.Level-1 {
		c.path = append(c.path, commonmark.Block{})
	}
	c.path, c.bare = append(c.path, h), true
}

// close ends the section of the innermost heading before one of a level, 0 at
// the end of the document.
func (c *cutter) close(level int) {
	if c.bare && level <= len(c.path) {
		if title := c.path[len(c.path)-1].Title; title != "" {
			c.buf = []string{title}
		}
	}
	c.flush()
	c.bare = false
}

func (c *cutter) add(b commonmark.Block) {
	c.bare = false
	n := Tokens(b.Source)
	if c.size > 0 && c.size+n > target {
		c.flush()
	}
	if n > limit {
		for _, piece := range split(b) {
			c.buf, c.size = []string{piece}, Tokens(piece)
			c.flush()
		}
		return
	}
	c.buf = append(c.buf, b.Source)
	c.size += n
}

func (c *cutter) flush() {
	if len(c.buf) > 0 {
		p := Passage{Text: strings.Join(c.buf, "\n\n")}
		if linked := c.refs.Resolve(p.Text); Tokens(linked) <= 2*limit { // else its links are all that it would be
			p.Text = linked
		}
		for _, h := range c.path {
			if h.Title != "" {
				p.Headings, p.Anchor = append(p.Headings, h.Title), h.Anchor
			}
		}
		c.out = append(c.out, p)
	}
	c.buf, c.size = nil, 0
}

// split cuts one oversized block: prose at its sentences, a list between its
// items, code at its blank lines, everything else at its lines; what is too long by itself is cut at
// words. A fenced block keeps its fence around every piece, a table its head.
func split(b commonmark.Block) []string {
	switch b.Kind {
	case commonmark.Paragraph:
		return splitProse(b.Source)
	case commonmark.List:
		return splitList(b)
	}
	lines := strings.Split(b.Source, "\n")
	open, end := "", ""
	switch f := fence(lines[0]); {
	case b.Kind == commonmark.Code && f != "":
		open, end = lines[0]+"\n", "\n"+f
		lines = lines[1:]
		if n := len(lines); n > 0 && strings.HasPrefix(strings.TrimSpace(lines[n-1]), f) {
			lines = lines[:n-1]
		}
	case b.Kind == commonmark.Table:
		if head := lines[0] + "\n" + lines[1] + "\n"; Tokens(head) <= target/2 {
			open, lines = head, lines[2:]
		}
	}
	if b.Kind != commonmark.Code {
		return pack(lines, open, end)
	}
	var out []string
	for _, part := range paragraphs(lines) {
		out = append(out, pack(part, open, end)...)
	}
	return out
}

// paragraphs cuts code at blank lines into parts of up to target tokens; what has
// more without a blank line is a part of its own.
func paragraphs(lines []string) [][]string {
	var out [][]string
	from, size := 0, 0
	for at := 0; at < len(lines); {
		to, n := at, 0
		for to < len(lines) && (to == at || strings.TrimSpace(lines[to-1]) != "" || strings.TrimSpace(lines[to]) == "") {
			n += Tokens(lines[to])
			to++
		}
		if size > 0 && size+n > target {
			out = append(out, trimmed(lines[from:at]))
			from, size = at, 0
		}
		size += n
		at = to
	}
	return append(out, trimmed(lines[from:]))
}

// trimmed leaves out the blank lines around others.
func trimmed(lines []string) []string {
	for len(lines) > 0 && strings.TrimSpace(lines[0]) == "" {
		lines = lines[1:]
	}
	for len(lines) > 0 && strings.TrimSpace(lines[len(lines)-1]) == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

// splitList packs whole items; one that is too long is cut at its lines.
func splitList(b commonmark.Block) []string {
	var out []string
	from := 0 // of the items that are in no piece yet
	for i, at := range b.Items {
		to := len(b.Source)
		if i+1 < len(b.Items) {
			to = b.Items[i+1]
		}
		if at > from && Tokens(b.Source[from:to]) > target {
			out = append(out, strings.TrimRight(b.Source[from:at], "\n"))
			from = at
		}
		if Tokens(b.Source[from:to]) > limit {
			out = append(out, pack(strings.Split(strings.TrimRight(b.Source[from:to], "\n"), "\n"), "", "")...)
			from = to
		}
	}
	if rest := strings.TrimRight(b.Source[from:], "\n"); rest != "" {
		out = append(out, rest)
	}
	return out
}

// pack makes pieces of lines, each between open and end.
func pack(lines []string, open, end string) []string {
	var out, cur []string
	size := 0
	emit := func() {
		if len(cur) > 0 {
			out = append(out, open+strings.Join(cur, "\n")+end)
		}
		cur, size = nil, 0
	}
	for _, l := range lines {
		for _, part := range splitLine(l) {
			n := Tokens(part)
			if size > 0 && size+n > target {
				emit()
			}
			cur = append(cur, part)
			size += n
		}
	}
	emit()
	return out
}

// splitProse packs sentences into pieces that overlap.
func splitProse(block string) []string {
	var out, cur []string
	size, fresh := 0, 0 // fresh: how many of cur are in no piece yet
	emit := func() {
		if fresh > 0 {
			out = append(out, strings.TrimSpace(strings.Join(cur, "")))
		}
		keep, n := len(cur), 0
		for keep > 0 && n+Tokens(cur[keep-1]) <= overlap {
			keep--
			n += Tokens(cur[keep])
		}
		cur, size, fresh = append([]string(nil), cur[keep:]...), n, 0
	}
	for _, s := range sentences(block) {
		for _, part := range splitLine(s) {
			n := Tokens(part)
			if fresh > 0 && size+n > target {
				emit()
			}
			cur = append(cur, part)
			size += n
			fresh++
		}
	}
	emit()
	return out
}

// sentences splits a text behind the ends of sentences and the blanks that follow
// them: together they are the text. A full stop ends none where a small letter
// follows, which is an abbreviation; the marks of scripts without spaces end one
// without a blank.
func sentences(s string) []string {
	var out []string
	start, end, closed := 0, false, false // whether a sentence may end, and has
	for i, r := range s {
		switch {
		case strings.ContainsRune(".!?؟।॥။།።۔", r):
			end, closed = true, false
		case strings.ContainsRune("。！？｡", r):
			end, closed = true, true
		case end && closed && strings.ContainsRune("」』”’）)\"'", r): // still belongs to it
		case end && (r == ' ' || r == '\n'):
			closed = true
		case end:
			if closed && (r < 'a' || r > 'z') {
				out = append(out, s[start:i])
				start = i
			}
			end = false
		}
	}
	return append(out, s[start:])
}

func splitLine(line string) []string {
	if Tokens(line) <= target {
		return []string{line}
	}
	var out []string
	var b strings.Builder
	size := 0
	for _, w := range strings.SplitAfter(line, " ") {
		for { // no blanks to cut at
			_, cut := count(w, target)
			if cut == len(w) {
				break
			}
			out = append(out, b.String()+w[:cut])
			b.Reset()
			size, w = 0, w[cut:]
		}
		n := Tokens(w)
		if size > 0 && size+n > target {
			out = append(out, b.String())
			b.Reset()
			size = 0
		}
		b.WriteString(w)
		size += n
	}
	if b.Len() > 0 {
		out = append(out, b.String())
	}
	return out
}

func fence(line string) string {
	t := strings.TrimSpace(line)
	for _, c := range []string{"`", "~"} {
		if n := len(t) - len(strings.TrimLeft(t, c)); n >= 3 {
			return t[:n]
		}
	}
	return ""
}
