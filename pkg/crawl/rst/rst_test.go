package rst

import (
	"runtime"
	"strings"
	"testing"

	"panther/pkg/markdown"
)

// convert goes the whole way, as the sources do.
func convert(t testing.TB, src string) string {
	t.Helper()
	p, err := markdown.Extract(strings.NewReader("<html><body><main>"+ToHTML(src, nil)+"</main></body></html>"), markdown.Options{URL: "https://e.com/docs/a.rst"})
	if err != nil {
		t.Fatal(err)
	}
	return p.Markdown
}

func TestConstructsBecomeMarkdown(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ src, want string }{
		"titles":       {"=====\nTitle\n=====\n\nPart\n----\n\nx\n\nDeeper\n~~~~~~\n\ny\n\nOther\n-----\n", "# Title\n\n## Part\n\nx\n\n### Deeper\n\ny\n\n## Other"},
		"label":        {"Top\n===\n\nSee :ref:`there` and `Far Away`_.\n\n.. _there:\n\nFar Away\n--------\n", "[Far Away](https://e.com/docs/a.rst#there) and [Far Away](https://e.com/docs/a.rst#there)."},
		"literal":      {"Run this::\n\n    make  all\n        deep\n\n    last\n\nAfter.", "Run this:\n\n```\nmake  all\n    deep\n\nlast\n```\n\nAfter."},
		"code":         {".. code-block:: go\n   :linenos:\n   :caption: main.go\n\n   func main() {\n   \tx := `<a>`\n   }\n", "**main.go**\n\n```go\nfunc main() {\n     x := `<a>`\n}\n```"},
		"highlight":    {".. highlight:: c\n\n::\n\n  int x;\n", "```c\nint x;\n```"},
		"doctest":      {"Try:\n\n>>> 1 + 1\n2\n\nDone.", "```python\n>>> 1 + 1\n2\n```\n\nDone."},
		"admonition":   {".. warning:: Mind the gap.\n   Really.\n\n   Twice.\n", "> [!WARNING]\n> Mind the gap. Really.\n>\n> Twice."},
		"version":      {".. versionadded:: 3.8\n   The flag.\n", "*Added in version 3.8:* The flag."},
		"inline":       {"A *b* **c** ``d e`` \\*f\\* :sub:`2` :func:`~os.path.join` :class:`!X` snake_case_ x*y*z", "A *b* **c** `d e` \\*f* <sub>2</sub> `join()` `X` snake\\_case_ x\\*y\\*z"},
		"links":        {"`Go <https://go.dev/>`_, Rust_, `one`__, https://x.org/a_(b).\n\n.. _Rust: https://rust-lang.org/\n__ https://one.example/\n", "[Go](https://go.dev/), [Rust](https://rust-lang.org/), [one](https://one.example/), [https://x.org/a\\_(b)](https://x.org/a_(b))."},
		"relative":     {":doc:`guide/start` and :download:`plan <../plan.pdf>`", "[start](https://e.com/docs/guide/start.rst) and [plan](https://e.com/plan.pdf)"},
		"pep":          {":pep:`8` :rfc:`9110`", "[PEP 8](https://peps.python.org/pep-0008/) [RFC 9110](https://datatracker.ietf.org/doc/html/rfc9110.html)"},
		"substitution": {"|name| is |version|.\n\n.. |name| replace:: **Panther**\n.. |version| unicode:: U+2122\n", "**Panther** is ™."},
		"footnote":     {"Text [1]_ and [#a]_.\n\n.. [1] First note.\n.. [#a] Second\n   note.\n", "[^1]: First note."},
		"bullets":      {"* one\n* two\n\n  more\n\n  - inner\n* three\n", "  - inner"},
		"enumerated":   {"3. three\n4. four\n", "3. three\n4. four"},
		"sentence":     {"A. Einstein was a\nphysicist.", "A. Einstein was a physicist."},
		"definitions":  {"term : class\n    What it is.\n\nother\n    More.\n", "**term : *class***"},
		"fields":       {"Top\n===\n\n.. function:: f(a, b)\n\n   Does it.\n\n   :param int a: the first\n   :returns: nothing\n", "`f(a, b)`"},
		"options":      {"x\n\n-a, --all   show all\n--out FILE  write it\n", "`-a, --all`"},
		"line block":   {"| one\n| two\n", "one  \ntwo"},
		"image":        {".. figure:: img/a.png\n   :alt: A plan\n\n   The caption.\n", "![A plan](https://e.com/docs/img/a.png)"},
		"math":         {"So :math:`a^2` and\n\n.. math::\n\n   \\frac{a}{b}\n", "$a^2$"},
		"comment":      {"a\n\n.. this is\n   hidden\n\nb", "a\n\nb"},
		"grid table":   {"+-----+-------+\n| A   | B     |\n+=====+=======+\n| 1   | x | y |\n|     |       |\n+-----+-------+\n| both        |\n+-----+-------+\n", "| 1 | x \\| y |"},
		"simple table": {"=====  =====\nA      B\n=====  =====\n1      two\n       lines\n2      ``c``\n=====  =====\n", "| 1 | two lines |\n| 2 | `c` |"},
		"list table":   {".. list-table:: Sizes\n   :header-rows: 1\n\n   * - Name\n     - Size\n   * - a\n     - 1\n", "| Name | Size |\n| --- | --- |\n| a | 1 |"},
		"csv table":    {".. csv-table::\n   :header: \"N\", \"S\"\n\n   \"a, b\", 1\n", "| a, b | 1 |"},
		"signatures":   {".. class:: Reader(path,\n           mode='r')\n\n   Reads *path*.\n", "`class Reader(path, mode='r')`"},
		"unknown":      {".. my-widget::\n   :x: 1\n\n   Kept text.\n", "Kept text."},
		"tabs":         {".. tabs::\n\n   .. group-tab:: Linux\n\n      apt\n\n   .. code-tab:: bash\n\n      ls\n", "**Linux**\n\napt\n\n**bash**\n\n```bash\nls\n```"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// What Markdown needs escaped is pkg/markdown's to say.
			bare := strings.NewReplacer(`\`, "").Replace
			if got := convert(t, tc.src); !strings.Contains(bare(got), bare(tc.want)) {
				t.Errorf("got:\n%s\nwant:\n%s\nHTML:\n%s", got, tc.want, ToHTML(tc.src, nil))
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
	ToHTML(src, nil)
	runtime.ReadMemStats(&after)
	return float64(*scanned + len(src)), float64(after.TotalAlloc - before.TotalAlloc)
}

// TestGrowth converts a file and one of twice its size, which may cost twice the work and a little more. It counts for the
// whole package, so it is not parallel.
func TestGrowth(t *testing.T) {
	const most, size = 2.6, 30_000
	for _, part := range []string{"`a <", "*a ", "|x| ", ".. note:: x\n\n  ", "+-+\n", "=  =\n", "- - ", "\\", "a_ ", "[#]_ ", "x\n=\n"} {
		scans, allocated := work(strings.Repeat(part, size/len(part)))
		moreScans, moreAllocated := work(strings.Repeat(part, 2*size/len(part)))
		if moreScans > most*scans || moreAllocated > most*allocated {
			t.Errorf("twice the text of %q: %.1f times the bytes scanned, %.1f times the bytes allocated", part, moreScans/scans, moreAllocated/allocated)
		}
	}
}

func FuzzToHTML(f *testing.F) {
	f.Add("T\n=\n\n.. note:: x\n   :a: b\n\n   `l <u>`_ [#]_\n\n.. [#] n\n")
	f.Add("..note:: x\n   :a: b\n")
	f.Add("+-+-+\n| a |\n+-+-+\n\n== ==\na  b\n== ==\n")
	f.Fuzz(func(_ *testing.T, src string) { ToHTML(src, nil) })
}
