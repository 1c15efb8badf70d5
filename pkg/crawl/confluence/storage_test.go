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
		"noformat":   {`<ac:structured-macro ac:name="noformat"><ac:plain-text-body><![CDATA[ls  -l]]></ac:plain-text-body></ac:structured-macro>`, "```\nls  -l\n```"},
		"titled":     {`<ac:structured-macro ac:name="warning"><ac:parameter ac:name="title">Stop</ac:parameter><ac:rich-text-body><p>Now.</p></ac:rich-text-body></ac:structured-macro>`, "> [!CAUTION] Stop\n> Now."},
		"layout":     {`<ac:layout><ac:layout-section ac:type="two_equal"><ac:layout-cell><p>left</p></ac:layout-cell><ac:layout-cell><p>right</p></ac:layout-cell></ac:layout-section></ac:layout>`, "left\n\nright"},
		"code cell":  {`<table><tbody><tr><th>A</th></tr><tr><td><ac:structured-macro ac:name="code"><ac:plain-text-body><![CDATA[a | b]]></ac:plain-text-body></ac:structured-macro></td></tr></tbody></table>`, `a \| b`},
		"nested":     {`<ac:structured-macro ac:name="expand"><ac:rich-text-body><ac:structured-macro ac:name="code"><ac:parameter ac:name="language">sql</ac:parameter><ac:plain-text-body><![CDATA[select 1]]></ac:plain-text-body></ac:structured-macro></ac:rich-text-body></ac:structured-macro>`, "```sql\nselect 1\n```"},
		"file":       {`<ac:structured-macro ac:name="view-file"><ac:parameter ac:name="name"><ri:attachment ri:filename="a b.pdf" /></ac:parameter></ac:structured-macro>`, "[a b.pdf](https://wiki.example/download/attachments/7/a%20b.pdf)"},
		"include":    {`<ac:structured-macro ac:name="include"><ac:parameter ac:name=""><ac:link><ri:page ri:space-key="OPS" ri:content-title="Runbook" /></ac:link></ac:parameter></ac:structured-macro>`, "[Runbook](https://wiki.example/display/OPS/Runbook)"},
		"status":     {`<p>It is <ac:structured-macro ac:name="status"><ac:parameter ac:name="colour">Green</ac:parameter><ac:parameter ac:name="title">DONE</ac:parameter></ac:structured-macro> since <time datetime="2026-11-02" />.</p>`, "It is `DONE` since 2026-11-02."},
		"space link": {`<p><ac:link><ri:page ri:space-key="OPS" ri:content-title="On Call" /></ac:link></p>`, "[On Call](https://wiki.example/display/OPS/On+Call)"},
		"jira":       {`<p><ac:structured-macro ac:name="jira"><ac:parameter ac:name="key">PAN-7</ac:parameter></ac:structured-macro></p>`, "PAN-7"},
		"toc":        {`<ac:structured-macro ac:name="toc" /><h1>One</h1><ac:structured-macro ac:name="children" /><p>text</p>`, "# One\n\ntext"},
		"formula":    {`<ac:structured-macro ac:name="mathblock"><ac:plain-text-body><![CDATA[x^2]]></ac:plain-text-body></ac:structured-macro>`, "$$\nx^2\n$$"},
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
