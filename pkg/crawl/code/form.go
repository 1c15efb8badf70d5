package code

import (
	"regexp"
	"strings"
)

// The forms of declarations that no word begins, or that need more than the name
// behind it.
var (
	goReceiver = regexp.MustCompile(`^func \( ?(?:\w+ )?(\*?) ?(\w+)(?:\[[^\]]*\])? ?\) ?(\w+)`)
	goGroups   = regexp.MustCompile(`^(const|var|type) ?\(`)
	assigned   = regexp.MustCompile(`^((?:[\p{L}_$][\p{L}\p{N}_$]*)(?:(?:\.|:|::)[\p{L}_$][\p{L}\p{N}_$]*|\[[^\]]{1,60}\])*)(?: ?: ?[^=]{1,100})? ?(?:=|\|\|=|\+=)([^=~].*|$)`)
	receiver   = regexp.MustCompile("^(fun|val|var|extension) ?(?:<[^()]*?> )?\\(?(?:([\\p{L}_][\\p{L}\\p{N}_.]*)(?:<[^()=]*>)?\\??\\.)?(`[^`]+`|[\\p{L}_][\\p{L}\\p{N}_]*)")
	structures = regexp.MustCompile(`^(struct|union|enum class|enum struct|enum|class|@interface|@protocol|@implementation)\b((?: ?\w+(?:\([^()]*\))?| ?\[\[[^\]]*\]\])*?) ?\b([\p{L}_][\w:]*)(?:<[^{};]*>)? ?(?:final )?(?::[^:({][^{;(]*)?\{`)
	enumerated = regexp.MustCompile(`^(?:typedef )?enum ?(?:: ?\w+ ?)?\{`)
	typedefs   = regexp.MustCompile(`\(\s*\*+\s*(\w+)\s*\)|([\p{L}_]\w*)\s*(?:\[[^\]]*\]\s*)*;\s*$`)
	properties = regexp.MustCompile(`^[\w<>\[\]?,. ()]+ ([\w.]+|this ?\[[^\]]*\]) ?(?:\{ ?(?:get|set|init|private|protected|internal|\[)|=>)`)
	impls      = regexp.MustCompile(`^impl\b ?`)
	phpValue   = regexp.MustCompile(`^(?:\??[\w|\\]+ )?\$(\w+) ?(?:=|;)`)
	shellName  = regexp.MustCompile(`^(?:function )?([\w:.+-]+) ?\( ?\) ?[{(\n]?`)
	creates    = regexp.MustCompile(`(?i)^(create|alter)(?: or replace)?(?: (?:temp|temporary|unique|global|local|unlogged|virtual|materialized|recursive|external|foreign))* (table|view|function|procedure|trigger|index|type|schema|sequence|database|domain|extension|policy|role|aggregate|operator|cast|rule)(?: concurrently)?(?: if (?:not )?exists)? ((?:["\x60\[]?[\w$]+["\x60\]]?)(?:\.["\x60\[]?[\w$]+["\x60\]]?)*)`)
	routine    = regexp.MustCompile(`^\s*create\s(?:.*\s)?(?:trigger|procedure|function)\s`)
	beginning  = regexp.MustCompile(`\bbegin\b`)
	ending     = regexp.MustCompile(`\bend(?:\s+\w+)?$`)
	arguments  = regexp.MustCompile(`^(?:\{[^{}]*\}(?: ?@ ?\w+)? ?: ?|\w+ ?: |let )*`)
	attributes = regexp.MustCompile(`^((?:"[^"]+"|[\w'$-]+|\$\{[^}]*\})(?:\.(?:"[^"]+"|[\w'$-]+|\$\{[^}]*\}))*) ?=(?:[^=]|$)`)
	equations  = regexp.MustCompile(`^(?:\(([^()\w\s]+)\)|([\p{Ll}_][\p{L}\p{N}_']*))(?: ?, ?[\p{Ll}_][\p{L}\p{N}_']*)*(?: ?::| [^=]*=|[^=]*\|)`)
	members    = regexp.MustCompile(`^(?:\* ?)?(#?[\p{L}_$][\p{L}\p{N}_$]*|'[^']{1,60}'|"[^"]{1,60}"|\[[^\]]{1,60}\]) ?(<[^()]*> ?)?([(:=?!;,])(.*)`)
	functions  = regexp.MustCompile(`^ ?(?:async )?(?:function\b|\([^()]*\)(?: ?: ?[^=]*)? ?=>|[\w$]+ ?=>)`)
)

func goMethod(_ *file, _ unit, head string, _ declaration) (declaration, bool) {
	m := goReceiver.FindStringSubmatch(head)
	if m == nil {
		return declaration{}, false
	}
	return declaration{kind: "func", name: "(" + m[1] + m[2] + ") " + m[3]}, true
}

// goGroup names what is declared between parentheses.
func goGroup(_ *file, _ unit, head string, _ declaration) (declaration, bool) {
	m := goGroups.FindStringSubmatch(head)
	if m == nil {
		return declaration{}, false
	}
	return declaration{kind: m[1], name: "()"}, true
}

func assignment(f *file, _ unit, head string, parent declaration) (declaration, bool) {
	m := assigned.FindStringSubmatch(head)
	if m == nil || f.kinds[m[1]] != "" {
		return declaration{}, false
	}
	d := declaration{kind: "variable", name: m[1], value: true}
	switch value := strings.TrimLeft(m[2], " "); {
	case functions.MatchString(m[2]), strings.HasPrefix(value, "lambda"):
		d.kind, d.value = "function", false
	case strings.HasPrefix(value, "{") && f.separator == "." && !f.indented:
		d.members, d.value = true, false
	}
	return d, true
}

// extension reads a function of Kotlin or Scala with what it extends.
func extension(f *file, _ unit, head string, _ declaration) (declaration, bool) {
	m := receiver.FindStringSubmatch(head)
	if m == nil || f.name != "kotlin" {
		return declaration{}, false
	}
	if m[1] == "fun" && m[3] == "interface" {
		return declaration{}, false
	}
	name := strings.Trim(m[3], "`")
	if m[2] != "" {
		name = m[2] + "." + name
	}
	return declaration{kind: m[1], name: name, value: m[1] != "fun" && !strings.Contains(head, "{")}, true
}

// structure reads a type of C or C++ with its members.
func structure(f *file, _ unit, head string, _ declaration) (declaration, bool) {
	m := structures.FindStringSubmatch(head)
	if m == nil {
		return declaration{}, false
	}
	return declaration{kind: m[1], name: m[3], members: !strings.HasPrefix(m[1], "enum")}, true
}

// typedef finds the name at the end.
func typedef(f *file, u unit, head string, _ declaration) (declaration, bool) {
	if enumerated.MatchString(head) && !strings.HasPrefix(head, "typedef ") {
		return declaration{kind: "enum", name: "()"}, true
	}
	if !strings.HasPrefix(head, "typedef ") {
		return declaration{}, false
	}
	text, kind := head, "typedef"
	tag := structures.FindStringSubmatch(strings.TrimPrefix(head, "typedef "))
	if i := strings.IndexByte(text, '{'); i >= 0 {
		if tag != nil {
			kind += " " + tag[1] + " " + tag[3]
		}
		if end := f.tail(u); end != "" {
			text = "}" + end
		}
		text = text[strings.LastIndexByte(text, '}')+1:]
	}
	m := typedefs.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return declaration{}, false
	}
	if tag != nil && tag[3] == m[1]+m[2] {
		kind = "typedef " + tag[1]
	}
	return declaration{kind: kind, name: m[1] + m[2], value: !strings.Contains(head, "{")}, true
}

// tail returns what is behind the last block of a unit.
func (f *file) tail(u unit) string {
	text := string(f.mask[max(u.code, u.end-maxHead):u.end])
	i := strings.LastIndexByte(text, '}')
	if i < 0 {
		return ""
	}
	return strings.Join(strings.FieldsFunc(text[i+1:], func(r rune) bool { return r <= ' ' }), " ")
}

// property reads one of C#.
func property(f *file, _ unit, head string, parent declaration) (declaration, bool) {
	m := properties.FindStringSubmatch(head)
	if m == nil || f.kinds[identifier.FindString(head)] != "" || parent.owner == "" {
		return declaration{}, false
	}
	return declaration{kind: "property", name: m[1]}, true
}

// implementation reads what a type implements.
func implementation(_ *file, _ unit, head string, _ declaration) (declaration, bool) {
	m := impls.FindString(head)
	if m == "" {
		return declaration{}, false
	}
	rest := head[len(m):]
	if t, ok := strings.CutPrefix(rest, "<"); ok {
		rest = behind(t)
	}
	rest, _, _ = strings.Cut(rest, "{")
	rest, _, _ = strings.Cut(rest, " where ")
	d := declaration{kind: "impl", name: strings.TrimSpace(rest), members: true, owner: strings.TrimSpace(rest)}
	if _, of, ok := strings.Cut(d.name, " for "); ok {
		d.owner = of
	}
	d.owner, _, _ = strings.Cut(strings.TrimLeft(d.owner, "&'( "), "<")
	return d, true
}

func phpProperty(_ *file, _ unit, head string, _ declaration) (declaration, bool) {
	m := phpValue.FindStringSubmatch(head)
	if m == nil {
		return declaration{}, false
	}
	return declaration{kind: "property", name: "$" + m[1], value: true}, true
}

func shellFunction(f *file, _ unit, head string, parent declaration) (declaration, bool) {
	m := shellName.FindStringSubmatch(head)
	if m == nil || f.name != "bash" {
		return declaration{}, false
	}
	return declaration{kind: "function", name: m[1]}, true
}

// create reads a statement of SQL that makes something.
func create(_ *file, _ unit, head string, _ declaration) (declaration, bool) {
	m := creates.FindStringSubmatch(head)
	if m == nil {
		return declaration{}, false
	}
	kind := strings.ToLower(m[2])
	if strings.EqualFold(m[1], "alter") {
		kind = "alter " + kind
	}
	return declaration{kind: kind, name: strings.NewReplacer(`"`, "", "`", "", "[", "", "]", "").Replace(m[3])}, true
}

// attribute reads one of a set of Nix.
func attribute(_ *file, _ unit, head string, _ declaration) (declaration, bool) {
	head = head[len(arguments.FindString(head)):]
	m := attributes.FindStringSubmatch(head)
	if m == nil {
		return declaration{}, false
	}
	return declaration{name: m[1], members: strings.Contains(head, "{"), value: !strings.Contains(head, "{")}, true
}

// equation reads the name of a function of Haskell.
func equation(f *file, _ unit, head string, _ declaration) (declaration, bool) {
	m := equations.FindStringSubmatch(head)
	if m == nil {
		return declaration{}, false
	}
	if _, ok := f.kinds[m[2]]; ok {
		return declaration{}, false
	}
	return declaration{kind: "function", name: m[1] + m[2]}, true
}

// scriptMember reads a method or a field of JavaScript.
func scriptMember(_ *file, _ unit, head string, parent declaration) (declaration, bool) {
	if strings.HasPrefix(head, "default {") {
		return declaration{kind: "export default", members: true}, true
	}
	if !parent.members || parent.through {
		return declaration{}, false
	}
	m := members.FindStringSubmatch(head)
	if m == nil {
		return declaration{}, false
	}
	d := declaration{kind: "field", name: strings.Trim(m[1], `'"`), value: true}
	switch {
	case m[3] == "(" || functions.MatchString(m[4]):
		d.kind, d.value = "method", false
	case strings.HasPrefix(strings.TrimLeft(m[4], " "), "{"):
		d.members, d.value = true, false
	}
	return d, true
}
