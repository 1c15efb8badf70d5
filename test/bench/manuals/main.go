// Command manuals measures how much of the documentation of many generators
// arrives in Markdown: the words, code blocks, headings, links and table rows of
// the content of each page, which a selector per generator names, are looked for
// in the page that CommonMark makes of our Markdown. It takes folders with
// unpacked documentation packages and prints a line for each manual.
//
//	apt-get download git-doc && dpkg -x git-doc_*.deb docs/git-doc
//	go run ./test/bench/manuals docs
package main

import (
	"bytes"
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/andybalholm/cascadia"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	renderhtml "github.com/yuin/goldmark/renderer/html"
	"golang.org/x/net/html"

	"panther/pkg/markdown"
)

func main() {
	pages := flag.Int("pages", 20, "pages of each manual, evenly spaced by name")
	only := flag.String("only", "", "one manual, by its name")
	verbose := flag.Bool("v", false, "print each page, and what it lost or gained")
	flag.Parse()
	fmt.Printf("%-16s %5s %4s %6s %6s %6s %6s %6s %6s %6s  %s\n", "manual", "pages", "out", "words", "worst", "noise", "code", "heads", "links", "rows", "worst page")
	for _, m := range manuals {
		if *only != "" && m.name != *only {
			continue
		}
		if err := measure(m, flag.Args(), *pages, *verbose); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", m.name, err)
			os.Exit(1)
		}
	}
}

// measure prints the line of one manual. Pages that the selector finds nothing
// on are no pages of the manual.
func measure(m manual, roots []string, pages int, verbose bool) error {
	var files []string
	for _, root := range roots {
		found, err := filepath.Glob(filepath.Join(root, m.files))
		if err != nil {
			return err
		}
		files = append(files, found...)
	}
	slices.Sort(files)
	content := cascadia.MustCompile(m.content)
	beside := cascadia.MustCompile("script, style, template, noscript, [hidden], [style*='display:none'], [style*='display: none']" + m.beside)
	var sum score
	out, read, worst, worstPage := 0, 0, 1.0, ""
	for i := range files {
		at := i
		if pages < len(files) {
			at = i * len(files) / pages
		}
		if at >= len(files) || i >= pages {
			break
		}
		s, left, err := page(files[at], content, beside)
		if err != nil {
			return err
		}
		if left != "" {
			out++
		}
		if s == nil {
			continue
		}
		read++
		if verbose {
			fmt.Printf("    %.3f words %.3f noise %.3f code %.3f heads %.3f links %.3f rows %s\n%s", s.words.recall(), s.words.noise(), s.code.recall(), s.heads.recall(), s.links.recall(), s.rows.recall(), files[at], s.lost)
		}
		sum.add(s)
		if r := s.words.recall(); r < worst {
			worst, worstPage = r, filepath.Base(files[at])
		}
	}
	fmt.Printf("%-16s %5d %4d %6.3f %6.3f %6.3f %6.3f %6.3f %6.3f %6.3f  %s\n", m.name, read, out, sum.words.recall(), worst, sum.words.noise(), sum.code.recall(), sum.heads.recall(), sum.links.recall(), sum.rows.recall(), worstPage)
	return nil
}

var toHTML = goldmark.New(goldmark.WithExtensions(extension.GFM, extension.Footnote), goldmark.WithRendererOptions(renderhtml.WithUnsafe()))

// page compares one page with its Markdown. It returns nil where the page has
// no content, and the reason where it was left out.
func page(file string, content, beside cascadia.Selector) (s *score, left string, err error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, "", err
	}
	address := "https://docs.example.org/" + url.PathEscape(filepath.Base(file))
	p, err := markdown.Extract(bytes.NewReader(raw), markdown.Options{URL: address})
	if err != nil {
		return nil, "", err
	}
	if p.LeftOut != "" {
		return nil, p.LeftOut, nil
	}
	doc, err := html.Parse(bytes.NewReader(raw))
	if err != nil {
		return nil, "", err
	}
	base, err := url.Parse(address)
	if err != nil {
		return nil, "", err
	}
	want := newReader(base)
	found := cascadia.QueryAll(doc, content)
	for _, n := range cascadia.QueryAll(doc, beside) {
		if n.Parent != nil {
			n.Parent.RemoveChild(n)
		}
	}
	for _, n := range found {
		want.read(n)
	}
	if len(want.words) == 0 {
		return nil, "", nil
	}
	var b bytes.Buffer
	if err := toHTML.Convert([]byte(p.Markdown), &b); err != nil {
		return nil, "", err
	}
	made, err := html.Parse(&b)
	if err != nil {
		return nil, "", err
	}
	dropHidden(made)
	got := newReader(base)
	got.read(made)
	return compare(want, got), "", nil
}

// share counts what of one kind was wanted, got, and both.
type share struct{ want, got, both int }

func (s share) recall() float64 { return ratio(s.both, s.want) }
func (s share) noise() float64  { return 1 - ratio(s.both, s.got) }

func ratio(a, b int) float64 {
	if b == 0 {
		return 1
	}
	return float64(a) / float64(b)
}

type score struct {
	words, code, heads, links, rows share
	lost                            string
}

func (s *score) add(o *score) {
	for _, p := range []struct{ to, of *share }{{&s.words, &o.words}, {&s.code, &o.code}, {&s.heads, &o.heads}, {&s.links, &o.links}, {&s.rows, &o.rows}} {
		p.to.want += p.of.want
		p.to.got += p.of.got
		p.to.both += p.of.both
	}
}

func compare(want, got *reader) *score {
	var lost strings.Builder
	one := func(kind string, w, g []string) share {
		left := make(map[string]int)
		for _, v := range g {
			left[v]++
		}
		s := share{want: len(w), got: len(g)}
		var gone []string
		for _, v := range w {
			if left[v] > 0 {
				left[v]--
				s.both++
			} else {
				gone = append(gone, v)
			}
		}
		var more []string
		for _, v := range g {
			if left[v] > 0 {
				left[v]--
				more = append(more, v)
			}
		}
		if len(gone) > 0 {
			fmt.Fprintf(&lost, "        lost %s: %.400q\n", kind, gone)
		}
		if len(more) > 0 && kind == "words" {
			fmt.Fprintf(&lost, "        more %s: %.400q\n", kind, more)
		}
		return s
	}
	// A row whose cells hold lists or code is written cell by cell, and code of one line in a cell within the line.
	all := " " + strings.Join(got.words, " ") + " "
	tables := slices.Clone(got.rows)
	for _, row := range want.rows {
		if i := slices.Index(tables, row); i >= 0 {
			tables = slices.Delete(tables, i, i+1)
		} else if !slices.ContainsFunc(strings.Split(row, cellEnd), func(cell string) bool { return !strings.Contains(all, " "+cell+" ") }) {
			got.rows = append(got.rows, row)
		}
	}
	got.code = append(got.code, got.short...)
	return &score{
		words: one("words", want.words, got.words), code: one("code", want.code, got.code), heads: one("headings", want.heads, got.heads),
		links: one("links", want.links, got.links), rows: one("rows", want.rows, got.rows), lost: lost.String(),
	}
}
