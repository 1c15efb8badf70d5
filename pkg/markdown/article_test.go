package markdown

import (
	"strings"
	"testing"
)

const (
	newsHead = `<html><head><title>News | Site</title><meta property="og:type" content="article"></head><body><article><h1>News</h1>`
	newsText = "A sentence of the article that is long enough to be taken for a paragraph of running text, as this one is, and that has no link at all in it."
)

// TestArticleWithoutTheOthers holds what stands in news about other articles, and what looks like it and stays.
func TestArticleWithoutTheOthers(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, html, gone, kept string }{
		{"link to another article", `<p><a href="/other">ANOTHER ARTICLE</a></p>`, "ANOTHER", ""},
		{"link elsewhere", `<p><a href="https://elsewhere.org/x">The report</a></p>`, "", "[The report](https://elsewhere.org/x)"},
		{"gallery", `<div class="photo-gallery"><p>Picture 1 of 9</p></div>`, "Picture", ""},
		{"teaser", `<section><a href="/b"><h4>Another article</h4><p>` + newsText[:90] + `</p></a></section>`, "Another", ""},
		{"label", `<div>Advertisement</div>`, "Advertisement", ""},
		{"article in the article", `<article><p>A comment.</p></article>`, "comment", ""},
		{"embedded post", `<div class="social-embed"><blockquote><p>What somebody wrote.</p></blockquote></div>`, "", "> What somebody wrote."},
		{"caption", `<figure><img src="/a.png" alt="a"><figcaption>What it shows</figcaption></figure>`, "\nWhat it shows", "![What it shows](https://news.example.org/a.png)"},
		{"section", `<h2>Section</h2><p>` + newsText + `</p>`, "", "## Section"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			page := newsHead + "<p>" + newsText + "</p>" + tt.html + "<p>" + newsText + "</p><p>" + newsText + "</p></article></body></html>"
			p, err := Extract(strings.NewReader(page), Options{URL: "https://news.example.org/a"})
			if err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(p.Markdown, newsText); n < 3 {
				t.Errorf("%d paragraphs of the article are left:\n%s", n, p.Markdown)
			}
			if tt.gone != "" && strings.Contains(p.Markdown, tt.gone) {
				t.Errorf("%q is still there:\n%s", tt.gone, p.Markdown)
			}
			if !strings.Contains(p.Markdown, tt.kept) {
				t.Errorf("%q is gone:\n%s", tt.kept, p.Markdown)
			}
		})
	}
}

// TestArticleInParts holds that a text cut in several elements by advertisements is taken whole.
func TestArticleInParts(t *testing.T) {
	t.Parallel()
	part := `<div class="article__body"><p>` + newsText + `</p><p>` + newsText + `</p></div>`
	p, err := Extract(strings.NewReader(newsHead+`<div class="chunks">`+part+`<div class="ad-slot">Buy</div>`+part+part+`</div></article></body></html>`), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(p.Markdown, newsText); n != 6 {
		t.Errorf("%d of 6 paragraphs, region %s", n, p.Region)
	}
}

// TestStaticPageIsNoArticle holds that a manual keeps its heading and its lists of links although its generator calls
// each page an article.
func TestStaticPageIsNoArticle(t *testing.T) {
	t.Parallel()
	page := `<html><head><meta name="generator" content="Hugo 0.150"><meta property="og:type" content="article"><title>Guide</title></head>
<body><main><h1>Guide</h1><p>` + newsText + `</p><h2>Next</h2><ul><li><a href="/a">First part</a></li><li><a href="/b">Second part</a></li></ul></main></body></html>`
	p, err := Extract(strings.NewReader(page), Options{URL: "https://docs.example.org/"})
	if err != nil {
		t.Fatal(err)
	}
	if want := "# Guide\n\n" + newsText + "\n\n## Next\n\n- [First part](https://docs.example.org/a)\n- [Second part](https://docs.example.org/b)\n"; p.Markdown != want {
		t.Errorf("got:\n%s", p.Markdown)
	}
}
