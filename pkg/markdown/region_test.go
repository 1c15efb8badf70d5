package markdown

import (
	"strings"
	"testing"
)

// TestRegionKeepsSections holds that what stands beside the heaviest part of a page goes only for what it is.
func TestRegionKeepsSections(t *testing.T) {
	t.Parallel()
	heavy := strings.Repeat("The pump lifts water from the well into the tank, and the tank feeds the house through a filter. ", 12)
	tests := []struct {
		name, body string
		want, not  []string
	}{
		{"short first", `<div class="page"><div class="sec"><h2>Install</h2><p>Run <code>make install</code>.</p></div><div class="sec"><h2>Background</h2><p>` + heavy + `</p></div></div>`,
			[]string{"## Install", "make install", "## Background"}, nil},
		{"synopsis", `<div id="content"><div class="sect1"><h2>SYNOPSIS</h2><pre>tool [--all] file</pre></div><div class="sect1"><h2>DESCRIPTION</h2><p>` + heavy + `</p></div></div>`,
			[]string{"## SYNOPSIS", "tool [--all] file", "## DESCRIPTION"}, nil},
		{"terms", `<div><h2>Options</h2><dl><dt>--all</dt><dd>Moves all of it.</dd></dl></div><div><h2>Text</h2><p>` + heavy + `</p></div>`,
			[]string{"--all", "Moves all of it."}, nil},
		{"hidden help outweighs", `<div class="main"><h1>pump.start</h1><p>Starts the pump.</p></div><div id="help" style="display:none"><ul><li>` + heavy + `</li></ul></div>`,
			[]string{"# pump.start", "Starts the pump."}, []string{"lifts water"}},
		{"furniture", `<div class="cookie-banner"><p>` + heavy[:300] + `</p></div><div class="site"><h1>Pump</h1><p>` + heavy + `</p></div><div class="site-footer"><a href="/a">Imprint</a></div><div class="related-posts"><p>` + heavy[:200] + `</p></div>`,
			[]string{"# Pump"}, []string{"Imprint", heavy[:190] + "\n"}},
		{"article in an aside", `<div class="hero">Pumps</div><aside><article><h1>Pump</h1><p>` + heavy + `</p></article></aside>`,
			[]string{"# Pump", "lifts water"}, nil},
		{"notice inside", `<div class="text"><h1>Pump</h1><div hidden>Loading.</div><p>` + heavy + `</p></div>`,
			[]string{"# Pump", "lifts water"}, []string{"Loading"}},
		{"heading of a list", `<div class="page"><h2>All manuals</h2><ul><li>` + heavy + `</li><li>` + heavy + `</li></ul></div>`,
			[]string{"## All manuals", "lifts water"}, nil},
		{"most of the text outside of main", `<div class="page"><main><h1>Pumps</h1><ul>` + strings.Repeat(`<li><a href="/p">A pump of another size</a></li>`, 60) + `</ul></main><div class="about"><p>` + heavy + `</p></div></div>`,
			[]string{"# Pumps", "another size", "lifts water"}, nil},
		{"question that opens its answer", `<h1>Pump</h1><p>` + heavy + `</p><div><h3><button aria-expanded="false">How loud is it?</button></h3><div><p>Not loud.</p></div></div>`,
			[]string{"### How loud is it?", "Not loud."}, nil},
		{"section named like furniture", `<main><h1>Site</h1><section id="navigation"><h2>Navigation</h2><p>` + heavy[:200] + `</p></section><section id="cookies"><h2>Cookies</h2><p>None.</p></section></main>`,
			[]string{"## Navigation", "## Cookies", "None."}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, err := Extract(strings.NewReader("<html><head><title>Pump</title></head><body>"+tt.body+"</body></html>"), Options{URL: "https://docs.example.org/"})
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range tt.want {
				if !strings.Contains(p.Markdown, s) {
					t.Errorf("%q is gone; region %s\n%.300s", s, p.Region, p.Markdown)
				}
			}
			for _, s := range tt.not {
				if strings.Contains(p.Markdown, s) {
					t.Errorf("%q is there; region %s", s, p.Region)
				}
			}
		})
	}
}

// TestNoPageWithTextIsEmpty holds that a page of nothing but links to others is read.
func TestNoPageWithTextIsEmpty(t *testing.T) {
	t.Parallel()
	p, err := Extract(strings.NewReader(`<html><head><title>News</title><meta property="og:type" content="article"></head><body><div class="list">
<article><h2><a href="/a">The pump runs again</a></h2></article><article><h2><a href="/b">The well is deep</a></h2></article></div></body></html>`), Options{URL: "https://news.example.org/"})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(p.Markdown, "The pump runs again") || !strings.Contains(p.Markdown, "The well is deep") {
		t.Errorf("got %q; region %s", p.Markdown, p.Region)
	}
}

// TestArticleOfTeasers holds that a page which calls itself an article keeps what it lists when that is all it has.
func TestArticleOfTeasers(t *testing.T) {
	t.Parallel()
	teasers := func(n int) string {
		return `<div class="teasers">` + strings.Repeat(`<div class="teaser"><h3><a href="/a">The pump runs again</a></h3><span>After two days of rain.</span></div>`, n) + `</div>`
	}
	text := strings.Repeat("The pump lifts water from the well into the tank, and the tank feeds the house. ", 12)
	for name, tt := range map[string]struct {
		body string
		want bool
	}{
		"list":    {`<div><h1>Pumps</h1><p>What we wrote about them, in the order of its writing.</p>` + teasers(20) + `</div>`, true},
		"article": {`<div><h1>Pumps</h1><p>` + text + `</p><p>` + text + `</p>` + teasers(6) + `</div>`, false},
	} {
		p, err := Extract(strings.NewReader(`<html><head><title>Pumps</title><meta property="og:type" content="article"></head><body><main>`+tt.body+`</main></body></html>`), Options{URL: "https://news.example.org/"})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(p.Markdown, "runs again"); got != tt.want {
			t.Errorf("%s: teasers %t, want %t; region %s", name, got, tt.want, p.Region)
		}
	}
}
