package code

import (
	"regexp"
	"slices"
	"strings"
)

// block is how a comment of several lines is written.
type block struct {
	open, close string
	nested      bool
	lineStart   bool // only the first code of a line opens it
}

// end returns the length of the comment at the beginning of src.
func (b block) end(src string) int {
	depth := 0
	for i := 0; i < len(src); {
		switch {
		case strings.HasPrefix(src[i:], b.close) && i > 0:
			if depth--; depth <= 0 {
				return i + len(b.close)
			}
			i += len(b.close)
		case strings.HasPrefix(src[i:], b.open) && (b.nested || i == 0):
			depth++
			i += len(b.open)
		default:
			i++
		}
	}
	return len(src)
}

// quote is how a literal is written.
type quote struct {
	open, close string
	lines       bool     // it may hold line ends
	plain       bool     // a backslash says nothing
	doubled     bool     // its end, twice, is part of it
	inner       []string // what opens code in it
	escape      []string // what stands for itself, beside a backslash and the next byte
}

// special returns the length of what stands for itself at the beginning of src.
func (q *quote) special(src string) int {
	if q.doubled && strings.HasPrefix(src, q.close+q.close) {
		return 2 * len(q.close)
	}
	for _, e := range q.escape {
		if strings.HasPrefix(src, e) {
			return len(e)
		}
	}
	return 0
}

func (q *quote) escapes(src string) int {
	if src[0] == '\\' && !q.plain && len(src) > 1 && q.code(src) == 0 {
		return 2
	}
	return 0
}

func (q *quote) code(src string) int {
	for _, open := range q.inner {
		if strings.HasPrefix(src, open) {
			return len(open)
		}
	}
	return 0
}

// finder returns the end of a literal that begins at s.at, or something less.
type finder func(s *scanner) int

// delimited finds literals that choose their own end: open matches the beginning,
// and closing makes the end of what it found.
func delimited(open string, closing func(found []string) string) finder {
	re := regexp.MustCompile(`^(?:` + open + `)`)
	return func(s *scanner) int {
		if s.at > 0 && isWord(s.src[s.at-1]) && isWord(s.src[s.at]) {
			return 0
		}
		m := re.FindStringSubmatch(s.src[s.at:min(len(s.src), s.at+100)])
		if m == nil {
			return 0
		}
		from := s.at + len(m[0])
		if n := strings.Index(s.src[from:], closing(m)); n >= 0 {
			return from + n + len(closing(m))
		}
		return len(s.src) // so that no text is searched to its end twice
	}
}

// character finds a character of languages in which an apostrophe has other
// meanings too.
var characterForm = regexp.MustCompile(`^'(?:\\(?:[^ux\n]|x[0-9a-fA-F]{1,4}|u\{[0-9a-fA-F_]{1,8}\}|u[0-9a-fA-F]{4}|x\{[0-9a-fA-F]+\}|[0-9]+|[A-Z]{2,3})|[^\\'\n])'`)

func character(s *scanner) int {
	if s.src[s.at] != '\'' || s.at > 0 && isWord(s.src[s.at-1]) && s.src[s.at-1] != 'b' {
		return 0
	}
	return s.at + len(characterForm.FindString(s.src[s.at:min(len(s.src), s.at+16)]))
}

// expression finds a regular expression between slashes: where a value may stand,
// and on one line.
func expression(s *scanner) int {
	if s.src[s.at] != '/' || s.at > 0 && s.src[s.at-1] == '<' || !s.wantsValue() {
		return 0
	}
	class := false
	for i := s.at + 1; i < len(s.src) && i < s.at+maxLiteral; i++ {
		switch c := s.src[i]; {
		case c == '\n':
			return 0
		case c == '\\':
			i++
		case c == '[':
			class = true
		case c == ']':
			class = false
		case c == '/' && !class:
			return i + 1
		}
	}
	return 0
}

// operators are words behind which a value follows.
var operators = words("return typeof case in of delete void throw new do else and or not if unless when while until puts split match yield await")

func (s *scanner) wantsValue() bool {
	i := s.at - 1
	for i >= 0 && (s.out[i] == ' ' || s.out[i] == '\t' || s.out[i] == '\n' || s.out[i] == comment) && s.at-i < 1000 {
		i--
	}
	if i < 0 {
		return true
	}
	c := s.out[i]
	if !isWord(c) {
		return strings.IndexByte(")]}\x02$", c) < 0 || c == '}' && s.l.name != "ruby" && s.out[s.at-1] == '\n'
	}
	from := i
	for from > 0 && isWord(s.out[from-1]) {
		from--
	}
	if operators[string(s.out[from:i+1])] {
		return true
	}
	// Ruby: a word, a blank, and no blank behind the slash.
	return s.l.name == "ruby" && i < s.at-1 && s.at+1 < len(s.src) && strings.IndexByte(" \t=", s.src[s.at+1]) < 0
}

// percent finds the literals of Ruby and the sigils of Elixir.
var pairs = map[byte]byte{'(': ')', '[': ']', '{': '}', '<': '>'}

func percent(s *scanner) int {
	if s.src[s.at] != '%' && s.src[s.at] != '~' {
		return 0
	}
	i := s.at + 1
	for i < len(s.src) && isWord(s.src[i]) && i < s.at+4 {
		i++
	}
	if i >= len(s.src) || s.src[i] <= ' ' || isWord(s.src[i]) || s.src[s.at] == '%' && !s.wantsValue() {
		return 0
	}
	open := s.src[i]
	if i == s.at+1 && (pairs[open] == 0 || s.l.name == "elixir") || open == '=' || open == ',' || open == '.' {
		return 0
	}
	if end := strings.Repeat(string(open), 3); s.l.name == "elixir" && (open == '"' || open == '\'') && strings.HasPrefix(s.src[i:], end) {
		if n := strings.Index(s.src[i+3:], end); n >= 0 {
			return i + 3 + n + 3
		}
		return len(s.src)
	}
	closing, depth := pairs[open], 1
	if closing == 0 {
		closing, open = open, 0
	}
	for i++; i < len(s.src) && i < s.at+maxLiteral; i++ {
		switch s.src[i] {
		case '\\':
			i++
		case open:
			depth++
		case closing:
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}

// maxLiteral bounds literals that are searched for their end where something else
// may be meant.
const maxLiteral = 2000

// here is a document that begins with the next line.
type here struct {
	end      string
	indented bool
}

var (
	shellHere = regexp.MustCompile(`^<<(-?)[ \t]*(?:"([^"\n]+)"|'([^'\n]+)'|\\?([A-Za-z_]\w*))`)
	rubyHere  = regexp.MustCompile(`^<<([~-]?)(?:"([^"\n]+)"|'([^'\n]+)'|([A-Z_]\w*))`)
	phpHere   = regexp.MustCompile(`^<<<()[ \t]*(?:"(\w+)"|'(\w+)'|(\w+))\r?\n`)
)

// heredoc notes the here documents of a line.
func heredoc(form *regexp.Regexp) finder {
	return func(s *scanner) int {
		if s.src[s.at] != '<' || form != phpHere && (strings.HasPrefix(s.src[s.at:], "<<<") || s.at > 0 && s.src[s.at-1] == '<') {
			return 0
		}
		m := form.FindStringSubmatch(s.src[s.at:min(len(s.src), s.at+100)])
		if m == nil || len(s.docs) > 8 {
			return 0
		}
		s.docs = append(s.docs, here{m[2] + m[3] + m[4], m[1] != "" || form == phpHere})
		return s.at + len(strings.TrimRight(m[0], "\r\n"))
	}
}

// hereBodies takes the lines of the documents that the line before began.
func (s *scanner) hereBodies() {
	for len(s.docs) > 0 && s.at < len(s.src) {
		end := s.rest()
		line := strings.TrimRight(s.src[s.at:end], "\r")
		d := s.docs[0]
		if d.indented {
			line = strings.TrimLeft(line, " \t")
		}
		after, ok := strings.CutPrefix(line, d.end)
		if ok && (after == "" || s.l.opening != "" && !isWord(after[0])) {
			s.docs = s.docs[1:]
			s.fill(end-len(after), literal)
			if after == "" && s.at < len(s.src) {
				s.at = end + 1
			}
			if after != "" {
				return
			}
			continue
		}
		s.fill(end+1, literal)
	}
}

// outside returns where the language begins that is written within other text.
func (s *scanner) outside() int {
	n := strings.Index(s.src[s.at:], s.l.opening)
	if n < 0 {
		return len(s.src)
	}
	i := s.at + n + len(s.l.opening)
	for i < len(s.src) && (isWord(s.src[i]) || s.src[i] == '=') {
		i++
	}
	return i
}

// leaves finds the end of the language and what follows it.
func leaves(s *scanner) int {
	if !strings.HasPrefix(s.src[s.at:], "?>") {
		return 0
	}
	return s.outside()
}

// sigil finds those of Elixir.
func sigil(s *scanner) int {
	if s.src[s.at] != '~' {
		return 0
	}
	return percent(s)
}

// zigLine finds a line of a literal.
func zigLine(s *scanner) int {
	if !strings.HasPrefix(s.src[s.at:], `\\`) {
		return 0
	}
	return s.rest()
}

// questioned finds a character behind a question mark.
func questioned(s *scanner) int {
	if s.src[s.at] != '?' || s.at > 0 && isWord(s.src[s.at-1]) || s.at+1 >= len(s.src) || strings.IndexByte("\"'#()[]{}", s.src[s.at+1]) < 0 {
		return 0
	}
	return s.at + 2
}

// words makes a set of words.
func words(list string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		set[w] = true
	}
	return set
}

var (
	double = quote{open: `"`, close: `"`}
	single = quote{open: "'", close: "'"}
)

// with returns a quote that holds code.
func (q quote) with(inner ...string) quote {
	q.inner = slices.Clone(inner)
	return q
}

// over returns a quote that may have several lines.
func (q quote) over() quote {
	q.lines = true
	return q
}
