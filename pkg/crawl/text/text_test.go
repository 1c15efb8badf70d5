package text

import (
	"context"
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

func testGoPackage(t *testing.T) {
	t.Helper()
	p, err := GoPackage("https://e.com/tree/main/pkg/x", map[string][]byte{
		"pkg/x/doc.go": []byte("// Package x does it.\n//\n// # Details\n//\n// See [T].\npackage x\n"),
		"pkg/x/t.go":   []byte("package x\n\n// T is a thing.\ntype T struct {\n\tA int // exported\n\tb int\n}\n\n// Do does.\nfunc (t *T) Do(n int) error { return nil }\n\nfunc hidden() {}\n"),
		"pkg/x/bad.go": []byte("package x\nfunc {\n"),
	})
	if err != nil || p.Document.Title != "package x" || p.Codes != 2 {
		t.Fatalf("package is %+v, %v", p.Document, err)
	}
	for _, want := range []string{"# package x\n\nPackage x does it.\n\n#### Details", "## type T\n\n```go\ntype T struct {\n    A int // exported", "### func (*T) Do\n\n```go\nfunc (t *T) Do(n int) error\n```\n\nDo does."} {
		if !strings.Contains(p.Document.Markdown, want) {
			t.Errorf("%q is missing from:\n%s", want, p.Document.Markdown)
		}
	}
	if strings.Contains(p.Document.Markdown, "hidden") || IsGo("vendor/a/b.go") || IsGo("a_test.go") || !IsGo("a/b.go") {
		t.Error("what is not for readers is there")
	}
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
		"g.adoc":     {"= Title\n\n[source,c]\n----\nint x;\n----\n", "Title", "```c\nint x;\n```"},
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
	text := "Guide\n\nHead\nA di-\nvided word.\n1\fHead\nsecond\n2\fHead\nthird\n3\fHead\nlast\n4\f"
	f := File{Name: "guide.pdf", Body: strings.NewReader("%PDF"), MaxBytes: 10, Programs: programs{pdf: text}}
	if p, err := Convert(t.Context(), f); err != nil || p.Document.Title != "Guide" || p.Document.Markdown != "Guide\n\nHead\nA divided word.\n\nsecond\n\nthird\n\nlast\n" {
		t.Errorf("PDF is %+v, %v", p.Document, err)
	}
	scan := File{Name: "scan.pdf", MaxBytes: 10, Programs: programs{pdf: "\f"}, Rules: Rules{Languages: []string{"de", "zh-TW", "??"}}}
	for _, ocr := range []bool{false, true} {
		scan.Body, scan.Rules.OCR = strings.NewReader("%PDF"), ocr
		p, err := Convert(t.Context(), scan)
		if read := p.Document != nil && p.Document.Markdown == "Scanned\n\ndeu chi_tra\n"; err != nil || read != ocr || !ocr && !strings.Contains(p.Reason, "ocr = true") {
			t.Errorf("a scan, with ocr %v, is %+v %+v, %v", ocr, p, p.Document, err)
		}
	}
	testGoPackage(t)
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

// programs stands for the readers in the sandbox.
type programs struct{ pdf, html string }

func (p programs) Scan(_ context.Context, _ []byte, languages []string) (string, error) {
	return "Scanned\n\n" + strings.Join(languages, " "), nil
}

func (p programs) Read(_ context.Context, from string, _ []byte) (string, error) {
	if from == "pdf" {
		return p.pdf, nil
	}
	return "<title>-</title><body><h1>From " + from + "</h1><p>" + p.html + "</p>", nil
}
