package asciidoc

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// maxIncludes bounds how deep files include each other; Asciidoctor's own limit
// is 64, and real ones stay below ten.
const maxIncludes = 16

var (
	includeLine = regexp.MustCompile(`^include::([^\s\[][^\[]*)\[(.*)\]\s*$`)
	tagLine     = regexp.MustCompile(`\b(tag|end)::([^\s\[]+)\[\](?:\s|-->|\*/|$)`)
)

// Expand puts the text of other files in the place of include::, as Asciidoctor
// does before it reads anything else: by lines, tags, indentation and level of
// sections. name is the path of the file that src is, read returns another one
// by its path, and says which may be read. What cannot be read stays as it is,
// an address becomes a link. The result has max bytes at most beyond src.
func Expand(src, name string, read func(name string) (string, bool), max int) string {
	if !strings.Contains(src, "include::") {
		return src
	}
	e := &expander{read: read, left: max, w: &writer{attrs: map[string]string{}}}
	e.file(src, name)
	return e.b.String()
}

type expander struct {
	b     strings.Builder
	read  func(name string) (string, bool)
	left  int      // bytes that may be included yet
	stack []string // files that are being read
	w     *writer  // holds the attributes, which targets may be made of
}

func (e *expander) file(src, name string) {
	e.stack = append(e.stack, name)
	defer func() { e.stack = e.stack[:len(e.stack)-1] }()
	lines := strings.Split(strings.TrimSuffix(src, "\n"), "\n")
	for i, l := range lines {
		if m := includeLine.FindStringSubmatch(l); m != nil && e.include(m[1], m[2], name) {
			continue
		}
		if attribute.MatchString(l) {
			e.w.attribute(lines, i)
		}
		e.b.WriteString(l + "\n")
	}
}

// include writes the text of a file and reports whether there is one.
func (e *expander) include(target, args, from string) bool {
	target = strings.TrimSpace(e.w.replaceAttributes(target))
	if strings.Contains(target, "://") {
		e.b.WriteString("link:" + target + "[]\n")
		return true
	}
	place := resource(target, from)
	if place == "" || len(e.stack) > maxIncludes || slices.Contains(e.stack, place) {
		return false
	}
	text, ok := e.read(place)
	if !ok {
		return false
	}
	m := parseMeta(args)
	text = strings.ReplaceAll(text, "\r\n", "\n")
	lines := chosen(strings.Split(strings.TrimSuffix(text, "\n"), "\n"), m)
	text = strings.Join(lines, "\n")
	if e.left -= len(text); e.left < 0 {
		return false
	}
	before := e.w.attrs["leveloffset"]
	if by := m.named["leveloffset"]; by != "" {
		e.level(by)
		defer e.level(first(before, "0"))
	}
	e.file(text, place)
	return true
}

// level sets the offset of sections from here on.
func (e *expander) level(to string) {
	line := ":leveloffset: " + to
	e.w.attribute([]string{line}, 0)
	e.b.WriteString("\n:leveloffset: " + e.w.attrs["leveloffset"] + "\n\n")
}

// families are the folders of a module of Antora, by the name that a target has
// for them.
var families = map[string]string{"partial": "partials", "example": "examples", "page": "pages", "attachment": "attachments", "image": "images"}

var antora = regexp.MustCompile(`^(?:([\w-]+):)?(partial|example|page|attachment|image)\$(.+)$`)

// resource returns the path of a target: beside the file that names it, or in
// a module of Antora. There is none for an absolute one.
func resource(target, from string) string {
	if m := antora.FindStringSubmatch(target); m != nil {
		before, rest, ok := strings.Cut("/"+from, "/modules/")
		if !ok {
			return ""
		}
		module, _, _ := strings.Cut(rest, "/")
		return path.Join(strings.TrimPrefix(before, "/"), "modules", first(m[1], module), families[m[2]], m[3])
	}
	if target == "" || strings.HasPrefix(target, "/") || strings.ContainsAny(target, "{}\\:") {
		return ""
	}
	return path.Join(path.Dir(from), target)
}

// chosen returns the lines that an include asks for.
func chosen(lines []string, m meta) []string {
	if spec := first(m.named["tag"], m.named["tags"]); spec != "" {
		lines = tagged(lines, strings.FieldsFunc(spec, func(r rune) bool { return r == ';' || r == ',' }))
	} else if spec := m.named["lines"]; spec != "" {
		lines = ranges(lines, spec)
	}
	if n, err := strconv.Atoi(m.named["indent"]); err == nil && n >= 0 && n < 100 {
		lines = indent(lines, n)
	}
	return lines
}

// ranges returns lines by numbers: 1..5;7;10..-1.
func ranges(lines []string, spec string) []string {
	var out []string
	for _, part := range strings.FieldsFunc(spec, func(r rune) bool { return r == ';' || r == ',' }) {
		from, to, isRange := strings.Cut(strings.TrimSpace(part), "..")
		a, err := strconv.Atoi(from)
		if err != nil || a < 1 || a > len(lines) {
			continue
		}
		b := a
		if isRange {
			if b, err = strconv.Atoi(to); err != nil || b < 0 || b > len(lines) {
				b = len(lines)
			}
		}
		if len(out) > 4*len(lines) { // the same lines again and again
			break
		}
		out = append(out, lines[a-1:max(a-1, b)]...)
	}
	return out
}

// tagged returns the regions between tag::NAME[] and end::NAME[], without the
// lines that name them. ! excludes one, * is every tag, ** everything.
func tagged(lines, tags []string) []string {
	wants := map[string]bool{}
	for _, t := range tags {
		t = strings.TrimSpace(t)
		wants[strings.TrimPrefix(t, "!")] = !strings.HasPrefix(t, "!")
	}
	anyTag, hasAny := wants["*"]
	all, hasAll := wants["**"]
	outside := hasAll && all
	if !hasAll && !hasAny { // only exclusions: everything else
		outside = true
		for _, w := range wants {
			outside = outside && !w
		}
	}
	type region struct {
		name string
		keep bool
	}
	var open []region
	var out []string
	keep := outside
	for _, l := range lines {
		m := tagLine.FindStringSubmatch(l)
		switch {
		case m == nil:
			if keep {
				out = append(out, l)
			}
		case m[1] == "end":
			if n := len(open); n > 0 && open[n-1].name == m[2] {
				open = open[:n-1]
				keep = outside
				if n > 1 {
					keep = open[n-2].keep
				}
			}
		default:
			if w, named := wants[m[2]]; named {
				keep = w
			} else if hasAny {
				keep = anyTag
			}
			open = append(open, region{m[2], keep})
		}
	}
	return out
}

// bare takes the backslash off an include that is to be shown.
func bare(l string) string {
	if strings.HasPrefix(l, `\include::`) {
		return l[1:]
	}
	return l
}

// indent sets the indentation of a block to n blanks.
func indent(lines []string, n int) []string {
	least := -1
	for _, l := range lines {
		if blank := len(l) - len(strings.TrimLeft(l, " \t")); strings.TrimSpace(l) != "" && (least < 0 || blank < least) {
			least = blank
		}
	}
	out := make([]string, len(lines))
	for i, l := range lines {
		if strings.TrimSpace(l) != "" {
			out[i] = strings.Repeat(" ", n) + l[least:]
		}
	}
	return out
}
