package render

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"panther/pkg/sd"
)

// site answers by a table what the browser asks for, without any network.
type site struct {
	mu    sync.Mutex
	pages map[string]string
	asked []string
}

func (s *site) fetch(_ context.Context, url string) (*Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, url)
	body, ok := s.pages[url]
	if to, moved := strings.CutPrefix(body, "-> "); moved {
		return &Response{Status: http.StatusFound, Header: http.Header{"Location": {to}}}, nil
	}
	if !ok {
		return nil, errors.New("refused")
	}
	kind := "text/html"
	if strings.HasSuffix(url, ".js") {
		kind = "text/javascript"
	}
	return &Response{Status: http.StatusOK, Header: http.Header{"Content-Type": {kind}}, Body: []byte(body)}, nil
}

func needs(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("%s is not installed: nothing to render with", program)
	}
}

func TestScriptsAreRunAndReachNothing(t *testing.T) {
	t.Parallel()
	needs(t, "chromium")
	s := &site{pages: map[string]string{
		"https://docs.example/":        "-> https://docs.example/app",
		"https://docs.example/app":     `<html><head><title>App</title></head><body><div id=root></div><script src="/app.js"></script><img src="/logo.png"></body></html>`,
		"https://docs.example/text":    "<p>Words from the server.</p>",
		"https://docs.example/app.js":  appScript,
		"http://169.254.169.254/token": "never",
	}}
	delete(s.pages, "http://169.254.169.254/token")
	html, final, err := NewClient("/nowhere.sock").Page(t.Context(), "https://docs.example/", s.fetch)
	if err != nil {
		t.Fatal(err)
	}
	if final != "https://docs.example/app" || !strings.Contains(html, "Words from the server.") || !strings.Contains(html, "private: refused") {
		t.Errorf("at %s:\n%s", final, html)
	}
	asked := strings.Join(s.asked, " ")
	if strings.Contains(asked, "logo.png") || strings.Contains(asked, "post") || !strings.Contains(asked, "169.254.169.254") {
		t.Errorf("asked for %s", asked)
	}
}

// appScript fills the page, and tries what a page must not do.
const appScript = `
fetch('/text').then(r => r.text()).then(t => { document.getElementById('root').innerHTML += t });
fetch('http://169.254.169.254/token').then(r => r.text()).then(t => { document.body.append('private: ' + t) }).catch(() => { document.body.append('private: refused') });
fetch('/post', {method: 'POST', body: 'x'}).catch(() => {});
new WebSocket('ws://127.0.0.1:1/');
`

// TestAPageIsRenderedWhereItIs: by http where it is asked for by http, and with
// the crawler's own words where it may not be had.
func TestAPageIsRenderedWhereItIs(t *testing.T) {
	t.Parallel()
	needs(t, "chromium")
	s := &site{pages: map[string]string{"http://docs.example/": "<p>Plain words.</p>"}}
	html, final, err := NewClient("/nowhere.sock").Page(t.Context(), "http://docs.example/", s.fetch)
	if err != nil || final != "http://docs.example/" || !strings.Contains(html, "Plain words.") {
		t.Errorf("at %s: %v:\n%s", final, err, html)
	}
	if _, _, err := NewClient("/nowhere.sock").Page(t.Context(), "http://docs.example/private", s.fetch); err == nil || !strings.HasSuffix(err.Error(), ": refused") {
		t.Errorf("a page that was refused: %v", err)
	}
}

func TestOnlyTheWebIsRendered(t *testing.T) {
	t.Parallel()
	needs(t, "chromium")
	s := &site{}
	for _, u := range []string{"file:///etc/passwd", "chrome://version", "javascript:alert(1)"} {
		if html, _, err := NewClient("/nowhere.sock").Page(t.Context(), u, s.fetch); err == nil {
			t.Errorf("%s was rendered: %s", u, html)
		}
	}
}

func TestAServiceDoesNotDoTheWorkItself(t *testing.T) {
	t.Setenv("INVOCATION_ID", "0123")
	if _, err := NewClient("/nowhere.sock").Read(t.Context(), "pdf", []byte("%PDF-1.4")); err == nil || !strings.Contains(err.Error(), "reach the renderer") {
		t.Errorf("without its socket: %v", err)
	}
}

// pdf is the smallest file with two lines of text.
const pdf = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n" +
	"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj\n" +
	"4 0 obj<</Length 72>>stream\nBT /F 12 Tf 20 150 Td (The first line) Tj 0 -14 Td (and the second) Tj ET\nendstream endobj\n" +
	"5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\ntrailer<</Root 1 0 R/Size 6>>\n%%EOF\n"

func TestPDFBecomesText(t *testing.T) {
	t.Parallel()
	needs(t, "pdftotext")
	c := NewClient("/nowhere.sock")
	text, err := c.Read(t.Context(), "pdf", []byte(pdf))
	if err != nil || !strings.Contains(text, "The first line\nand the second") {
		t.Errorf("text is %q, %v", text, err)
	}
	if _, err := c.Read(t.Context(), "pdf", []byte("no PDF at all")); err == nil || !strings.Contains(err.Error(), "cannot be read") {
		t.Errorf("what is no PDF: %v", err)
	}
}

func TestPandocReadsAlone(t *testing.T) {
	t.Parallel()
	needs(t, "pandoc")
	c := NewClient("/nowhere.sock")
	html, err := c.Read(t.Context(), "latex", []byte("\\title{Pump}\\section{Valve}Words. \\input{/etc/passwd}"))
	if err != nil || !strings.Contains(html, ">Valve</h1>") || !strings.Contains(html, "Words.") || strings.Contains(html, "root:") {
		t.Errorf("%v: %s", err, html)
	}
	for from, doc := range map[string]string{"docx": "no archive", "html": "<p>x</p>", "--version": "x", "": "x"} {
		if html, err := c.Read(t.Context(), from, []byte(doc)); err == nil {
			t.Errorf("%s was read: %s", from, html)
		}
	}
}

func TestMdocReadsAlone(t *testing.T) {
	t.Parallel()
	needs(t, "mandoc")
	page := ".Dd May 1, 2020\n.Dt PUMP 1\n.Os\n.Sh NAME\n.Nm pump\n.Nd moves water\n.so etc/passwd\n.Sh FILES\n.Pa /etc/pump.conf\n"
	html, err := NewClient("/nowhere.sock").Read(t.Context(), "mdoc", []byte(page))
	if err != nil || !strings.Contains(html, "water") || !strings.Contains(html, ">FILES</a>") || strings.Contains(html, "root:") {
		t.Errorf("%v: %s", err, html)
	}
}

// scanOf is a PDF whose pages are images of these lines.
func scanOf(pages ...string) []byte {
	var objects []string
	var kids strings.Builder
	for i, text := range pages {
		width, height, bits := drawn(text)
		n := 3 + 3*i
		fmt.Fprintf(&kids, "%d 0 R ", n)
		put := fmt.Sprintf("q %d 0 0 %d 0 0 cm /I Do Q", width/4, height/4)
		objects = append(objects,
			fmt.Sprintf("<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d %d]/Contents %d 0 R/Resources<</XObject<</I %d 0 R>>>>>>", width/4, height/4, n+1, n+2),
			fmt.Sprintf("<</Length %d>>stream\n%s\nendstream", len(put), put),
			fmt.Sprintf("<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 8/Length %d>>stream\n%s\nendstream", width, height, len(bits), bits))
	}
	objects = append([]string{"<</Type/Catalog/Pages 2 0 R>>", fmt.Sprintf("<</Type/Pages/Kids[%s]/Count %d>>", kids.String(), len(pages))}, objects...)
	var b strings.Builder
	b.WriteString("%PDF-1.4\n")
	for i, o := range objects {
		fmt.Fprintf(&b, "%d 0 obj%s endobj\n", i+1, o)
	}
	fmt.Fprintf(&b, "trailer<</Root 1 0 R/Size %d>>\n%%%%EOF\n", len(objects)+1)
	return []byte(b.String())
}

// strokes are letters of straight lines, in a box of 4 by 6.
var strokes = map[rune][][4]int{
	'A': {{0, 6, 2, 0}, {2, 0, 4, 6}, {1, 4, 3, 4}}, 'E': {{0, 0, 0, 6}, {0, 0, 4, 0}, {0, 3, 3, 3}, {0, 6, 4, 6}}, 'H': {{0, 0, 0, 6}, {4, 0, 4, 6}, {0, 3, 4, 3}},
	'L': {{0, 0, 0, 6}, {0, 6, 4, 6}}, 'N': {{0, 0, 0, 6}, {0, 0, 4, 6}, {4, 0, 4, 6}}, 'T': {{0, 0, 4, 0}, {2, 0, 2, 6}}, 'V': {{0, 0, 2, 6}, {2, 6, 4, 0}},
}

// drawn is a text as black on white.
func drawn(text string) (width, height int, bits []byte) {
	const unit, pen = 10, 7
	lines := strings.Split(text, "\n")
	width, height = 1000, 100+len(lines)*120
	bits = bytes.Repeat([]byte{255}, width*height)
	for row, line := range lines {
		for column, letter := range line {
			for _, s := range strokes[letter] {
				for i := range 100 {
					x := 60 + column*65 + (s[0]*(99-i)+s[2]*i)*unit/99
					y := 60 + row*120 + (s[1]*(99-i)+s[3]*i)*unit/99
					for dy := range pen {
						copy(bits[(y+dy)*width+x:], make([]byte, pen))
					}
				}
			}
		}
	}
	return width, height, bits
}

func TestScansAreReadPageByPage(t *testing.T) {
	t.Parallel()
	needs(t, "pdftoppm")
	needs(t, "tesseract")
	c := NewClient("/nowhere.sock")
	pdf := scanOf("HEAT THE\nVALVE", "THEN LEAVE")
	if text, err := c.Read(t.Context(), "pdf", pdf); err != nil || strings.TrimSpace(text) != "" {
		t.Fatalf("the PDF has text: %q, %v", text, err)
	}
	text, err := c.Scan(t.Context(), pdf, nil)
	if first, second, _ := strings.Cut(text, "\f"); err != nil || !strings.Contains(first, "HEAT THE\nVALVE") || !strings.Contains(second, "THEN LEAVE") {
		t.Errorf("text is %q, %v", text, err)
	}
	for lang, want := range map[string]string{"zzz": "tesseract-ocr-LANGUAGE", "../x": ""} {
		if text, err := c.Scan(t.Context(), pdf, []string{lang}); err == nil || !strings.Contains(sd.HintOf(err), want) {
			t.Errorf("language %s: %q, %v", lang, text, err)
		}
	}
	if _, err := c.Scan(t.Context(), []byte("no PDF"), nil); err == nil || !strings.Contains(err.Error(), "PDF cannot be read") {
		t.Errorf("what is no PDF: %v", err)
	}
}

func FuzzReadImage(f *testing.F) {
	f.Add([]byte("P5\n2 1\n255\nab"))
	f.Add([]byte("P5\n99999999 99999999\n255\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if image, err := readImage(bufio.NewReader(bytes.NewReader(b))); err == nil && len(image) > len(b) {
			t.Errorf("%q became %q", b, image)
		}
	})
}
