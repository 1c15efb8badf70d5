package rst

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// maxIncludes bounds how deep files include each other; real ones stay below
// five.
const maxIncludes = 16

var includeLine = regexp.MustCompile(`^(\s*)\.\. (include|literalinclude)::[ \t]+(\S.*)$`)

// Expand puts the text of other files in the place of the directives include
// and literalinclude. name is the path of the file that src is, read returns
// another one by its path, and says which may be read. A path that begins with
// a slash is one below a folder above the file, as it is below the root of the
// documentation for Sphinx. What cannot be read stays as it is. The result has
// max bytes at most beyond src.
func Expand(src, name string, read func(name string) (string, bool), max int) string {
	if !strings.Contains(src, "include::") {
		return src
	}
	e := &expander{read: read, left: max}
	return strings.Join(e.file(split(src), name), "\n")
}

type expander struct {
	read  func(name string) (string, bool)
	left  int      // bytes that may be included yet
	stack []string // files that are being read
}

func (e *expander) file(lines []string, name string) []string {
	e.stack = append(e.stack, name)
	defer func() { e.stack = e.stack[:len(e.stack)-1] }()
	var out []string
	for i := 0; i < len(lines); i++ {
		m := includeLine.FindStringSubmatch(lines[i])
		if m == nil {
			out = append(out, lines[i])
			continue
		}
		opts, next := options(lines, i+1, len(m[1]))
		body, ok := e.include(m[2], strings.TrimSpace(m[3]), opts, name)
		if !ok {
			out = append(out, lines[i])
			continue
		}
		out = append(out, "")
		for _, l := range body {
			if l != "" {
				l = m[1] + l
			}
			out = append(out, l)
		}
		out = append(out, "")
		i = next - 1
	}
	return out
}

// options reads the options of a directive, and the index after them.
func options(lines []string, i, indent int) (map[string]string, int) {
	opts := map[string]string{}
	for ; i < len(lines) && indentOf(lines[i]) > indent; i++ {
		m := optionLine.FindStringSubmatch(strings.TrimSpace(lines[i]))
		if m == nil {
			break
		}
		opts[m[1]] = strings.TrimSpace(m[2])
	}
	return opts, i
}

// include returns the lines that take the place of a directive.
func (e *expander) include(kind, target string, opts map[string]string, from string) ([]string, bool) {
	if len(e.stack) > maxIncludes {
		return nil, false
	}
	for _, place := range Places(target, from) {
		if slices.Contains(e.stack, place) {
			return nil, false
		}
		text, ok := e.read(place)
		if !ok {
			continue
		}
		lines := chosen(split(strings.TrimSuffix(text, "\n")), opts)
		for _, l := range lines {
			e.left -= len(l) + 1
		}
		if e.left < 0 {
			return nil, false
		}
		lang, isCode := opts["code"]
		_, isLiteral := opts["literal"]
		switch {
		case kind == "literalinclude":
			return codeOf(lines, first(opts["language"], languageOf(place)), opts["caption"]), true
		case isCode || isLiteral:
			return codeOf(lines, lang, ""), true
		}
		return e.file(lines, place), true
	}
	return nil, false
}

// Places returns the paths that a target of a file may mean, the nearest first:
// beside it, or, with a slash in front, below one of the folders above it.
func Places(target, from string) []string {
	if strings.ContainsAny(target, "<>\\") || strings.Contains(target, "://") {
		return nil
	}
	dir := path.Dir(from)
	rooted, ok := strings.CutPrefix(target, "/")
	if !ok {
		return []string{path.Join(dir, target)}
	}
	var out []string
	for ; ; dir = path.Dir(dir) {
		out = append(out, path.Join(dir, rooted))
		if dir == "." || dir == "/" || len(out) > 20 {
			return out
		}
	}
}

// endings are names of files whose language has another one.
var endings = map[string]string{"py": "python", "js": "javascript", "ts": "typescript", "rb": "ruby", "rs": "rust", "sh": "bash", "yml": "yaml", "h": "c", "txt": "none"}

// languageOf tells the language of code by the name of its file.
func languageOf(name string) string {
	ending := strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
	return first(endings[ending], ending)
}

// codeOf is a block of code with the lines in it.
func codeOf(lines []string, lang, caption string) []string {
	out := []string{strings.TrimSpace(".. code-block:: " + first(lang, "none"))}
	if caption != "" {
		out = append(out, "   :caption: "+caption)
	}
	out = append(out, "")
	for _, l := range lines {
		if l != "" {
			l = "   " + l
		}
		out = append(out, l)
	}
	return out
}

// chosen returns the lines that an include asks for.
func chosen(lines []string, opts map[string]string) []string {
	at := func(text string, from int) int {
		for i := from; text != "" && i < len(lines); i++ {
			if strings.Contains(lines[i], text) {
				return i
			}
		}
		return -1
	}
	begin, end := 0, len(lines)
	if n, err := strconv.Atoi(opts["start-line"]); err == nil && n > 0 {
		begin = min(n, end)
	}
	if n, err := strconv.Atoi(opts["end-line"]); err == nil && n >= begin {
		end = min(n, end)
	}
	if i := at(opts["start-after"], begin); i >= 0 {
		begin = i + 1
	} else if i := at(opts["start-at"], begin); i >= 0 {
		begin = i
	}
	if i := at(opts["end-before"], begin); i >= 0 {
		end = min(i, end)
	} else if i := at(opts["end-at"], begin); i >= 0 {
		end = min(i+1, end)
	}
	lines = lines[begin:max(begin, end)]
	if spec := opts["lines"]; spec != "" {
		lines = numbered(lines, spec)
	}
	if _, ok := opts["dedent"]; ok {
		lines = dedent(lines)
	}
	return lines
}

// numbered returns lines by numbers: 1-5,7,10-.
func numbered(lines []string, spec string) []string {
	var out []string
	for part := range strings.SplitSeq(spec, ",") {
		from, to, isRange := strings.Cut(strings.TrimSpace(part), "-")
		a, err := strconv.Atoi(first(from, "1"))
		if err != nil || a < 1 || a > len(lines) || len(out) > 4*len(lines) {
			continue
		}
		b := a
		if isRange {
			if b, err = strconv.Atoi(to); err != nil || b > len(lines) {
				b = len(lines)
			}
		}
		out = append(out, lines[a-1:max(a-1, b)]...)
	}
	return out
}

func first(s ...string) string {
	for _, v := range s {
		if v != "" {
			return v
		}
	}
	return ""
}
