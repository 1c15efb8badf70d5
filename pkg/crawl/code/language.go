package code

import (
	"path"
	"strings"
)

// language is what is known of a language: how its comments and literals are
// written, where its declarations end, and what they are called.
type language struct {
	name string // as fences have it

	lines        []string // what begins a comment to the end of the line
	blocks       []block
	quotes       []quote  // the longest opening first
	special      []finder // literals of other forms, which are tried first
	wordComments bool     // as a shell: # begins a comment between words, a backslash outside of literals takes the next byte
	directives   bool     // lines that begin with # are not of the language
	opening      string   // it is written within text, behind this

	statements bool   // a declaration ends with a semicolon or a block, otherwise with its lines
	semicolons bool   // with a semicolon only
	indented   bool   // what belongs to it is indented, and need not be in brackets
	prefix     string // a line that begins so belongs to the declaration that follows
	repeats    bool   // a declaration may be several of one name

	// kinds are the words that declare: with * what they declare has members, with
	// + too, which are sections in any case, with ~ and their names do without it;
	// with = it is a value.
	kinds     map[string]string
	modifiers map[string]bool
	calls     bool     // a name and parentheses declare, as in C
	names     []naming // other declarations
	separator string   // between a type and its member

	starts [256]bool // bytes with which a comment or a literal may begin
}

var (
	slashes  = []string{"//"}
	stars    = block{open: "/*", close: "*/"}
	nesting  = block{open: "/*", close: "*/", nested: true}
	tripled  = quote{open: `"""`, close: `"""`, lines: true}
	tripled1 = quote{open: "'''", close: "'''", lines: true}
	raw      = quote{open: `"""`, close: `"""`, lines: true, plain: true}
	backtick = quote{open: "`", close: "`", lines: true}
	verbatim = quote{open: `"`, close: `"`, lines: true, plain: true, doubled: true}
)

func opened(prefix string, q quote) quote {
	q.open = prefix + q.open
	return q
}

var closers = words("end else elif elsif elseif rescue ensure except finally catch then do fi done esac until in where deriving of with extends implements yield")

var languages = map[string]*language{
	"go": {lines: slashes, blocks: []block{stars}, quotes: []quote{{open: "`", close: "`", lines: true, plain: true}, double, single},
		kinds: kinds("func type const= var="), names: []naming{goMethod, goGroup}},
	"python": {indented: true, lines: []string{"#"}, quotes: []quote{tripled, tripled1, double, single}, prefix: "@",
		kinds: kinds("def class* type="), modifiers: words("async"), names: []naming{assignment}},
	"javascript": script("function class*"),
	"typescript": script("function class* interface* enum* namespace~ module~ global~ type="),
	"java": {lines: slashes, blocks: []block{stars}, quotes: []quote{tripled, double, single}, statements: true, calls: true,
		kinds: kinds("class* interface* enum* record* package= import="), modifiers: words("public private protected static final abstract native synchronized transient volatile strictfp default sealed non-sealed")},
	"kotlin": {lines: slashes, blocks: []block{nesting}, quotes: []quote{raw.with("${"), double.with("${"), single}, prefix: "@",
		kinds: kinds("fun class* interface* object* val= var= typealias= init constructor"), names: []naming{extension},
		modifiers: words("public private protected internal open abstract final sealed data enum annotation value inline override suspend operator infix tailrec external expect actual companion lateinit const inner vararg noinline crossinline")},
	"c": {lines: slashes, blocks: []block{stars}, quotes: []quote{double, single}, directives: true, statements: true, calls: true,
		names: []naming{structure, typedef}, modifiers: words("static extern inline register __inline __inline__ __extension__")},
	"cpp": {lines: slashes, blocks: []block{stars}, special: []finder{delimited(`(?:u8|[uUL])?R"([^\s()\\]{0,16})\(`, func(m []string) string { return ")" + m[1] + `"` })},
		quotes: []quote{double, single}, directives: true, statements: true, calls: true, separator: "::", kinds: kinds("namespace~ using= concept extern~"),
		names: []naming{structure, typedef}, modifiers: words("static inline constexpr consteval constinit virtual explicit friend mutable export")},
	"csharp": {lines: slashes, blocks: []block{stars}, directives: true, statements: true, calls: true,
		quotes: []quote{raw, opened(`$`, raw), opened("@", verbatim), opened("$@", verbatim).with("{"), opened("@$", verbatim).with("{"),
			{open: `$"`, close: `"`, inner: []string{"{"}, escape: []string{"{{"}}, double, single},
		kinds: kinds("namespace~ class* struct* interface* enum* record* delegate using="), names: []naming{property},
		modifiers: words("public private protected internal static sealed abstract virtual override partial async readonly const extern unsafe volatile new file required global ref event")},
	"rust": {lines: slashes, blocks: []block{nesting}, statements: true, separator: "::",
		special: []finder{character, delimited(`(?:b|c|br|cr|r)(#+)"`, func(m []string) string { return `"` + m[1] })},
		quotes:  []quote{{open: `r"`, close: `"`, lines: true, plain: true}, double.over()},
		kinds:   kinds("fn struct* enum* trait* union* mod~ type= const= static= macro_rules! use= macro"), names: []naming{implementation},
		modifiers: words("pub async unsafe const extern default crate")},
	"ruby": {indented: true, lines: []string{"#"}, blocks: []block{{open: "=begin", close: "\n=end", lineStart: true}}, special: []finder{heredoc(rubyHere), percent, expression, questioned},
		quotes: []quote{double.with("#{").over(), single.over(), backtick.with("#{")}, separator: "#",
		kinds: kinds("def class* module+ alias"), names: []naming{assignment}, modifiers: words("private protected public private_class_method module_function")},
	"php": {lines: []string{"//", "#"}, blocks: []block{stars}, special: []finder{leaves, heredoc(phpHere)}, quotes: []quote{double.with("{$").over(), single.over()},
		opening: "<?", statements: true, separator: "::", kinds: kinds("function class* interface* trait* enum* namespace~ const= use="), names: []naming{phpProperty},
		modifiers: words("public private protected static final abstract readonly php var")},
	"swift": {lines: slashes, blocks: []block{nesting}, quotes: []quote{{open: `#"""`, close: `"""#`, lines: true, plain: true}, {open: `#"`, close: `"#`, plain: true}, tripled.with(`\(`), double.with(`\(`)}, prefix: "@",
		kinds:     kinds("func class* struct* enum* protocol* extension* actor* let= var= typealias= init deinit subscript case= macro import= associatedtype="),
		modifiers: words("public private internal fileprivate open static class final override mutating nonmutating lazy weak unowned required convenience indirect async nonisolated isolated dynamic optional prefix postfix infix package")},
	"scala": {indented: true, lines: slashes, blocks: []block{nesting}, special: []finder{character}, quotes: []quote{raw.with("${"), double.with("${")}, prefix: "@",
		kinds: kinds("def class* object* trait* val= var= type= given enum* package~ extension import="), names: []naming{extension},
		modifiers: words("private protected override final sealed abstract implicit lazy case inline transparent open opaque infix")},
	"lua": {indented: true, lines: []string{"--"}, blocks: []block{{open: "--[[", close: "]]"}, {open: "--[=[", close: "]=]"}, {open: "--[==[", close: "]==]"}},
		special: []finder{delimited(`\[(=*)\[`, func(m []string) string { return "]" + m[1] + "]" })}, quotes: []quote{double, single},
		kinds: kinds("function"), modifiers: words("local"), names: []naming{assignment}},
	"bash": {indented: true, lines: []string{"#"}, wordComments: true, special: []finder{heredoc(shellHere)}, quotes: []quote{double.with("$(", "${").over(), opened("$", single).over(), {open: "'", close: "'", lines: true, plain: true}},
		kinds: kinds("function alias"), names: []naming{shellFunction, assignment}, modifiers: words("export readonly declare local typeset")},
	"sql": {lines: []string{"--"}, blocks: []block{nesting}, special: []finder{delimited(`\$(\w*)\$`, func(m []string) string { return m[0] })},
		quotes: []quote{{open: "'", close: "'", lines: true, doubled: true, plain: true}, verbatim, backtick}, statements: true, semicolons: true, names: []naming{create}},
	"nix": {lines: []string{"#"}, blocks: []block{stars}, quotes: []quote{{open: "''", close: "''", lines: true, plain: true, inner: []string{"${"}, escape: []string{"''$", "'''", `''\`, "$$"}}, double.with("${").over()},
		statements: true, semicolons: true, names: []naming{attribute}},
	"haskell": {indented: true, lines: []string{"--"}, blocks: []block{{open: "{-", close: "-}", nested: true}}, special: []finder{character}, quotes: []quote{double.over()}, directives: true,
		repeats: true, kinds: kinds("data newtype type class* instance* import= module"), names: []naming{equation}},
	"elixir": {indented: true, lines: []string{"#"}, special: []finder{sigil, questioned}, quotes: []quote{tripled.with("#{"), tripled1.with("#{"), double.with("#{").over(), single.over()}, prefix: "@", repeats: true,
		kinds: kinds("def defp defmacro defmacrop defguard defguardp defdelegate defmodule* defprotocol* defimpl* defstruct test describe~ import= alias= use= require=")},
	"zig": {lines: slashes, special: []finder{zigLine}, quotes: []quote{double, single}, statements: true,
		kinds: kinds("fn const= var= test comptime usingnamespace"), modifiers: words("pub export extern inline noinline threadlocal")},
	"protobuf": {lines: slashes, blocks: []block{stars}, quotes: []quote{double, single}, statements: true,
		kinds: kinds("message* enum* service* rpc extend oneof option= package import= syntax=")},
	"dart": {lines: slashes, blocks: []block{nesting}, quotes: []quote{raw, tripled1, double.with("${"), single.with("${")}, statements: true, calls: true,
		kinds: kinds("class* mixin* extension* enum* typedef= import= export= part= library"), modifiers: words("abstract static final const late external factory base sealed interface required covariant")},
	"groovy": {lines: slashes, blocks: []block{stars}, quotes: []quote{tripled.with("${"), tripled1, double.with("${"), single}, prefix: "@",
		kinds: kinds("class* interface* enum* trait* def import= package="), names: []naming{shellFunction, assignment}, modifiers: words("public private protected static final abstract")},
	"hcl": {lines: []string{"#", "//"}, blocks: []block{stars}, special: []finder{heredoc(shellHere)}, quotes: []quote{double.with("${")},
		kinds: kinds("resource data module variable output provider locals terraform"), names: []naming{assignment}},
	"graphql": {lines: []string{"#"}, quotes: []quote{tripled, double}, kinds: kinds("type* input* enum* interface* union= scalar= query mutation subscription fragment directive schema extend")},
}

// script is JavaScript and what came of it.
func script(more string) *language {
	return &language{lines: slashes, blocks: []block{stars}, special: []finder{expression}, quotes: []quote{backtick.with("${"), double, single}, prefix: "@", separator: ".",
		kinds: kinds(more + " const= let= var= import="), names: []naming{scriptMember, assignment},
		modifiers: words("export default async declare abstract public private protected static readonly override get set accessor const")}
}

// endings are what tells a language.
var endings = map[string]string{
	".go": "go", ".py": "python", ".pyi": "python", ".pyx": "python", ".js": "javascript", ".mjs": "javascript", ".cjs": "javascript", ".jsx": "javascript",
	".ts": "typescript", ".mts": "typescript", ".cts": "typescript", ".tsx": "typescript", ".java": "java", ".kt": "kotlin", ".kts": "kotlin",
	".c": "c", ".h": "cpp", ".cc": "cpp", ".cpp": "cpp", ".cxx": "cpp", ".c++": "cpp", ".hh": "cpp", ".hpp": "cpp", ".hxx": "cpp", ".h++": "cpp", ".inl": "cpp", ".ipp": "cpp", ".cu": "cpp", ".ino": "cpp",
	".cs": "csharp", ".rs": "rust", ".rb": "ruby", ".rake": "ruby", ".gemspec": "ruby", ".php": "php", ".swift": "swift", ".scala": "scala", ".sc": "scala", ".sbt": "scala",
	".lua": "lua", ".sh": "bash", ".bash": "bash", ".zsh": "bash", ".ksh": "bash", ".bats": "bash", ".sql": "sql", ".nix": "nix", ".hs": "haskell", ".ex": "elixir", ".exs": "elixir",
	".zig": "zig", ".proto": "protobuf", ".dart": "dart", ".groovy": "groovy", ".gradle": "groovy", ".tf": "hcl", ".hcl": "hcl", ".graphql": "graphql", ".gql": "graphql",
}

func init() {
	for name, l := range languages {
		l.name = name
		if l.separator == "" {
			l.separator = "."
		}
		for _, c := range l.lines {
			l.starts[c[0]] = true
		}
		for _, b := range l.blocks {
			l.starts[b.open[0]] = true
		}
		for _, q := range l.quotes {
			l.starts[q.open[0]] = true
		}
		if len(l.special) > 0 {
			for _, c := range `<%/?~'$\[rbcuULR` {
				l.starts[c] = true
			}
		}
	}
}

// languageOf returns the language of a file, nil for another file.
func languageOf(name string) *language {
	return languages[endings[strings.ToLower(path.Ext(name))]]
}

// Known reports whether a file of that name is source code.
func Known(name string) bool { return languageOf(name) != nil }
