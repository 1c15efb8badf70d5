package markdown

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestThemes(t *testing.T) {
	t.Parallel()
	const nav, want = `<nav><a href="/n">Elsewhere</a></nav>`, "# Title\n\nThe text of the page.\n"
	tests := []struct{ name, head, body string }{
		{"VitePress", "", `<div id="VPContent"><aside>Side</aside><div class="vp-doc"><h1 id="title">Title<a class="header-anchor" href="#title">​</a></h1><p>The text of the page.</p></div></div>`},
		{"Docusaurus", "", `<div id="__docusaurus"><article><div class="theme-doc-markdown markdown"><header><h1>Title</h1></header><p>The text of the page.</p></div><a class="theme-edit-this-page">Edit</a></article></div>`},
		{"Starlight", "", `<main><h1 id="_top">Title</h1><div class="sl-markdown-content"><p>The text of the page.</p></div></main>`},
		{"Material for MkDocs", "", `<div class="md-content"><article class="md-content__inner"><a class="md-content__button">Edit</a><h1>Title</h1><p>The text of the page.</p></article></div>`},
		{"Sphinx", "", `<div class="documentwrapper"><div class="body" role="main"><section id="title"><h1>Title<a class="headerlink" href="#title">¶</a></h1><p>The text of the page.</p></section></div></div><div class="sphinxsidebar">Side</div>`},
		{"mdBook", "", `<div id="menu-bar"><h1 class="menu-title">The Book</h1></div><nav id="sidebar">Side</nav><div id="content"><main><h1 id="title"><a class="header" href="#title">Title</a></h1><p>The text of the page.</p></main></div>`},
		{"Docsy", "", `<main class="td-main"><div class="td-content"><h1>Title</h1><p>The text of the page.</p><div class="feedback--title">Helpful?</div></div></main>`},
		{"Hugo Book", "", `<div class="book-page"><article class="markdown book-article"><h1>Title</h1><p>The text of the page.</p></article></div>`},
		{"Geekdoc", "", `<div class="gdoc-page"><div class="gdoc-page__header"><a href="/edit">Edit page</a></div><article class="gdoc-markdown" id="main-content"><h1>Title</h1><p>The text of the page.</p></article></div>`},
		{"Hugo Book", "", `<div class="book-page"><header class="book-header"><h3>Title</h3></header><article class="markdown book-article"><p>The text of the page.</p></article></div>`},
		{"Rspress", "", `<main class="rp-doc-layout__doc-container"><div class="rp-doc rspress-doc"><h1>Title<a class="rp-header-anchor" href="#title">#</a></h1><p>The text of the page.</p></div><footer class="rp-doc-footer">Next page</footer></main>`},
		{"Antora", "", `<div class="nav-container"></div><div class="toolbar"></div><main><article class="doc"><h1>Title</h1><p>The text of the page.</p></article></main>`},
		{"Confluence", "", `<h1 id="title-text">Title</h1><div id="main-content" class="wiki-content"><p>The text of the page.</p></div>`},
		{"DocBook", `<meta name="generator" content="DocBook XSL Stylesheets">`, `<div class="navheader">Prev</div><div class="sect1"><div class="titlepage"><h1>Title</h1></div><p>The text of the page.</p></div><div class="navfooter">Next</div>`},
		{"RDoc", "", `<nav><div id="project-navigation"></div><div id="class-metadata">Parent</div></nav><main role="main"><h1>Title</h1><p>The text of the page.</p><div class="method-source-code"><pre>def a</pre></div></main>`},
		{"QDoc", "", `<div id="qtdocheader">Well 1.0</div><div class="content mainContent"><div class="sidebar">Contents</div><h1>Title</h1><p>The text of the page.</p></div><div class="footer">Licence</div>`},
		{"Publican", "", `<p id="title">Site</p><ul class="docnav"><li>Prev</li></ul><div class="section"><div class="titlepage"><h1>Title</h1></div><div class="para">The text of the page.</div></div><ul class="docnav">Next</ul>`},
		{"Texinfo", `<meta name="Generator" content="makeinfo">`, `<div class="section"><div class="header"><p>Next: <a href="/n">Elsewhere</a></p></div><h1>Title<span class="copiable-anchor"><a href="#t"> ¶</a></span></h1><p>The text of the page.</p></div>`},
		{"GitHub", "", `<div id="js-repo-pjax-container"><article class="markdown-body"><div><h1>Title</h1><a id="user-content-title" class="anchor" href="#title"><svg></svg></a></div><p>The text of the page.</p></article></div>`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, err := Extract(strings.NewReader("<html><head><title>Title | Site</title>"+tt.head+"</head><body>"+nav+tt.body+"<footer>Foot</footer></body></html>"), Options{})
			if err != nil {
				t.Fatal(err)
			}
			if p.Generator != tt.name {
				t.Errorf("generator %q", p.Generator)
			}
			if got := anchorless(p.Markdown); got != want {
				t.Errorf("got %q, want %q (region %s)", got, want, p.Region)
			}
			if p.Title != "Title" {
				t.Errorf("title %q", p.Title)
			}
		})
	}
}

// TestIndexes holds that the lists of a manual are told from its pages.
func TestIndexes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		address, generator string
		index              bool
	}{
		{"/api/a/b/class-use/Well.html", "javadoc/ClassUseWriter", true}, {"/api/a/b/package-tree.html", "javadoc/PackageTreeWriter", true},
		{"/api/index-all.html", "javadoc (17)", true}, {"/api/index-files/index-3.html", "javadoc", true}, {"/api/allclasses-noframe.html", "javadoc", true},
		{"/api/a/b/Well.html", "javadoc/ClassWriterImpl", false}, {"/api/a/b/package-summary.html", "javadoc", false}, {"/api/constant-values.html", "javadoc", false},
		{"/class-use/", "javadoc", false}, {"/index-all.html", "hugo", false}, {"/index-all.html", "", false},
		{"/html/classWell-members.html", "Doxygen 1.9.4", true}, {"/html/functions_vars.html", "Doxygen 1.9.4", true},
		{"/html/Well_8h_source.html", "Doxygen 1.9.4", false}, {"/html/annotated.html", "Doxygen 1.9.4", false},
	} {
		p, err := Extract(strings.NewReader(`<head><meta name="generator" content="`+tt.generator+`"></head><body><main><h1>Well</h1><p>The text of the page.</p></main></body>`),
			Options{URL: "https://docs.example.org" + tt.address})
		if err != nil {
			t.Fatal(err)
		}
		if p.Markdown == "" || (p.LeftOut != "") != tt.index {
			t.Errorf("%s by %q is left out as %q; Markdown %q", tt.address, tt.generator, p.LeftOut, p.Markdown)
		}
	}
}

// TestLongIndexes holds that an index of any length says the same of itself, and is a document where that is asked for.
func TestLongIndexes(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString(`<html lang="de"><head><title>Uses of Well</title><meta name="generator" content="javadoc/ClassUseWriter"><meta name="robots" content="noindex"></head><body><main><h1>Uses of Well</h1><ul>`)
	for i := range 3000 {
		fmt.Fprintf(&b, "<li><a href='../Pump%d.html#run(int)'>Pump%d</a> <A HREF=\"../Pump%d.html\">again</A></li><!-- <a href=no>x</a> -->", i, i, i)
	}
	b.WriteString(`</ul><a rel="nofollow" href="login.html">x</a><script>"<a href='script.html'>"</script></main></body></html>`)
	opt := Options{URL: "https://e.com/api/class-use/Well.html"}
	left, err := Extract(strings.NewReader(b.String()), opt)
	opt.Indices = true
	taken, errToo := Extract(strings.NewReader(b.String()), opt)
	if err != nil || errToo != nil {
		t.Fatal(err, errToo)
	}
	if left.LeftOut == "" || left.Markdown != "" || taken.LeftOut != "" || !strings.Contains(taken.Markdown, "Pump2999") {
		t.Errorf("left out as %q with %d bytes; taken as %q", left.LeftOut, len(left.Markdown), taken.LeftOut)
	}
	if !slices.Equal(left.Links, taken.Links) || len(left.Links) != 3000 || left.Title != taken.Title || left.Title != "Uses of Well" || !left.NoIndex || left.Language != "de" {
		t.Errorf("%d and %d links; %q and %q; %+v", len(left.Links), len(taken.Links), left.Title, taken.Title, left.Language)
	}
}

// anchorless drops the anchor before a heading.
func anchorless(md string) string {
	if i, j := strings.Index(md, "<a id="), strings.Index(md, "</a>"); i >= 0 && j > i {
		return md[:i] + md[j+4:]
	}
	return md
}

// TestShortPage holds that the content of a page is not lost where its footer has more text.
func TestShortPage(t *testing.T) {
	t.Parallel()
	p, err := Extract(strings.NewReader(`<body><ul><li><a href="/a">Another page</a></li></ul><div role="main"><h1>pnpm cache</h1><p>Commands.</p></div>
<footer><p>Documentation built with a generator that says so at some length.</p></footer></body>`), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if want := "# pnpm cache\n\nCommands.\n"; p.Markdown != want {
		t.Errorf("got %q", p.Markdown)
	}
}
