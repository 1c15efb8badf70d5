package markdown

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	goldhtml "github.com/yuin/goldmark/renderer/html"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// regionMarkdown converts a region without choosing or cleaning anything.
func regionMarkdown(region *html.Node) string {
	x := &extraction{page: new(Page), region: region, index: newIndex(region)}
	x.embed()
	x.rewriteCodeTables()
	x.rewrite()
	return x.render()
}

var reader = goldmark.New(goldmark.WithExtensions(extension.GFM, extension.Footnote), goldmark.WithRendererOptions(goldhtml.WithUnsafe()))

// rendered is what a reader of CommonMark with GitHub's tables makes of Markdown.
func rendered(t testing.TB, md string) *html.Node {
	t.Helper()
	var out bytes.Buffer
	if err := reader.Convert([]byte(md), &out); err != nil {
		t.Fatal(err)
	}
	return parsed(t, out.String())
}

func parsed(t testing.TB, page string) *html.Node {
	t.Helper()
	doc, err := html.Parse(strings.NewReader("<body>" + page))
	if err != nil {
		t.Skip(err)
	}
	return find(doc, func(n *html.Node) bool { return isElement(n, atom.Body) })
}

// place is where a word stands.
type place struct{ strong, em, del, code, link, quote bool }

var wordPattern = regexp.MustCompile(`w[0-9]+`)

// words lists the places of each word of a made page below n, joined in one text where they touch. It is the oracle: it
// knows elements only, and nothing of Markdown.
func words(n *html.Node) map[string][]place {
	out := make(map[string][]place)
	var visit func(*html.Node, place)
	visit = func(n *html.Node, at place) {
		if n.Type == html.TextNode {
			for _, w := range wordPattern.FindAllString(n.Data, -1) {
				out[w] = append(out[w], at)
			}
		}
		switch n.Data {
		case "strong", "b", "th", "dt", "h2":
			at.strong = true
		case "em", "i":
			at.em = true
		case "del", "s":
			at.del = true
		case "code", "tt", "kbd", "pre":
			at.code = true
		case "a":
			at.link = at.link || attr(n, "href") != ""
		case "blockquote":
			at.quote = true
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			visit(c, at)
		}
	}
	visit(n, place{})
	return out
}

// pages makes pages whose words are all different.
type pages struct {
	*rand.Rand
	words int
}

var (
	anyTags    = strings.Fields("p div ul ol li dl dt dd table tr td th thead tbody caption blockquote section figure figcaption details summary pre code h2 h3 fieldset legend center form x-y main aside select option")
	phraseTags = strings.Fields("b strong i em s del a tt kbd sub sup span u font x-z small abbr q ruby rt br")
	blockTags  = strings.Fields("p li dd td blockquote h2 dt th")
	glue       = []string{" ", " ", " ", "\n", ", ", ". ", "", ": ", "：", "。", " (", ") ", "「", "」", " * ", "*", "_", " - ", " # ", "|", "~", "`", "\u00a0", "\u00ad", " \\ ", "\\", "!", "[", "] ", "](", "&lt;", "&amp;", "&amp;amp;", "$", " 1. "}
)

func (p *pages) text() string {
	var b strings.Builder
	for range 1 + p.IntN(3) {
		p.words++
		fmt.Fprintf(&b, "%sw%d%s", glue[p.IntN(len(glue))], p.words, glue[p.IntN(len(glue))])
	}
	return b.String()
}

// element is an element of one of tags around what inner makes.
func (p *pages) element(tags []string, inner func() string) string {
	tag := tags[p.IntN(len(tags))]
	attrs := ""
	switch {
	case tag == "br":
		return "<br>"
	case tag == "a" && p.IntN(4) > 0:
		attrs = ` href="/x"`
	case tag == "td" && p.IntN(4) == 0:
		attrs = fmt.Sprintf(" colspan=%d rowspan=%d", p.IntN(4), p.IntN(4))
	}
	var b strings.Builder
	for range p.IntN(4) {
		b.WriteString(inner())
	}
	return "<" + tag + attrs + ">" + b.String() + "</" + tag + ">"
}

// anything is any element in any other.
func (p *pages) anything(depth int) string {
	switch {
	case depth == 0 || p.IntN(4) == 0:
		return p.text()
	case p.IntN(2) == 0:
		return p.element(phraseTags, func() string { return p.anything(depth - 1) })
	}
	return p.element(anyTags, func() string { return p.anything(depth - 1) })
}

// phrase is text with marks in marks.
func (p *pages) phrase(depth int) string {
	if depth == 0 || p.IntN(2) == 0 {
		return p.text()
	}
	return p.element(phraseTags, func() string { return p.phrase(depth - 1) })
}

// checkWords holds that the Markdown of a region has every visible word of it as often as the page has it, and no other.
func checkWords(t testing.TB, region *html.Node) (got, want map[string][]place) {
	t.Helper()
	want = words(region)
	got = words(rendered(t, regionMarkdown(region)))
	for w, places := range want {
		repeats := slices.ContainsFunc(places, func(p place) bool { return p.strong }) // the head of a column may be said in each row
		if len(got[w]) < len(places) || len(got[w]) > len(places) && !repeats {
			t.Errorf("%q is there %d times, not %d", w, len(got[w]), len(places))
		}
	}
	for w := range got {
		if len(want[w]) == 0 {
			t.Errorf("%q is not on the page", w)
		}
	}
	return got, want
}

func TestNothingIsLost(t *testing.T) {
	t.Parallel()
	for seed := range uint64(2000) {
		p := pages{Rand: rand.New(rand.NewPCG(seed, 1))}
		page := p.element([]string{"div"}, func() string { return p.anything(7) })
		checkWords(t, parsed(t, page))
		if t.Failed() {
			t.Fatalf("of\n%s\ncame\n%s", page, regionMarkdown(parsed(t, page)))
		}
	}
}

// TestMarksAreRead holds that a reader finds code, links and emphasis where the page has them, whatever they touch.
func TestMarksAreRead(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5000) {
		p := pages{Rand: rand.New(rand.NewPCG(seed, 2))}
		page := p.element(blockTags, func() string { return p.phrase(4) })
		switch page[1:3] {
		case "td", "th":
			page = "<table><tr>" + page + "<td>x</td></tr></table>"
		case "li":
			page = "<ul>" + page + "</ul>"
		case "dt", "dd":
			page = "<dl>" + page + "</dl>"
		}
		got, want := checkWords(t, parsed(t, page))
		for w := range want {
			if len(got[w]) != 1 {
				continue
			}
			is, be := got[w][0], want[w][0]
			is.strong = is.strong || be.strong // or the word is in a heading, which need not say so
			if be.code {                       // there is no emphasis in code
				be.strong, be.em, be.del, is.strong, is.em, is.del = false, false, false, false, false, false
			}
			if is != be {
				t.Errorf("%q stands in %+v, not in %+v", w, is, be)
			}
		}
		if t.Failed() {
			t.Fatalf("of\n%s\ncame\n%s", page, regionMarkdown(parsed(t, page)))
		}
	}
}
