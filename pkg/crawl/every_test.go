package crawl_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"panther/pkg/crawl"
	"panther/pkg/crawl/source"
	"panther/pkg/knowledge"
)

// archive is a zip file with these members, in the order that is given.
func archive(members ...string) string {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i+1 < len(members); i += 2 {
		w, err := z.CreateHeader(&zip.FileHeader{Name: members[i], Method: zip.Store})
		if err == nil {
			_, _ = w.Write([]byte(members[i+1]))
		}
	}
	_ = z.Close()
	return b.String()
}

// wordOf is the word that only the file of that name has.
func wordOf(name string) string {
	return "impeller" + strings.NewReplacer(".", "", "-", "").Replace(name)
}

func turns(name string) string { return "The " + wordOf(name) + " turns the valve." }

// kind is a file of one kind. In a section between others it says what turns.
type kind struct {
	body    string
	pkg     string // package of the program that reads it; "" is Panther itself
	section string // "" where the kind has none
}

// handbook writes one with formats for its title, the titles of its sections, and paragraphs.
func handbook(name, title, head, text string) string {
	return fmt.Sprintf(title+text+head+text+head+text+head+text, "Manual", "What stands at the beginning is long enough to be read.",
		"Pumps", "A pump moves water uphill.", "Valves", turns(name), "Wells", "A well is dug at the end of it all.")
}

func office() map[string]kind {
	const rels = "http://schemas.openxmlformats.org/package/2006/relationships"
	word := handbook("a.docx", `<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>%s</w:t></w:r></w:p>`, `<w:p><w:pPr><w:pStyle w:val="Heading2"/></w:pPr><w:r><w:t>%s</w:t></w:r></w:p>`,
		`<w:p><w:r><w:t>%s</w:t></w:r></w:p>`)
	styles := `<w:styles xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/></w:style><w:style w:type="paragraph" w:styleId="Heading2"><w:name w:val="heading 2"/></w:style></w:styles>`
	text := handbook("b.odt", `<text:h text:outline-level="1">%s</text:h>`, `<text:h text:outline-level="2">%s</text:h>`, `<text:p>%s</text:p>`)
	page := `<html xmlns="http://www.w3.org/1999/xhtml"><head><title>Manual</title></head><body>` + handbook("c.epub", "<h1>%s</h1>", "<h2>%s</h2>", "<p>%s</p>") + `</body></html>`
	slide := func(title, text string) string {
		shape := func(kind, s string) string {
			return `<p:sp><p:nvPr><p:ph type="` + kind + `"/></p:nvPr><p:txBody><a:p><a:r><a:t>` + s + `</a:t></a:r></a:p></p:txBody></p:sp>`
		}
		return `<p:sld xmlns:a="urn:a" xmlns:p="urn:p">` + shape("title", title) + shape("body", text) + `</p:sld>`
	}
	sheet := func(text string) string {
		return `<worksheet><sheetData><row><c r="A1" t="inlineStr"><is><t>Part</t></is></c></row><row><c r="A2" t="inlineStr"><is><t>` + text + `</t></is></c></row></sheetData></worksheet>`
	}
	return map[string]kind{
		"a.docx": {pkg: "pandoc", section: "Valves", body: archive(
			"[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`,
			"_rels/.rels", `<Relationships xmlns="`+rels+`"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>`,
			"word/_rels/document.xml.rels", `<Relationships xmlns="`+rels+`"><Relationship Id="s" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>`,
			"word/styles.xml", styles, "word/document.xml", `<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>`+word+`</w:body></w:document>`)},
		"b.odt": {pkg: "pandoc", section: "Valves", body: archive("mimetype", "application/vnd.oasis.opendocument.text",
			"content.xml", `<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:font-face-decls/><office:automatic-styles/><office:body><office:text>`+text+`</office:text></office:body></office:document-content>`,
			"styles.xml", `<office:document-styles xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"><office:font-face-decls/><office:styles/><office:automatic-styles/></office:document-styles>`,
			"META-INF/manifest.xml", `<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>`)},
		"c.epub": {pkg: "pandoc", section: "Valves", body: archive("mimetype", "application/epub+zip",
			"META-INF/container.xml", `<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0"><rootfiles><rootfile full-path="p.opf" media-type="application/oebps-package+xml"/></rootfiles></container>`,
			"p.opf", `<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>Manual</dc:title></metadata><manifest><item id="c" href="c.xhtml" media-type="application/xhtml+xml"/></manifest><spine><itemref idref="c"/></spine></package>`,
			"c.xhtml", page)},
		"d.rtf":  {pkg: "pandoc", section: "Valves", body: `{\rtf1\ansi ` + handbook("d.rtf", `{\pard\outlinelevel0 %s\par}`, `{\pard\outlinelevel1 %s\par}`, `{\pard %s\par}`) + `}`},
		"e.pptx": {section: "Valves", body: archive("ppt/slides/slide1.xml", slide("Pumps", "A pump moves water."), "ppt/slides/slide2.xml", slide("Valves", turns("e.pptx")), "ppt/slides/slide3.xml", slide("Wells", "A well is dug."))},
		"f.xlsx": {section: "Valves", body: archive("xl/workbook.xml", `<workbook><sheets><sheet name="Pumps"/><sheet name="Valves"/></sheets></workbook>`,
			"xl/worksheets/sheet1.xml", sheet("A pump moves water."), "xl/worksheets/sheet2.xml", sheet(turns("f.xlsx")))},
	}
}

func texts() map[string]kind {
	stream := "BT /F 12 Tf 20 150 Td (Manual) Tj 0 -14 Td (" + turns("q.pdf") + ") Tj ET"
	pdf := "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n" +
		"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj\n" +
		fmt.Sprintf("4 0 obj<</Length %d>>stream\n%s\nendstream endobj\n", len(stream), stream) +
		"5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\ntrailer<</Root 1 0 R/Size 6>>\n%%EOF\n"
	operation := `{"get":{"summary":"A pump moves water.","responses":{}}}`
	mail := func(subject, text string) string {
		return "From ana Mon Jan  1 00:00:00 2024\nFrom: Ana <ana@x.test>\nSubject: " + subject + "\nDate: Mon, 1 Jan 2024 10:00:00 +0000\n\n" + text + "\n\n"
	}
	return map[string]kind{
		"g.org":         {pkg: "pandoc", section: "Valves", body: handbook("g.org", "* %s\n", "** %s\n", "%s\n\n")},
		"h.tex":         {pkg: "pandoc", section: "Valves", body: `\documentclass{article}\begin{document}` + handbook("h.tex", "\\section{%s}\n", "\\subsection{%s}\n", "%s\n\n") + `\end{document}`},
		"i.textile":     {pkg: "pandoc", section: "Valves", body: handbook("i.textile", "h1. %s\n\n", "h2. %s\n\n", "%s\n\n")},
		"j.mediawiki":   {pkg: "pandoc", section: "Valves", body: handbook("j.mediawiki", "= %s =\n", "== %s ==\n", "%s\n\n")},
		"tool.1":        {pkg: "pandoc", section: "Valves", body: ".TH TOOL 1\n" + handbook("tool.1", ".SH %s\n", ".SH %s\n", "%s\n")},
		"zipped.8.gz":   {pkg: "pandoc", section: "Valves", body: gzipped(".TH ZIPPED 8\n" + handbook("zipped.8.gz", ".SH %s\n", ".SH %s\n", "%s\n"))},
		"tool.5":        {pkg: "mandoc", section: "Valves", body: ".Dd May 1, 2020\n.Dt TOOL 5\n.Os\n" + handbook("tool.5", ".Sh %s\n", ".Sh %s\n", "%s\n")},
		"k.texi":        {section: "Valves", body: "\\input texinfo\n@settitle Wells\n" + handbook("k.texi", "@chapter %s\n", "@section %s\n", "%s\n\n")},
		"l.ipynb":       {section: "Valves", body: `{"cells":[{"cell_type":"markdown","source":"# Manual\n\nAll of it."},{"cell_type":"markdown","source":"## Valves\n\n` + turns("l.ipynb") + `"},{"cell_type":"code","source":"pump()","outputs":[]}],"metadata":{}}`},
		"openapi.json":  {section: "GET /valves", body: `{"openapi":"3.0.0","info":{"title":"Wells"},"paths":{"/pumps":` + operation + `,"/valves":{"get":{"description":"` + turns("openapi.json") + `","responses":{}}},"/wells":` + operation + `}}`},
		"asyncapi.yml":  {section: "subscribe valves", body: "asyncapi: 2.6.0\ninfo: {title: Wells}\nchannels:\n  pumps: {subscribe: {summary: A pump moves water.}}\n  valves: {subscribe: {summary: " + turns("asyncapi.yml") + "}}\n"},
		"a.schema.json": {section: "Valve", body: `{"$schema":"https://json-schema.org/draft/2020-12/schema","title":"Wells","properties":{"depth":{"type":"integer"}},"$defs":{"Valve":{"description":"` + turns("a.schema.json") + `"},"Well":{"enum":["deep"]}}}`},
		"m.csv":         {body: "part,what\npump,A pump moves water.\nvalve," + turns("m.csv") + "\nwell,A well is dug.\n"},
		"n.tsv":         {body: "part\twhat\npump\tA pump moves water.\nvalve\t" + turns("n.tsv") + "\nwell\tA well is dug.\n"},
		"o.eml":         {section: "Valves", body: strings.SplitN(mail("Valves", turns("o.eml")), "\n", 2)[1]},
		"p.mbox":        {section: "Valves", body: mail("Pumps", "A pump moves water.") + mail("Valves", turns("p.mbox")) + mail("Wells", "A well is dug.")},
		"q.pdf":         {pkg: "poppler-utils", body: pdf},
	}
}

// every writes a file of each kind into a folder, and a picture.
func every(t *testing.T) (string, map[string]kind) {
	t.Helper()
	dir, all := t.TempDir(), office()
	maps.Copy(all, texts())
	for name, k := range all {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(k.body), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir, all
}

// commands are the programs by the package that has them.
var commands = map[string]string{"pandoc": "pandoc", "mandoc": "mandoc", "poppler-utils": "pdftotext"}

func TestAFileOfEveryKindIsFoundByItsMiddle(t *testing.T) {
	t.Parallel()
	dir, all := every(t)
	for name, k := range all {
		if _, err := exec.LookPath(commands[k.pkg]); err != nil && k.pkg != "" {
			t.Logf("%s is not installed: %s is not read", k.pkg, name)
			delete(all, name)
			_ = os.Remove(filepath.Join(dir, name))
		}
	}
	b := newBench(t, source.Source{Name: "files", Kind: source.Files, Path: dir})
	if _, err := b.run(crawl.Options{}); err != nil {
		t.Fatal(err)
	}
	for name, reason := range b.failed() {
		t.Errorf("%s failed: %s", name, reason)
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		found, err := b.db.Search(t.Context(), knowledge.SearchRequest{Query: wordOf(name), Mode: knowledge.ModeLexical})
		if err != nil || len(found.Hits) != 1 {
			t.Errorf("%s: found %+v, %v", name, found, err)
			continue
		}
		hit, section := found.Hits[0], ""
		if n := len(hit.Headings); n > 0 {
			section = hit.Headings[n-1]
		}
		if hit.URI != "file://"+dir+"/"+name || all[name].section != "" && (section != all[name].section || !strings.HasPrefix(hit.Link, hit.URI+"#")) {
			t.Errorf("%s: found in %s under %q: %s", name, hit.Link, hit.Headings, hit.Text)
		}
	}
}

// failed are the reasons of the files that failed in the last run.
func (b *bench) failed() map[string]string {
	b.t.Helper()
	runs, err := b.db.Runs(b.t.Context(), "files", 1)
	if err != nil || len(runs) != 1 {
		b.t.Fatal(runs, err)
	}
	pages, err := b.db.Pages(b.t.Context(), runs[0].ID, "failed")
	if err != nil {
		b.t.Fatal(err)
	}
	reasons := map[string]string{}
	for _, p := range pages {
		reasons[filepath.Base(p.URI)] = p.Reason
	}
	return reasons
}

// TestWithoutProgramsEveryKindIsNamed changes what programs there are, so it is not parallel.
func TestWithoutProgramsEveryKindIsNamed(t *testing.T) {
	dir, all := every(t)
	t.Setenv("PATH", t.TempDir())
	b := newBench(t, source.Source{Name: "files", Kind: source.Files, Path: dir})
	if _, err := b.run(crawl.Options{}); err != nil {
		t.Fatal(err)
	}
	reasons := b.failed()
	for name, k := range all {
		if reason := reasons[name]; k.pkg != "" && !strings.Contains(reason, "install the package "+k.pkg) || k.pkg == "" && reason != "" {
			t.Errorf("%s failed as %q", name, reason)
		}
	}
}
