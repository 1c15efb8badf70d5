package rst

import (
	"strings"
	"testing"
)

func TestIncludesTakeWhatTheyAskFor(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"d/x.py":       "import os\ndef f():\n    return 1\n# end\n",
		"d/a.rst":      "Before\n\n.. here\n\nAfter.\n\n.. include:: sub/b.rst\n",
		"d/sub/b.rst":  "From b.\n\n.. include:: ../loop.rst\n",
		"d/loop.rst":   ".. include:: loop.rst\n\nLoop.\n",
		"top/note.rst": "Top.\n",
	}
	read := func(name string) (string, bool) { text, ok := files[name]; return text, ok }
	for src, want := range map[string]string{
		".. include:: a.rst\n   :start-after: here\n":                            "After.\n\n\nFrom b.\n\n\n.. include:: loop.rst\n\nLoop.",
		".. include:: /top/note.rst":                                             "Top.",
		".. include:: x.py\n   :code: python\n   :end-line: 1\n":                 ".. code-block:: python\n\n   import os",
		".. include:: x.py\n   :literal:\n   :start-line: 3\n":                   ".. code-block:: none\n\n   # end",
		".. literalinclude:: x.py\n   :lines: 3\n   :dedent:\n":                  ".. code-block:: python\n\n   return 1",
		".. literalinclude:: x.py\n   :start-at: def\n   :end-before: # end\n":   ".. code-block:: python\n\n   def f():\n       return 1",
		"* item\n\n  .. literalinclude:: x.py\n     :lines: 1\n     :caption: C": "  .. code-block:: python\n     :caption: C\n\n     import os",
		".. include:: none.rst":                                                  ".. include:: none.rst",
		".. include:: <isonum.txt>":                                              ".. include:: <isonum.txt>",
	} {
		if got := Expand(src, "d/main.rst", read, 1000); !strings.Contains(got, want) {
			t.Errorf("%s becomes:\n%s\nwant:\n%s", src, got, want)
		}
	}
	bomb := func(name string) (string, bool) {
		next := ".. include:: " + name + "x\n\n"
		return strings.Repeat("boom ", 20) + "\n\n" + next + next, true
	}
	if n := len(Expand(".. include:: x", "a.rst", bomb, 10_000)); n > 40_000 {
		t.Errorf("10 KB at most became %d bytes", n)
	}
}

// one answers for one other file.
type one struct{}

func (one) Doc(target string) (href, title string, ok bool) {
	return "https://e.com/" + target, "The " + target, target == "guide"
}

func (one) Label(label string) (href, title string, ok bool) {
	return "https://e.com/other#x", "Other", label == "there"
}

func TestRolesLeadToOtherFiles(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]string{
		":ref:`There`":                           `<a href="https://e.com/other#x">Other</a>`,
		":ref:`text <there>`":                    `<a href="https://e.com/other#x">text</a>`,
		":doc:`guide`":                           `<a href="https://e.com/guide">The guide</a>`,
		":doc:`text <guide>`":                    `<a href="https://e.com/guide">text</a>`,
		":any:`guide`":                           `<a href="https://e.com/guide">The guide</a>`,
		":std:ref:`there`":                       `<a href="https://e.com/other#x">Other</a>`,
		":ref:`nowhere`":                         "<p>nowhere</p>",
		":doc:`text <missing>`":                  `<a href="missing.rst">text</a>`,
		".. _there:\n\nOwn\n===\n\n:ref:`there`": `<p><a href="#there">Own</a></p>`,
	} {
		if got := ToHTML(src, one{}); !strings.Contains(got, want) {
			t.Errorf("%s becomes:\n%s\nwant:\n%s", src, got, want)
		}
	}
}

func FuzzExpand(f *testing.F) {
	f.Add(".. include:: a\n   :start-after: x\n", "a\nx\nb\n")
	f.Add("  .. literalinclude:: /b.c\n     :lines: 1-,3-2\n     :dedent:\n", "\tif\n")
	f.Fuzz(func(_ *testing.T, src, other string) {
		Expand(src, "d/e/a.rst", func(string) (string, bool) { return other, true }, 10_000)
		Outline(src)
	})
}
