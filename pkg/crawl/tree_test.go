package crawl_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"panther/pkg/crawl/source"
)

// manual is a documentation whose files include and name each other.
var manual = map[string]string{
	"docs/index.rst": "Index\n=====\n\nSee :ref:`setup`, :ref:`how <setup>`, :doc:`guide/start`, :doc:`/guide/start`, :doc:`notes`, :ref:`nowhere`.\n\n" +
		".. include:: snippets/note.rst\n\n.. literalinclude:: ../src/app.py\n   :lines: 2-3\n   :caption: The app\n\n.. include:: ../../outside.adoc\n",
	"docs/guide/start.rst":   ".. _setup:\n\nSetting up\n==========\n\nText.\n",
	"docs/notes.md":          "# All notes\n\nText.\n",
	"docs/snippets/note.rst": ".. note:: From a snippet.\n\n.. include:: deep.rst\n",
	"docs/snippets/deep.rst": "Deep words.\n",
	"src/app.py":             "import os\ndef main():\n    pass\n# tag::x[]\nx = 1\n# end::x[]\n",
	"manual/a.adoc": "= A\n:part: parts\n\ninclude::{part}/b.adoc[leveloffset=+1]\n\nBetween.\n\ninclude::../../outside.adoc[]\n\ninclude::/etc/passwd[]\n\n" +
		"include::link.adoc[]\n\ninclude::.secret.adoc[]\n\ninclude::https://e.com/x.adoc[]\n\n== After\n\n[source,python]\n----\ninclude::../src/app.py[tag=x]\n----\n\n\\include::shown[]\n",
	"manual/parts/b.adoc":       "= B\n\nWords of B.\n\ninclude::c.adoc[lines=1..-1]\n",
	"manual/parts/c.adoc":       "Words of C.\n\ninclude::../a.adoc[]\n",
	"manual/.secret.adoc":       "A hidden secret.\n",
	"manual/self.adoc":          "= Self\n\nText.\n\ninclude::self.adoc[]\n",
	"modules/m/pages/p.adoc":    "= P\n\ninclude::partial$q.adoc[]\n",
	"modules/m/partials/q.adoc": "From Antora's partials.\n",
}

func TestFilesIncludeAndNameEachOther(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{source.Git, source.Files} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			r := newRepository(t)
			r.dir = filepath.Join(r.dir, "repository")
			if err := os.Mkdir(r.dir, 0o700); err != nil {
				t.Fatal(err)
			}
			r.git("init", "-q", "-b", "main")
			outside := filepath.Join(filepath.Dir(r.dir), "outside.adoc")
			if err := os.WriteFile(outside, []byte("What is outside.\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			for name, text := range manual {
				r.write(name, text)
			}
			if err := os.Symlink(outside, filepath.Join(r.dir, "manual/link.adoc")); err != nil {
				t.Fatal(err)
			}
			r.commit("first")
			b := newBench(t, source.Source{Name: "manual", Kind: kind, Path: r.dir, Exclude: []string{"**/parts/**", "**/partials/**", "**/snippets/**", "manual/link.adoc", "**/.*"}})
			b.must("6 new")
			at := "file://" + r.dir
			b.holds(at+"/docs/index.rst", "See [Setting up]("+at+"/docs/guide/start.rst#setup), [how]("+at+"/docs/guide/start.rst#setup), [Setting up]("+at+"/docs/guide/start.rst), "+
				"[Setting up]("+at+"/docs/guide/start.rst), [All notes]("+at+"/docs/notes.md), nowhere.",
				"> From a snippet.", "Deep words.", "**The app**\n\n```python\ndef main():\n    pass\n```")
			b.holds(at+"/manual/a.adoc", "## <a id=\"_b\"></a>B\n\nWords of B.\n\nWords of C.\n", "\nBetween.\n", "[https://e.com/x.adoc](https://e.com/x.adoc)", "## <a id=\"_after\"></a>After",
				"```python\nx = 1\n```", "include::shown[]")
			b.holds(at+"/modules/m/pages/p.adoc", "From Antora's partials.")
			for _, uri := range b.live() {
				d, err := b.db.Document(t.Context(), uri)
				if err != nil || strings.Contains(d.Markdown, "outside") || strings.Contains(d.Markdown, "secret.") || strings.Contains(d.Markdown, "root:") {
					t.Errorf("%s holds what is not of the folder, %v:\n%s", uri, err, d.Markdown)
				}
			}
			b.must("6 unchanged")
			r.write("manual/parts/c.adoc", "Other words of C.\n")
			r.commit("second")
			b.must("1 changed, 5 unchanged")
			b.holds(at+"/manual/a.adoc", "Other words of C.")
			r.write("docs/guide/start.rst", ".. _setup:\n\nInstalling\n==========\n\nText.\n")
			r.commit("third")
			b.must("2 changed, 4 unchanged")
			b.holds(at+"/docs/index.rst", "See [Installing]("+at+"/docs/guide/start.rst#setup)")
			r.write("docs/where.rst", ".. _nowhere:\n\nHere\n====\n\nText.\n")
			r.commit("fourth")
			b.must("1 new, 1 changed, 5 unchanged")
			b.holds(at+"/docs/index.rst", "[Here]("+at+"/docs/where.rst#nowhere)")
		})
	}
}

// holds reports what a document does not have.
func (b *bench) holds(uri string, wants ...string) {
	b.t.Helper()
	d, err := b.db.Document(b.t.Context(), uri)
	if err != nil {
		b.t.Fatalf("%s: %v", uri, err)
	}
	for _, want := range wants {
		if !strings.Contains(d.Markdown, want) {
			b.t.Errorf("%s has no %q:\n%s", uri, want, d.Markdown)
		}
	}
}

// TestARenamedFileIsOneDocument also where its old name would be the better one
// of two copies, and where its old name has another text now.
func TestARenamedFileIsOneDocument(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{source.Git, source.Files} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			r := newRepository(t)
			text := func(n int) string { return strings.Repeat("Words of "+strings.Repeat("x", n)+" and more. ", 20) + "\n" }
			for i, name := range []string{"a.md", "b.md", "c.md", "d.md", "e.md", "f.md"} {
				r.write(name, text(i))
			}
			r.commit("first")
			b := newBench(t, source.Source{Name: "notes", Kind: kind, Path: r.dir})
			b.must("6 new")
			if err := os.Rename(filepath.Join(r.dir, "a.md"), filepath.Join(r.dir, "renamed.md")); err != nil {
				t.Fatal(err)
			}
			r.commit("second")
			b.must("1 new, 5 unchanged, 1 gone")
			r.write("moved.md", text(1))
			r.write("b.md", text(9))
			r.commit("third")
			b.must("1 new, 1 changed, 5 unchanged")
			r.write("z.md", text(2)) // a copy
			r.commit("fourth")
			b.must("7 unchanged")
			at := "file://" + r.dir + "/"
			if got, want := strings.Join(b.live(), " "), at+strings.Join([]string{"b.md", "c.md", "d.md", "e.md", "f.md", "moved.md", "renamed.md"}, " "+at); got != want {
				t.Errorf("documents are %s, want %s", got, want)
			}
		})
	}
}
