package markdown

import (
	"strings"
	"testing"
)

// TestGenerators holds what single generators write in a way of their own.
func TestGenerators(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, html, want string }{
		{"title that a label announces", `<aside aria-label="Mind the gap" class="starlight-aside starlight-aside--caution">
<p class="starlight-aside__title" aria-hidden="true"><svg></svg>Mind the gap</p><div><p>It is wide.</p></div></aside>`,
			"> [!CAUTION] Mind the gap\n> It is wide."},
		{"footnotes of GitHub's kind", `<p>Said<sup><a href="#user-content-fn-who" id="user-content-fnref-who" data-footnote-ref>1</a></sup>.</p>
<section data-footnotes class="footnotes"><h2 class="sr-only" id="footnote-label">Footnotes</h2><ol><li id="user-content-fn-who">
<p>By her. <a href="#user-content-fnref-who" data-footnote-backref>↩</a></p></li></ol></section>`,
			"Said[^who].\n\n[^who]: By her."},
		{"footnotes of GitBook", `<p>Said<sup><a href="#fn_1" id="reffn_1">1</a></sup>.</p><blockquote id="fn_1">
<sup>1</sup>. By her.<a href="#reffn_1" title="Jump back to footnote [1] in the text."> &#8617;</a>
</blockquote><p>More.</p>`, "Said[^1].\n\nMore.\n\n[^1]: By her."},
		{"card", `<div><span><a href="/a"><span class="title">Start</span></a><span class="description">Where to begin.</span></span></div>`,
			"[Start](https://docs.example.org/a)\n\nWhere to begin."},
		{"list of terms that DocBook wrote as a table", `<table class="variablelist"><colgroup><col></colgroup><tbody><tr><td><p><span class="term">Throws:</span></p></td><td><p>Nothing.</p></td></tr>
<tr><td><p>Parameters:</p></td><td><table class="variablelist"><tr><td>n</td><td>The size.</td></tr></table></td></tr></tbody></table>`,
			"- **Throws:** Nothing.\n\n- **Parameters:**\n  - **n**: The size."},
		{"heading with a link to the like of it on another page", `<p>Text.</p><h4 id="method.count">fn <a href="iter.html#method.count">count</a>(self)</h4><p>Counts.</p>`,
			"Text.\n\n#### <a id=\"method.count\"></a>fn [count](https://docs.example.org/guide/iter.html#method.count)(self)\n\nCounts."},
		{"edit link", `<p>Text.</p><p><a href="https://github.com/o/r/edit/main/a.md">Edit this page</a></p>`, "Text."},
		{"edit link in a sentence", `<p>You may <a href="https://github.com/o/r/edit/main/a.md">edit this page</a>.</p>`,
			"You may [edit this page](https://github.com/o/r/edit/main/a.md)."},
		{"edit link in a list", `<ul><li><a href="https://github.com/o/r/edit/main/a.md">Edit this page</a></li></ul>`,
			"- [Edit this page](https://github.com/o/r/edit/main/a.md)"},
		{"edit link beside another", `<p>Text.</p><span><svg></svg> <a href="https://github.com/o/r/edit/main/a.md">Edit this page</a> <a href="/b">B</a></span>`,
			"Text.\n\n[B](https://docs.example.org/b)"},
		{"title bar of a code block", `<div class="vp-code-block-title"><div class="vp-code-block-title-bar"><span>a.json</span></div><div class="language-json"><pre><code>{}</code></pre></div></div>`,
			"```json title=\"a.json\"\n{}\n```"},
		{"language as the class of a pre", `<pre class="console"><code>$ ls</code></pre>`, "```console\n$ ls\n```"},
		{"language as the class of a code", `<pre><code class="ts"><span class="hl-0">let</span></code></pre>`, "```ts\nlet\n```"},
		{"kind of an alert in the plural", `<div class="custom-container hint-container tip"><p class="hint-container-title">TIPS</p><p>Do.</p></div>`, "> [!TIP]\n> Do."},
		{"accordion that calls itself tabs", `<div role="tablist"><h3 role="tab"><a href="#a">A</a></h3><div id="a" role="tabpanel"><p>One.</p></div><h3 role="tab"><a href="#b">B</a></h3><div id="b" role="tabpanel"><p>Two.</p></div></div>`,
			"### A\n\nOne.\n\n### B\n\nTwo."},
		{"term that ends in a colon", `<dl><dt>name:</dt><dd>Of the thing.</dd></dl>`, "- **name:** Of the thing."},
		{"diagram that a theme indents", "<pre class=\"mermaid\">\n  graph TD\n  A-->B\n</pre>", "```mermaid\ngraph TD\n  A-->B\n```"},
		{"title of a table of lines", `<div class="language-py highlight"><table class="highlighttable"><tr><th colspan="2" class="filename"><span class="filename">a.py</span></th></tr>
<tr><td class="linenos"><pre>1</pre></td><td class="code"><pre>a</pre></td></tr></table></div>`, "```py title=\"a.py\"\na\n```"},
		{"title above a table of lines", `<div class="listingblock"><div class="title">a.rb</div><div class="content"><pre class="rouge highlight"><code data-lang="ruby"><table class="linenotable"><tr>
<td class="linenos gl"><pre class="lineno">1</pre></td><td class="code"><pre>a</pre></td></tr></table></code></pre></div></div>`, "```ruby title=\"a.rb\"\na\n```"},
		{"call-out named after its theme", `<div class="my-callout my-callout--tip"><div class="my-callout__title">In short</div><div class="my-callout__content"><p>Do.</p></div></div>`, "> [!TIP] In short\n> Do."},
		{"title of a code block named after its theme", `<div class="my-codeblock language-ts"><div class="my-codeblock__title">a.ts</div><div class="my-codeblock__content"><div><pre><code>a</code></pre></div></div></div>`, "```ts title=\"a.ts\"\na\n```"},
		{"not for print", `<p>Text.</p><div class="d-print-none"><h2>Feedback</h2><p>Was this page helpful?</p></div>`, "Text."},
		{"pages below", `<h1 id="a">A</h1><p>Text.</p><hr><h2 class="text-delta">Table of contents</h2><ul><li><a href="/b">B</a></li></ul>`,
			"# A\n\nText.\n\n---"},
		{"contents by the author", `<h1 id="a">A</h1><h2 id="contents">Contents</h2><ul><li><a href="/b">B</a></li></ul>`,
			"# A\n\n## Contents\n\n- [B](https://docs.example.org/b)"},
		{"members of pdoc", `<main class="pdoc"><section id="pump"><input id="pump-view-source" class="view-source-toggle-state" type="checkbox"><div class="attr function"><span class="def">def</span> <span class="name">pump</span><span class="signature pdoc-code condensed">(<span class="param">rate</span>):</span>
<label class="view-source-button"><span>View Source</span></label></div><a class="headerlink" href="#pump"></a><div class="pdoc-code codehilite"><pre>def</pre></div><div class="docstring"><p>Moves water.</p></div>
<div id="pump.rate" class="classattr"><div class="attr variable"><span class="name">rate</span></div><p>How much.</p></div></section></main>`,
			"## <a id=\"pump\"></a>def pump(rate):\n\nMoves water.\n\n### <a id=\"pump.rate\"></a>rate\n\nHow much."},
		{"members of pydoctor", `<meta name="generator" content="pydoctor 24"><div id="main"><div class="basefunction"><a name="well.pump"></a><a name="pump"></a><div class="functionHeader"><span class="py-keyword">def</span>&#160;<span class="py-defname">pump</span>(rate):</div><div class="docstring"><p>Moves water.</p></div></div></div>`,
			"## <a id=\"pump\"></a>def pump(rate):\n\nMoves water."},
		{"contents by kramdown", `<h2 id="contents">Contents</h2><ul id="markdown-toc"><li><a href="#b">B</a></li></ul><p>Text.</p>`,
			"## Contents\n\nText."},
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

// TestEmptySection holds that the furniture of a known theme does not become the content of a page without any.
func TestEmptySection(t *testing.T) {
	t.Parallel()
	p, err := Extract(strings.NewReader(`<body><div id="mdbook-help-container"><h2>Keyboard shortcuts</h2></div><h1>The Book</h1><div id="mdbook-content"><main></main></div></body>`), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if p.Markdown != "" || len(p.Warnings) == 0 {
		t.Errorf("got %q, warnings %q", p.Markdown, p.Warnings)
	}
}

// TestLead holds that the description which a theme shows under the title stays in the front matter only.
func TestLead(t *testing.T) {
	t.Parallel()
	const lead = "How to take a backup of it."
	for _, tt := range []struct{ name, description, want string }{
		{"the page's description", lead, "# Backup\n\nStop it first.\n"},
		{"another text", "About backups.", "# Backup\n\n" + lead + "\n\nStop it first.\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, err := Extract(strings.NewReader(`<title>Backup</title><meta name="description" content="`+tt.description+`"><body><main class="td-main"><div class="td-content">
<h1>Backup</h1><div class="lead">`+lead+`</div><p>Stop it first.</p></div></main></body>`), Options{})
			if err != nil {
				t.Fatal(err)
			}
			if p.Markdown != tt.want || p.Description != tt.description {
				t.Errorf("got %q, description %q", p.Markdown, p.Description)
			}
		})
	}
}

// TestOuterTitle holds that the page's title is its first heading, whatever level it has beside the site's name.
func TestOuterTitle(t *testing.T) {
	t.Parallel()
	const text = `<div class="entry-content"><p>One has to begin somewhere, and this is as good a place as any other, so the page begins right here.</p><pre>go</pre></div>`
	const want = "One has to begin somewhere, and this is as good a place as any other, so the page begins right here.\n\n```\ngo\n```\n"
	tests := []struct{ name, page, want string }{
		{"above the text", `<h1>Notes</h1><section><header><h2>Begin</h2></header>` + text + `</section>`, "# Begin\n\n" + want},
		{"of the site alone", `<h1>Notes</h1><section>` + text + `</section>`, want},
		{"of the site beside the text", `<div class="entry-content"><h1><a href="/">Notes</a></h1><h1>Begin</h1>` + text[len(`<div class="entry-content">`):], "# Begin\n\n" + want},
		{"of the site without a link", `<div class="entry-content"><h1>Notes</h1><h1>Begin</h1>` + text[len(`<div class="entry-content">`):], "# Notes\n\n# Begin\n\n" + want},
		{"of another page", `<h1>Notes</h1><aside><h2>End</h2></aside><section><h2>Begin</h2>` + text + `</section>`, "# Begin\n\n" + want},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, err := Extract(strings.NewReader("<title>Notes - Begin</title><meta property='og:title' content='Begin'><meta property='og:site_name' content='Notes'><body>"+tt.page+"</body>"), Options{})
			if err != nil {
				t.Fatal(err)
			}
			if p.Markdown != tt.want {
				t.Errorf("title %q, got %q, want %q", p.Title, p.Markdown, tt.want)
			}
		})
	}
}

// TestSiteAbove holds that a site's name above the page is neither its title nor part of its text.
func TestSiteAbove(t *testing.T) {
	t.Parallel()
	for _, site := range []string{`<h1><a href="index.html">Pump 3.2</a></h1>`, `<h1>Pump 3.2</h1>`} {
		p, err := Extract(strings.NewReader("<title>Valves — Pump 3.2</title><main>"+site+"<h1>Valves<a href='#v'>¶</a></h1><p>Text.</p></main>"), Options{URL: "https://docs.example.org/valves"})
		if err != nil {
			t.Fatal(err)
		}
		if p.Title != "Valves" || p.Markdown != "# Valves\n\nText.\n" {
			t.Errorf("title %q of %q", p.Title, p.Markdown)
		}
	}
}
