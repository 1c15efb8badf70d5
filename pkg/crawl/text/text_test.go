package text

import (
	"strings"
	"testing"
)

// convertFile reads a file as a source does.
func convertFile(t *testing.T, name, body string) (title, md string) {
	t.Helper()
	if !Known(name) {
		t.Fatalf("%s is no document", name)
	}
	p, err := Convert(t.Context(), File{Name: name, URI: "https://e.com/" + name, Body: strings.NewReader(body), MaxBytes: 1 << 20})
	if err != nil || p.Document == nil {
		t.Fatalf("convert %s: %+v, %v", name, p, err)
	}
	return p.Document.Title, p.Document.Markdown
}

func TestFilesOfEveryFormat(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ body, title, want string }{
		"a.md":       {"---\ntitle: Front\n---\n\n# Heading\n\nText\n", "Front", "# Heading"},
		"b.md":       {"```\n# no heading\n```\n\nReal\n====\n", "Real", "# no heading"},
		"c.html":     {"<title>T</title><main><h1>T</h1><p>caf\u00e9 and more text</p></main>", "T", "caf\u00e9"},
		"d.rst":      {"Title\n=====\n\n.. code-block:: c\n\n   int x;\n", "Title", "```c\nint x;\n```"},
		"e.txt":      {"Title\n=====\n\n.. note:: Mind it.\n\nSee `Go <https://go.dev/>`_.\n", "Title", "> Mind it."},
		"f.txt":      {"Plain text\n\n.. and no directive.\n", "f", ".. and no directive."},
		"README":     {"Read me first.\n", "README", "Read me"},
		"latin1.txt": {"caf\xe9\r\nau lait\r\n", "latin1", "caf\u00e9\nau lait"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			title, md := convertFile(t, name, tc.body)
			if title != tc.title || !strings.Contains(md, tc.want) {
				t.Errorf("title %q, Markdown:\n%s\nwant %q and:\n%s", title, md, tc.title, tc.want)
			}
		})
	}
	if Known("main.go") || Known("logo.png") || Known("Makefile") {
		t.Error("a file that is no document is known")
	}
	if _, err := Convert(t.Context(), File{Name: "x.txt", Body: strings.NewReader("a\x00b"), MaxBytes: 100}); err == nil {
		t.Error("a binary file was converted")
	}
	if _, err := Convert(t.Context(), File{Name: "x.txt", Body: strings.NewReader("too long"), MaxBytes: 3}); err == nil {
		t.Error("a file above the limit was converted")
	}
}
