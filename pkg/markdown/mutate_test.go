package markdown

import (
	"bytes"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// void elements hold nothing.
var void = set("area base br col embed hr img input link meta param source track wbr")

// mutate changes the tree below root as the bytes of program say, three for each step: what is done, to which element,
// and where.
func mutate(root *html.Node, program []byte) {
	for ; len(program) >= 3; program = program[3:] {
		var all []*html.Node
		walk(root, func(n *html.Node) bool {
			if n != root && n.Type == html.ElementNode && !void[n.Data] {
				all = append(all, n)
			}
			return true
		})
		if len(all) == 0 || len(all) > 4000 {
			return
		}
		n, at := all[int(program[1])*len(all)/256], all[int(program[2])*len(all)/256]
		switch program[0] % 6 {
		case 0: // move
			if n != at && !contains(n, at) {
				remove(n)
				at.AppendChild(n)
			}
		case 1: // move before
			if n != at && !contains(n, at) {
				remove(n)
				at.Parent.InsertBefore(n, at)
			}
		case 2: // drop, and keep what it holds
			unwrap(n)
		case 3: // drop
			remove(n)
		case 4: // double
			at.Parent.InsertBefore(clone(n), at)
		case 5: // nest
			outer := element(at.Data)
			outer.Attr = at.Attr
			n.Parent.InsertBefore(outer, n)
			remove(n)
			outer.AppendChild(n)
		}
	}
}

// seedPages have one of each kind of thing that is rewritten.
var seedPages = []string{
	`<h1>A</h1><ul><li>b<ol start=3><li><p>c</p><pre>d
 e</pre></li></ol></li><li><input type=checkbox checked> f</li></ul><dl><dt id=g>h</dt><dd>i</dd><dd>j</dd></dl>`,
	`<table><caption>a</caption><thead><tr><th>b</th><th colspan=2>c</th></tr></thead><tbody><tr><td rowspan=2>d</td><td><ul><li>e</li></ul></td></tr><tr><td><pre>f
g</pre></td></tr></tbody><tfoot><tr><td>h</td></tr></tfoot></table>`,
	`<p>a <b>b <i>c</i></b><code>d <a href="/e">f</a></code><br><br><del>g</del> <a href="/h"><img src="/i" alt="j"> k</a><sub>l</sub><q>m</q></p><blockquote>n<hr>o</blockquote>`,
	`<details><summary>a</summary><p>b</p></details><figure><picture><source srcset="/c 1x"><img data-src="/d" alt="e"></picture><figcaption>f</figcaption></figure><ruby>g<rp>(</rp><rt>h</rt></ruby>`,
	`<table class="x"><tr><td><pre>1
2</pre></td><td><pre>a
b</pre></td></tr></table><div role="heading" aria-level="3">c</div><x-y><template shadowrootmode="open"><p>d<slot></slot></p></template>e</x-y>`,
	`<div class="admonition note"><p class="admonition-title">a</p><p>b</p></div><p>c<sup><a href="#fn1">1</a></sup></p><section class="footnotes"><ol><li id="fn1">d <a href="#fnref1">↩</a></li></ol></section>
<div role="tablist"><button role="tab">e</button></div><div role="tabpanel"><pre><code class="language-go">f</code></pre></div><div class="tabbed-labels"><label>g</label></div><div class="tabbed-block">h</div>`,
	`<script>MathJax={}</script><p>\(a\) \[b<br>c\] <math><mfrac><mi>d</mi><mi>e</mi></mfrac></math></p><object data="/f"><p>g</p></object><video><source src="/h"></video><iframe src="https://i.example" title="j"></iframe>`,
	`<div class="highlight-go"><div class="filename">a.go</div><pre class="language-go"><code><span class="line">b</span>
<span class="line">c</span></code></pre></div><h2 id="d"><a href="#d">e</a> <a href="/f">[src]</a></h2><a href="/g"><h3>h</h3><p>i</p></a>`,
}

// letters counts the letters of the text below n.
func letters(n *html.Node) map[rune]int {
	counts := make(map[rune]int)
	for _, r := range rawText(n) {
		if unicode.IsLetter(r) {
			counts[r]++
		}
	}
	return counts
}

// plain takes out of the tree below root what is not text, or is recognized by other than its element.
func plain(root *html.Node) {
	walk(root, func(n *html.Node) bool {
		switch n.Data {
		case "script", "style", "template", "noscript", "iframe", "video", "audio", "math", "svg", "object", "embed", "head":
			if n.Type == html.ElementNode {
				remove(n)
			}
			return false
		}
		kept := n.Attr[:0]
		for _, a := range n.Attr {
			if a.Key == "href" && under(n, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6) {
				continue // it may be a link that is not of the heading
			}
			if strings.Contains(" href src start value reversed colspan rowspan checked type ", " "+a.Key+" ") {
				kept = append(kept, a)
			}
		}
		n.Attr = kept
		return true
	})
}

// FuzzMutated holds that a page whose elements were moved, dropped, doubled and nested is read without a panic, and that
// nothing of it is lost but for what is recognized by its class.
func FuzzMutated(f *testing.F) {
	for _, page := range seedPages {
		f.Add(page, []byte("\x00\x10\x80\x04\x80\x10\x05\x40\xc0"))
	}
	f.Fuzz(func(t *testing.T, page string, program []byte) {
		if len(page) > 50000 || len(program) > 90 {
			return
		}
		body := parsed(t, page)
		if body == nil {
			return
		}
		mutate(body, program)
		var b bytes.Buffer
		if err := html.Render(&b, body.Parent); err != nil {
			return
		}
		if _, err := Extract(&b, Options{URL: "https://example.org/a/b", Why: true}); err != nil {
			return
		}
		plain(body)
		want, heads := letters(body), find(body, func(n *html.Node) bool { return n.Data == "th" || n.Data == "thead" }) != nil
		source := clone(body)
		got := letters(rendered(t, regionMarkdown(body)))
		for r, n := range want {
			if got[r] < n || got[r] > n && !heads {
				b.Reset()
				_ = html.Render(&b, source)
				t.Fatalf("%q is there %d times, not %d, of\n%s\ncame\n%s", r, got[r], n, b.String(), regionMarkdown(source))
			}
		}
	})
}
