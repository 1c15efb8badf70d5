package code

import "strings"

// What stands for a byte that is no code. Lines keep their ends, unless those
// are part of a comment or a literal.
const (
	comment = '\x01'
	literal = '\x02'
	other   = '\x03' // directives, brackets without a partner
)

// mask returns a text of the length of src that has its code alone. Its brackets
// are all in pairs.
func (l *language) mask(src string) []byte {
	s := &scanner{l: l, src: src, out: []byte(src)}
	if l.opening != "" { // what is before is not of the language
		s.fill(s.outside(), literal)
	}
	for s.at < len(src) {
		s.step()
	}
	for _, b := range s.open {
		s.out[b] = other
	}
	return s.out
}

type scanner struct {
	l     *language
	src   string
	out   []byte
	at    int
	begun bool    // the line has code before at
	open  []int32 // brackets without a partner yet
	inner []inner // literals that code is in
	ifs   []int   // how many brackets are open at each conditional directive
	docs  []here  // here documents whose lines follow
}

// maxInner bounds literals in each other.
const maxInner = 100

// inner is a literal that goes on behind the bracket that closes the code in it.
type inner struct {
	q     *quote
	depth int
}

func (s *scanner) fill(to int, with byte) {
	to = min(to, len(s.src))
	for i := s.at; i < to; i++ {
		s.out[i] = with
	}
	s.at = to
}

// rest returns where the line of at ends.
func (s *scanner) rest() int {
	if n := strings.IndexByte(s.src[s.at:], '\n'); n >= 0 {
		return s.at + n
	}
	return len(s.src)
}

func (s *scanner) step() {
	c := s.src[s.at]
	switch {
	case c == '\n':
		s.at++
		s.begun = false
		s.hereBodies()
	case c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v':
		s.at++
	case c == '#' && s.l.directives && !s.begun:
		s.directive()
	case s.l.starts[c] && s.comments():
	case s.l.starts[c] && s.literals():
		s.begun = true
	case isWord(c):
		s.begun = true
		for s.at < len(s.src) && isWord(s.src[s.at]) {
			s.at++
		}
	case c == '\\' && s.l.wordComments && s.at+1 < len(s.src) && s.src[s.at+1] != '\n':
		s.fill(s.at+2, literal)
	default:
		s.begun = true
		s.bracket(c)
	}
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

func (s *scanner) comments() bool {
	src := s.src[s.at:]
	for _, b := range s.l.blocks {
		if !strings.HasPrefix(src, b.open) || b.lineStart && s.begun {
			continue
		}
		s.fill(s.at+b.end(src), comment)
		return true
	}
	for _, open := range s.l.lines {
		if strings.HasPrefix(src, open) && s.isComment(open) {
			s.fill(s.rest(), comment)
			return true
		}
	}
	return false
}

// isComment tells what opens a comment from an operator.
func (s *scanner) isComment(open string) bool {
	next := byte(0)
	if i := s.at + len(open); i < len(s.src) {
		next = s.src[i]
	}
	switch {
	case open == "#" && s.l.wordComments:
		return s.at == 0 || strings.IndexByte(" \t\n;(|&", s.src[s.at-1]) >= 0
	case open == "#" && s.l.name == "php":
		return next != '['
	case open == "--" && s.l.name == "haskell":
		return strings.IndexByte("!#$%&*+./<=>?@\\^|~:", next) < 0 || next == 0 || strings.HasPrefix(s.src[s.at:], "-- ")
	}
	return true
}

// literals takes the literal that begins here.
func (s *scanner) literals() bool {
	for _, find := range s.l.special {
		if end := find(s); end > s.at {
			s.fill(end, literal)
			return true
		}
	}
	for i := range s.l.quotes {
		q := &s.l.quotes[i]
		if strings.HasPrefix(s.src[s.at:], q.open) && s.mayOpen(q) {
			s.fill(s.at+len(q.open), literal)
			s.literal(q)
			return true
		}
	}
	return false
}

// leading are the words that may stand right before an apostrophe that opens a
// literal; behind others it is an apostrophe.
var leading = words("r b u f t rb br fr rf R B U F L u8 c return case in of from import typeof and or not else elif print echo if yield when await default is require include")

func (s *scanner) mayOpen(q *quote) bool {
	if q.open != "'" || s.at == 0 || !isWord(s.src[s.at-1]) || s.l.wordComments {
		return true
	}
	from := s.at
	for from > 0 && isWord(s.src[from-1]) {
		from--
	}
	return leading[s.src[from:s.at]]
}

// literal takes what is in a literal, up to its end or the code in it.
func (s *scanner) literal(q *quote) {
	for i := s.at; i < len(s.src); i++ {
		c := s.src[i]
		switch {
		case c == '\n' && !q.lines:
			s.fill(i, literal)
			return
		case q.special(s.src[i:]) > 0:
			i += q.special(s.src[i:]) - 1
		case strings.HasPrefix(s.src[i:], q.close):
			s.fill(i+len(q.close), literal)
			return
		case q.escapes(s.src[i:]) > 0:
			i += q.escapes(s.src[i:]) - 1
		case q.code(s.src[i:]) > 0 && len(s.inner) < maxInner:
			s.fill(i+q.code(s.src[i:]), literal)
			s.inner = append(s.inner, inner{q, len(s.open)})
			return
		}
	}
	s.fill(len(s.src), literal)
}

// bracket takes a byte of code, and matches brackets: one that has no partner
// counts for nothing.
func (s *scanner) bracket(c byte) {
	at := s.at
	s.at++
	switch c {
	case '(', '[', '{':
		s.open = append(s.open, int32(at))
	case ')', ']', '}':
		if n := len(s.inner); n > 0 && len(s.open) <= s.inner[n-1].depth {
			q := s.inner[n-1].q
			s.inner = s.inner[:n-1]
			s.out[at] = literal
			s.literal(q)
			return
		}
		for i := len(s.open) - 1; i >= 0 && i >= len(s.open)-4; i-- {
			if s.src[s.open[i]] == partner[c] {
				for _, alone := range s.open[i+1:] {
					s.out[alone] = other
				}
				s.open = s.open[:i]
				return
			}
		}
		s.out[at] = other
	}
}

var partner = map[byte]byte{')': '(', ']': '[', '}': '{'}

// directive takes a line of a preprocessor. Where the branches of a condition
// open or close different brackets, only the first one counts.
func (s *scanner) directive() {
	end := s.rest()
	for end < len(s.src) && strings.HasSuffix(strings.TrimRight(s.src[s.at:end], "\r"), "\\") {
		next := strings.IndexByte(s.src[end+1:], '\n')
		if next < 0 {
			next = len(s.src) - end - 1
		}
		end += 1 + next
	}
	if n := strings.Index(s.src[s.at:end], "/*"); n > 0 && strings.Count(s.src[s.at:s.at+n], `"`)%2 == 0 {
		end = s.at + n // a comment goes on its own way
	}
	word := strings.TrimLeft(s.src[s.at+1:end], " \t")
	s.fill(end, other)
	n := len(s.ifs) - 1
	switch {
	case strings.HasPrefix(word, "if"):
		s.ifs = append(s.ifs, len(s.open))
	case n >= 0 && strings.HasPrefix(word, "endif"):
		s.ifs = s.ifs[:n]
	case n >= 0 && strings.HasPrefix(word, "el") && len(s.open) != s.ifs[n]:
		s.skipBranches()
	}
}

// skipBranches leaves out what is before the end of a condition.
func (s *scanner) skipBranches() {
	nested := 0
	for from := s.at; from < len(s.src); {
		to := len(s.src)
		if n := strings.IndexByte(s.src[from:], '\n'); n >= 0 {
			to = from + n + 1
		}
		line := strings.TrimLeft(s.src[from:to], " \t")
		if word, ok := strings.CutPrefix(line, "#"); ok {
			switch word = strings.TrimLeft(word, " \t"); {
			case strings.HasPrefix(word, "if"):
				nested++
			case strings.HasPrefix(word, "endif") && nested == 0:
				s.blank(from)
				return
			case strings.HasPrefix(word, "endif"):
				nested--
			}
		}
		from = to
	}
	s.blank(len(s.src))
}

// blank leaves out what is before to, and keeps its lines.
func (s *scanner) blank(to int) {
	for ; s.at < to; s.at++ {
		if s.src[s.at] != '\n' {
			s.out[s.at] = other
		}
	}
	s.begun = false
}
