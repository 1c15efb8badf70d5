package code

import (
	"bytes"
	"regexp"
	"strings"
)

// unit is a piece of a text that is one declaration, with what is before it. The
// units of a text are all of it.
type unit struct {
	start, end int // of its lines
	code       int // where the line begins that has its first code; end if it has none
	indent     int
}

// file is a text with what is code in it.
type file struct {
	*language
	src  string
	mask []byte
	left int // how many units more are told apart
}

// maxUnits bounds the units of a file, members included. SQLite's amalgamation, of
// 9 MB, has 10,571 sections.
const maxUnits = 100_000

// line is one line of a file.
type line struct {
	start, end int // without its end
	next       int
	first      int  // of its bytes, -1 if it is blank
	inside     bool // it begins within a comment or a literal
}

// lineAt returns the line that begins at a place.
func (f *file) lineAt(at int) line {
	l := line{start: at, end: len(f.src), next: len(f.src), first: -1}
	if n := strings.IndexByte(f.src[at:], '\n'); n >= 0 {
		l.end, l.next = at+n, at+n+1
	}
	l.inside = at > 0 && f.mask[at-1] != '\n'
	for i := at; i < l.end; i++ {
		if c := f.src[i]; c != ' ' && c != '\t' && c != '\r' && c != '\f' {
			l.first = i
			break
		}
	}
	return l
}

// isComment reports whether a line has nothing but comments.
func (f *file) isComment(l line) bool {
	if l.first < 0 {
		return false
	}
	for i := l.first; i < l.end; i++ {
		if c := f.mask[i]; c != comment && c != ' ' && c != '\t' && c != '\r' {
			return false
		}
	}
	return true
}

// columns is how far a line is indented.
func (f *file) columns(l line) int {
	n := 0
	for i := l.start; i < l.first; i++ {
		if f.src[i] == '\t' {
			n += 8 - n%8
		} else {
			n++
		}
	}
	return n
}

// units returns the units of a part of the file.
func (f *file) units(from, to int) []unit {
	if from >= to {
		return nil
	}
	var ends []int // where units end, by their lines
	if f.statements {
		ends = f.byStatement(from, to)
	} else {
		ends = f.byLine(from, to)
	}
	var out []unit
	for _, end := range append(ends, to) {
		if end = min(end, to); end <= from {
			continue
		}
		if f.left--; f.left < 0 {
			end = to
		}
		u := unit{start: from, end: end, code: end}
		for at := from; at < end; {
			l := f.lineAt(at)
			if l.first >= 0 && !f.isComment(l) {
				u.code, u.indent = at, f.columns(l)
				break
			}
			at = l.next
		}
		if u.code == end && len(out) > 0 && to == end { // what trails
			out[len(out)-1].end = end
		} else {
			out = append(out, u)
		}
		from = end
	}
	return out
}

// skipBlank returns the first line from at on that is not blank.
func (f *file) skipBlank(at, to int) int {
	for at < to {
		l := f.lineAt(at)
		if l.first >= 0 {
			return at
		}
		at = l.next
	}
	return to
}

// goesOn are the bytes behind a block that belong to what the block ends.
const goesOn = ";,=.):?"

// byStatement finds the ends of declarations by semicolons and blocks.
func (f *file) byStatement(from, to int) (ends []int) {
	depth, begins := 0, from
	first := -1  // code of the declaration
	lineEnd := 0 // of the line of i
	for i := from; i < to; i++ {
		if i >= lineEnd {
			lineEnd = min(f.lineAt(i).next, to)
		}
		switch c := f.mask[i]; c {
		case ' ', '\t', '\r', '\f', comment:
			continue
		case '(', '[', '{':
			depth++
			if first < 0 {
				first = i
			}
			continue
		case ')', ']', '}':
			if depth--; depth > 0 || c != '}' || f.semicolons {
				continue
			}
		case ';':
			if depth > 0 {
				continue
			}
		case other: // a directive between declarations is one of its own
			if !f.directives || f.src[i] != '#' || depth > 0 || first >= 0 {
				continue
			}
			for i+1 < to && f.mask[i+1] == other {
				i++
			}
			lineEnd = min(f.lineAt(i).next, to)
		case ',': // between fields
			if depth > 0 || from == 0 || f.name != "zig" {
				continue
			}
		case '\n':
			if depth > 0 || !f.isMacro(first, i, to) {
				continue
			}
		default:
			if first < 0 {
				first = i
			}
			continue
		}
		if rest := f.nextCode(i+1, lineEnd); rest < lineEnd && (f.mask[rest] != ';' || f.hasCode(rest+1, lineEnd)) {
			continue // the line goes on
		}
		if f.mask[i] == '}' {
			next := f.nextCode(i+1, to)
			if next < to && (strings.IndexByte(goesOn, f.mask[next]) >= 0 || closers[f.word(next)] || f.word(next) == "while") {
				continue
			}
		}
		if f.inBody(begins, i) {
			continue
		}
		if first >= 0 && f.directives && f.mask[first] == '{' {
			ends = f.withoutParameters(ends, begins)
		}
		end := f.skipBlank(lineEnd, to)
		ends, begins, first = append(ends, end), end, -1
		i = max(i, end-1)
	}
	return ends
}

// alone is a macro on a line of its own.
var alone = regexp.MustCompile(`^[A-Z][A-Z0-9_]+ ?\(.*\)$|^[A-Z0-9_]*(?:BEGIN|END|PUSH|POP|NAMESPACE)[A-Z0-9_]*$`)

// isMacro reports whether a unit so far is a macro that does without a semicolon.
func (f *file) isMacro(first, at, to int) bool {
	if !f.directives || !f.calls || f.name == "csharp" || first < 0 || at-first > 400 || f.mask[first] < 'A' || f.mask[first] > 'Z' {
		return false
	}
	next := f.nextCode(at, to)
	return next < to && strings.IndexByte("{;=(", f.mask[next]) < 0 && alone.Match(bytes.TrimRight(bytes.ReplaceAll(f.mask[first:at], []byte{comment}, nil), " \t\r\n"))
}

// maxParameters bounds the lines between the head and the body of a function of
// old C, each of which looks like a declaration.
const maxParameters = 12

// withoutParameters takes the ends out that are before a body without a head.
func (f *file) withoutParameters(ends []int, body int) []int {
	for n := len(ends) - 1; n >= max(0, len(ends)-maxParameters); n-- {
		from := 0
		if n > 0 {
			from = ends[n-1]
		}
		if body-from > maxHead {
			break
		}
		if bytes.IndexByte(f.mask[from:ends[n]], ')') >= 0 {
			return ends[:n]
		}
	}
	return ends
}

// inBody reports whether a statement that ends at a place is one in the body of a
// routine of SQL.
func (f *file) inBody(begins, at int) bool {
	if f.name != "sql" {
		return false
	}
	text := strings.ToLower(string(f.mask[begins:min(at, begins+maxHead)]))
	if !routine.MatchString(text) || !beginning.MatchString(text) {
		return false
	}
	last := strings.TrimRight(strings.ToLower(string(f.mask[max(begins, at-100):at])), " \t\r\n")
	return !ending.MatchString(last)
}

// endOfLine returns where the line of a place begins.
func (f *file) endOfLine(at int) int { return strings.LastIndexByte(f.src[:at], '\n') + 1 }

// nextCode returns where code goes on.
func (f *file) nextCode(at, to int) int {
	for at < to {
		switch f.mask[at] {
		case ' ', '\t', '\r', '\n', '\f', comment:
			at++
		default:
			return at
		}
	}
	return to
}

func (f *file) hasCode(from, to int) bool { return f.nextCode(from, to) < to }

// word returns the word at a place.
func (f *file) word(at int) string {
	end := at
	for end < len(f.mask) && isWord(f.mask[end]) && end < at+40 {
		end++
	}
	return string(f.mask[at:end])
}

// byLine finds the ends of declarations by the lines that begin the next one:
// those that are not in brackets, not indented, and go on with nothing.
func (f *file) byLine(from, to int) (ends []int) {
	depth, base := 0, -1
	var (
		last   byte // code of the line before
		closed bool // it ended a block
		prefix = true
		ended  = from // behind the last line of code
	)
	for at := from; at < to; {
		l := f.lineAt(at)
		next := min(l.next, to)
		first := f.nextCode(at, next)
		if first == next || l.inside && f.mask[first] == literal {
			if first < next {
				depth += f.brackets(first, next)
				ended = next
			} else if l.first >= 0 && ended > from && base >= 0 && f.columns(l) > base && f.skipBlank(ended, to) == at {
				ended = next // a comment at the end of a body
			}
			at = next
			continue
		}
		if depth == 0 && (base < 0 || f.columns(l) <= base || closed && !f.indented) && !prefix && !(last == ',' && from == 0) && !f.follows(first, last) {
			ends = append(ends, f.skipBlank(ended, to))
		}
		if depth == 0 && !l.inside && !strings.ContainsRune(")]}", rune(f.mask[first])) {
			if c := f.columns(l); base < 0 || c < base {
				base = c
			}
		}
		begins := depth == 0 && f.columns(l) <= base
		depth += f.brackets(first, next)
		lastCode := f.lastCode(first, next)
		last, closed = f.mask[lastCode], depth == 0 && f.mask[lastCode] == '}' && !begins
		if begins && depth == 0 {
			prefix = f.isPrefix(first, next)
		} else if begins {
			prefix = f.prefix != "" && strings.HasPrefix(f.src[first:], f.prefix) && f.name != "elixir" && f.isPrefix(first, f.closing(first, to))
		} else if depth == 0 && prefix && !strings.ContainsRune(")]}", rune(f.mask[first])) && f.columns(l) <= base {
			prefix = false
		}
		ended, at = next, next
	}
	return ends
}

// closing returns the end of the line in which the brackets that a line opens are
// closed.
func (f *file) closing(at, to int) int {
	depth := 0
	for i := at; i < to; i++ {
		switch f.mask[i] {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
		case '\n':
			if depth <= 0 {
				return i
			}
		}
	}
	return to
}

// brackets returns how many more brackets a text opens than it closes.
func (f *file) brackets(from, to int) int {
	n := 0
	for i := from; i < to; i++ {
		switch f.mask[i] {
		case '(', '[', '{':
			n++
		case ')', ']', '}':
			n--
		}
	}
	return n
}

func (f *file) lastCode(from, to int) int {
	for i := to - 1; i > from; i-- {
		switch f.mask[i] {
		case ' ', '\t', '\r', '\n', '\f', comment:
		default:
			return i
		}
	}
	return from
}

// follows reports whether a line goes on with what the one before began.
func (f *file) follows(first int, last byte) bool {
	if strings.IndexByte("=\\(", last) >= 0 && last != 0 {
		return true
	}
	c := f.mask[first]
	if c == '.' && f.name == "haskell" || c == '@' || c == '{' && f.name == "graphql" {
		return false
	}
	if f.name == "kotlin" && (isWord(last) || last == '>') && primary.MatchString(f.src[first:min(len(f.src), first+80)]) {
		return true
	}
	return strings.IndexByte(")]}{.,:?|&=+>", c) >= 0 && f.name != "bash" || strings.IndexByte(")]}|&", c) >= 0 || closers[f.word(first)]
}

// primary is a constructor that belongs to the head of a class.
var primary = regexp.MustCompile(`^(?:(?:private|internal|protected|public|actual|@\w+) )*constructor\b`)

// isPrefix reports whether a line is nothing without what follows.
func (f *file) isPrefix(first, end int) bool {
	if f.prefix == "" || !strings.HasPrefix(f.src[first:], f.prefix) {
		return false
	}
	if f.name == "elixir" || f.name == "python" {
		return true
	}
	return f.nextCode(f.attributes(first, end), end) >= end
}

// attributes skips annotations, and returns where the declaration goes on.
func (f *file) attributes(at, end int) int {
	for {
		for at = f.nextCode(at, end); at < end && f.mask[at] == other; {
			at = f.nextCode(at+1, end)
		}
		switch {
		case at >= end:
			return end
		case f.mask[at] == '@' && !bytes.HasPrefix(f.mask[at:], []byte("@interface")):
			at++
			for at < end && (isWord(f.mask[at]) || f.mask[at] == '.' || f.mask[at] == ':') {
				at++
			}
			if at < end && f.mask[at] == '(' {
				at = f.partner(at, end)
			}
		case f.mask[at] == '#' && at+1 < end && (f.mask[at+1] == '[' || f.mask[at+1] == '!'), f.mask[at] == '[' && (f.name == "csharp" || f.name == "cpp"):
			open := bytes.IndexByte(f.mask[at:end], '[')
			if open < 0 {
				return at
			}
			at = f.partner(at+open, end)
		default:
			return at
		}
	}
}

// partner returns the place behind the bracket that closes the one at a place.
func (f *file) partner(at, end int) int {
	depth := 0
	for i := at; i < end; i++ {
		switch f.mask[i] {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return end
}
