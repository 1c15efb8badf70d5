package text

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"strings"
	"testing"

	"panther/pkg/crawl/visit"
)

// packed is an archive of an office program with these members.
func packed(t *testing.T, members map[string]string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, body := range members {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(body))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// zipped is a file of gzip.
func zipped(body string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(body))
	_ = z.Close()
	return b.String()
}

func slides(t *testing.T) string {
	shape := func(kind, text string) string {
		return `<p:sp><p:nvPr><p:ph type="` + kind + `"/></p:nvPr><p:txBody><a:p><a:r><a:t>` + text + `</a:t></a:r></a:p></p:txBody></p:sp>`
	}
	slide := func(body string) string {
		return `<p:sld xmlns:a="urn:a" xmlns:p="urn:p">` + body + `</p:sld>`
	}
	return packed(t, map[string]string{
		"ppt/slides/slide10.xml": slide(shape("body", "last")),
		"ppt/slides/slide2.xml": slide(shape("title", "Valves") + shape("sldNum", "2") + shape("body", "one</a:t></a:r><a:br/><a:r><a:t>more") +
			`<a:tbl><a:tr><a:tc><a:p><a:r><a:t>A</a:t></a:r></a:p></a:tc><a:tc><a:p><a:r><a:t>B</a:t></a:r></a:p></a:tc></a:tr></a:tbl>`),
		"ppt/notesSlides/notesSlide2.xml": slide(shape("body", "Say it slowly")),
	})
}

func sheets(t *testing.T) string {
	return packed(t, map[string]string{
		"xl/workbook.xml":          `<workbook><sheets><sheet name="Prices &amp; more"/></sheets></workbook>`,
		"xl/sharedStrings.xml":     `<sst><si><t>Item</t></si><si><r><t>Pu</t></r><r><t>mp</t></r><rPh><t>no</t></rPh></si></sst>`,
		"xl/worksheets/sheet1.xml": `<worksheet><sheetData><row><c r="A1" t="s"><v>0</v></c><c r="C1" t="inlineStr"><is><t>Price</t></is></c></row><row><c r="A2" t="s"><v>1</v></c><c r="B2" t="b"><v>1</v></c><c r="C2"><f>1+1</f><v>12.5</v></c></row><row/></sheetData></worksheet>`,
	})
}

func TestKinds(t *testing.T) {
	t.Parallel()
	mbox := "From a Mon Jan  1 00:00:00 2024\r\nFrom: Ana <ana@x.test>\r\nSubject: =?utf-8?q?Gr=C3=B6=C3=9Fe?=\r\nDate: Mon, 1 Jan 2024 10:00:00 +0000\r\n" +
		"Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\ncaf=E9\r\n>From here\r\n\r\nFrom b\n" +
		"From: bo@x.test\nSubject: Re: two\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=B\n\n--B\nContent-Type: text/html\n\n<p>an <b>html</b> part</p>\n" +
		"--B\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=a.pdf\n\nx\n--B--\n"
	wide := make([]string, 200)
	for i := range wide {
		wide[i] = fmt.Sprintf("column%d", i)
	}
	api := "openapi: 3.1.0\ninfo: {title: Pets, version: '2'}\npaths:\n  /pets/{id}:\n    parameters: [{name: id, in: path, required: true, schema: {type: integer}}]\n" +
		"    get:\n      operationId: getPet\n      summary: Reads one\n      parameters: [{$ref: '#/components/parameters/v'}]\n      responses: {'200': {description: OK, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}}\n" +
		"components:\n  parameters: {v: {name: verbose, in: query, description: More text, schema: {type: boolean, default: false}}}\n" +
		"  schemas: {Pet: {type: object, required: [name], properties: {name: {type: string}, friends: {type: array, items: {$ref: '#/components/schemas/Pet'}}, kind: {enum: [cat, dog]}}}}\n"
	for name, tc := range map[string]struct{ body, title, want string }{
		"a.docx":             {"PK", "From docx", "# From docx\n\nread"},
		"b.tex":              {`\section{x}`, "From latex", "read"},
		"man8/pumpd.8":       {".\\\" x\n.Dd $Mdocdate$\n.Dt PUMPD 8\n", "-", "From mdoc"},
		"manual.texi":        {"@settitle Wells\n@chapter One\n@code{dig}\n", "Wells", "## One\n\n`dig`"},
		"man1/tool.1.gz":     {zipped(".TH tool 1\n"), "From man", "read"},
		"NEWS.gz":            {zipped("Version 2 digs.\n"), "NEWS", "Version 2 digs."},
		"man1/tool.1":        {".\\\" comment\n.TH tool 1\n", "From man", "read"},
		"n.ipynb":            {`{"cells":[{"cell_type":"markdown","source":["# Study\n","\n","text"]},{"cell_type":"code","source":"a = 1","outputs":[{"text":["1\n"]},{"data":{"text/plain":"2"}}]}],"metadata":{"language_info":{"name":"python"}}}`, "Study", "# Study\n\ntext\n\n```python\na = 1\n```\n\n```text\n1\n```\n\n```text\n2\n```\n"},
		"old.ipynb":          {`{"worksheets":[{"cells":[{"cell_type":"heading","level":2,"source":"H"},{"cell_type":"code","input":"b","outputs":[]}]}]}`, "H", "## H\n\n```\nb\n```\n"},
		"parts.csv":          {"name;size;note\r\nvalve;3;\"a | b\"\r\n;;\r\npump;4\r\n", "parts", "| name | size | note |\n| --- | --- | --- |\n| valve | 3 | a \\| b |\n| pump | 4 |  |\n"},
		"t.tsv":              {"a,b\tc\n1\t2\n", "t", "| a,b | c |\n| --- | --- |\n| 1 | 2 |\n"},
		"wide.csv":           {strings.Join(wide, ",") + "\n" + strings.Repeat(",", 150) + "here\n", "wide", "- column150: here\n"},
		"list.mbox":          {mbox, "list", "# Größe\n\nAna, 2024-01-01 10:00\n\ncafé\nFrom here\n\n# Re: two\n\nbo\n\nan **html** part\n\nAttached: a.pdf\n"},
		"one.eml":            {mbox[strings.Index(mbox, "\n")+1 : strings.Index(mbox, "\r\n\r\nFrom b")], "Größe", "# Größe\n\nAna, 2024-01-01 10:00\n\ncafé"},
		"envelope.eml":       {"From ana Mon Jan  1 00:00:00 2024\nFrom: Ana <a@x.test>\nSubject: Pump\nContent-Transfer-Encoding: 7-bit\n\nIt runs.\n", "Pump", "It runs."},
		"spaced.eml":         {"From: a@x.test\nSubject: Pump\nContent-Transfer-Encoding: Quoted Printable\n\ncaf=C3=A9\n", "Pump", "café"},
		"parts.eml":          {"From: a@x.test\nSubject: Pump\nContent-Type: multipart/mixed; boundary=B\n\nNo part at all.\n", "Pump", "No part at all."},
		"deck.pptx":          {slides(t), "Valves", "## Valves\n\n- one more\n- A | B\n\nNotes:\n\n- Say it slowly\n\n## Slide 2\n\n- last\n"},
		"prices.xlsx":        {sheets(t), "prices", "## Prices & more\n\n| Item |  | Price |\n| --- | --- | --- |\n| Pump | TRUE | 12.5 |\n"},
		"openapi.yaml":       {api, "Pets", "## GET /pets/{id}\n\nOperation `getPet`. Reads one\n\nParameters:\n\n- `id` (path, integer, required)\n- `verbose` (query, boolean): More text. Default `false`.\n\nResponses:\n\n- `200` OK\n  - `application/json`, Pet\n    - `name` (string, required)\n    - `friends` (array of Pet)\n    - `kind` One of `cat`, `dog`.\n"},
		"spec/old.json":      {`{"swagger":"2.0","info":{"title":"Old"},"paths":{"/a":{"post":{"parameters":[{"in":"body","name":"x","schema":{"$ref":"#/definitions/X"}}],"responses":{}}}},"definitions":{"X":{"properties":{"y":{"type":"string","format":"date"}}}}}`, "Old", "## POST /a\n\nParameters:\n\n- `x` (body, X)\n  - `y` (string date)\n"},
		"asyncapi.yml":       {"asyncapi: 3.0.0\ninfo: {title: Events}\nchannels: {c: {address: 'user/{id}', messages: {m: {name: signed-up, payload: {properties: {mail: {type: string}}}}}}}\noperations: {on: {action: receive, channel: {$ref: '#/channels/c'}, summary: Told}}\n", "Events", "## receive user/{id}\n\nOperation `on`. Told\n\nMessage `signed-up`. \n\n- `mail` (string)\n"},
		"config.schema.json": {`{"$schema":"https://json-schema.org/draft/2020-12/schema","title":"Settings","properties":{"port":{"type":["integer","null"],"default":80,"description":"Where"}},"$defs":{"D":{"enum":["a"]}}}`, "Settings", "- `port` (integer or null): Where. Default `80`.\n## D\n\nOne of `a`.\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := Convert(t.Context(), File{Name: name, URI: "https://e.com/" + name, Body: strings.NewReader(tc.body), MaxBytes: 1 << 20, Programs: programs{html: "read"}})
			if err != nil || p.Document == nil {
				t.Fatalf("%+v, %v", p, err)
			}
			if p.Document.Title != tc.title || !strings.Contains(p.Document.Markdown, tc.want) {
				t.Errorf("title %q, Markdown:\n%s\nwant %q and:\n%s", p.Document.Title, p.Document.Markdown, tc.title, tc.want)
			}
		})
	}
}

// TestNotRead has files that are not what their names tell, or too much.
func TestNotRead(t *testing.T) {
	t.Parallel()
	deep := packed(t, map[string]string{"ppt/slides/slide1.xml": strings.Repeat("<a>", 10_000)})
	self := `{"openapi":"3.0.0","paths":{"$ref":"#/paths"},"components":{"schemas":{"A":{"$ref":"#/components/schemas/A"}}}}`
	for name, tc := range map[string]struct {
		body    string
		refused bool
	}{
		"libfoo.1": {"ELF", true}, "page.3": {".\\\" x\n.so man3/other.3\n", true}, "tool.1.gz": {"no archive", false}, "api.json": {"{}", true}, "openapi.yaml": {"a: [", true}, "schema.json": {"[1]", true},
		"openapi.json": {self, false}, "deep.pptx": {deep, false}, "x.xlsx": {"no archive", false}, "x.ipynb": {"{}", false},
		"empty.csv": {"\n", true}, "x.eml": {"no headers", false}, "x.mbox": {"", true}, "aliases.yaml": {"x", true},
	} {
		if !Known(name) {
			if name != "aliases.yaml" {
				t.Errorf("%s is no document", name)
			}
			continue
		}
		p, err := Convert(t.Context(), File{Name: name, Body: strings.NewReader(tc.body), MaxBytes: 1 << 27, Programs: programs{}})
		var none refusal
		if tc.refused != (err == nil && p.Outcome == visit.Refused) && name != "openapi.json" || errors.As(err, &none) {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
	index := `<meta name=generator content="javadoc/IndexWriter"><main><h1>Index</h1><p>pump() - method in Well</p></main>`
	for uri, outcome := range map[string]string{"file:///m/index-all.html": visit.Refused, "file:///m/Well.html": ""} {
		p, err := Convert(t.Context(), File{Name: "a.html", URI: uri, Body: strings.NewReader(index), MaxBytes: 1 << 20})
		if err != nil || p.Outcome != outcome {
			t.Errorf("%s: %+v, %v", uri, p, err)
		}
	}
	for _, name := range []string{"libfoo.so.1", "main.go", "a.json", "config.yaml", "1.2.3"} {
		if Known(name) {
			t.Errorf("%s is a document", name)
		}
	}
	if _, err := Convert(t.Context(), File{Name: "a.docx", Body: strings.NewReader("x"), MaxBytes: 10}); !errors.Is(err, errNoPrograms) {
		t.Errorf("without programs: %v", err)
	}
}

// TestUnpacks has an archive with more in it than may be read.
func TestUnpacks(t *testing.T) {
	t.Parallel()
	bomb := File{Name: "bomb.md.gz", Body: strings.NewReader(zipped(strings.Repeat("x", 1<<16))), MaxBytes: 1 << 15}
	if p, err := Convert(t.Context(), bomb); err == nil || !strings.Contains(err.Error(), "size limit") {
		t.Errorf("a file that unpacks to more than the limit: %+v, %v", p, err)
	}
	a, err := openArchive([]byte(packed(t, map[string]string{"a.xml": "<a>" + strings.Repeat("x", 1000) + "</a>", "b.xml": "<b>y</b>"})))
	if err != nil {
		t.Fatal(err)
	}
	a.left = 500
	nothing := func(string) {}
	for _, name := range []string{"a.xml", "b.xml"} { // the second finds nothing left
		if err := a.walk(name, func(string, map[string]string) {}, nothing, nothing); err == nil || !strings.Contains(err.Error(), "more than may be read") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A hostile file fails alone: no kind panics, whatever the bytes.
func FuzzKinds(f *testing.F) {
	kinds := []string{"a.ipynb", "a.csv", "a.tsv", "a.eml", "a.mbox", "a.pptx", "a.xlsx", "openapi.yaml", "schema.json", "a.1", "a.md", "a.txt"}
	f.Add(0, []byte(`{"cells":[{"cell_type":"code","source":["a"]}]}`))
	f.Add(1, []byte("a;b\n\"c"))
	f.Add(4, []byte("From a\nFrom: b\nContent-Type: multipart/mixed; boundary=B\n\n--B\n\nx"))
	f.Add(7, []byte("openapi: 3.0.0\npaths: &a {/x: {get: *a}}\n"))
	f.Add(8, []byte(`{"$schema":"http://json-schema.org/x","allOf":[{"$ref":"#"}],"items":{"$ref":"#/items"}}`))
	f.Fuzz(func(t *testing.T, kind int, body []byte) {
		name := kinds[((kind%len(kinds))+len(kinds))%len(kinds)]
		_, _ = Convert(t.Context(), File{Name: name, Body: bytes.NewReader(body), MaxBytes: 1 << 20, Programs: programs{}})
	})
}
