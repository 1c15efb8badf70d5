package markdown

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf8"
)

// special holds the bytes that Markdown may read as markup within a line.
var special = func() (t [256]bool) {
	for _, c := range "\\`*_[]<>&~!" {
		t[c] = true
	}
	return t
}()

// text writes a text with a backslash before what Markdown would read as markup. Brackets and ampersands that mean
// nothing to Markdown stay as they are. What is written next starts with follow, 0 at the end of the line.
func (p *printer) text(w *bytes.Buffer, s string, follow byte) {
	i, tag := 0, false // an opening angle bracket was escaped, so its closing one is too
	if atStart(w) && !p.cell {
		i = leadingMark(w, s)
	}
	for i < len(s) {
		j := i
		for j < len(s) && !special[s[j]] {
			j++
		}
		w.WriteString(s[i:j])
		if i = j; i == len(s) {
			return
		}
		switch c := s[i]; c {
		case '*', '_', '~':
			i = p.delimiters(w, s, i)
			continue
		case '<':
			if next := s[min(i+1, len(s)-1)]; isLetter(next) || next == '/' || next == '!' || next == '?' {
				w.WriteString("&lt;")
				tag = true
				break
			}
			w.WriteByte(c)
		case '>':
			if tag {
				w.WriteString("&gt;")
				break
			}
			w.WriteByte(c)
		default:
			if p.needsEscape(s, i, follow) {
				w.WriteByte('\\')
			}
			w.WriteByte(c)
		}
		i++
	}
}

// atStart reports whether what is written next starts a line.
func atStart(w *bytes.Buffer) bool { return w.Len() == 0 || w.Bytes()[w.Len()-1] == '\n' }

// needsEscape reports whether the byte at i, one of special, would be read as markup.
func (p *printer) needsEscape(s string, i int, follow byte) bool {
	next := follow
	if i+1 < len(s) {
		next = s[i+1]
	}
	switch s[i] {
	case '`':
		return true
	case '\\':
		return next == 0 || isPunct(next)
	case '[':
		return p.link > 0 || next == '^'
	case ']':
		return p.link > 0 || next == '(' || next == '['
	case '!':
		return next == '['
	case '&':
		return isEntity(s[i:])
	}
	return false
}

// delimiters writes the run of one delimiter that starts at i, escaped where it could open or close emphasis, and
// returns the index behind it.
func (p *printer) delimiters(w *bytes.Buffer, s string, i int) int {
	j := i
	for j < len(s) && s[j] == s[i] {
		j++
	}
	before, after := ' ', ' '
	if w.Len() > 0 {
		before, _ = utf8.DecodeLastRune(w.Bytes())
	}
	if j < len(s) {
		after, _ = utf8.DecodeRuneInString(s[j:])
	}
	literal := before == ' ' && after == ' ' && j < len(s) && (p.cell || !atStart(w))
	switch s[i] {
	case '_': // means nothing inside a word
		literal = literal || isWordRune(before) && isWordRune(after)
	case '~': // a single one before a word cannot strike anything out
		literal = (literal || j == i+1 && before == ' ') && !p.struck
	}
	for ; i < j; i++ {
		if !literal {
			w.WriteByte('\\')
		}
		w.WriteByte(s[i])
	}
	return j
}

// leadingMark escapes what starts a block when a line begins with it, and returns how many bytes of s it wrote.
func leadingMark(w *bytes.Buffer, s string) int {
	if s == "" {
		return 0
	}
	ends := func(i int) bool { return i >= len(s) || isSpace(s[i]) }
	switch c := s[0]; {
	case c == '#':
		n := len(s) - len(strings.TrimLeft(s, "#"))
		if n > 6 || !ends(n) {
			return 0
		}
		w.WriteString(`\` + s[:n])
		return n
	case c == '-' || c == '+' || c == '=':
		if !ends(1) && (c == '+' || s[1] != c) {
			return 0
		}
	case c == '>' || c == '|':
	case c == ':':
		if !strings.HasPrefix(s, ":-") {
			return 0
		}
	case c == '[':
		if end := strings.IndexByte(s, ']'); end != 2 && (end < 0 || !strings.HasPrefix(s[end:], "]:")) {
			return 0
		}
	case c >= '0' && c <= '9':
		n := 1
		for n < len(s) && n < 10 && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		if n == len(s) || n == 10 || s[n] != '.' && s[n] != ')' || !ends(n+1) {
			return 0
		}
		w.WriteString(s[:n] + `\` + s[n:n+1])
		return n + 1
	default:
		return 0
	}
	w.WriteString(`\` + s[:1])
	return 1
}

// isEntity reports whether s, which starts with an ampersand, starts with a character reference.
func isEntity(s string) bool {
	end := strings.IndexByte(s[:min(len(s), 34)], ';')
	if end < 2 {
		return false
	}
	for i := 1; i < end; i++ {
		if !isWord(s[i]) && (s[i] != '#' || i > 1) {
			return false
		}
	}
	return true
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// isWord accepts letters and digits, those beyond ASCII included.
func isWord(c byte) bool { return isLetter(c) || c >= '0' && c <= '9' || c >= 0x80 }

func isPunct(c byte) bool { return c > ' ' && c < 0x7f && !isWord(c) }
