package markdown

import (
	"strings"
	"testing"
)

func TestVersionOfMeta(t *testing.T) {
	t.Parallel()
	for head, want := range map[string]string{
		`<meta name="docsearch:version" content="3.1.0,latest">`:                                          "3.1.0",
		`<meta name="docsearch:version" content="current"><meta name="docusaurus_version" content="2.x">`: "2.x",
		`<meta name="readthedocs-version-slug" content="stable">`:                                         "stable",
		`<meta name="docusaurus_version" content="current">`:                                              "",
		`<meta name="version" content="9">`:                                                               "",
	} {
		p, err := Extract(strings.NewReader("<html><head>"+head+"</head><body><main><h1>A</h1><p>Some words.</p></main></body></html>"), Options{URL: "https://e.org/a"})
		if err != nil {
			t.Fatal(err)
		}
		if p.Version != want {
			t.Errorf("%s: %q, want %q", head, p.Version, want)
		}
	}
}
