package terminal

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Clean removes what could control a terminal: C0 and C1 control characters but
// for line breaks and tabs, and the characters that reorder text (Trojan
// Source). Invalid UTF-8 becomes the replacement character.
func Clean(s string) string {
	if !strings.ContainsFunc(s, hostile) && utf8.ValidString(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if hostile(r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

func hostile(r rune) bool {
	switch {
	case r == '\n' || r == '\t':
		return false
	case unicode.IsControl(r):
		return true
	case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r == 0x2028, r == 0x2029:
		return true
	}
	return false
}

// Columns returns how many columns s takes on a terminal. Escape sequences take
// none, and a character of several code points counts once.
func Columns(s string) int { return ansi.StringWidth(s) }

// Truncate shortens s to at most n columns, with an ellipsis where something is
// left out, on one line.
func Truncate(s string, n int) string { return ansi.Truncate(oneLine(s), max(n, 0), "…") }

// span is a run of text in one style.
type span struct {
	text  string
	style Style
}

// wrap breaks spans into lines of at most width columns. It breaks at blanks,
// and inside a word only where the word alone is too wide.
func wrap(spans []span, width int) [][]span {
	w := &wrapper{width: max(width, 10)}
	for _, sp := range spans {
		rest := sp.text
		for rest != "" {
			i := strings.IndexAny(rest, " \t\n")
			if i < 0 {
				w.text(rest, sp.style)
				break
			}
			w.text(rest[:i], sp.style)
			if rest[i] == '\n' {
				w.newline()
			} else {
				w.blank(sp.style)
			}
			rest = rest[i+1:]
		}
	}
	w.newline()
	for len(w.lines) > 0 && len(w.lines[len(w.lines)-1]) == 0 {
		w.lines = w.lines[:len(w.lines)-1]
	}
	return w.lines
}

// wrapper collects a word of one or more spans and places it when it is whole.
type wrapper struct {
	width int
	lines [][]span
	line  []span
	used  int
	word  []span
	wordW int
	gap   *Style // a blank waits to be written before the next word
}

func (w *wrapper) text(s string, st Style) {
	if s != "" {
		w.word = append(w.word, span{s, st})
		w.wordW += Columns(s)
	}
}

func (w *wrapper) blank(st Style) {
	w.place()
	if w.used > 0 {
		w.gap = &st
	}
}

func (w *wrapper) newline() {
	w.place()
	w.lines = append(w.lines, w.line)
	w.line, w.used, w.gap = nil, 0, nil
}

func (w *wrapper) place() {
	if len(w.word) == 0 {
		return
	}
	gap := 0
	if w.gap != nil {
		gap = 1
	}
	if w.used > 0 && w.used+gap+w.wordW > w.width {
		w.lines = append(w.lines, w.line)
		w.line, w.used, w.gap, gap = nil, 0, nil, 0
	}
	if gap == 1 {
		st := *w.gap
		if st != w.word[0].style { // no underline or link over the blank between two texts
			st = Style{}
		}
		w.line = append(w.line, span{" ", st})
		w.used++
	}
	for _, sp := range w.word {
		w.append(sp)
	}
	w.word, w.wordW, w.gap = nil, 0, nil
}

// append adds a part of a word, broken where it does not fit on a line.
func (w *wrapper) append(sp span) {
	for rest := sp.text; rest != ""; {
		part := ansi.Truncate(rest, w.width-w.used, "")
		switch {
		case part != "":
		case w.used > 0:
			w.lines = append(w.lines, w.line)
			w.line, w.used = nil, 0
			continue
		default: // wider than a line
			part = rest
		}
		w.line = append(w.line, span{part, sp.style})
		w.used += Columns(part)
		rest = rest[len(part):]
	}
}

// spans writes a line of spans, neighbours of the same style as one.
func (o *Output) spans(line []span) string {
	var b strings.Builder
	for i := 0; i < len(line); {
		j, text := i, ""
		for ; j < len(line) && line[j].style == line[i].style; j++ {
			text += line[j].text
		}
		b.WriteString(o.Paint(line[i].style, text))
		i = j
	}
	return b.String()
}
