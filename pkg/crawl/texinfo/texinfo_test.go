package texinfo

import (
	"runtime"
	"strings"
	"testing"

	"panther/pkg/markdown"
)

// files are what the tests include.
var files = map[string]string{
	"version.texi": "@set VERSION 2.4\n",
	"main.c":       "int main() { @x }\n",
	"part.texi":    "@node Part\n@chapter A Part of Its Own\n",
	"self.texi":    "again @include self.texi\n@include self.texi\n",
}

func include(name string) (string, bool) { text, ok := files[name]; return text, ok }

// convert goes the whole way, as the sources do.
func convert(t testing.TB, src string) string {
	t.Helper()
	p, err := markdown.Extract(strings.NewReader("<html><body><main>"+ToHTML(src, include, 1<<16)+"</main></body></html>"), markdown.Options{URL: "https://e.com/m/a.texi"})
	if err != nil {
		t.Fatal(err)
	}
	return p.Markdown
}

func TestConstructsBecomeMarkdown(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ src, want string }{
		"titles":      {"\\input texinfo @c -*-texinfo-*-\n@settitle Pump Manual\n@node Top\n@top Pumps\n@node Getting Started, Next, Prev, Up\n@chapter Getting @emph{Started}\nx\n@section Deeper\n", "# Pump Manual\n\n## <a id=\"Getting-Started\"></a>Getting *Started*\n\nx\n\n### Deeper"},
		"top":         {"@top Pumps\n@unnumbered Preface\n", "# Pumps\n\n## Preface"},
		"title page":  {"@titlepage\n@title Wells @c no\n@author A\n@end titlepage\n@chapter One\n", "# Wells\n\n## One"},
		"part":        {"@chapter One\n@lowersections\n@chapter Two\n@raisesections\n@appendix Three\n", "# One\n\n## Two\n\n# Three"},
		"reference":   {"@node A/B c\n@chapter X\n@xref{A/B c, , the x}. (@pxref{Gone}) @ref{N,,T,f,Other Manual}\n", "See [the x](https://e.com/m/a.texi#A_002fB-c). (see Gone) T in *Other Manual*"},
		"text":        {"@code{a--b} a--b --- ``q'' @@ @{x@} @var{V} @file{/f} @strong{s}@dots{} @TeX{} @kbd{C-x @key{RET}} @w{a b} @sc{nasa}\n", "`a--b` a–b — “q” @ {x} *V* `/f` **s**… TeX `C-x RET` a b NASA"},
		"accents":     {"@'e @\"{o} @,{c} @ringaccent{a} @AA{} @ss{} @v{s} @u g @dotless{i} @U{263A}\n", "é ö ç å Å ß š ğ ı ☺"},
		"verb":        {"Use @verb{|a{b}@c|} and @code{x@{}\n", "Use `a{b}@c` and `x{`"},
		"links":       {"@uref{https://x.org/a_(b), the page}, @url{https://y.org}, @email{a@@b.org, Ana} @url{https://z.org,,z}", "[the page](https://x.org/a_(b)), [https://y.org](https://y.org), Ana [z](https://z.org)"},
		"footnote":    {"Text@footnote{A note,\nwith @code{code}.} goes on.\n", "Text (A note, with `code`.) goes on."},
		"image":       {"@image{img/plan,10cm,,A plan,.svg}\n", "![A plan](https://e.com/m/img/plan.svg)"},
		"math":        {"@math{a^{2} + @var{b}}\n", "$a^{2} + b$"},
		"example":     {"@example\n@group\n@c no\n$ ls  @var{dir}\n@result{} <a>\n@cindex ls\n@end group\n@end example\n", "```\n$ ls  dir\n⇒ <a>\n```"},
		"lisp":        {"@lisp\n(car '(a))\n@end lisp\n", "```lisp\n(car '(a))\n```"},
		"verbatim":    {"@verbatim\n@code{x} @end\n@c stays\n@end verbatim\n", "```\n@code{x} @end\n@c stays\n```"},
		"in lines":    {"@smallformat\n@verbatim\n@x {y}\n@end verbatim\n@end smallformat\n", "```\n@x {y}\n```"},
		"from a file": {"@verbatiminclude main.c\n", "```\nint main() { @x }\n```"},
		"itemize":     {"@itemize @bullet\n@item one\n\nmore\n@itemize\n@item inner\n@end itemize\n@item\n@cindex x\ntwo\n@end itemize\n", "- one\n\n  more\n\n  - inner\n\n- two"},
		"enumerate":   {"@enumerate 3\n@item a\n@item b\n@end enumerate\n", "3. a\n4. b"},
		"table":       {"@table @option\n@item -a\n@cindex a\n@itemx --all\nAll of @code{it}.\n@item -b\nB.\n@end table\n", "- **`-a`**  \n  **`--all`**"},
		"multitable":  {"@multitable @columnfractions .5 .5\n@headitem Name @tab Size\n@item a\n@tab 1 | 2\n@item b @tab @code{3}\n@end multitable\n", "| Name | Size |\n| --- | --- |\n| a | 1 \\| 2 |\n| b | `3` |"},
		"quotation":   {"@quotation Note\nMind the gap.\n@end quotation\n", "> **Note**\n>\n> Mind the gap."},
		"function":    {"@deffn {Scheme Procedure} cons a [b@dots{}]\n@deffnx Procedure kons @var{a}\n@cindex cons\nMakes it.\n@end deffn\n", "- **`cons a [b…]` (Scheme Procedure)**  \n  **`kons a` (Procedure)**"},
		"typed":       {"@deftypefun {struct pump *} pump_open (const char *@var{name}, @\n  int n)\nOpens.\n@end deftypefun\n", "`struct pump * pump_open (const char *name, int n)` (Function)"},
		"method":      {"@deftypeop Method Pump void run (int n)\n@end deftypeop\n", "`void run (int n)` (Method of Pump)"},
		"macro":       {"@macro cmd{name, of}\n@code{\\name\\} of @emph{\\of\\}\n@end macro\nUse @cmd{ls, core\nutils}. @cmd{a}\n", "Use `ls` of *core utils*. `a` of"},
		"line macro":  {"@macro opt{x}\n@item \\x\\\n@end macro\n@table @code\n@opt -a\nAll.\n@end table\n", "**`-a`**: All."},
		"alias":       {"@alias prog = command\n@prog{ls}\n", "`ls`"},
		"values":      {"@include version.texi\nVersion @value{VERSION}, @value{NONE}. @ifset VERSION\n@ifset VERSION\nset\n@end ifset\n@ifclear VERSION\nclear\n@end ifclear\n", "Version 2.4, NONE."},
		"formats":     {"@iftex\nprint\n@end iftex\n@ifnottex\nweb\n@end ifnottex\n@html\n<b>raw\n@end html\n@ifhtml\nhyper\n@end ifhtml\n@inlinefmt{html, in} @inlinefmtifelse{tex, t, other}\n", "web hyper in other"},
		"left out":    {"@menu\n* X::\n@end menu\n@ignore\nno\n@end ignore\n@copying\nno\n@end copying\nText.@c no\n@printindex cp\n@contents\n@bye\nno\n", "Text."},
		"include":     {"a\n\n@include part.texi\n@include gone.texi\n\nb", "a\n\nb"},
		"unknown":     {"@flower{rose} @flower leaf\n\n@end flower\nlast }", "rose leaf\n\nlast"},
		"no end":      {"@itemize\n@item @code{a\n\n@table @asis\n@item t\nd\n@end itemize\nafter", "d\n\nafter"},
		"stray items": {"@item x\n\n@deffnx a b\n", "x\n\na b"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// What Markdown needs escaped is pkg/markdown's to say.
			bare := strings.NewReplacer(`\`, "").Replace
			if got := convert(t, tc.src); !strings.Contains(bare(got), bare(tc.want)) {
				t.Errorf("got:\n%s\nwant:\n%s\nHTML:\n%s", got, tc.want, ToHTML(tc.src, include, 1<<16))
			}
		})
	}
	for name, src := range map[string]string{
		"comments": "@c no\n@comment no\na @c no\nb", "what is left out": "@ignore\n@ignore\nno\n@end ignore\nno\n@end ignore\na @ifnothtml\n@ifnothtml\nno\n@end ifnothtml\nb",
		"the end": "a b\n@bye\nno\n", "a menu": "@menu\nno\n@end menu\na b",
	} {
		if got := convert(t, src); strings.Contains(got, "no") || !strings.Contains(got, "b") {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// TestBounds has files that say little and bring much.
func TestBounds(t *testing.T) {
	t.Parallel()
	for name, src := range map[string]string{
		"macros":   "@macro a{}\nxx@b{}@b{}\n@end macro\n@macro b{}\n@a{}@a{}\n@end macro\n@a{}",
		"includes": "@include self.texi\n",
		"values":   "@set x " + strings.Repeat("y", 1000) + "\n" + strings.Repeat("@value{x}", 1000),
		"argument": "@macro a{x}\n\\x\\\\x\\\\x\\\n@end macro\n@a{" + strings.Repeat("@a{", 100) + strings.Repeat("z", 1000),
	} {
		if out := ToHTML(src, include, 1<<16); len(out) > len(src)+3<<16 {
			t.Errorf("%s became %d bytes", name, len(out))
		}
	}
}

// TestGrowth converts a file and one of twice its size, which may allocate
// twice as much and a little more. It counts for the whole process, so it is not
// parallel.
func TestGrowth(t *testing.T) {
	allocated := func(src string) float64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		ToHTML(src, nil, 1<<20)
		runtime.ReadMemStats(&after)
		return float64(after.TotalAlloc - before.TotalAlloc)
	}
	const most, size = 2.6, 30_000
	for _, part := range []string{"@code{", "@itemize\n@item ", "@multitable\n@item a @tab ", "@table @code\n@item x\n", "@example\n", "@ifset x\n", "@macro a{x}\n", "@footnote{\n\n", "@deffn a b c\n",
		"@value{", "{", "@", "@anchor{", "@node x\n@section y\n", "@tab ", "@xref{a,", "@c\n", "@end itemize\n", "@verb{|"} {
		once, twice := allocated(strings.Repeat(part, size/len(part))), allocated(strings.Repeat(part, 2*size/len(part)))
		if twice > most*once {
			t.Errorf("twice the text of %q: %.1f times the bytes allocated", part, twice/once)
		}
	}
}

func FuzzToHTML(f *testing.F) {
	f.Add("@node a\n@chapter b\n@itemize\n@item x @code{y}\n@end itemize\n")
	f.Add("@macro a{x}\n\\x\\\n@end macro\n@a{b}\n@multitable\n@item a @tab b\n@end multitable\n")
	f.Add("@deffn {A b} c d @\ne\n@end deffn\n@verb{|x|}@'e@u o")
	f.Fuzz(func(_ *testing.T, src string) { ToHTML(src, include, 1<<14) })
}
