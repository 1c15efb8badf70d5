package code

import (
	"strings"

	"panther/pkg/passage"
)

// Section is a part of a file. The sections of a file, one after the other, are
// the file.
type Section struct {
	Title      string   // "func (*Store) Put"; "" for what is before the first declaration
	Level      int      // 1, or more for members
	Start, End int      // bytes
	Code       int      // where the comments end that lead it
	Members    []string // of a type whose members have no sections

	decl declaration
	row  bool // of values
}

// maxLevel bounds how deep members of members have sections of their own.
const maxLevel = 5

// Sections returns the sections of a file of source code.
func Sections(name, src string) []Section {
	l := languageOf(name)
	if l == nil || src == "" {
		return nil
	}
	f := &file{language: l, src: src, mask: l.mask(src), left: maxUnits}
	return f.cut(0, len(src), declaration{}, 1)
}

// cut returns the sections of a part of the file.
func (f *file) cut(from, to int, parent declaration, level int) []Section {
	var out []Section
	for i, u := range f.units(from, to) {
		d := f.declared(u, parent)
		if level == 1 && i == 0 && d.title() != "" {
			if end := f.header(u); end > u.start {
				out = append(out, Section{Level: 1, Start: u.start, End: end, Code: end})
				u.start = end
			}
		}
		s := Section{Title: d.title(), Level: level, Start: u.start, End: u.end, Code: u.code, decl: d, row: d.value}
		if d.name == "()" {
			s.Title = f.group(d.kind, u)
		}
		s.row = s.row && strings.Count(strings.TrimRight(src(f, u), "\n"), "\n") == 0 && strings.IndexByte(src(f, u), '{') < 0
		inner, ok := f.inside(u, d, parent, level)
		switch {
		case ok && (passage.Fits(f.src[u.code:u.end]) || level == maxLevel) && !d.split:
			for _, m := range inner {
				if m.decl.name != "" && m.decl.name != "()" {
					s.Members = append(s.Members, m.decl.name)
				}
				s.Members = append(s.Members, m.Members...)
			}
		case ok:
			if inner[0].decl.title() == "" && len(inner) > 1 { // what the type says of itself
				inner = inner[1:]
			}
			s.End = inner[0].Start
			inner[len(inner)-1].End = u.end
			if s.Title == "" {
				s.Title = short(f.head(u), maxFirst)
			}
			out = append(append(out, s), inner...)
			continue
		}
		out = f.join(out, s)
	}
	for i := range out {
		if out[i].Title == "" && (level > 1 || i > 0) {
			out[i].Title = untold
		}
	}
	return out
}

func src(f *file, u unit) string { return f.src[u.code:u.end] }

// header returns where the comments at the beginning of a file end that are about
// the file: a blank line follows.
func (f *file) header(u unit) int {
	end := u.start
	for at := u.start; at < u.code; {
		l := f.lineAt(at)
		if l.first < 0 && !l.inside {
			end = f.skipBlank(at, u.code)
		}
		at = l.next
	}
	if end == u.code && u.code == u.end {
		return u.start
	}
	return end
}

// inside returns the sections of what has members, if it has any.
func (f *file) inside(u unit, d, parent declaration, level int) ([]Section, bool) {
	if level > maxLevel || !d.members && (d.name != "" || d.kind != "" || passage.Fits(f.src[u.code:u.end])) {
		return nil, false
	}
	wrapper := d.title() == ""
	if wrapper {
		d = parent
	}
	from, to := f.body(u)
	if from >= to {
		return nil, false
	}
	inner := f.cut(from, to, d, min(level+1, maxLevel+1))
	for _, s := range inner {
		if s.decl.title() != "" && (!wrapper || !s.decl.value && s.decl.kind != "field") {
			return inner, true
		}
	}
	return nil, false
}

// body returns the lines of the members of a unit.
func (f *file) body(u unit) (from, to int) {
	if f.indented && (f.name != "scala" && f.name != "bash" || !f.braced(u)) {
		return f.indentedBody(u)
	}
	open, end := 0, 0
	for i := u.code; i < u.end; i++ {
		switch f.mask[i] {
		case '{':
			p := f.partner(i, u.end)
			if p-i > end-open {
				open, end = i, p
			}
			i = p - 1
		case '(', '[':
			p := f.partner(i, u.end)
			if f.kindless(u) { // a wrapper: the block is an argument
				continue
			}
			i = p - 1
		}
	}
	if end == 0 {
		return 0, 0
	}
	from, to = min(f.lineAt(f.endOfLine(open)).next, u.end), f.endOfLine(end-1)
	if from >= to || f.brackets(open+1, from) != 0 {
		return 0, 0
	}
	return from, to
}

// kindless reports whether a unit declares nothing by itself.
func (f *file) kindless(u unit) bool { return f.declared(u, declaration{}).title() == "" }

// braced reports whether the body of a declaration is in braces.
func (f *file) braced(u unit) bool {
	depth := 0
	for i := u.code; i < u.end; i++ {
		switch f.mask[i] {
		case '(', '[':
			depth++
		case ')', ']':
			depth--
		case '{':
			return depth == 0
		case '\n':
			if depth == 0 && f.hasCode(u.code, i) && f.follows(f.nextCode(i, u.end-1), 0) {
				continue
			}
			if depth == 0 && f.hasCode(u.code, i) {
				return false
			}
		}
	}
	return false
}

func (f *file) indentedBody(u unit) (from, to int) {
	depth := 0
	for at := u.code; at < u.end; {
		l := f.lineAt(at)
		next := min(l.next, u.end)
		first := f.nextCode(at, next)
		switch {
		case from == 0:
			depth += f.brackets(at, next)
			if depth == 0 && first < next && f.attributes(first, next) < next && !f.isPrefix(first, next) {
				from, to = next, next
			}
		case first < next && (f.columns(l) > u.indent || l.inside):
			to = next
		}
		at = next
	}
	return from, to
}

// maxRow bounds how many declarations of one line share a section.
const maxRow = 40

// join adds a section to those before it, or to the last one: where both declare
// nothing, the same, or a value in one of several lines.
func (f *file) join(out []Section, s Section) []Section {
	n := len(out) - 1
	if n < 0 || out[n].Level != s.Level {
		return append(out, s)
	}
	last := &out[n]
	switch {
	case last.Title == "" && s.Title == "" && (n > 0 || last.Code < last.End || s.Level > 1):
	case f.repeats && s.decl.name != "" && last.decl.name == s.decl.name && s.Code == s.Start && last.decl.kind == s.decl.kind || f.repeats && f.name == "haskell" && s.decl.name != "" && last.decl.name == s.decl.name && s.decl.kind == "function":
	case last.row && s.row && last.decl.kind == s.decl.kind && s.Code == s.Start && last.decl.value && !blankBefore(f.src[last.Start:s.Start]) && strings.Count(last.Title, ", ") < maxRow:
		if title := last.Title + ", " + s.decl.name; len(title) < maxTitle {
			last.Title = title
		}
	default:
		return append(out, s)
	}
	last.End = s.End
	return out
}

func blankBefore(text string) bool {
	return strings.HasSuffix(strings.TrimRight(text, " \t\r"), "\n\n") || strings.HasSuffix(text, "\n\r\n")
}

const (
	maxTitle = 200 // bytes; a heading of CommonMark is cut at 512 here
	maxFirst = 80  // characters of a line that stands for a title
	untold   = "…" // what declares nothing; its own words would look like a declaration
)

// group names what a declaration in parentheses declares.
func (f *file) group(kind string, u unit) string {
	var names []string
	size, depth := 0, 0
	if kind == "enum" {
		if open := strings.IndexByte(string(f.mask[u.code:u.end]), '{'); open >= 0 {
			for part := range strings.SplitSeq(string(f.mask[u.code+open+1:u.end]), ",") {
				if n := identifier.FindString(strings.TrimLeft(part, " \t\r\n\x01\x03")); n != "" && size+len(n) < maxTitle-20 {
					names = append(names, n)
					size += len(n) + 2
				}
			}
			return kind + " " + strings.Join(names, ", ")
		}
	}
	for at := u.code; at < u.end; {
		l := f.lineAt(at)
		next := min(l.next, u.end)
		first := f.nextCode(at, next)
		if depth == 1 && first < next {
			if n := identifier.FindString(f.src[first:next]); n != "" && size+len(n) < maxTitle-20 {
				names = append(names, n)
				size += len(n) + 2
			}
		}
		depth += f.brackets(at, next)
		at = next
	}
	if len(names) == 0 {
		return kind
	}
	return kind + " " + strings.Join(names, ", ")
}
