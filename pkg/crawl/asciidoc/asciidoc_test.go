package asciidoc

import (
	"runtime"
	"strings"
	"testing"

	"panther/pkg/markdown"
)

// convert goes the whole way, as the sources do.
func convert(t testing.TB, src string) string {
	t.Helper()
	p, err := markdown.Extract(strings.NewReader("<html><body><main>"+ToHTML(src)+"</main></body></html>"), markdown.Options{URL: "https://e.com/docs/a.adoc"})
	if err != nil {
		t.Fatal(err)
	}
	return p.Markdown
}

func TestConstructsBecomeMarkdown(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ src, want string }{
		"header":       {"= Title\nAna Author <ana@example.com>\nv1.0, 2026-01-01\n:toc:\n:product: Panther\n\n{product} runs.\n\n== Part\n\nx\n\n=== Deeper\n\ny\n", "Panther runs.\n\n## <a id=\"_part\"></a>Part\n\nx\n\n### <a id=\"_deeper\"></a>Deeper\n\ny"},
		"old titles":   {"git-add(1)\n==========\n\nNAME\n----\ngit-add - Add files\n", "git-add(1)\n\n## <a id=\"_name\"></a>NAME\n\ngit-add - Add files"},
		"listing":      {".main.go\n[source,go]\n----\nfunc main() { // <1>\n\tx := `<a>`\n}\n----\n<1> It begins.\n", "**main.go**\n\n```go\nfunc main() { (1)\n    x := `<a>`\n}\n```\n\n1. It begins."},
		"default lang": {":source-language: sql\n\n[source]\n----\nselect 1\n----\n", "```sql\nselect 1\n```"},
		"fence":        {"```rust\nfn main() {}\n```\n", "```rust\nfn main() {}\n```"},
		"literal":      {"Run:\n\n  make all\n    deep\n\n....\nas  is\n....\n", "```\nmake all\n  deep\n```\n\n```\nas  is\n```"},
		"admonition":   {"WARNING: Mind *the* gap.\nReally.\n\n[TIP]\n====\nOne.\n\nTwo.\n====\n", "> [!WARNING]\n> Mind **the** gap. Really.\n\n> [!TIP]\n> One.\n>\n> Two."},
		"inline":       {"*b* _c_ `d_e_f` **in**side H~2~O x^2^ #m# \\*f* snake_case_name 2*3*4 \"`q`\" {cpp} a -- b", "**b** *c* `d_e_f` **in**side H<sub>2</sub>O x<sup>2</sup>"},
		"links":        {"https://go.dev[Go^], https://x.org/a. link:../b.html[B] mailto:a@b.c[mail] <https://y.org>", "[Go](https://go.dev), [https://x.org/a](https://x.org/a). [B](https://e.com/b.html) [mail](mailto:a@b.c) [https://y.org](https://y.org)"},
		"references":   {"== First Part\n\nSee <<second>>, <<second,there>>, <<First Part>>, xref:guide.adoc#x[the guide].\n\n[#second]\n== Second\n", "[Second](https://e.com/docs/a.adoc#second), [there](https://e.com/docs/a.adoc#second), [First Part](https://e.com/docs/a.adoc#_first_part), [the guide](https://e.com/docs/guide.adoc#x)."},
		"lists":        {"* one\n** inner\n*** deep\n* two\n+\nattached\n+\n----\ncode\n----\n* three\n", "- one\n  - inner\n    - deep\n\n- two\n\n  attached\n\n  ```\n  code\n  ```\n\n- three"},
		"ordered":      {". one\n.. a\n. two\n", "1. one\n   1. a\n2. two"},
		"tasks":        {"* [x] done\n* [ ] open\n", "- [x] done\n- [ ] open"},
		"described":    {"CPU:: The brain.\nRAM::\n  The memory.\n", "The brain."},
		"image":        {":imagesdir: img\n\n.A caption\nimage::plan.png[The plan,300]\n", "![The plan](https://e.com/docs/img/plan.png)"},
		"quote":        {"[quote,Ana,Book]\n____\nWords.\n____\n", "> Words.\n>\n> — Ana, Book"},
		"table":        {"[%header,cols=\"1,2m\"]\n|===\n|A |B\n\n|1\n|x \\| y\n|===\n", "| A | B |\n| --- | --- |\n| 1 | `x \\| y` |"},
		"implicit":     {"|===\n|A |B\n\n|1 |2\n|3 |4\n|===\n", "| A | B |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |"},
		"csv":          {"[%header,format=csv]\n|===\nN,S\n\"a, b\",1\n|===\n", "| a, b | 1 |"},
		"conditions":   {":web:\n\nifdef::web[]\nshown\nendif::[]\n\nifndef::web[]\nhidden\n\nifdef::x[]\nhidden too\nendif::[]\nendif::[]\n\nlast\n", "shown\n\nlast"},
		"comments":     {"a\n\n// hidden\n\n////\nhidden\n////\n\nb\n", "a\n\nb"},
		"footnote":     {"Text.footnote:[The note.]\n", "[^1]: The note."},
		"collapsible":  {".More\n[%collapsible]\n====\nInside.\n====\n", "Inside."},
		"math":         {"stem:[x^2]\n\n[stem]\n++++\n\\frac{a}{b}\n++++\n", "$x^2$"},
		"include":      {"a\n\ninclude::other.adoc[]\n\nb\n", "a\n\nb"},
		"macros":       {"Press kbd:[Ctrl+C], menu:File[Save > As].", "Press `Ctrl+C`, **File → Save → As**."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// What Markdown needs escaped is pkg/markdown's to say.
			bare := strings.NewReplacer(`\`, "").Replace
			if got := convert(t, tc.src); !strings.Contains(bare(got), bare(tc.want)) {
				t.Errorf("got:\n%s\nwant:\n%s\nHTML:\n%s", got, tc.want, ToHTML(tc.src))
			}
		})
	}
}

// work returns what the conversion of src costs: the bytes it scans, beyond one pass, and those it allocates.
func work(src string) (scans, allocated float64) {
	scanned = new(int)
	defer func() { scanned = nil }()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	ToHTML(src)
	runtime.ReadMemStats(&after)
	return float64(*scanned + len(src)), float64(after.TotalAlloc - before.TotalAlloc)
}

// TestGrowth converts a file and one of twice its size, which may cost twice the work and a little more. It counts for the
// whole package, so it is not parallel.
func TestGrowth(t *testing.T) {
	const most, size = 2.6, 30_000
	for _, part := range []string{"*a ", "`a ", "<<a", "a::\n", "* a\n** b\n", "|===\n|a\n", "https://a[", "[[a]]", "ifdef::a[]\n", "+\n", "x\n----\n", "((", "[.a]#"} {
		scans, allocated := work(strings.Repeat(part, size/len(part)))
		moreScans, moreAllocated := work(strings.Repeat(part, 2*size/len(part)))
		if moreScans > most*scans || moreAllocated > most*allocated {
			t.Errorf("twice the text of %q: %.1f times the bytes scanned, %.1f times the bytes allocated", part, moreScans/scans, moreAllocated/allocated)
		}
	}
}

func FuzzToHTML(f *testing.F) {
	f.Add("= T\n:a: b\n\n[source,c]\n----\nx <1>\n----\n<1> y\n* a\n+\n====\nb\n====\n")
	f.Add("|===\n2.3+|a a|b\n|===\n{a} <<x,y>> link:z[w] ifdef::x[]\n")
	f.Fuzz(func(_ *testing.T, src string) { ToHTML(src) })
}
