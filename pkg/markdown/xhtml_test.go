package markdown

import (
	"strings"
	"testing"
)

// What is empty in XHTML holds nothing in HTML either, and text in CDATA is text.
func TestXHTML(t *testing.T) {
	t.Parallel()
	const page = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" "http://www.w3.org/TR/xhtml11/DTD/xhtml11.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en"><head><title>Valve</title>
<script src="a.js"/><script type="text/javascript"><![CDATA[ if (a < b && c > d) document.write("</p>"); ]]></script><style/></head>
<body><main><h1><a id="top"/>Valve</h1><p title="a > b"/><p>Opens at 3 bar<br/>and closes.</p>
<iframe src="x"/><textarea/><p>Text behind.</p><pre><![CDATA[if (a < b) { <tag/> }]]></pre></main></body></html>`
	p, err := Extract(strings.NewReader(page), Options{URL: "https://a.test/x", ContentType: "application/xhtml+xml"})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Valve\n", "Opens at 3 bar", "and closes.", "Text behind.", "if (a < b) { <tag/> }"} {
		if !strings.Contains(p.Markdown, want) {
			t.Errorf("%q is not in %q", want, p.Markdown)
		}
	}
	if strings.Contains(p.Markdown, "document.write") || p.Title != "Valve" {
		t.Errorf("title %q, %q", p.Title, p.Markdown)
	}
}

func FuzzXHTML(f *testing.F) {
	for _, s := range []string{"<a/>", "<![CDATA[", "<?", "<!--", "</", "<a b='/>", "<script/>x</script>", "<p/ >"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if out := fromXHTML([]byte(s)); len(out) > 6*len(s)+16 {
			t.Errorf("%d bytes of %d", len(out), len(s))
		}
	})
}
