package text

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/doc"
	"go/doc/comment"
	"go/parser"
	"go/printer"
	"go/token"
	"path"
	"slices"
	"strings"

	"panther/pkg/crawl/visit"
	"panther/pkg/knowledge"
)

// IsGo reports whether a file is part of a Go package that others may read:
// neither a test nor somebody else's code nor test data.
func IsGo(name string) bool {
	if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
		return false
	}
	for _, folder := range strings.Split(path.Dir(name), "/") {
		if folder == "vendor" || folder == "testdata" || folder != "." && (strings.HasPrefix(folder, ".") || strings.HasPrefix(folder, "_")) {
			return false
		}
	}
	return true
}

// GoPackage makes the document of a Go package of its doc comments and exported
// declarations, as go doc shows them. files are its sources by name.
func GoPackage(uri string, files map[string][]byte) (visit.Page, error) {
	fset := token.NewFileSet()
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	var parsed []*ast.File
	size := 0
	for _, name := range names {
		size += len(files[name])
		f, err := parser.ParseFile(fset, name, files[name], parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			continue // the others may have what it says
		}
		if len(parsed) == 0 || f.Name.Name == parsed[0].Name.Name {
			parsed = append(parsed, f)
		}
	}
	if len(parsed) == 0 {
		return visit.Page{}, fmt.Errorf("parse package in %s: no file is Go", path.Dir(names[0]))
	}
	p, err := doc.NewFromFiles(fset, parsed, path.Dir(names[0]))
	if err != nil {
		return visit.Page{}, fmt.Errorf("read package: %w", err)
	}
	w := &goWriter{fset: fset, pkg: p}
	w.all()
	if p.Doc == "" && w.decls == 0 {
		return visit.Page{Outcome: visit.Refused, Reason: "package has no doc comments", Bytes: int64(size)}, nil
	}
	d := &knowledge.Document{URI: uri, Title: "package " + p.Name, Markdown: w.b.String(), Language: "en", Meta: map[string]string{"folder": p.ImportPath}}
	return visit.Page{Document: d, Codes: strings.Count(d.Markdown, "\n```") / 2, Bytes: int64(size)}, nil
}

type goWriter struct {
	b     bytes.Buffer
	fset  *token.FileSet
	pkg   *doc.Package
	decls int
}

func (w *goWriter) all() {
	fmt.Fprintf(&w.b, "# package %s\n\n", w.pkg.Name)
	w.b.WriteString(w.markdown(w.pkg.Doc))
	w.values("Constants", w.pkg.Consts)
	w.values("Variables", w.pkg.Vars)
	for _, f := range w.pkg.Funcs {
		w.decl("## func "+f.Name, f.Decl, f.Doc)
	}
	for _, t := range w.pkg.Types {
		w.decl("## type "+t.Name, t.Decl, t.Doc)
		w.values("", t.Consts)
		w.values("", t.Vars)
		for _, f := range slices.Concat(t.Funcs, t.Methods) {
			name := f.Name
			if f.Recv != "" {
				name = "(" + f.Recv + ") " + f.Name
			}
			w.decl("### func "+name, f.Decl, f.Doc)
		}
	}
}

// markdown converts a comment; its headings go below those of the declaration.
func (w *goWriter) markdown(text string) string {
	p := w.pkg.Printer()
	p.HeadingLevel = 4
	p.HeadingID = func(*comment.Heading) string { return "" }
	p.DocLinkBaseURL = "https://pkg.go.dev"
	return string(p.Markdown(w.pkg.Parser().Parse(text))) + "\n"
}

func (w *goWriter) values(heading string, vs []*doc.Value) {
	if heading != "" && len(vs) > 0 {
		fmt.Fprintf(&w.b, "## %s\n\n", heading)
	}
	for _, v := range vs {
		w.decl("", v.Decl, v.Doc)
	}
}

func (w *goWriter) decl(heading string, d ast.Decl, text string) {
	w.decls++
	if heading != "" {
		fmt.Fprintf(&w.b, "%s\n\n", heading)
	}
	w.b.WriteString("```go\n")
	cfg := printer.Config{Mode: printer.UseSpaces, Tabwidth: 4}
	_ = cfg.Fprint(&w.b, w.fset, d) // a buffer takes everything
	w.b.WriteString("\n```\n\n")
	if text != "" {
		w.b.WriteString(w.markdown(text))
	}
}
