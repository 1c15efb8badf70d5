// Package passage cuts a Markdown document into the passages that are searched
// and cited. It cuts on structure: a passage lies under one heading path, and a
// code block, a table or a list is torn only when it alone exceeds the limit.
// It keeps no state, never fails, and is authoritative for what a citation
// shows.
package passage

import (
	"regexp"
	"strings"
	"unicode"
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
	Text     string   // Markdown, without the heading lines
}

// Tokens estimates the tokens of a text as a word-piece model counts them:
// one for each word of up to six letters, more for longer ones, one for each
// punctuation mark.
func Tokens(s string) int {
	n, run := 0, 0
	for _, r := range s {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if run%6 == 0 {
				n++
			}
			run++
		case unicode.IsSpace(r):
			run = 0
		default:
			n++
			run = 0
		}
	}
	return n
}

// Cut returns the passages of a document in reading order. An empty document
// has none.
func Cut(markdown string) []Passage {
	var (
		c    cutter
		path []string
	)
	for _, b := range blocks(markdown) {
		level, title, anchor := heading(b)
		if level == 0 {
			c.add(b)
			continue
		}
		c.flush()
		for len(path) >= level {
			path = path[:len(path)-1]
		}
		for len(path) < level-1 {
			path = append(path, "")
		}
		path = append(path, title)
		c.head, c.anchor = compact(path), anchor
	}
	c.flush()
	return c.out
}

type cutter struct {
	out    []Passage
	head   []string
	anchor string
	buf    []string
	size   int
}

func (c *cutter) add(block string) {
	n := Tokens(block)
	if c.size > 0 && c.size+n > target {
		c.flush()
	}
	if n > limit {
		for _, piece := range split(block) {
			c.buf, c.size = []string{piece}, Tokens(piece)
			c.flush()
		}
		return
	}
	c.buf = append(c.buf, block)
	c.size += n
}

func (c *cutter) flush() {
	if len(c.buf) > 0 {
		c.out = append(c.out, Passage{Headings: c.head, Anchor: c.anchor, Text: strings.Join(c.buf, "\n\n")})
	}
	c.buf, c.size = nil, 0
}

// split cuts one oversized block: prose at its sentences, everything else at its
// lines; what is too long by itself is cut at words. A fenced block keeps its
// fence around every piece, a table its head.
func split(block string) []string {
	lines := strings.Split(block, "\n")
	open, end := "", ""
	switch f := fence(lines[0]); {
	case f != "":
		open, end = lines[0]+"\n", "\n"+f
		lines = lines[1:]
		if n := len(lines); n > 0 && strings.HasPrefix(strings.TrimSpace(lines[n-1]), f) {
			lines = lines[:n-1]
		}
	case isTable(lines):
		if head := lines[0] + "\n" + lines[1] + "\n"; Tokens(head) <= target/2 {
			open, lines = head, lines[2:]
		}
	case !isItem(lines[0]) && !strings.HasPrefix(lines[0], ">") && !strings.HasPrefix(lines[0], "    ") && !strings.HasPrefix(lines[0], "|"):
		return splitProse(block)
	}
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

// sentences splits a text behind the blanks that follow the ends of sentences:
// together they are the text.
func sentences(s string) []string {
	var out []string
	start := 0
	for i := 1; i < len(s); i++ {
		blank, end := s[i-1] == ' ' || s[i-1] == '\n', i > 1 && strings.IndexByte(".!?", s[i-2]) >= 0
		if blank && end && s[i] != ' ' && s[i] != '\n' && (s[i] < 'a' || s[i] > 'z') { // else an abbreviation
			out = append(out, s[start:i])
			start = i
		}
	}
	return append(out, s[start:])
}

// isTable reports whether lines begin with a head and the line below it.
func isTable(lines []string) bool {
	return len(lines) > 2 && strings.HasPrefix(lines[0], "|") && strings.HasPrefix(lines[1], "|") && strings.Trim(lines[1], "|-: ") == ""
}

func splitLine(line string) []string {
	if Tokens(line) <= target {
		return []string{line}
	}
	var out []string
	var b strings.Builder
	size := 0
	for _, w := range strings.SplitAfter(line, " ") {
		for len(w) > 4*target { // no blanks to cut at
			cut := 4 * target
			for cut > 0 && w[cut]&0xC0 == 0x80 {
				cut--
			}
			if cut == 0 {
				cut = 4 * target
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

// blocks splits Markdown at blank lines outside of fences; each heading is a
// block of its own, and the items of one list stay together.
func blocks(md string) []string {
	var out, cur []string
	flush := func() {
		if len(cur) > 0 {
			out = append(out, strings.Join(cur, "\n"))
		}
		cur = nil
	}
	inside := ""
	blank := false
	for _, l := range strings.Split(strings.ReplaceAll(md, "\r\n", "\n"), "\n") {
		if inside != "" {
			cur = append(cur, l)
			if t := strings.TrimSpace(l); strings.HasPrefix(t, inside) && strings.Trim(t, inside[:1]) == "" {
				inside = ""
			}
			continue
		}
		if strings.TrimSpace(l) == "" {
			blank = len(cur) > 0
			continue
		}
		if blank {
			if listed := len(cur) > 0 && isItem(cur[0]) && (isItem(l) || strings.HasPrefix(l, "  ")); listed {
				cur = append(cur, "")
			} else {
				flush()
			}
			blank = false
		}
		if level, _, _ := heading(l); level > 0 {
			flush()
			out = append(out, l)
			continue
		}
		inside = fence(l)
		cur = append(cur, l)
	}
	flush()
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

func isItem(line string) bool {
	t := strings.TrimLeft(line, " ")
	if len(t) > 1 && strings.ContainsRune("-*+", rune(t[0])) && t[1] == ' ' {
		return true
	}
	d := strings.TrimLeft(t, "0123456789")
	return len(d) < len(t) && len(d) > 1 && (d[0] == '.' || d[0] == ')') && d[1] == ' '
}

// idAnchor is how package markdown writes an identifier of a heading that its
// text does not tell.
var idAnchor = regexp.MustCompile(`<a id="([^"<>]*)"></a>`)

// heading reads an ATX heading with an optional `{#anchor}` or <a id>.
func heading(block string) (level int, title, anchor string) {
	if strings.Contains(block, "\n") {
		return 0, "", ""
	}
	rest := strings.TrimLeft(block, "#")
	level = len(block) - len(rest)
	if level == 0 || level > 6 || rest == "" || rest[0] != ' ' {
		return 0, "", ""
	}
	title = strings.TrimSpace(strings.TrimRight(strings.TrimSpace(rest), "#"))
	if i := strings.LastIndex(title, "{#"); i >= 0 && strings.HasSuffix(title, "}") {
		anchor = title[i+2 : len(title)-1]
		title = strings.TrimSpace(title[:i])
	}
	if m := idAnchor.FindStringSubmatch(title); m != nil {
		anchor = m[1]
		title = strings.TrimSpace(idAnchor.ReplaceAllString(title, ""))
	}
	return level, title, anchor
}

func compact(path []string) []string {
	var out []string
	for _, p := range path {
		if p != "" {
			out = append(out, p)
		}
	}
	return out
}
