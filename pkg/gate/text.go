package gate

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yuin/goldmark/util"
)

// plain is a text as a reader sees it: what an escape or an entity stood for,
// with a note which of its bytes did.
type plain struct {
	s   []byte
	esc []bool
}

func (p *plain) add(s string, esc bool) {
	for i := range len(s) {
		p.s = append(p.s, s[i])
		p.esc = append(p.esc, esc)
	}
}

// longestEntity is that of HTML, with room.
const longestEntity = 40

// decode resolves the escapes and entities of Markdown.
func (p *plain) decode(src []byte) {
	for i := 0; i < len(src); i++ {
		switch c := src[i]; {
		case c == '\\' && i+1 < len(src) && isPunct(src[i+1]):
			i++
			p.add(string(src[i]), true)
		case c == '&':
			if s, n := entity(src[i:]); n > 0 {
				p.add(s, true)
				i += n - 1
				continue
			}
			fallthrough
		default:
			p.s, p.esc = append(p.s, c), append(p.esc, false)
		}
	}
}

// entity returns what an entity at the beginning of s stands for, without what
// cannot be seen, and its length; 0 where there is none.
func entity(s []byte) (string, int) {
	end := -1
	for i := 1; i < len(s) && i < longestEntity; i++ {
		if s[i] == ';' {
			end = i
			break
		}
		if !isAlnum(s[i]) && (s[i] != '#' || i > 1) {
			break
		}
	}
	if end < 2 {
		return "", 0
	}
	name := string(s[1:end])
	var out string
	if digits, ok := strings.CutPrefix(name, "#"); ok {
		base := 10
		if len(digits) > 0 && digits[0]|0x20 == 'x' {
			digits, base = digits[1:], 16
		}
		n, err := strconv.ParseUint(digits, base, 32)
		if err != nil || len(digits) > 7 || len(digits) > 6 && base == 16 {
			return "", 0
		}
		if n == 0 || n > unicode.MaxRune || n >= 0xd800 && n < 0xe000 {
			n = utf8.RuneError
		}
		out = string(rune(n))
	} else if e, ok := util.LookUpHTML5EntityByName(name); ok {
		out = string(e.Characters)
	} else {
		return "", 0
	}
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return ' '
		} else if !seen(r) {
			return -1
		}
		return r
	}, out), end + 1
}

// unescape returns a text as Markdown would read it.
func unescape(s string) string {
	if !strings.ContainsAny(s, `\&`) {
		return s
	}
	var p plain
	p.decode([]byte(s))
	return string(p.s)
}

// text writes plain text so that nothing in it is read as markup: citations
// are resolved, addresses decided and all else escaped. more tells that another
// inline follows without a space.
func (g *Gate) text(p plain, c context, more bool) {
	if len(p.s) == 0 {
		return
	}
	addr := nextAddress(p.s, 0, more)
	for i := 0; i < len(p.s); {
		if i == addr.from {
			g.bare(string(p.s[addr.from:addr.to]), c)
			i = addr.to
			addr = nextAddress(p.s, i, more)
			continue
		}
		if n := g.citation(p.s[i:], c); n > 0 {
			i += n
			if addr.from >= 0 && addr.from < i {
				addr = nextAddress(p.s, i, more)
			}
			continue
		}
		i += g.letter(p, i, c, more || i+1 < len(p.s), addr.from)
	}
}

// letter writes the character at i and returns its length; what is at addr is
// written as something else.
func (g *Gate) letter(p plain, i int, c context, more bool, addr int) int {
	ch, esc := p.s[i], p.esc[i]
	if ch >= utf8.RuneSelf {
		r, n := utf8.DecodeRune(p.s[i:])
		g.ready()
		if esc && unicode.IsSpace(r) {
			g.write("&#" + strconv.Itoa(int(r)) + ";")
		} else {
			g.write(string(p.s[i : i+n]))
		}
		g.prev = r
		return n
	}
	next := byte(0) // ends the text and its word
	if i+1 < len(p.s) && i+1 != addr {
		next = p.s[i+1]
	} else if more {
		next = 1 // something that is no letter
	}
	switch {
	case ch == '\n':
		ch = ' '
		fallthrough
	case ch == ' ' || ch == '\t':
		switch {
		case esc:
			g.ready()
			g.write("&#32;")
		case g.bol || g.pend != "":
		default:
			g.write(string(ch))
		}
		g.prev = ' '
		return 1
	}
	g.ready()
	bol, digits := g.bol, g.digits
	esc = esc || ch == '[' && g.kind == quote
	label := g.label
	g.write(escaped(ch, next, g.last, g.prev, bol, digits, label, esc, c))
	g.digits = (bol || digits) && isDigit(ch)
	g.prev = rune(ch)
	return 1
}

// escaped returns a character of ASCII so that it stands for itself between
// what was written last and what comes next.
func escaped(ch, next, last byte, prev rune, bol, digits, label, esc bool, c context) string {
	need := esc && isPunct(ch)
	switch ch {
	case '<':
		if esc || next != 0 && next != ' ' && next != '=' && !isDigit(next) {
			return "&lt;"
		}
	case '&':
		if esc || next == '#' || next == 1 || isAlnum(next) {
			return "&amp;"
		}
	case '\\':
		need = need || next <= 1 || isPunct(next)
	case '`', '~':
		need = true
	case '*':
		need = need || bol || prev != ' ' || next != 0 && next != ' '
	case '_':
		need = need || !isWord(prev) || !isAlnum(next) && next != '_'
	case '[':
		need = need || bol || c.link || last == '!' || last == ']' || next == '^' || next == '['
	case ']':
		need = need || c.link
	case '(', '{':
		need = need || last == ']'
	case ':':
		need = need || bol || label
	case '!':
		need = need || next == '[' || next == 1
	case '#':
		need = need || bol || c.heading
	case '>', '+', '-', '=':
		need = need || bol
	case '|':
		need = need || bol || c.table
	case '.', ')':
		need = need || digits && (next == 0 || next == ' ' || next == '\t')
	}
	if need {
		return `\` + string(ch)
	}
	return string(ch)
}

func isWord(r rune) bool { return r == '_' || r < utf8.RuneSelf && isAlnum(byte(r)) }

// span is a part of a text; from is -1 where there is none.
type span struct{ from, to int }

// trailing is what may follow an address in a sentence and is none of it.
const trailing = ".,;:!?*_~'\"}|"

// mailbox are the marks that the name of a mailbox may have.
const mailbox = ".!#$%&'*+/=?^_`{|}~-"

// nextAddress finds what any renderer could take for an address, or for the
// begin of one where more follows: a scheme with its slashes, two slashes, a
// name that begins with www, the scheme of a link with anything behind it, and
// an address of a mailbox.
func nextAddress(s []byte, from int, more bool) span {
	for i := from; i < len(s); i++ {
		start := -1
		switch s[i] {
		case ':':
			j := i
			for j > from && (isAlnum(s[j-1]) || s[j-1] == '+' || s[j-1] == '-' || s[j-1] == '.') && i-j < 32 {
				j--
			}
			if i+2 < len(s) && s[i+1] == '/' && s[i+2] == '/' || (i+1 < len(s) && s[i+1] != ' ' || i+1 == len(s) && more) && linked(s[j:i]) {
				start = j
			}
		case '/':
			if i+1 < len(s) && s[i+1] == '/' && (i+2 < len(s) && s[i+2] != ' ' || i+2 == len(s) && more) {
				start = i
			}
		case 'w', 'W':
			if i+4 <= len(s) && strings.EqualFold(string(s[i:i+4]), "www.") {
				start = i
			}
		case '@':
			if isHost(s[i+1:], more) {
				for start = i; start > from && (isAlnum(s[start-1]) || s[start-1] == ':' || strings.IndexByte(mailbox, s[start-1]) >= 0) && strings.IndexByte("*`|", s[start-1]) < 0 && i-start < maxAddress; {
					start--
				}
			}
		}
		if start < 0 {
			continue
		}
		end, round, square := i+1, 0, 0
		for ; end < len(s) && s[end] > ' ' && s[end] < 0x7f && strings.IndexByte("<>\"`*|", s[end]) < 0 && (s[end] != '[' || s[end-1] == '/'); end++ {
			switch s[end] {
			case '(':
				round++
			case ')':
				round--
			case '[':
				square++
			case ']':
				square--
			}
			if round < 0 || square < 0 {
				break
			}
		}
		for end > i+1 && strings.IndexByte(trailing, s[end-1]) >= 0 {
			end--
		}
		return span{start, end}
	}
	return span{-1, -1}
}

// linked reports whether renderers make a link of a scheme without slashes.
func linked(scheme []byte) bool {
	switch strings.ToLower(string(scheme)) {
	case "http", "https", "ftp", "mailto", "xmpp":
		return true
	}
	return false
}

// isHost reports whether what follows the sign of a mailbox begins with a name
// that has a dot, or that goes on where nobody sees it yet.
func isHost(s []byte, more bool) bool {
	n, wide := 0, false
	for n < len(s) && n < 256 && (isAlnum(s[n]) || s[n] >= 0x80 || strings.IndexByte("-._[:@%", s[n]) >= 0) {
		wide = wide || s[n] >= 0x80
		n++
	}
	host := strings.ToLower(string(s[:n]))
	return wide || n == len(s) && more || strings.Contains(strings.Trim(host, ".-_"), ".") || strings.Contains(host, "localhost") || strings.HasPrefix(host, "[")
}
