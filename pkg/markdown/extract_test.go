package markdown

import (
	"bytes"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"
)

// work returns what the extraction of page costs: the nodes it looks at, and the bytes it allocates.
func work(t *testing.T, page string) (nodes, allocated float64) {
	t.Helper()
	visits = new(int)
	defer func() { visits = nil }()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := Extract(strings.NewReader("<body>"+page), Options{URL: "https://example.org/a"}); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	return float64(*visits), float64(after.TotalAlloc - before.TotalAlloc)
}

// TestHostilePages compares pages with pages of twice their size and depth, which may cost twice the work and a little
// more. It counts for the whole package, so it is not parallel.
func TestHostilePages(t *testing.T) {
	const most = 2.6
	pages := map[string]func(n int) string{
		"deep divs":     func(n int) string { return strings.Repeat("<div>", 9375*n) },
		"deep quotes":   func(n int) string { return strings.Repeat("<blockquote>a<br>", 3750*n) },
		"deep lists":    func(n int) string { return strings.Repeat("<ul><li>a", 6250*n) },
		"deep emphasis": func(n int) string { return strings.Repeat("<b><i>", 9375*n) + "x" },
		"deep spans": func(n int) string {
			return strings.Repeat(strings.Repeat("<span>", 400)+"x"+strings.Repeat("</span>", 400), 11*n)
		},
		"many links":    func(n int) string { return strings.Repeat(`<a href="#x">x</a>`, 3437*n) },
		"brackets":      func(n int) string { return "<p>" + strings.Repeat("[", 62500*n) },
		"stars":         func(n int) string { return "<p>" + strings.Repeat("* ", 31250*n) + "a" },
		"dashes":        func(n int) string { return "<p>" + strings.Repeat("- _ ", 15625*n) + "a" },
		"backticks":     func(n int) string { return "<pre>" + strings.Repeat("`", 62500*n) },
		"wide table":    func(n int) string { return "<table><tr>" + strings.Repeat("<td>a", 12500*n) },
		"long table":    func(n int) string { return "<table>" + strings.Repeat("<tr><td colspan=99999 rowspan=99999>a", 1625*n) },
		"nested tables": func(n int) string { return strings.Repeat("<table><tr><td>a", 3750*n) },
		"terms":         func(n int) string { return strings.Repeat("<dl><dt>a<dd>b", 4375*n) },
		"headings":      func(n int) string { return strings.Repeat("<h2>a</h2>", 6250*n) },
		"footnotes": func(n int) string {
			return strings.Repeat(`<sup><a href="#fn1">1</a></sup>`, 1875*n) + `<ol class=footnotes><li id=fn1>x</ol>`
		},
		"entities":       func(n int) string { return strings.Repeat("&lt;&amp;", 6875*n) },
		"paragraphs":     func(n int) string { return strings.Repeat("<p>a, b", 8750*n) },
		"unclosed code":  func(n int) string { return strings.Repeat("<code>a", 8750*n) },
		"spans of lines": func(n int) string { return "<pre>" + strings.Repeat("<span class=line>a</span>", 2500*n) },
		"alerts":         func(n int) string { return strings.Repeat(`<div class="admonition note">`, 2187*n) },
		"open brackets":  func(n int) string { return strings.Repeat("<", 62500*n) },
		"one attribute":  func(n int) string { return `<p class="` + strings.Repeat("a ", 31250*n) + `">x` },
		"attributes":     func(n int) string { return "<p " + strings.Repeat("a=b ", 15625*n) + ">x" },
		"tabs": func(n int) string {
			return strings.Repeat(`<div role=tablist><a role=tab>a</a></div><div role=tabpanel>b</div>`, 875*n)
		},
		"one word":    func(n int) string { return "<p>" + strings.Repeat("a", 62500*n) },
		"underscores": func(n int) string { return "<p>" + strings.Repeat("_a", 31250*n) },
		"deep tables": func(n int) string { return strings.Repeat("<table><tr><td><ul><li><blockquote>a", 1687*n) },
		"one wrapper": func(n int) string { return `<div class="highlight-go">` + strings.Repeat("<pre>a</pre>", 5000*n) },
		"articles": func(n int) string {
			return `<meta property="og:type" content="article"><article>` + strings.Repeat("<article><p>a</p></article>", 2312*n)
		},
		"formulas": func(n int) string { return strings.Repeat(`<math><mi>a</mi></math>`, 2687*n) },
		"details":  func(n int) string { return strings.Repeat(`<details><summary>a</summary>b</details>`, 1562*n) },
		"figures": func(n int) string {
			return `<meta property="og:type" content="article">` + strings.Repeat(`<figure><img src=a><figcaption>b</figcaption></figure>`, 1125*n)
		},
		"code in a span": func(n int) string { return "<span>" + strings.Repeat("<pre>a</pre>", 5000*n) },
		"code tables": func(n int) string {
			return strings.Repeat(`<table><tr><td class=linenos>1<td class=code><pre>a</pre></table>`, 937*n)
		},
		"one list":       func(n int) string { return "<ul>" + strings.Repeat(`<li><input type=checkbox>a`, 2375*n) },
		"one definition": func(n int) string { return "<dl>" + strings.Repeat(`<dd>a`, 11250*n) },
		"cards": func(n int) string {
			return `<meta property="og:type" content="article">` + strings.Repeat(`<div class=card><h2><a href="/a">a</a></h2></div>`, 1312*n)
		},
		"parts": func(n int) string {
			return `<meta property="og:type" content="article">` + strings.Repeat(`<div class=entry-content><p>a</p></div>`, 1562*n)
		},
		"labels": func(n int) string {
			return strings.Repeat(`<div aria-label="a" aria-hidden="true">`, 130*n) + strings.Repeat("a ", 30625*n)
		},
		"titles": func(n int) string {
			return "<title>a | b</title><meta property=og:site_name content=b>" + strings.Repeat("<h2><div>", 70*n) + strings.Repeat("a ", 30625*n)
		},
		"leads": func(n int) string {
			return `<meta name=description content=a><main class=td-main>` + strings.Repeat(`<div class=lead>`, 130*n) + strings.Repeat("a ", 30625*n)
		},
		"contents": func(n int) string {
			return strings.Repeat(`<h2 id=a>a</h2><h2>Contents</h2><ul><li><a href=b>b</a></ul>`, 1000*n)
		},
		"hidden lines": func(n int) string {
			return `<pre class="language-rust">` + strings.Repeat(`<span class=boring>a</span>`, 2375*n)
		},
		"code blocks": func(n int) string { return strings.Repeat("<div><pre>a</pre></div>", 2687*n) },
		"reviews":     func(n int) string { return oneProduct + strings.Repeat("<h2>Reviews</h2><p>a</p>", 1750*n) },
		"wrapped reviews": func(n int) string {
			return oneProduct + strings.Repeat("<div>", 60) + strings.Repeat("<div><h2>Reviews</h2><p>a</p></div>", 1250*n)
		},
		"things for sale": func(n int) string { return cards(437 * n) },
		"things in things": func(n int) string {
			return strings.Repeat(strings.Repeat("<div>", 50)+cards(4)+strings.Repeat("</div>", 50), 90*n)
		},
		"shelves": func(n int) string { return strings.Repeat("<div>"+cards(4)+"</div>", 110*n) },
		"choices": func(n int) string {
			return oneProduct + strings.Repeat("<div>", 90) + strings.Repeat("<input type=radio>a", 1750*n)
		},
		"named in a shop": func(n int) string {
			return oneProduct + strings.Repeat("<div class=review>", 90) + strings.Repeat("<p>a, b", 4375*n)
		},
		"deep news": func(n int) string {
			return `<meta property="og:type" content="article">` + strings.Repeat("<div><span>", 70*n) + strings.Repeat("<p>a, b", 8750*n)
		},
		"links of a heading": func(n int) string { return `<h2 id=a>` + strings.Repeat(`<a href="#x">x</a>`, 3437*n) },
		"marks of a heading": func(n int) string { return `<h2 id=a>b` + strings.Repeat(`<a class=headerlink>x</a>`, 2500*n) },
		"pieces of code":     func(n int) string { return strings.Repeat(`<code>a</code>`, 4464*n) },
		"code tables of a block": func(n int) string {
			return "<pre>" + strings.Repeat(`<table><tr><td class=code>a</table>`, 1785*n)
		},
	}
	for name, page := range pages {
		t.Run(name, func(t *testing.T) {
			small, large := page(1), page(2)
			nodes, allocated := work(t, small)
			moreNodes, moreAllocated := work(t, large)
			if moreNodes > most*nodes || moreAllocated > most*allocated {
				t.Errorf("%d bytes: %.0f nodes, %.0f bytes allocated; %d bytes: %.1f times the nodes, %.1f times the bytes",
					len(small), nodes, allocated, len(large), moreNodes/nodes, moreAllocated/allocated)
			}
		})
	}
}

func TestDeepPages(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, page, want string }{
		{"a heading without end", "<h1>A<div><h2>B</h2><p>c</p></div>", "A\n\n## B\n\nc\n"},
		{"a link below many wrappers", strings.Repeat("<div>", 300) + `<p>a <a href="/b">b <b>c</b></a> <code>d</code>`, "a [b **c**](/b) `d`\n"},
		{"blocks below many wrappers", strings.Repeat("<font><div>", 150) + "<h2>A</h2><table><tr><th>b<tr><td>c</table>", "## A\n\n| b |\n| --- |\n| c |\n"},
		{"two tables of code in a block", "<pre>" + strings.Repeat("<table><tr><td>1<td class=code>a</table>", 2), "```\na\na\n```\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if p, err := Extract(strings.NewReader("<body>"+c.page), Options{}); err != nil || p.Markdown != c.want {
				t.Errorf("%v, %q; want %q", err, p.Markdown, c.want)
			}
		})
	}
}

func FuzzExtract(f *testing.F) {
	for _, seed := range []string{"", "<p>a", "<table><tr><td><ul><li>a|b<pre>c", "<pre class=language-go><code><span class=line>a</span>",
		`<div class="admonition note"><p class="admonition-title">N</p><dl><dt>a<dd>b`, "<math><mfrac><mi>a</mi><mi>b</mi></mfrac></math>",
		`<sup><a href="#fn1">1</a></sup><section class=footnotes><ol><li id=fn1>x <a href="#fnref1">↩</a>`, "<details><summary>s</summary><h2 id=x>y",
		`<main><a href="%zz"><h1>a</h1><div>b</div></a><base href="http://[::1">`, "\xff\xfe<\x00p\x00>\x00", "<svg><title>x</title><math><mi><p>y",
		`<div role=tablist><button role=tab>a</button></div><div role=tabpanel hidden><pre>x</pre></div>`, "<li><li><dd><dt><td>x"} {
		f.Add([]byte(seed), "text/html")
	}
	f.Fuzz(func(t *testing.T, page []byte, contentType string) {
		p, err := Extract(bytes.NewReader(page), Options{URL: "https://example.org/a/b", ContentType: contentType, Why: true})
		if err != nil {
			return
		}
		if !utf8.ValidString(p.Markdown) || strings.ContainsAny(p.Markdown, "\x00\a") {
			t.Errorf("markdown holds invalid or internal characters: %q", p.Markdown)
		}
		for _, link := range p.Links {
			if !strings.HasPrefix(link, "http://") && !strings.HasPrefix(link, "https://") {
				t.Errorf("link %q is not absolute", link)
			}
		}
		_ = p.FrontMatter()
	})
}

// manual is a page of about 20 KB as a documentation generator writes it, navigation included.
func manual() string {
	var b strings.Builder
	b.WriteString(`<!doctype html><html lang=en><head><title>Manual | Site</title><meta name=generator content="Docusaurus v3"></head><body><div id=__docusaurus><nav><ul>`)
	for range 40 {
		b.WriteString(`<li class="menu__list-item"><a class="menu__link" href="/docs/other-page">Another page of it</a></li>`)
	}
	b.WriteString(`</ul></nav><main><article><div class="theme-doc-markdown markdown"><h1>Manual</h1>`)
	for range 14 {
		b.WriteString(`<h2 id="part">Part<a class="hash-link" href="#part">#</a></h2><p>Some text with <code>code</code>, a <a href="../x">link</a> and <em>emphasis</em>, long enough to be a paragraph of a manual.</p>
<pre class="prism-code language-js"><code><div class="token-line"><span class="token keyword">const</span> a = <span class="token number">1</span><br></div><div class="token-line">b()<br></div></code></pre>
<table><thead><tr><th>Name</th><th>Meaning</th></tr></thead><tbody><tr><td><code>a|b</code></td><td>One of the two</td></tr></tbody></table><ul><li>first <strong>item</strong></li><li>second item</li></ul>`)
	}
	b.WriteString(`</div></article></main><footer>Site</footer></div></body></html>`)
	return b.String()
}

func BenchmarkExtract(b *testing.B) {
	page := manual()
	b.SetBytes(int64(len(page)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Extract(strings.NewReader(page), Options{URL: "https://example.org/docs/manual"}); err != nil {
			b.Fatal(err)
		}
	}
}
