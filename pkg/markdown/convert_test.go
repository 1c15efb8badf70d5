package markdown

import (
	"strings"
	"testing"
)

// convert extracts a page whose main element holds body.
func convert(t *testing.T, body string) string {
	t.Helper()
	p, err := Extract(strings.NewReader("<html><head><title>T</title></head><body><main>"+body+"</main></body></html>"),
		Options{URL: "https://docs.example.org/guide/page"})
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(p.Markdown, "\n")
}

func TestConversion(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, html, want string }{
		{"paragraphs", "<p>One\n  two</p><p>three</p>", "One two\n\nthree"},
		{"heading id as slug", `<h2 id="first-step">First step</h2>`, "## First step"},
		{"heading id of its own", `<h2 id="s1">First step</h2>`, `## <a id="s1"></a>First step`},
		{"heading id of its section", `<section id="s1"><h2>First step</h2></section>`, `## <a id="s1"></a>First step`},
		{"permalink", `<h2 id="a">A<a class="headerlink" href="#a">¶</a></h2>`, "## A"},
		{"permalink around a term", `<dl><dt id="h"><a class="permalink" href="#h"><code class="Cm">Host</code></a></dt><dd>Which.</dd></dl>`, "- <a id=\"h\"></a><strong>[`Host`](https://docs.example.org/guide/page#h)</strong>: Which."},
		{"permalink without class", `<h2 id="a"><a href="#a">#</a> A</h2>`, "## A"},
		{"emphasis", "<p><b>a</b> <i>b</i> <del>c</del></p>", "**a** *b* ~~c~~"},
		{"sub and sup", "<p>H<sub>2</sub>O, x<sup>2</sup></p>", "H<sub>2</sub>O, x<sup>2</sup>"},
		{"relative link", `<p><a href="../x?a=1+2&b=c#f">x</a></p>`, "[x](https://docs.example.org/x?a=1+2&b=c#f)"},
		{"fragment link", `<p><a href="#f">x</a></p>`, "[x](https://docs.example.org/guide/page#f)"},
		{"link with parentheses", `<p><a href="/a_(b)">x</a></p>`, "[x](https://docs.example.org/a_(b))"},
		{"link with one parenthesis", `<p><a href="/a_(b">x</a></p>`, "[x](https://docs.example.org/a_%28b)"},
		{"link with brackets", `<p><a href="/a">x[0]</a></p>`, `[x\[0\]](https://docs.example.org/a)`},
		{"script link", `<p><a href="javascript:go()">x</a></p>`, "x"},
		{"link around blocks", `<a href="/a"><h3>Title</h3><p>Text</p></a>`, "### [Title](https://docs.example.org/a)\n\nText"},
		{"linked code", `<p><a href="/a"><code>x</code></a></p>`, "[`x`](https://docs.example.org/a)"},
		{"code with link", `<p><code>a(<a href="/b">B</a>)</code></p>`, "`a(`[`B`](https://docs.example.org/b)`)`"},
		{"protected mail", `<p><a href="/cdn-cgi/l/email-protection#12735270"> x</a></p>`, "[a@b](mailto:a@b)"},
		{"image", `<p><img src="i.png" alt="A picture"></p>`, "![A picture](https://docs.example.org/guide/i.png)"},
		{"lazy image with a placeholder", `<p><img src="/p.svg" data-lazy-src="/i.png" alt="A"></p>`, "![A](https://docs.example.org/i.png)"},
		{"image of a set", `<p><picture><source srcset="/s.webp 1x"><img srcset="/i.png 1x, /j.png 2x" alt="A"></picture></p>`, "![A](https://docs.example.org/i.png)"},
		{"image of a picture", `<p><picture><source srcset="/s.webp 1x"><img src="data:image/gif;base64,AA" alt="A"></picture></p>`, "![A](https://docs.example.org/s.webp)"},
		{"image without scripts", `<p><img class="lazy" alt="A"><noscript><img src="/i.png"></noscript></p>`, "![A](https://docs.example.org/i.png)"},
		{"object", `<object data="/d.pdf"><p>Read <a href="/d.pdf">it</a></p></object>`, "Read [it](https://docs.example.org/d.pdf)"},
		{"object without anything else", `<object data="/d.pdf"></object>`, "[d.pdf](https://docs.example.org/d.pdf)"},
		{"video", `<p>a</p><video><source src="/v.mp4">Cannot be played.</video>`, "a\n\n[v.mp4](https://docs.example.org/v.mp4)"},
		{"frame", `<iframe src="https://v.example.org/e/1?x=y" title="First start"></iframe><iframe src="https://v.example.org/e/1?x=y"></iframe>`,
			"[First start](https://v.example.org/e/1?x=y)\n\n[v.example.org/e/1](https://v.example.org/e/1?x=y)"},
		{"frame that shows nothing", `<p>a</p><iframe src="https://v.example.org/e" height=0></iframe><iframe src="about:blank"></iframe>`, "a"},
		{"heading by its role", `<div role="heading" aria-level="3" id="b">A</div><p role=heading>B</p>`, "### <a id=\"b\"></a>A\n\n## B"},
		{"shadow tree", `<x-y><template shadowrootmode="open"><h2><slot name="t">T</slot></h2><slot></slot></template>a <span slot="t">S</span> <i slot=u>gone</i></x-y>`, "## S\n\na"},
		{"links beside a heading", `<h2 id="s">A<a href="/s.c#L1">[src]</a> <a href="#s">§</a></h2><h2><a href="/source">Source</a></h2>`, "## <a id=\"s\"></a>A\n\n## [Source](https://docs.example.org/source)"},
		{"lazy image", `<p><img src="data:image/gif;base64,AA" data-src="/i.png" alt="A"></p>`, "![A](https://docs.example.org/i.png)"},
		{"inline code", "<p><code>a  `b`</code></p>", "`` a `b` ``"},
		{"inline code keeps marks", "<p><code>*a* [b](c) &lt;d&gt;</code></p>", "`*a* [b](c) <d>`"},
		{"escapes", "<p>1. not a list</p><p># no heading</p><p>a &lt;b&gt;</p>", "1\\. not a list\n\n\\# no heading\n\na &lt;b&gt;"},
		{"marks that mean nothing", "<p>snake_case, a * b, x[0], a &gt;= b, ~/.profile, R&amp;D!</p>", "snake_case, a * b, x[0], a >= b, ~/.profile, R&D!"},
		{"marks that would mean something", "<p>_a_ *b* `c` [d](e) ~~f~~ &amp;amp; \\*</p>", "\\_a\\_ \\*b\\* \\`c\\` [d\\](e) \\~\\~f\\~\\~ \\&amp; \\\\\\*"},
		{"emphasis with space inside", "<p>a<b> b </b>c<i></i> <b>d</b><strong>e</strong></p>", "a **b** c **de**"},
		{"code beside code", "<p><code>a</code><code>b</code></p>", "`ab`"},
		{"link behind an exclamation mark", `<p>Go!<a href="/a">x</a></p>`, `Go\![x](https://docs.example.org/a)`},
		{"line breaks", "<p>a<br>b<br><br>c<br></p>", "a  \nb\n\nc"},
		{"link of a break alone", `<p>a<br><a href="/b"><br></a></p><p>c</p>`, "a\n\nc"},
		{"section of links named by its heading", `<p>a</p><section id="related"><h2 id="related">Related</h2><ul><li><a href="/b">b</a></li></ul></section>`, "a\n\n## Related\n\n- [b](https://docs.example.org/b)"},
		{"list", "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>", "- a\n  - b\n- c"},
		{"ordered list keeps numbers", `<ol start="9"><li>a</li><li>b</li></ol>`, "9. a\n10. b"},
		{"list with code", "<ol><li>a<pre>x\n\n\ny</pre></li></ol>", "1. a\n\n   ```\n   x\n\n\n   y\n   ```"},
		{"tasks", `<ul><li><input type="checkbox" checked> a</li><li><input type=checkbox> b</li></ul>`, "- [x] a\n- [ ] b"},
		{"list in a list", "<ul><li>a</li><ul><li>b</li></ul><li>c</li></ul>", "- a\n  - b\n- c"},
		{"list that starts with a list", "<ul><ul><li>a</li></ul><li>b</li></ul>", "- a\n\n* b"},
		{"text between items", "<ol><li>a</li><p>b <i>c</i></p>d<li>e</li></ol>", "1. a\n\n   b *c*\n\n   d\n\n2. e"},
		{"anchor before items", `<ul><a id="x"></a><li>a</li><script>1</script><li>b</li></ul>`, "- a\n- b"},
		{"items in other elements", "<ul><div><li>a</li></div><x-y><li>b</li></x-y></ul>", "- a\n- b"},
		{"items without a list", "<div><li>a</li> <li>b</li></div><p>c</p>", "- a\n- b\n\nc"},
		{"lists that follow each other", "<ul><li>a</li></ul><ul><li>b</li></ul><ul><li>c</li></ul>", "- a\n\n* b\n\n- c"},
		{"list backwards", `<ol reversed><li>a</li><li>b</li></ol>`, "2. a\n1. b"},
		{"list with a number of its own", `<ol><li>a</li><li value="7">b</li><li>c</li></ol>`, "1. a\n7. b\n8. c"},
		{"task below an item", `<ul><li>a<ul><li><input type=checkbox>b</li></ul></li></ul>`, "- a\n  - [ ] b"},
		{"rule in an item", "<ul><li><hr></li></ul>", "- ***"},
		{"two explanations", "<dl><dt>a</dt><dd>b</dd><dd>c</dd><dt>d</dt><dd>e</dd></dl>", "- **a**\n\n  b\n\n  c\n\n- **d**: e"},
		{"two terms", "<dl><div><dt>a</dt><dt>b</dt><dd>c</dd></div>d</dl>", "- **a**  \n  **b**\n\n  c\n\n  d"},
		{"emphasis around blocks", "<b><p>a</p><ul><li>b</li></ul></b>", "**a**\n\n- **b**"},
		{"emphasis that ends in punctuation", "<p><b>a:</b>b <i>(c)</i>d <b>e</b>f</p>", "<strong>a:</strong>b <em>(c)</em>d **e**f"},
		{"emphasis beside other emphasis", "<p><b>a</b><i>b</i> <b>c <i>d</i></b></p>", "**a**<em>b</em> **c *d***"},
		{"emphasis beside stars", "<p>f(<i>*a</i>, <i>**b</i>)</p>", "f(*\\*a*, *\\*\\*b*)"},
		{"emphasis beside stars in other emphasis", "<p><b>f(<i>*a</i>, <i>**b</i>)</b></p>", "**f(*\\*a*, *\\*\\*b*)**"},
		{"emphasis over a paragraph's end", "<p><b>a<br><br>b</b></p>", "**a**\n\n**b**"},
		{"emphasis that ends with a break", "<p><b>a<br></b>b</p>", "**a**  \nb"},
		{"words that may be broken", "<p>a&shy;b&#8203;c<wbr>d <code>e&#8203;f</code></p>", "abcd `ef`"},
		{"space at the edge of code", "<p>a<code> b </code>c</p>", "a `b` c"},
		{"image in code", `<p><code>a <img src="/i.png" alt="A"> b</code></p>`, "`a` ![A](https://docs.example.org/i.png) `b`"},
		{"ruby", "<p><ruby>a<rt>b</rt></ruby> <ruby>c<rp>[</rp><rt>d</rt><rp>]</rp></ruby></p>", "a(b) c[d]"},
		{"breaks in a heading", "<h2>a<br>b<p>c</p></h2>", "## a b c"},
		{"link without text", `<p>a<a href="/b"> </a>c</p>`, "a c"},
		{"link over a break", `<p><a href="/b">a<br>c</a></p>`, "[a c](https://docs.example.org/b)"},
		{"marks that start a block", "<p>* a</p><p>~~~ b</p><p>| c</p><p>+ d</p>", "\\* a\n\n\\~\\~\\~ b\n\n\\| c\n\n\\+ d"},
		{"quote", "<blockquote><p>a</p><pre>b\nc</pre></blockquote>", "> a\n>\n>```\n> b\n> c\n>```"},
		{"terms", "<dl><dt>a</dt><dd>b</dd><dt>c</dt><dd><p>d</p><p>e</p></dd></dl>", "- **a**: b\n\n- **c**\n\n  d\n\n  e"},
		{"details", "<details><summary>S</summary><p>b</p></details>", "<details>\n<summary>S</summary>\n\nb\n\n</details>"},
		{"details with a heading", "<details open><summary><h3>S</h3></summary><p>b</p></details>", "### S\n\nb"},
		{"details that only can be folded", `<details open class="toggle"><summary class="hideme">Expand description</summary><p>b</p></details>`, "b"},
		{"heading id of the layout", `<div id="content"><h1>A</h1></div>`, "# A"},
		{"rule", "<p>a</p><hr><p>b</p>", "a\n\n---\n\nb"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := convert(t, tt.html); got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

// TestTeX holds that the formulas that a script would typeset come as their source has them.
func TestTeX(t *testing.T) {
	t.Parallel()
	const mathJax, dollars = `<script src="/mathjax/tex-chtml.js"></script>`, `<script>MathJax={tex:{inlineMath:[['$','$']]}}</script>`
	tests := []struct{ name, html, want string }{
		{"within a line", mathJax + `<p>Let \(a_i * b_j\) and <code>\(c\)</code>.</p>`, "Let $a_i * b_j$ and `\\(c\\)`."},
		{"display", mathJax + `<p>a \[ x &amp;= 2 \\<br>y \] b</p>`, "a\n\n$$\nx &= 2 \\\\\ny\n$$\n\nb"},
		{"double dollars", mathJax + `<p>$$x_1$$</p>`, "$$\nx_1\n$$"},
		{"environment", mathJax + `<p>\begin{align*} x \end{align*}</p>`, "$$\n\\begin{align*} x \\end{align*}\n$$"},
		{"prices", mathJax + `<p>$5 and $6</p>`, "$5 and $6"},
		{"single dollars", dollars + `<p>$x_1$, \$5 and $ 6$</p>`, "$x_1$, \\\\$5 and $ 6$"},
		{"what does not close", mathJax + `<p>\(a \[b\]</p>`, "\\\\(a\n\n$$\nb\n$$"},
		{"no script", `<p>\(a\)</p>`, `\\(a\\)`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := convert(t, tt.html); got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

func TestTables(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, html, want string }{
		{"head", "<table><thead><tr><th>A<th align=right>B</thead><tr><td>1<td>2</table>", "| A | B |\n| --- | ---: |\n| 1 | 2 |"},
		{"no head", "<table><tr><td>1<td>2<tr><td>3<td>4</table>", "| | |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |"},
		{"pipe in code", "<table><tr><th>A<th>B<tr><td><code>a|b</code><td>c|d</table>", "| A | B |\n| --- | --- |\n| `a\\|b` | c\\|d |"},
		{"list in cell", "<table><tr><th>A<th>B<tr><td><ul><li>x<li>y</ul><td>z</table>", "| A | B |\n| --- | --- |\n| • x<br>• y | z |"},
		{"code in cell", "<table><tr><th>A<th>B<tr><td><pre>x\ny</pre><td>z</table>", "**A**:\n\n```\nx\ny\n```\n\n**B**: z"},
		{"line of code in cell", "<table><tr><th>A<th>B<tr><td><pre>x</pre><td>z</table>", "| A | B |\n| --- | --- |\n| `x` | z |"},
		{"rows with code", "<table><tr><th>A<th>B:<tr><td>a<td><pre>x\ny</pre><tr><td>b<td>c</table>", "- **A**: a\n\n  **B:**\n\n  ```\n  x\n  y\n  ```\n\n- **A**: b\n\n  **B:** c"},
		{"code without heads", "<table><tr><td>a<td><pre>x\ny</pre><tr><td>b<td>c</table>", "- a\n\n  ```\n  x\n  y\n  ```\n\n- b\n\n  c"},
		{"list of lists in cell", "<table><tr><th>A<tr><td>a<ul><li>b<ul><li>c</ul></ul>d</table>", "**A**: a\n\n- b\n  - c\n\nd"},
		{"empty head", "<table><tr><th>A<th><tr><td>1<td>2</table>", "| A | |\n| --- | --- |\n| 1 | 2 |"},
		{"head over all columns", "<table><thead><tr><th colspan=2>A</thead><tr><td>1<td>2</table>", "| A | |\n| --- | --- |\n| 1 | 2 |"},
		{"rules between rows", "<table><tr><th>A<th>B<tr><td colspan=2><hr><tr><td>1<td>2</table>", "| A | B |\n| --- | --- |\n| 1 | 2 |"},
		{"foot before body", "<table><tfoot><tr><td>1<td>2</tfoot><tr><th>A<th>B</table>", "| A | B |\n| --- | --- |\n| 1 | 2 |"},
		{"title beside room for a picture", `<table><tr><td><h2>Pump</h2><p>Lifts water.</p></td><td class="picture"></td></tr></table>`, "## Pump\n\nLifts water."},
		{"headings among the rows", `<table><tr><td colspan=2><h2>Files</h2></td></tr><tr><td>file</td><td>a.h</td></tr><tr><td colspan=2><h2>Types</h2></td></tr><tr><td>int</td><td>b</td></tr></table>`,
			"## Files\n\n| | |\n| --- | --- |\n| file | a.h |\n\n## Types\n\n| | |\n| --- | --- |\n| int | b |"},
		{"caption", "<table><caption>C</caption><tr><th>A<th>B<tr><td>1<td>2</table>", "C\n\n| A | B |\n| --- | --- |\n| 1 | 2 |"},
		{"paragraphs in cell", "<table><tr><th>A<th>B<tr><td><p>x<p>y<td>z</table>", "| A | B |\n| --- | --- |\n| x<br>y | z |"},
		{"column span", "<table><tr><th>A<th>B<th>C<tr><td colspan=2>x<td>z</table>", "| A | B | C |\n| --- | --- | --- |\n| x | | z |"},
		{"row span", "<table><tr><th>A<th>B<tr><td rowspan=2>x<td>y<tr><td>z</table>", "| A | B |\n| --- | --- |\n| x | y |\n| | z |"},
		{"layout", "<table><tr><td><p>x</p></td></tr><tr><td><p>y</p></td></tr></table>", "x\n\ny"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := convert(t, tt.html); got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

func TestCode(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, html, want string }{
		{"class on code", `<pre><code class="language-go">a</code></pre>`, "```go\na\n```"},
		{"class on parent", `<div class="highlight-python notranslate"><div class="highlight"><pre><span></span>a</pre></div></div>`, "```python\na\n```"},
		{"GitHub", `<div class="highlight highlight-source-shell"><pre>a</pre></div>`, "```shell\na\n```"},
		{"brush", `<pre class="brush: js; gutter: false">a</pre>`, "```js\na\n```"},
		{"data attribute", `<pre data-language="ts"><code>a</code></pre>`, "```ts\na\n```"},
		{"pandoc", `<pre class="sourceCode python"><code>a</code></pre>`, "```python\na\n```"},
		{"language with attributes", `<div class="highlight-rust,no_run notranslate"><pre>a</pre></div>`, "```rust\na\n```"},
		{"plain text is no language", `<pre><code class="language-text">a</code></pre>`, "```\na\n```"},
		{"backticks", "<pre>```\na\n```</pre>", "````\n```\na\n```\n````"},
		{"lines by br", "<pre>a<br>b<br>\nc</pre>", "```\na\nb\nc\n```"},
		{"lines by div and br", `<pre><code><div class="token-line">a<br></div><div class="token-line"><br></div><div class="token-line">  b<br></div></code></pre>`, "```\na\n\n  b\n```"},
		{"lines by span", `<pre><code><span class="line">a</span><span class="line">b</span></code></pre>`, "```\na\nb\n```"},
		{"lines by span and newline", "<pre><code><span class=line>a</span>\n<span class=line></span>\n<span class=line>b</span></code></pre>", "```\na\n\nb\n```"},
		{"line numbers in spans", `<pre><span class="lineno">1 </span>a
<span class="lineno">2 </span>b</pre>`, "```\na\nb\n```"},
		{"line numbers in a table", `<table class="highlighttable"><tr><td class="linenos"><pre>1
2</pre></td><td class="code"><div class="highlight"><pre>a
b</pre></div></td></tr></table>`, "```\na\nb\n```"},
		{"table rows", `<table class="js-file-line-container"><tr><td class="blob-num">1</td><td class="blob-code">a</td></tr><tr><td class="blob-num">2</td><td class="blob-code">  b</td></tr></table>`, "```\na\n  b\n```"},
		{"line numbers told by nothing but their place", `<table class=x><tr><td><pre>9
10</pre></td><td><pre>a

b</pre></td></tr></table>`, "```\na\n\nb\n```"},
		{"rows with numbers", `<table class=x><tr><td>1</td><td><pre>a</pre></td></tr> <tr><td>2</td><td><pre></pre></td></tr> <tr><td>3</td><td><pre> b</pre></td></tr></table>`, "```\na\n\n b\n```"},
		{"line numbers under a caption", `<table><caption>C</caption><tr><td>1</td><td><pre>a</pre></td></tr></table>`, "C\n\n| | |\n| --- | --- |\n| 1 | `a` |"},
		{"table with a cell of code", `<table><tr><td class=code>a</td><td>b</td></tr></table>`, "| | |\n| --- | --- |\n| a | b |"},
		{"table of numbers", `<table><tr><td>1</td><td>b</td></tr><tr><td>2</td><td>c</td></tr></table>`, "| | |\n| --- | --- |\n| 1 | b |\n| 2 | c |"},
		{"copy button", `<div><pre>a</pre><button class="copybtn">Copy</button></div>`, "```\na\n```"},
		{"file name", `<div class="theme-code-block language-js"><div class="codeBlockTitle_x">a.js</div><div><pre><code>a</code></pre></div></div>`, "```js title=\"a.js\"\na\n```"},
		{"comments in code", `<pre><code><span class="hljs-comment"># a</span>
<span class="token tags">b</span></code></pre>`, "```\n# a\nb\n```"},
		{"lines that mdBook hides", `<pre><code class="language-rust"><span class="boring">use a::B;
</span><span class="boring">
</span>B::go();</code></pre>`, "```rust\n# use a::B;\n#\nB::go();\n```"},
		{"main that mdBook adds", `<pre><code class="language-rust"><span class="boring">#![allow(unused)]
</span><span class="boring">fn main() {
</span><span class="boring">use a::B;
</span>B::go();
<span class="boring">}</span></code></pre>`, "```rust\n# use a::B;\nB::go();\n```"},
		{"lines that mdBook hides in another language", `<pre><code class="language-python"><span class="boring">import a
</span>a.go()</code></pre>`, "```python\na.go()\n```"},
		{"diagram", `<pre class="mermaid">graph TD;
  A--&gt;B;</pre>`, "```mermaid\ngraph TD;\n  A-->B;\n```"},
		{"words that may be broken", "<pre>a&shy;b&#8203;c&nbsp;d</pre>", "```\nabc d\n```"},
		{"references to notes", `<pre>a();<a href="#n1"><img src="/1.png" alt="1"></a> <img alt="x"></pre>`, "```\na();(1) x\n```"},
		{"empty lines kept", "<pre>a\n\n\n\nb  \n</pre>", "```\na\n\n\n\nb\n```"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := convert(t, tt.html); got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}
