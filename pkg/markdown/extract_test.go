package markdown

import (
	"bytes"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/sys/unix"
)

// deadline is what a page of 1 MB may take of the processor; the race detector makes everything ten times slower.
var deadline = time.Second * raceFactor

// used returns the processor time of the calling thread.
func used(t *testing.T) time.Duration {
	t.Helper()
	var ru unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_THREAD, &ru); err != nil {
		t.Fatal(err)
	}
	return time.Duration(ru.Utime.Nano() + ru.Stime.Nano())
}

func TestHostilePages(t *testing.T) {
	t.Parallel()
	pages := map[string]string{
		"deep divs":      strings.Repeat("<div>", 150000),
		"deep quotes":    strings.Repeat("<blockquote>a<br>", 60000),
		"deep lists":     strings.Repeat("<ul><li>a", 100000),
		"deep emphasis":  strings.Repeat("<b><i>", 150000) + "x",
		"deep spans":     strings.Repeat(strings.Repeat("<span>", 400)+"x"+strings.Repeat("</span>", 400), 180),
		"many links":     strings.Repeat(`<a href="#x">x</a>`, 55000),
		"brackets":       "<p>" + strings.Repeat("[", 1000000),
		"stars":          "<p>" + strings.Repeat("* ", 500000) + "a",
		"dashes":         "<p>" + strings.Repeat("- _ ", 250000) + "a",
		"backticks":      "<pre>" + strings.Repeat("`", 1000000),
		"wide table":     "<table><tr>" + strings.Repeat("<td>a", 200000),
		"long table":     "<table>" + strings.Repeat("<tr><td colspan=99999 rowspan=99999>a", 26000),
		"nested tables":  strings.Repeat("<table><tr><td>a", 60000),
		"terms":          strings.Repeat("<dl><dt>a<dd>b", 70000),
		"headings":       strings.Repeat("<h2>a</h2>", 100000),
		"footnotes":      strings.Repeat(`<sup><a href="#fn1">1</a></sup>`, 30000) + `<ol class=footnotes><li id=fn1>x</ol>`,
		"entities":       strings.Repeat("&lt;&amp;", 110000),
		"paragraphs":     strings.Repeat("<p>a, b", 140000),
		"unclosed code":  strings.Repeat("<code>a", 140000),
		"spans of lines": "<pre>" + strings.Repeat("<span class=line>a</span>", 40000),
		"alerts":         strings.Repeat(`<div class="admonition note">`, 35000),
		"open brackets":  strings.Repeat("<", 1000000),
		"one attribute":  `<p class="` + strings.Repeat("a ", 500000) + `">x`,
		"attributes":     "<p " + strings.Repeat("a=b ", 250000) + ">x",
		"tabs":           strings.Repeat(`<div role=tablist><a role=tab>a</a></div><div role=tabpanel>b</div>`, 14000),
		"one word":       "<p>" + strings.Repeat("a", 1000000),
		"underscores":    "<p>" + strings.Repeat("_a", 500000),
		"deep tables":    strings.Repeat("<table><tr><td><ul><li><blockquote>a", 27000),
		"one wrapper":    `<div class="highlight-go">` + strings.Repeat("<pre>a</pre>", 80000),
		"articles":       `<meta property="og:type" content="article"><article>` + strings.Repeat("<article><p>a</p></article>", 37000),
		"formulas":       strings.Repeat(`<math><mi>a</mi></math>`, 43000),
		"details":        strings.Repeat(`<details><summary>a</summary>b</details>`, 25000),
		"figures":        `<meta property="og:type" content="article">` + strings.Repeat(`<figure><img src=a><figcaption>b</figcaption></figure>`, 18000),
		"code in a span": "<span>" + strings.Repeat("<pre>a</pre>", 80000),
		"code tables":    strings.Repeat(`<table><tr><td class=linenos>1<td class=code><pre>a</pre></table>`, 15000),
		"one list":       "<ul>" + strings.Repeat(`<li><input type=checkbox>a`, 38000),
		"one definition": "<dl>" + strings.Repeat(`<dd>a`, 180000),
		"cards":          `<meta property="og:type" content="article">` + strings.Repeat(`<div class=card><h2><a href="/a">a</a></h2></div>`, 21000),
		"parts":          `<meta property="og:type" content="article">` + strings.Repeat(`<div class=entry-content><p>a</p></div>`, 25000),
		"labels":         strings.Repeat(`<div aria-label="a" aria-hidden="true">`, 400) + strings.Repeat("a ", 490000),
		"titles":         "<title>a | b</title><meta property=og:site_name content=b>" + strings.Repeat("<h2><div>", 400) + strings.Repeat("a ", 490000),
		"leads":          `<meta name=description content=a><main class=td-main>` + strings.Repeat(`<div class=lead>`, 400) + strings.Repeat("a ", 490000),
		"contents":       strings.Repeat(`<h2 id=a>a</h2><h2>Contents</h2><ul><li><a href=b>b</a></ul>`, 16000),
		"hidden lines":   `<pre class="language-rust">` + strings.Repeat(`<span class=boring>a</span>`, 38000),
		"code blocks":    strings.Repeat("<div><pre>a</pre></div>", 43000),
	}
	for name, page := range pages {
		t.Run(name, func(t *testing.T) {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			start := used(t)
			if _, err := Extract(strings.NewReader("<body>"+page), Options{}); err != nil {
				t.Fatal(err)
			}
			if took := used(t) - start; took > deadline {
				t.Errorf("took %v for %d bytes", took, len(page))
			} else {
				t.Logf("%v for %d bytes", took, len(page))
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
		if !utf8.ValidString(p.Markdown) || strings.ContainsAny(p.Markdown, "\x00\a\uf002") {
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
