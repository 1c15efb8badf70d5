package asciidoc

import (
	"strings"
	"testing"
)

func TestIncludesTakeWhatTheyAskFor(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"d/x.txt":    "one\n// tag::a[]\n  two\n// tag::b[]\n  three\n// end::b[]\n// end::a[]\nfour\n",
		"d/deep.txt": "include::deeper/y.txt[]\n", "d/deeper/y.txt": "include::../x.txt[lines=1]\n",
		"d/loop.txt": "loop\ninclude::loop2.txt[]\n", "d/loop2.txt": "include::loop.txt[]\n",
		"up.txt":     "up\n",
		"part.adoc":  "= Part\n\n== Sub\n",
		"twice.adoc": "include::part.adoc[leveloffset=1]\n",
	}
	read := func(name string) (string, bool) { text, ok := files[name]; return text, ok }
	for src, want := range map[string]string{
		"include::x.txt[lines=1;8..-1]":    "one\nfour\n",
		"include::x.txt[lines=\"1..2,8\"]": "one\n// tag::a[]\nfour\n",
		"include::x.txt[tag=a]":            "  two\n  three\n",
		"include::x.txt[tags=a;!b]":        "  two\n",
		"include::x.txt[tag=b,indent=0]":   "three\n",
		"include::x.txt[tags=!a]":          "one\nfour\n",
		"include::x.txt[tags=**]":          "one\n  two\n  three\nfour\n",
		"include::x.txt[tags=*]":           "  two\n  three\n",
		"include::deep.txt[]":              "one\n",
		"include::../up.txt[]":             "up\n",
		"include::loop.txt[]":              "loop\ninclude::loop.txt[]\n",
		"include::none.txt[]":              "include::none.txt[]\n",
		"include::/etc/passwd[]":           "include::/etc/passwd[]\n",
		":f: x\n\ninclude::{f}.txt[tag=b]": ":f: x\n\n  three\n",
		"include::https://e.com/a[]":       "link:https://e.com/a[]\n",
		"text include::x.txt[]":            "text include::x.txt[]\n",
		"include::../part.adoc[leveloffset=+1]\ninclude::../twice.adoc[leveloffset=+1]\n== End": "\n:leveloffset: 1\n\n= Part\n\n== Sub\n\n:leveloffset: 0\n\n" +
			"\n:leveloffset: 1\n\n\n:leveloffset: 1\n\n= Part\n\n== Sub\n\n:leveloffset: 1\n\n\n:leveloffset: 0\n\n== End\n",
	} {
		if got := Expand(src, "d/main.adoc", read, 1000); got != want {
			t.Errorf("%s becomes:\n%q\nwant:\n%q", src, got, want)
		}
	}
	// Files that include others twice are as long as they like, up to the limit.
	bomb := func(name string) (string, bool) {
		next := "include::" + name + "x[]\n"
		return strings.Repeat("boom ", 20) + "\n" + next + next, true
	}
	if n := len(Expand("include::x[]", "a.adoc", bomb, 10_000)); n > 40_000 {
		t.Errorf("10 KB at most became %d bytes", n)
	}
}

func TestSectionsMoveWithTheirFile(t *testing.T) {
	t.Parallel()
	src := Expand("= Book\n\ninclude::a.adoc[leveloffset=+1]\n\n== Own\n", "book.adoc", func(string) (string, bool) {
		return "= Chapter\nAna <a@b.c>\n\n== Part\n\n:leveloffset: +1\n\n== Moved\n", true
	}, 1000)
	html := ToHTML(src)
	for _, want := range []string{`<h1 id="_book">`, `<h2 id="_chapter">`, `<h3 id="_part">`, `<h4 id="_moved">`, `<h2 id="_own">`} {
		if !strings.Contains(html, want) {
			t.Errorf("%s is missing from:\n%s", want, html)
		}
	}
}

func FuzzExpand(f *testing.F) {
	f.Add("include::a[tags=x;!y]\n:leveloffset: +1\n", "// tag::x[]\na\n// end::x[]\n")
	f.Add("include::b[lines=1..3;-1,indent=2]", "include::partial$x[]\n")
	f.Fuzz(func(t *testing.T, src, other string) {
		if out := Expand(src, "modules/m/pages/a.adoc", func(string) (string, bool) { return other, true }, 10_000); len(out) > 2*len(src)+100_000 {
			t.Fatalf("%d bytes became %d", len(src)+len(other), len(out))
		}
	})
}
