package confluence

import (
	"strings"
	"testing"

	"panther/pkg/markdown"
)

func TestStorageFormatBecomesMarkdown(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ storage, want string }{
		"code": {`<ac:structured-macro ac:name="code"><ac:parameter ac:name="language">java</ac:parameter><ac:plain-text-body><![CDATA[if (a < b) {
    return "&amp;";
}]]></ac:plain-text-body></ac:structured-macro>`, "```java\nif (a < b) {\n    return \"&amp;\";\n}\n```"},
		"panel":  {`<ac:structured-macro ac:name="panel"><ac:parameter ac:name="title">Mind</ac:parameter><ac:rich-text-body><p>the gap</p></ac:rich-text-body></ac:structured-macro>`, "> **Mind**\n>\n> the gap"},
		"info":   {`<ac:structured-macro ac:name="info"><ac:rich-text-body><p>Told you.</p></ac:rich-text-body></ac:structured-macro>`, "> [!NOTE]\n> Told you."},
		"expand": {`<ac:structured-macro ac:name="expand"><ac:parameter ac:name="title">More</ac:parameter><ac:rich-text-body><p>hidden text</p></ac:rich-text-body></ac:structured-macro>`, "hidden text"},
		"table":  {`<table><tbody><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>x | y</td></tr></tbody></table>`, `x \| y`},
		"tasks": {`<ac:task-list><ac:task><ac:task-id>1</ac:task-id><ac:task-status>complete</ac:task-status><ac:task-body>done</ac:task-body></ac:task>` +
			`<ac:task><ac:task-status>incomplete</ac:task-status><ac:task-body>open</ac:task-body></ac:task></ac:task-list>`, "- [x] done\n- [ ] open"},
		"page link":  {`<p><ac:link ac:anchor="top"><ri:page ri:content-title="Other Page" /><ac:plain-text-link-body><![CDATA[see it]]></ac:plain-text-link-body></ac:link></p>`, "[see it](https://wiki.example/display/DOC/Other+Page#top)"},
		"attachment": {`<p><ac:image ac:alt="a plan"><ri:attachment ri:filename="plan 1.png" /></ac:image></p>`, "![a plan](https://wiki.example/download/attachments/7/plan%201.png)"},
		"unknown":    {`<ac:structured-macro ac:name="excellent-plugin"><ac:rich-text-body><p>kept&nbsp;text</p></ac:rich-text-body></ac:structured-macro>`, "kept"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, err := ToHTML(tc.storage, page{base: "https://wiki.example", space: "DOC", id: "7"})
			if err != nil {
				t.Fatal(err)
			}
			p, err := markdown.Extract(strings.NewReader("<html><body><main>"+h+"</main></body></html>"), markdown.Options{URL: "https://wiki.example/x"})
			if err != nil || !strings.Contains(p.Markdown, tc.want) {
				t.Errorf("got %v:\n%s\nwant:\n%s\nHTML: %s", err, p.Markdown, tc.want, h)
			}
		})
	}
}

func FuzzToHTML(f *testing.F) {
	f.Add(`<ac:task-list><ac:task><ac:task-body>&nbsp;<p>x</ac:task-body>`)
	f.Add(`<ac:link><ri:page ri:content-title="a"/></ac:link><![CDATA[x]]>`)
	f.Fuzz(func(t *testing.T, in string) {
		h, err := ToHTML(in, page{base: "https://e.com"})
		if err == nil && strings.Contains(strings.ToLower(h), "<script") {
			t.Fatalf("a script came through: %q", h)
		}
	})
}
