package markdown

import (
	"slices"
	"strings"
)

// token is a piece of a line of text. In a line every mark that opens also closes.
type token struct {
	kind tokenKind
	text string // text, code and alt as the page has them; of rawToken Markdown
	mark *mark  // of openToken and closeToken; of imageToken, whose address it has
}

type tokenKind byte

const (
	textToken tokenKind = iota
	codeToken
	imageToken
	rawToken
	breakToken
	openToken
	closeToken
)

// mark applies to the tokens between its openToken and its closeToken.
type mark struct {
	tag    string // strong, em, del, a, sub, sup or img
	href   string // of a and img
	asHTML bool   // its delimiters would not be read as such where they stand
	joined *mark  // the mark right before it that it continues
}

// delimiter is what Markdown writes on both sides of the text, "" where it has nothing of the kind.
func (m *mark) delimiter() string {
	if m.asHTML {
		return ""
	}
	switch m.tag {
	case "strong":
		return "**"
	case "em":
		return "*"
	case "del":
		return "~~"
	}
	return ""
}

// lines makes what was collected for a paragraph what is written: white space is one space and stands outside of marks,
// marks around nothing are gone, and two breaks in a row part the paragraph.
func lines(tokens []token) [][]token {
	return splitLines(joinText(settle(tokens)))
}

// settle places white space and breaks. Both wait until something is said: they then stand before the marks that have
// opened since, and behind those that have closed. Marks wait too, so that one around nothing never appears, and one
// that continues the mark right before it is joined to that.
func settle(tokens []token) []token {
	out := make([]token, 0, len(tokens)+4)
	var waiting []*mark
	said, space, breaks := false, false, 0
	say := func(t token) {
		apart := said && (space || breaks > 0)
		switch {
		case !apart:
		case breaks > 0:
			for range min(breaks, 2) {
				out = append(out, token{kind: breakToken})
			}
		default:
			out = append(out, token{kind: textToken, text: " "})
		}
		for _, m := range waiting {
			if n := len(out) - 1; !apart && n >= 0 && out[n].kind == closeToken && out[n].mark.delimiter() != "" && out[n].mark.tag == m.tag {
				m.joined = out[n].mark
				out = out[:n]
				continue
			}
			out = append(out, token{kind: openToken, mark: m})
		}
		waiting = waiting[:0]
		out = append(out, t)
		said, space, breaks = true, false, 0
	}
	for _, t := range tokens {
		switch t.kind {
		case openToken:
			waiting = append(waiting, t.mark)
		case closeToken:
			if n := len(waiting) - 1; n >= 0 {
				waiting = waiting[:n]
				continue
			}
			if t.mark.joined != nil {
				t.mark = t.mark.joined
			}
			out = append(out, t)
		case breakToken:
			breaks++
		case textToken:
			text, before, after := collapse(t.text)
			space = space || before
			if text != "" {
				say(token{kind: textToken, text: text})
				space = after
			}
		default:
			say(t)
		}
	}
	return out
}

// collapse makes each run of white space within s one space, drops the characters that only say where a word may be
// broken, and tells whether there was white space at either end.
func collapse(s string) (text string, before, after bool) {
	var b strings.Builder
	b.Grow(len(s))
	for _, r := range s {
		switch r {
		case ' ', '\n', '\t', '\r', '\f', '\u00a0', '\u2028', '\u2029':
			before = before || b.Len() == 0
			after = true
			continue
		case '\u200b', '\u00ad', '\ufeff', '\u2060':
			continue
		}
		if after && b.Len() > 0 {
			b.WriteByte(' ')
		}
		after = false
		b.WriteRune(r)
	}
	return b.String(), before, after
}

// joinText makes texts that touch one text, and pieces of code that touch one piece: Markdown would read marks out of
// what only the two together say.
func joinText(tokens []token) []token {
	out := tokens[:0]
	for i := 0; i < len(tokens); {
		t := tokens[i]
		j := i + 1
		for j < len(tokens) && tokens[j].kind == t.kind && t.kind <= codeToken {
			j++
		}
		if j > i+1 {
			var b strings.Builder
			for _, next := range tokens[i:j] {
				b.WriteString(next.text)
			}
			t.text = b.String()
		}
		out = append(out, t)
		i = j
	}
	return out
}

// splitLines parts tokens where two breaks follow each other. Marks that are open there close, and open again.
func splitLines(tokens []token) [][]token {
	if len(tokens) == 0 {
		return nil
	}
	if !slices.ContainsFunc(tokens, func(t token) bool { return t.kind == breakToken }) {
		return [][]token{tokens}
	}
	var out [][]token
	var line []token
	var open []*mark // in this line
	for i, t := range tokens {
		switch {
		case t.kind == openToken:
			open = append(open, t.mark)
		case t.kind == closeToken:
			t.mark = open[len(open)-1]
			open = open[:len(open)-1]
		case t.kind == breakToken && tokens[i+1].kind == breakToken:
			for j := len(open) - 1; j >= 0; j-- {
				line = append(line, token{kind: closeToken, mark: open[j]})
			}
			out, line = append(out, line), nil
			continue
		case t.kind == breakToken && line == nil:
			for j := range open {
				copied := *open[j]
				open[j] = &copied
				line = append(line, token{kind: openToken, mark: open[j]})
			}
			continue
		}
		line = append(line, t)
	}
	return append(out, line)
}
