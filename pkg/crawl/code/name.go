package code

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// declaration is what a unit declares.
type declaration struct {
	kind, name string
	members    bool   // it has members
	split      bool   // which have sections of their own, however small it is
	through    bool   // and which are called as if it were not there
	value      bool   // it may stand in a row with others
	owner      string // what members are said to be of
}

// title is the heading of a declaration.
func (d declaration) title() string {
	return strings.TrimSpace(d.kind + " " + d.name)
}

// naming finds a declaration that no word begins.
type naming func(f *file, u unit, head string, parent declaration) (declaration, bool)

// kinds reads the words that declare, see language.
func kinds(list string) map[string]string {
	set := map[string]string{}
	for w := range strings.FieldsSeq(list) {
		name := strings.TrimRight(w, "*~+=")
		set[name] = w[len(name):]
	}
	return set
}

// maxHead bounds what is read of a declaration for its name.
const maxHead = 1000

// head returns the beginning of a unit on one line, without attributes, comments
// and what is in long literals.
func (f *file) head(u unit) string {
	at := f.attributes(f.behindPrefix(u), u.end)
	var b strings.Builder
	for i := at; i < u.end && b.Len() < maxHead; i++ {
		switch c := f.mask[i]; c {
		case ' ', '\t', '\n', '\r', '\f', comment, other:
			if b.Len() > 0 && !strings.HasSuffix(b.String()[b.Len()-1:], " ") {
				b.WriteByte(' ')
			}
		case literal:
			from := i
			for i+1 < u.end && f.mask[i+1] == literal {
				i++
			}
			if text := f.src[from : i+1]; len(text) < 100 && !strings.Contains(text, "\n") {
				b.WriteString(text)
			} else {
				b.WriteString(`""`)
			}
		default:
			b.WriteByte(c)
		}
	}
	return strings.ToValidUTF8(b.String(), "")
}

// behindPrefix returns where the declaration begins behind the lines that only
// say something about it.
func (f *file) behindPrefix(u unit) int {
	if f.name != "elixir" {
		return u.code
	}
	depth := 0
	for at := u.code; at < u.end; {
		l := f.lineAt(at)
		next := min(l.next, u.end)
		first := f.nextCode(at, next)
		if depth == 0 && first < next && !l.inside && f.columns(l) <= u.indent && f.mask[first] != '@' && !strings.ContainsRune(")]}", rune(f.mask[first])) {
			return at
		}
		depth += f.brackets(at, next)
		at = next
	}
	return u.code
}

var (
	identifier = regexp.MustCompile(`^[\p{L}_$][\p{L}\p{N}_$]*`)
	dotted     = regexp.MustCompile("^(?:[\\p{L}_$@][\\p{L}\\p{N}_$]*(?:(?:\\.|::|:)[\\p{L}_$][\\p{L}\\p{N}_$]*)*[!?=']*|`[^`]+`|\"[^\"]{1,80}\"|'[^']{1,80}'|[!-/:<-@^|~]{1,4})")
)

// declared tells what a unit declares; parent is what it is a member of. The zero
// declaration has no name.
func (f *file) declared(u unit, parent declaration) declaration {
	if f.directives && u.code < u.end && f.src[u.code:][0] != '\n' {
		if d, ok := defined(f.src[u.code:u.end]); ok {
			return d
		}
	}
	head := f.head(u)
	word := ""
	for {
		word = identifier.FindString(head)
		if word == "macro_rules" {
			word = "macro_rules!"
		}
		if f.name == "csharp" || f.name == "cpp" {
			if m := access.FindString(head); m != "" {
				head = head[len(m):]
				continue
			}
		}
		if f.name == "c" || f.name == "cpp" {
			if m := annotated.FindString(head); m != "" {
				head = head[len(m):]
				continue
			}
			if m := macro.FindString(head); m != "" && further.MatchString(head[len(m):]) {
				head = head[len(m):]
				continue
			}
		}
		rest := strings.TrimLeft(head[min(len(word), len(head)):], " ")
		if t, ok := strings.CutPrefix(rest, "<"); ok && word == "template" {
			head = behind(t)
			continue
		}
		if word == "" || !f.modifiers[word] {
			break
		}
		if _, declares := f.kinds[word]; declares {
			if _, also := f.kinds[identifier.FindString(f.unmodified(rest))]; !also {
				break
			}
		}
		if word == "pub" && strings.HasPrefix(rest, "(") {
			_, rest, _ = strings.Cut(rest, ")")
		}
		if word == "extern" && strings.HasPrefix(rest, `"`) {
			_, rest, _ = strings.Cut(rest[1:], `"`)
		}
		if rest == "" || strings.IndexByte("=:;,({.<", rest[0]) >= 0 && !f.calls { // it is the name
			break
		}
		head = strings.TrimLeft(rest, " ")
	}
	for _, find := range f.names {
		if d, ok := find(f, u, head, parent); ok {
			return f.owned(d, parent)
		}
	}
	if flags, ok := f.kinds[word]; ok {
		if d, ok := f.keyword(word, flags, strings.TrimLeft(head[min(len(word), len(head)):], " ")); ok {
			return f.owned(d, parent)
		}
	}
	if f.calls {
		if d, ok := call(head, parent); ok {
			return f.owned(d, parent)
		}
	}
	return declaration{}
}

var (
	// macro is one that stands before a declaration, which further begins.
	macro     = regexp.MustCompile(`^[A-Z][A-Z0-9_]{2,}(?: ?\([^()]*(?:\([^()]*\)[^()]*)*\))? `)
	annotated = regexp.MustCompile(`^(?:__attribute__|__declspec|alignas|_Alignas|__asm__)? ?\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\) ?`)
	further   = regexp.MustCompile(`^(?:[A-Za-z_]\w*(?:::\w+)*(?:<[^<>]*>)?[ *&]+[A-Za-z_*&]|template ?<|operator|[A-Z][A-Z0-9_]+ ?\()`)
)

var access = regexp.MustCompile(`^(?:public|private|protected|signals|slots)(?: slots)? ?:(?:[^:]|$)`)

// unmodified takes the modifiers off that no kind is.
func (f *file) unmodified(head string) string {
	for {
		word := identifier.FindString(head)
		if _, declares := f.kinds[word]; word == "" || declares || !f.modifiers[word] {
			return head
		}
		head = strings.TrimLeft(head[len(word):], " ")
	}
}

// keyword reads the name behind a word that declares.
func (f *file) keyword(word, flags, rest string) (declaration, bool) {
	d := declaration{kind: word, members: strings.ContainsAny(flags, "*~+"), split: flags == "+" || flags == "~", through: flags == "~", value: flags == "="}
	switch {
	case word == "function":
		rest = strings.TrimLeft(rest, "* ")
	case strings.HasPrefix(rest, "<"): // type parameters before the name
		rest = strings.TrimLeft(behind(rest[1:]), " ")
	case word == "let" || word == "const":
		rest = strings.TrimPrefix(rest, "mut ")
	}
	d.name = strings.Trim(dotted.FindString(rest), "`")
	if f.name != "ruby" && f.name != "haskell" {
		if name := strings.TrimRight(d.name, "="); name != "" {
			d.name = name
		}
	}
	switch {
	case word == "using" && strings.HasPrefix(strings.TrimPrefix(rest, d.name), " ="):
		return d, true
	case word == "object" && (d.name == "" || d.name == ":"):
		d.name, d.through = "Companion", true
	case word == "import" || word == "module" && f.name == "haskell" || word == "use" || word == "using" || word == "package" || word == "require" || word == "syntax" || word == "include" || word == "export" && f.name == "dart":
		return d, false // what is used is declared elsewhere
	case f.name == "hcl":
		d.name = strings.TrimSpace(hclName.FindString(rest))
	case word == "init" || word == "deinit" || word == "constructor" || word == "subscript" || word == "comptime":
		d.name = ""
	case word == "extern" || d.name == "" && d.through:
		d.name, _, _ = strings.Cut(rest, "{")
		d.name = strings.TrimSpace(d.name)
	case d.name == "" || word == "alias" && f.name == "elixir":
		return d, false
	case d.kind == "const" && f.name == "typescript" && strings.HasPrefix(rest, "enum "):
		return d, false
	}
	d.value = d.value && !arrow.MatchString(rest)
	if objects.MatchString(rest) && (f.name == "javascript" || f.name == "typescript" || f.name == "zig") {
		d.members, d.value = true, false
	}
	return d, true
}

var (
	hclName = regexp.MustCompile(`^(?:"[^"]*"|\w+)?(?: "[^"]*")?`)
	arrow   = regexp.MustCompile(`^[\w$]+(?:: [^=]*)? ?= ?(?:async )?(?:function\b|\(|\w+ =>|<)`)
	objects = regexp.MustCompile(`^[\w$]+(?:\s*:[^=]*)? ?= ?(?:(?:packed |extern )?(?:struct|enum|union|opaque) ?(?:\([^)]*\) ?)*)?\{`)
)

// owned says whose member a declaration is.
func (f *file) owned(d, parent declaration) declaration {
	d.owner = strings.Trim(d.owner, "`")
	if d.owner == "" {
		d.owner = d.name
	}
	if i := strings.LastIndex(d.owner, f.separator); i > 0 && d.members { // the last part is what it is called
		d.owner = d.owner[i+len(f.separator):]
	}
	if d.through {
		d.owner = parent.owner
	}
	if parent.owner != "" && !d.through && !strings.HasPrefix(d.name, parent.owner+f.separator) {
		d.name = strings.TrimRight(parent.owner+f.separator+d.name, f.separator)
		if f.name == "ruby" && strings.HasPrefix(d.name, parent.owner+"#self.") {
			d.name = parent.owner + "." + strings.TrimPrefix(d.name, parent.owner+"#self.")
		} else if f.name == "ruby" && d.kind != "def" {
			d.name = strings.Replace(d.name, "#", "::", 1)
		}
	}
	return d
}

// behind returns what is behind the bracket that closes one before s.
func behind(s string) string {
	depth, inside := 1, 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '(', '[', '{':
			inside++
		case ')', ']', '}':
			inside--
		case '<':
			if inside == 0 {
				depth++
			}
		case '>':
			if inside > 0 || i > 0 && (s[i-1] == '-' || s[i-1] == '=') {
				continue
			}
			if depth--; depth == 0 {
				return strings.TrimLeft(s[i+1:], " ")
			}
		}
	}
	return ""
}

var define = regexp.MustCompile(`^[ \t]*#[ \t]*define[ \t]+(\w+)`)

// defined reads a definition of C's preprocessor.
func defined(text string) (declaration, bool) {
	m := define.FindStringSubmatch(text[:min(len(text), maxHead)])
	if m == nil {
		return declaration{}, false
	}
	return declaration{kind: "#define", name: m[1], value: true}, true
}

var (
	control  = words("if for while switch return sizeof catch do else assert using new throw delete goto case decltype alignas alignof defined static_assert _Static_assert")
	callName = regexp.MustCompile(`((?:[\p{L}_$][\p{L}\p{N}_$]*(?:<[^<>]*>)?::)*(?:~ ?)?(?:operator ?(?:\(\)|[^\s\w(]{1,3}|[\w:]+[ *&]*)|[\p{L}_$][\p{L}\p{N}_$.]*)) ?(?:<[^<>()]*> ?)?$`)
	pointer  = regexp.MustCompile(`^\( ?(?:\w+ )?[*^&]+ ?(?:const )?([\p{L}_]\w*) ?(?:\[[^\]]*\] ?)*\) ?[(\[]`)
	lastName = regexp.MustCompile(`([\p{L}_$][\p{L}\p{N}_$]*(?:::[\p{L}_$][\p{L}\p{N}_$]*)*) ?(?:\[[^\]]*\] ?)*(?:: ?\d+ ?)?$`)
	second   = regexp.MustCompile(`^\([^()]*\) ?((?:[\p{L}_][\w:]* ?[*& ]*)*)\(`)
)

// call reads the name of a function or a variable of C and its kin.
func call(head string, parent declaration) (declaration, bool) {
	kind, value := "function", "variable"
	if parent.owner != "" {
		kind, value = "method", "field"
	}
	open := strings.IndexByte(head, '(')
	stop := strings.IndexAny(head, ";{=")
	if i := strings.Index(head, "operator"); i >= 0 && (stop < 0 || i < stop) {
		stop = -1
		if rest := head[i:]; open < i {
			open = i + strings.IndexByte(rest, '(')
			if strings.HasPrefix(strings.TrimLeft(rest[8:], " "), "()") {
				open += 2
			}
		}
	}
	if open > 0 && (stop < 0 || open < stop) {
		if m := pointer.FindStringSubmatch(head[open:]); m != nil && !strings.HasSuffix(head[:open], m[1]) {
			return declaration{kind: value, name: m[1]}, true
		}
		m := callName.FindStringSubmatch(head[:open])
		if m == nil || control[m[1]] {
			return declaration{}, false
		}
		name := m[1]
		if more := second.FindStringSubmatch(head[open:]); more != nil && (strings.ToUpper(name) == name || strings.HasPrefix(name, "__")) { // a macro before
			if n := callName.FindStringSubmatch(strings.TrimRight(more[1], " ")); n != nil {
				name = n[1]
			}
		}
		return declaration{kind: kind, name: name, value: !strings.Contains(head, "{")}, true
	}
	if stop < 0 {
		stop = len(head)
	}
	before := strings.TrimRight(head[:stop], " ")
	m := lastName.FindStringSubmatch(before)
	if m == nil || !strings.ContainsAny(strings.TrimSuffix(before, m[0]), " *&>") {
		return declaration{}, false
	}
	if first := identifier.FindString(before); control[first] || first == "import" || first == "package" || first == "namespace" {
		return declaration{}, false
	}
	return declaration{kind: value, name: m[1], value: true}, true
}

// short cuts a title where it would be no title.
func short(s string, most int) string {
	s = strings.Join(strings.Fields(strings.Map(printable, s)), " ")
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}

func printable(r rune) rune {
	if r < ' ' || r == '`' || r == utf8.RuneError || r == 0x7f {
		return ' '
	}
	return r
}
